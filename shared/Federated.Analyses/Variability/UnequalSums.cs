using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Variability;

/// <summary>The sums of Welch's and Bartlett's tests (<see cref="UnequalVarianceSums"/>), per column, over the scanners that one site holds alone.</summary>
internal static class UnequalSums
{
    private const string Varying = "varying";
    private const string Constant = "constant";
    private const string Weight = "weight";
    private const string WeightedDeviation = "weight_deviation";
    private const string WeightedSquare = "weight_square";
    private const string InverseDegrees = "inverse_degrees";
    private const string WeightPerDegree = "weight_per_degree";
    private const string SquaredWeightPerDegree = "squared_weight_per_degree";
    private const string Degrees = "degrees";
    private const string DegreesLogVariance = "degrees_log_variance";

    // w^2 / (n - 1) is below 2^60 n even where a scanner's variance is 2^-30 of the pooled one.
    private const int SquaredWeightUnit = 24;

    /// <summary>Scanner means cannot lie further apart: a double has 2^53 steps, and its square twice as many octaves.</summary>
    public const int MostOctaves = 160;

    /// <summary>
    /// Octaves by which deviations of scanner means may exceed the spread within scanners: log2(1 + SSB / s^2), known from the analysis of variance.
    /// </summary>
    public static int Octaves(double squaresBetween, double pooledVariance)
    {
        double ratio = squaresBetween / pooledVariance;
        return double.IsFinite(ratio) ? Math.Min(MostOctaves, Math.ILogB(1 + ratio) + 1) : 0;
    }

    /// <summary>
    /// The blocks. With w below 2^30 n and n d^2 below 2^octaves, sums of w d^2 lie below 2^(30 + octaves), those of w d below 2^(46 + octaves / 2).
    /// </summary>
    public static ImmutableArray<SumBlock> Blocks(ImmutableArray<int> octaves)
    {
        int columns = octaves.Length;
        return
        [
            SumBlock.Counts(Varying, columns), SumBlock.Counts(Constant, columns), SumBlock.Counts(Weight, columns),
            new SumBlock(WeightedDeviation, [columns], [.. octaves.Select(o => Math.Max(0, (o / 2) - 8))]),
            new SumBlock(WeightedSquare, [columns], [.. octaves.Select(o => Math.Max(0, o - 24))]),
            SumBlock.Counts(InverseDegrees, columns), SumBlock.Counts(WeightPerDegree, columns),
            new SumBlock(SquaredWeightPerDegree, [columns], [SquaredWeightUnit]),
            SumBlock.Counts(Degrees, columns), SumBlock.Counts(DegreesLogVariance, columns),
        ];
    }

    public static ImmutableArray<DeclaredItem> Declared(int columns) =>
    [
        new DeclaredItem(Varying, [columns], "Number of scanners with two values or more that vary."),
        new DeclaredItem(Constant, [columns], "Number of scanners with two values or more that are all the same."),
        new DeclaredItem(Weight, [columns], "Sum over scanners of w = n s^2 / v, where s^2 is the variance within scanners and v that of the scanner."),
        new DeclaredItem(WeightedDeviation, [columns], "Sum over scanners of w d, where d is the scanner's mean minus the mean of all values, in units of s."),
        new DeclaredItem(WeightedSquare, [columns], "Sum over scanners of w d^2."),
        new DeclaredItem(InverseDegrees, [columns], "Sum over scanners of 1 / (n - 1)."),
        new DeclaredItem(WeightPerDegree, [columns], "Sum over scanners of w / (n - 1)."),
        new DeclaredItem(SquaredWeightPerDegree, [columns], "Sum over scanners of w^2 / (n - 1)."),
        new DeclaredItem(Degrees, [columns], "Sum over scanners of n - 1."),
        new DeclaredItem(DegreesLogVariance, [columns], "Sum over scanners of (n - 1) ln(v / s^2)."),
    ];

    /// <summary>Adds one scanner.</summary>
    public static void Add(SumVector sum, int column, GroupMoments group, double pooledVariance)
    {
        UnequalVarianceSums term = UnequalVarianceSums.Of(group, pooledVariance);
        sum.Add(Varying, column, term.Varying);
        sum.Add(Constant, column, term.Constant);
        sum.Add(Weight, column, term.Weight);
        sum.Add(WeightedDeviation, column, term.WeightedDeviation);
        sum.Add(WeightedSquare, column, term.WeightedSquare);
        sum.Add(InverseDegrees, column, term.InverseDegrees);
        sum.Add(WeightPerDegree, column, term.WeightPerDegree);
        sum.Add(SquaredWeightPerDegree, column, term.SquaredWeightPerDegree);
        sum.Add(Degrees, column, term.Degrees);
        sum.Add(DegreesLogVariance, column, term.DegreesLogVariance);
    }

    public static UnequalVarianceSums Read(SumVector sum, int column) => new()
    {
        Varying = sum[Varying, column],
        Constant = sum[Constant, column],
        Weight = sum[Weight, column],
        WeightedDeviation = sum[WeightedDeviation, column],
        WeightedSquare = sum[WeightedSquare, column],
        InverseDegrees = sum[InverseDegrees, column],
        WeightPerDegree = sum[WeightPerDegree, column],
        SquaredWeightPerDegree = sum[SquaredWeightPerDegree, column],
        Degrees = sum[Degrees, column],
        DegreesLogVariance = sum[DegreesLogVariance, column],
    };
}
