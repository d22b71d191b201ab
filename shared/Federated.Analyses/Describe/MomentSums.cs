using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Statistics.Description;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Describe;

/// <summary>Sums of deviations and of their squares about a public centre, per column.</summary>
internal static class MomentSums
{
    private static readonly WideBlock Deviation = new("deviation");
    private static readonly WideBlock Squares = new("squares");

    public static SumLayout Layout(ImmutableArray<int> exponent) => new(
    [
        .. Deviation.Blocks([exponent.Length], LocationSums.UnitsOfValues(exponent)),
        .. Squares.Blocks([exponent.Length], LocationSums.UnitsOfSquares(exponent)),
    ]);

    public static ImmutableArray<DeclaredItem> Declared(int columns) =>
    [
        .. Deviation.Declared([columns], "Sum of deviations from the mean, per feature and stage."),
        .. Squares.Declared([columns], "Sum of squared deviations from the mean."),
    ];

    public static SumVector Fill(StageTable table, double[] centre, ImmutableArray<int> exponent)
    {
        var sum = new SumVector(Layout(exponent));
        foreach (ScannerRows scanner in table.Scanners)
        {
            ImmutableArray<ColumnMoments> moments = table.Moments(scanner, centre);
            for (int column = 0; column < table.Columns; column++)
            {
                GroupMoments group = moments[column / table.Features][column % table.Features];
                Deviation.Add(sum, column, group.Count * group.Deviation);
                Squares.Add(sum, column, group.Squares + (group.Count * group.Deviation * group.Deviation));
            }
        }

        return sum;
    }

    public static ImmutableArray<Moments> Read(SumVector sum, LocationSums location)
    {
        var moments = ImmutableArray.CreateBuilder<Moments>(location.Centre.Length);
        for (int c = 0; c < location.Centre.Length; c++)
            moments.Add(Moments.Of(location.Counts[c], location.Centre[c], Deviation.Read(sum, c), Squares.Read(sum, c)));
        return moments.MoveToImmutable();
    }
}
