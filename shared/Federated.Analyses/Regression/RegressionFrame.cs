using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>
/// The public constants of a regression, agreed in its first sum: how columns and outcome are centred and scaled, and the units of later sums. Travels with
/// every later broadcast, so a site half needs no memory.
/// </summary>
/// <param name="Scaling">Of the design.</param>
/// <param name="ResponseCentre">Taken off the outcome.</param>
/// <param name="ResponseExponent">Outcome and offset are divided by this power of two then.</param>
/// <param name="ProductUnit">Unit of products of two columns.</param>
/// <param name="ScoreUnit">Unit of gradient and curvature.</param>
/// <param name="FitUnit">Unit of deviance and log likelihood.</param>
/// <param name="Limit">Largest linear predictor that is summed.</param>
internal sealed record RegressionFrame(
    DesignScaling Scaling, double ResponseCentre, int ResponseExponent, int ProductUnit, int ScoreUnit, int FitUnit, double Limit)
{
    /// <summary>Octaves above the largest mean outcome that a count's fitted mean may reach.</summary>
    private const int MeanRoom = 12;

    // Bits of an element that the largest possible sum may fill: what is left is room for every site to come near it.
    private const int FilledBits = 112;
    private const int FractionBits = 64;

    /// <summary>The frame of a linear model.</summary>
    public static RegressionFrame OfLinear(RegressionModel model, RegressionSizes sizes)
    {
        int exponent = sizes.ResponseExponent;
        double centre = model.Intercept ? sizes.ResponseMean - sizes.OffsetMean : 0;
        int offset = Math.Max(0, sizes.OffsetExponent - exponent);
        return new RegressionFrame(sizes.Scaling(model), centre, exponent, Unit(sizes, 2 * (offset + 3)), 0, 0, 0);
    }

    /// <summary>The frame of a generalized linear model.</summary>
    public static RegressionFrame OfGeneralized(RegressionModel model, RegressionSizes sizes, bool counts)
    {
        int response = Math.Max(0, sizes.ResponseExponent);
        int mean = counts ? response + MeanRoom : 0;
        return new RegressionFrame(
            sizes.Scaling(model), 0, 0, Unit(sizes, 2 * (Math.Max(response, Math.Max(0, sizes.OffsetExponent)) + 3)), Unit(sizes, mean + 20),
            Unit(sizes, mean + response + 20), counts ? mean * Math.Log(2) : 1 << 16);
    }

    /// <summary>As tensors of a broadcast.</summary>
    public IEnumerable<Tensor> ToTensors() =>
    [
        Tensor.Vector("centre", Scaling.Centre),
        Tensor.Vector("exponent", [.. Scaling.Exponent.Select(e => (double)e)]),
        Tensor.Scalar("response_centre", ResponseCentre),
        Tensor.Vector("units", [ResponseExponent, ProductUnit, ScoreUnit, FitUnit]),
        Tensor.Scalar("limit", Limit),
    ];

    /// <summary>Reads it back.</summary>
    /// <exception cref="BroadcastInvalidException">It is not the frame of this model.</exception>
    public static RegressionFrame Read(BroadcastReader broadcast, RegressionModel model)
    {
        int k = model.Columns.Length;
        double[] centre = broadcast.Numbers("centre", k);
        ImmutableArray<int> units = broadcast.WholeNumbers("units", -1000, 1000, 4);
        return new RegressionFrame(
            new DesignScaling(model.Intercept, centre, [.. broadcast.WholeNumbers("exponent", -128, 128, k)]), broadcast.Numbers("response_centre")[0],
            units[0], units[1], units[2], units[3], broadcast.Numbers("limit")[0]);
    }

    /// <summary>Whether rows that were scaled in one stand as they would in the other.</summary>
    public bool HasSameScales(RegressionFrame other) =>
        Scaling.Intercept == other.Scaling.Intercept && Scaling.Centre.AsSpan().SequenceEqual(other.Scaling.Centre)
        && Scaling.Exponent.AsSpan().SequenceEqual(other.Scaling.Exponent) && ResponseCentre.Equals(other.ResponseCentre) && ResponseExponent == other.ResponseExponent;

    // n rows of weights with this root mean square: no weight passes sqrt(n) times that, so no sum passes n^2 2^(weight + each).
    private static int Unit(RegressionSizes sizes, int each)
    {
        int rows = 64 - (int)long.LeadingZeroCount(sizes.Rows);
        return (2 * rows) + sizes.WeightExponent + each + FractionBits - FilledBits;
    }
}
