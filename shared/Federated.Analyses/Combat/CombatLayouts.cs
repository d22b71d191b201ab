using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Kernels;

namespace Federated.Analyses.Combat;

/// <summary>
/// The vectors that ComBat asks for, and their units. A number that fits under 2^e is summed in units of 2^(e - 40): room for 2^23 rows in all, and
/// 104 binary places below 2^e. Covariates are divided by their power of two beforehand, so they fit under 1.
/// </summary>
public static class CombatLayouts
{
    /// <summary>Means of scanners that several sites hold (only if there are any).</summary>
    public const string ScannerMeans = "scanner-means";

    /// <summary>The sums about scanner means, over all scanners.</summary>
    public const string WithinScanners = "within-scanners";

    /// <summary>Location and variance of the reference scanner (only if the plan names one).</summary>
    public const string Reference = "reference";

    /// <summary>Spread of scanners that several sites hold (only if there are any).</summary>
    public const string ScannerSpread = "scanner-spread";

    /// <summary>Every site learns the frozen model and adjusts its rows.</summary>
    public const string Estimates = "estimates";

    internal const string Rows = "n";
    internal const string SumX = "sum_x";
    internal const string SumY = "sum_y";
    internal const string XX = "x_c'x_c";
    internal const string XY = "x_c'y_c";
    internal const string YY = "y_c'y_c";
    internal const string Constant = "constant";
    internal const string WeightRows = "n_incomplete";
    internal const string Observed = "n_observed";
    internal const string ObservedSumX = "sum_x_observed";
    internal const string ObservedXX = "x_c'x_c_observed";
    internal const string Squares = "squares";
    internal const string Varying = "varying";

    /// <summary>Features whose counters share one element of <see cref="Constant"/>.</summary>
    internal const int CountersPerElement = 8;

    /// <summary>Bits of one counter: at most 65,535 scanners.</summary>
    internal const int BitsPerCounter = 16;

    private const int Headroom = 40;

    /// <summary>Per shared scanner: rows, and sums of covariates and features.</summary>
    public static SumLayout OfScannerMeans(CombatFrame frame)
    {
        (int k, int p, int m, int s) = Extents(frame);
        return new SumLayout(
            SumBlock.Counts(Rows, s), Unit(SumX, s, k), Feature(SumY, frame, 1, s, p), SumBlock.Counts(Observed, s, m), Unit(ObservedSumX, s, m * k));
    }

    /// <summary>The one sum from which the frozen model follows.</summary>
    public static SumLayout OfWithinScanners(CombatFrame frame)
    {
        (int k, int p, int m, _) = Extents(frame);
        return new SumLayout(
            SumBlock.Counts(Rows), Unit(SumX, k), Feature(SumY, frame, 1, p), Unit(XX, k * k), Feature(XY, frame, 1, k, p), Feature(YY, frame, 2, p),
            SumBlock.Counts(Constant, CounterElements(p)),
            SumBlock.Counts(WeightRows, m), SumBlock.Counts(Observed, m), Unit(ObservedSumX, m * k), Unit(ObservedXX, m * k * k));
    }

    /// <summary>What only holders of the reference scanner fill; all others send zeros.</summary>
    public static SumLayout OfReference(CombatFrame frame)
    {
        (_, int p, int m, _) = Extents(frame);
        return new SumLayout(Feature(SumY, frame, 1, p), Feature(Squares, frame, 2, p), SumBlock.Counts(Observed, m));
    }

    /// <summary>Per shared scanner: residual sum of squares, and how many holders see a feature vary.</summary>
    public static SumLayout OfScannerSpread(CombatFrame frame)
    {
        (_, int p, _, int s) = Extents(frame);
        return new SumLayout(Feature(Squares, frame, 2, s, p), SumBlock.Counts(Varying, s, p));
    }

    /// <summary>Elements that hold a counter for each of p features.</summary>
    internal static int CounterElements(int features) => (features + CountersPerElement - 1) / CountersPerElement;

    /// <summary>Adds one to a feature's counter.</summary>
    internal static void CountConstant(SumVector sum, int feature) =>
        sum.AddRaw(Constant, feature / CountersPerElement, Int128.One << (BitsPerCounter * (feature % CountersPerElement)));

    /// <summary>A feature's counter.</summary>
    internal static int ConstantCount(SumVector sum, int feature) =>
        (int)((sum.Raw(Constant, feature / CountersPerElement) >>> (BitsPerCounter * (feature % CountersPerElement))) & ((1 << BitsPerCounter) - 1));

    /// <summary>All numbers of a block with about 106 bits each.</summary>
    internal static DoubleDouble[] ReadExactly(SumVector sum, string block)
    {
        var values = new DoubleDouble[sum.Layout[block].Block.Length];
        for (int i = 0; i < values.Length; i++)
        {
            double high = sum.Read(block, i, out double low);
            values[i] = new DoubleDouble(high, low);
        }

        return values;
    }

    /// <summary>Adds a number that is known to more digits than a double has.</summary>
    internal static void AddExactly(SumVector sum, string block, int index, DoubleDouble value)
    {
        sum.Add(block, index, value.High);
        sum.Add(block, index, value.Low);
    }

    private static (int Columns, int Features, int Incomplete, int Shared) Extents(CombatFrame frame) =>
        (frame.DesignExponent.Length, frame.FeatureExponent.Length, frame.Incomplete.Length, frame.Shared.Length);

    private static SumBlock Unit(string name, params ReadOnlySpan<int> shape) => new(name, [.. shape], [-Headroom]);

    private static SumBlock Feature(string name, CombatFrame frame, int power, params ReadOnlySpan<int> shape) =>
        new(name, [.. shape], Units(frame.FeatureExponent, power));

    private static ImmutableArray<int> Units(ImmutableArray<int> exponents, int power) =>
        exponents.IsEmpty ? [0] : [.. exponents.Select(e => (power * e) - Headroom)];
}
