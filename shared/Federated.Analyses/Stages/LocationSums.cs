using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Survey;
using Federated.Statistics.Description;

namespace Federated.Analyses.Stages;

/// <summary>
/// The first sum of an analysis of stages: count, sum and scale of every column. The mean is the public centre of all later sums, the scale gives their
/// units; so neither an offset of 1e9 nor a scale of 1e-12 costs digits.
/// </summary>
public sealed record LocationSums
{
    private const string Count = "n";
    private const string Scale = "scale";

    /// <summary>Most an exponent may be, either way: what <see cref="ScaleClass"/> gives lies well inside.</summary>
    public const int MostExponent = 128;

    // Octaves between the scale of a column and the unit of its sums: values stay below 2^(e + 39) when added up, 2^(2e + 39) when squared.
    private const int Room = 24;

    // Sums of values that are not yet scaled: up to 2^79 in all, down to 2^-145.
    private const int UnscaledUnit = 16;

    private static readonly WideBlock Sum = new("sum");

    /// <summary>Values per column.</summary>
    public required ImmutableArray<long> Counts { get; init; }

    /// <summary>Mean per column; 0 without values.</summary>
    public required double[] Centre { get; init; }

    /// <summary>Power of two not below the root mean square of any scanner, per column; 0 where all values are zero.</summary>
    public required ImmutableArray<int> Exponent { get; init; }

    /// <summary>Blocks that hold packed counters.</summary>
    public static ImmutableArray<string> Packed { get; } = [Scale];

    /// <summary>The blocks for that many columns.</summary>
    public static ImmutableArray<SumBlock> Blocks(int columns) =>
        [SumBlock.Counts(Count, columns), SumBlock.Counts(Scale, columns), .. Unscaled(Sum, columns)];

    /// <summary>The blocks as the manifest shows them.</summary>
    public static ImmutableArray<DeclaredItem> Declared(int columns) =>
    [
        new DeclaredItem(Count, [columns], "Number of values, per feature and stage."),
        new DeclaredItem(Scale, [columns], "Magnitude in 18 classes of 8 octaves: in how many sites the largest scanner lies in each."),
        .. Sum.Declared([columns], "Sum of the values."),
    ];

    /// <summary>Blocks for sums of values as they are.</summary>
    public static ImmutableArray<SumBlock> Unscaled(WideBlock block, params ReadOnlySpan<int> shape) => block.Blocks([.. shape], [UnscaledUnit]);

    /// <summary>Units for sums of values that have these exponents.</summary>
    public static ImmutableArray<int> UnitsOfValues(IEnumerable<int> exponents) => [.. exponents.Select(e => e - Room)];

    /// <summary>Units for sums of squares of values that have these exponents.</summary>
    public static ImmutableArray<int> UnitsOfSquares(IEnumerable<int> exponents) => [.. exponents.Select(e => (2 * e) - Room)];

    /// <summary>The site half: fills the blocks.</summary>
    public static void Fill(StageTable table, SumVector sum)
    {
        double[] zero = new double[table.Columns];
        double[] largest = new double[table.Columns];
        foreach (ScannerRows scanner in table.Scanners)
        {
            ImmutableArray<ColumnMoments> moments = table.Moments(scanner, zero);
            for (int column = 0; column < table.Columns; column++)
            {
                var group = moments[column / table.Features][column % table.Features];
                if (group.Count == 0) continue;
                sum.Add(Count, column, group.Count);
                Sum.Add(sum, column, group.Count * group.Deviation);
                largest[column] = Math.Max(largest[column], double.Hypot(group.Deviation, Math.Sqrt(group.Squares / group.Count)));
            }
        }

        for (int column = 0; column < table.Columns; column++) sum.AddRaw(Scale, column, ScaleClass.Mark(largest[column]));
    }

    /// <summary>What the sum over sites says.</summary>
    public static LocationSums Read(SumVector sum)
    {
        int columns = sum.Layout[Count].Block.Length;
        long[] counts = new long[columns];
        double[] centre = new double[columns];
        int[] exponent = new int[columns];
        for (int column = 0; column < columns; column++)
        {
            counts[column] = (long)sum[Count, column];
            centre[column] = counts[column] > 0 ? Sum.Read(sum, column) / counts[column] : 0;
            int highest = ScaleClass.HighestExponent(sum.Raw(Scale, column));
            exponent[column] = highest == int.MinValue ? 0 : highest;
        }

        return new LocationSums { Counts = [.. counts], Centre = centre, Exponent = [.. exponent] };
    }

    /// <summary>Exponents as they are broadcast.</summary>
    public double[] ExponentValues() => [.. Exponent.Select(e => (double)e)];
}
