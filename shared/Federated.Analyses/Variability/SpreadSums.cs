using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Variability;

/// <summary>The sums of the analysis of variance (<see cref="OneWaySums"/>), per column, over the scanners that one site holds alone.</summary>
internal static class SpreadSums
{
    private const string Scanners = "scanners";
    private const string Count = "count";
    private const string SquaredCount = "squared_count";

    private static readonly WideBlock WeightedDeviation = new("weighted_deviation");
    private static readonly WideBlock WeightedSquare = new("weighted_square");
    private static readonly WideBlock Deviation = new("deviation");
    private static readonly WideBlock Square = new("square");
    private static readonly WideBlock Within = new("within");

    public static ImmutableArray<SumBlock> Blocks(ImmutableArray<int> exponent)
    {
        int columns = exponent.Length;
        ImmutableArray<int> values = LocationSums.UnitsOfValues(exponent);
        ImmutableArray<int> squares = LocationSums.UnitsOfSquares(exponent);
        return
        [
            SumBlock.Counts(Scanners, columns), SumBlock.Counts(Count, columns), SumBlock.Counts(SquaredCount, columns),
            .. WeightedDeviation.Blocks([columns], values), .. WeightedSquare.Blocks([columns], squares),
            .. Deviation.Blocks([columns], values), .. Square.Blocks([columns], squares), .. Within.Blocks([columns], squares),
        ];
    }

    public static ImmutableArray<DeclaredItem> Declared(int columns) =>
    [
        new DeclaredItem(Scanners, [columns], "Number of scanners with values."),
        new DeclaredItem(Count, [columns], "Number of values n on these scanners."),
        new DeclaredItem(SquaredCount, [columns], "Sum over scanners of n squared."),
        .. WeightedDeviation.Declared([columns], "Sum over scanners of n d, where d is the scanner's mean minus the mean of all values."),
        .. WeightedSquare.Declared([columns], "Sum over scanners of n d squared."),
        .. Deviation.Declared([columns], "Sum over scanners of d."),
        .. Square.Declared([columns], "Sum over scanners of d squared."),
        .. Within.Declared([columns], "Sum over scanners of the squared deviations from the scanner's own mean."),
    ];

    /// <summary>Adds one scanner.</summary>
    public static void Add(SumVector sum, int column, GroupMoments group)
    {
        OneWaySums term = OneWaySums.Of(group);
        sum.Add(Scanners, column, term.Groups);
        sum.Add(Count, column, term.Count);
        sum.Add(SquaredCount, column, term.SquaredCount);
        WeightedDeviation.Add(sum, column, term.WeightedDeviation);
        WeightedSquare.Add(sum, column, term.WeightedSquare);
        Deviation.Add(sum, column, term.Deviation);
        Square.Add(sum, column, term.Square);
        Within.Add(sum, column, term.Within);
    }

    public static OneWaySums Read(SumVector sum, int column) => new()
    {
        Groups = sum[Scanners, column],
        Count = sum[Count, column],
        SquaredCount = sum[SquaredCount, column],
        WeightedDeviation = WeightedDeviation.Read(sum, column),
        WeightedSquare = WeightedSquare.Read(sum, column),
        Deviation = Deviation.Read(sum, column),
        Square = Square.Read(sum, column),
        Within = Within.Read(sum, column),
    };
}
