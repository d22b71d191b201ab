using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Statistics.Description;

namespace Federated.Analyses.Describe;

/// <summary>The histogram of one column: a lower tail, equal bins over mean +- 3 standard deviations, an upper tail.</summary>
/// <param name="Bins">The equal bins.</param>
/// <param name="Counts">Lower tail, bins, upper tail.</param>
/// <param name="Withheld">Rows that stand in no bin, because too few of them at a site would.</param>
internal sealed record Histogram(Bins Bins, long[] Counts, long Withheld)
{
    /// <summary>
    /// All edges, tails included: no value lies further from the mean than sqrt(n) standard deviations (Samuelson's inequality), so no smallest or largest
    /// value need be asked for.
    /// </summary>
    public double[] Edges(Moments moments)
    {
        double reach = Math.Max(Math.Sqrt(moments.Count), 4) * moments.StandardDeviation * (1 + 1e-6);
        double rounding = 1e-14 * Math.Abs(moments.Mean);
        return [moments.Mean - reach - rounding, .. Bins.Edges(), moments.Mean + reach + rounding];
    }
}

/// <summary>Histograms, and third and fourth moments in units of the standard deviation, per column.</summary>
internal static class HistogramSums
{
    /// <summary>Half the width of a histogram, in standard deviations.</summary>
    public const double HalfWidth = 3;

    private const string Withheld = "withheld";
    private const string Cubes = "cubes";
    private const string Fourths = "fourths";

    /// <summary>Blocks that hold packed counters.</summary>
    public static ImmutableArray<string> Packed { get; } = [Bin(0).Name];

    public static SumLayout Layout(int columns, int bins) =>
        new(Bin(bins).Block(columns), SumBlock.Counts(Withheld, columns), SumBlock.Counts(Cubes, columns), SumBlock.Counts(Fourths, columns));

    public static ImmutableArray<DeclaredItem> Declared(int columns, int bins, int? minimum) =>
    [
        Bin(bins).Declared(columns, $"Number of values in each of {bins} bins and two tails, per feature and stage{Rule(minimum)}."),
        new DeclaredItem(Withheld, [columns], "Number of values in bins with fewer than that."),
        new DeclaredItem(Cubes, [columns], "Sum of cubed deviations from the mean, in units of the standard deviation."),
        new DeclaredItem(Fourths, [columns], "Sum of the fourth powers of the same."),
    ];

    /// <summary>How the manifest words the rule of small counts.</summary>
    public static string Rule(int? minimum) => minimum is { } m ? $"; 0 where fewer than {m} at a site" : "";

    public static Bins BinsOf(double mean, double deviation, int bins) => new(mean - (HalfWidth * deviation), mean + (HalfWidth * deviation), bins);

    /// <summary>The site half. A column without spread has no histogram: its standard deviation is 0 and nothing is counted.</summary>
    public static SumVector Fill(StageTable table, double[] mean, double[] deviation, int bins, int? minimum)
    {
        var sum = new SumVector(Layout(table.Columns, bins));
        for (int column = 0; column < table.Columns; column++)
        {
            if (!(deviation[column] > 0)) continue;
            Bins inner = BinsOf(mean[column], deviation[column], bins);
            double[] sorted = table.Sorted(column);
            long[] counts = [Bins.Below(sorted, inner.Low), .. inner.Tally(sorted), sorted.Length - Bins.Below(sorted, inner.High)];
            sum.Add(Withheld, column, SmallCounts.Withhold(counts, minimum));
            Bin(bins).Add(sum, column, counts);
        }

        foreach (ScannerRows scanner in table.Scanners) AddShape(table, scanner, mean, deviation, sum);
        return sum;
    }

    public static Histogram? Read(SumVector sum, int column, Moments moments, int bins)
    {
        if (!(moments.StandardDeviation > 0)) return null;
        return new Histogram(BinsOf(moments.Mean, moments.StandardDeviation, bins), Bin(bins).Read(sum, column), (long)sum[Withheld, column]);
    }

    public static Moments WithShape(SumVector sum, int column, Moments moments) => moments.WithShape(sum[Cubes, column], sum[Fourths, column]);

    private static PackedCounts Bin(int bins) => new("bin", bins + 2);

    // Per scanner in the order of its rows, so that the bits do not depend on which site a scanner lies at.
    private static void AddShape(StageTable table, ScannerRows scanner, double[] mean, double[] deviation, SumVector sum)
    {
        double[] cubes = new double[table.Columns];
        double[] fourths = new double[table.Columns];
        for (int row = scanner.First; row < scanner.Next; row++)
        {
            for (int column = 0; column < table.Columns; column++)
            {
                double y = table[row, column];
                if (double.IsNaN(y) || !(deviation[column] > 0)) continue;
                double z = (y - mean[column]) / deviation[column];
                cubes[column] += z * z * z;
                fourths[column] += z * z * z * z;
            }
        }

        sum.Add(Cubes, cubes);
        sum.Add(Fourths, fourths);
    }
}
