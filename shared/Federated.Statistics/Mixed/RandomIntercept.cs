using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Statistics.Mixed;

/// <summary>
/// The linear model with a random intercept per group, by restricted or ordinary maximum likelihood: the root of the analytic score of the profiled likelihood to
/// the last digit, the least of all local minima, and the intraclass correlation with its profile likelihood interval.
/// </summary>
public sealed record RandomIntercept
{
    // The ratio of variances is looked for between these, a quarter of a decade at a time; outside them one of the two variances is rounding.
    private const double SmallestRatio = 1e-8;
    private const double LargestRatio = 1e10;
    private const int PerDecade = 4;

    private RandomIntercept()
    {
    }

    /// <summary>k fixed effects for the columns as measured.</summary>
    public required double[] Coefficients { get; init; }

    /// <summary>Their covariance matrix at the estimated variances, k x k.</summary>
    public required double[] Covariance { get; init; }

    /// <summary>Variance between groups; 0 where rows of a group resemble each other no more than others do.</summary>
    public required double GroupVariance { get; init; }

    /// <summary>Variance within groups.</summary>
    public required double ResidualVariance { get; init; }

    /// <summary>Share of the variance that lies between groups.</summary>
    public double IntraclassCorrelation => GroupVariance / (GroupVariance + ResidualVariance);

    /// <summary>Profile likelihood interval of <see cref="IntraclassCorrelation"/>.</summary>
    public required (double Lower, double Upper) Interval { get; init; }

    /// <summary>Twice the negative (restricted) log likelihood, with lme4's constants.</summary>
    public required double Criterion { get; init; }

    /// <summary>The (restricted) log likelihood.</summary>
    public double LogLikelihood => -Criterion / 2;

    /// <summary>theta: <see cref="GroupVariance"/> over <see cref="ResidualVariance"/>.</summary>
    public required double Ratio { get; init; }

    /// <summary>Fixed effects of the scaled columns.</summary>
    private DoubleDouble[] Beta { get; init; } = [];

    private int ResponseExponent { get; init; }

    /// <summary>The estimates; null where nothing varies within groups, so that no finite ratio exists.</summary>
    /// <param name="sums">Over rows and groups, at least two groups, at least one with two rows, and more rows than columns.</param>
    /// <param name="restricted">Whether the likelihood is the restricted one (REML).</param>
    /// <param name="confidence">Of the interval, between 0 and 1.</param>
    public static RandomIntercept? Fit(RandomInterceptSums sums, bool restricted, double confidence)
    {
        var profile = new ProfiledDeviance(sums, restricted);
        ProfilePoint[] grid = [.. Ratios().Select(profile.At)];
        if (grid.Any(p => !double.IsFinite(p.Deviance)) || grid[^1].Score < 0) return null;
        ProfilePoint best = grid[0];
        for (int i = 1; i < grid.Length; i++)
        {
            if (grid[i - 1].Score >= 0 || grid[i].Score < 0) continue;
            ProfilePoint valley = profile.At(Bisect(grid[i - 1].Ratio, grid[i].Ratio, ratio => profile.At(ratio).Score >= 0));
            if (best.Score < 0 || valley.Deviance < best.Deviance) best = valley;
        }

        double quantile = Tails.NormalQuantile(confidence), limit = best.Deviance + (quantile * quantile);
        bool Beyond(double ratio) => profile.At(ratio).Deviance > limit;
        double[] above = [.. grid.Where(p => p.Ratio > best.Ratio && p.Deviance > limit).Select(p => p.Ratio)];
        double[] below = [.. grid.Where(p => p.Ratio < best.Ratio && p.Deviance > limit).Select(p => p.Ratio)];
        double upper = above.Length > 0 ? Bisect(best.Ratio, above[0], Beyond) : double.PositiveInfinity;
        double lower = below.Length > 0 ? Bisect(below[^1], best.Ratio, ratio => !Beyond(ratio)) : 0;
        DesignScaling scaling = sums.Scaling;
        double[] coefficients = scaling.Coefficients([.. best.Beta.Select(b => DesignScaling.Scale(b, sums.ResponseExponent))]);
        if (scaling.Intercept) coefficients[0] += sums.ResponseCentre;
        double residual = double.ScaleB(best.Variance, 2 * sums.ResponseExponent);
        return new RandomIntercept
        {
            Coefficients = coefficients,
            Covariance = [.. scaling.Covariance(best.Factor.Inverse()).Select(v => v * residual)],
            GroupVariance = best.Ratio * residual,
            ResidualVariance = residual,
            Ratio = best.Ratio,
            Interval = (Share(lower), Share(upper)),
            Criterion = best.Deviance,
            Beta = best.Beta,
            ResponseExponent = sums.ResponseExponent,
        };
    }

    /// <summary>The predicted intercept of a group (best linear unbiased prediction), in units of the outcome.</summary>
    /// <param name="size">Its rows.</param>
    /// <param name="columnSums">k + 1: its sums of the columns of [X y], centred and scaled.</param>
    public double Predict(long size, ReadOnlySpan<DoubleDouble> columnSums)
    {
        DoubleDouble residual = columnSums[^1];
        for (int j = 0; j < Beta.Length; j++) residual -= columnSums[j] * Beta[j];
        return double.ScaleB(Ratio / (1 + (size * Ratio)) * residual.High, ResponseExponent);
    }

    private static double Share(double ratio) => double.IsPositiveInfinity(ratio) ? 1 : ratio / (1 + ratio);

    private static IEnumerable<double> Ratios()
    {
        yield return 0;
        int steps = (int)Math.Round(Math.Log10(LargestRatio / SmallestRatio) * PerDecade);
        for (int i = 0; i <= steps; i++) yield return SmallestRatio * Math.Pow(10, i / (double)PerDecade);
    }

    /// <summary>The first double in (low, high] that passes, where all below fail and all above pass: halving the bits between them.</summary>
    private static double Bisect(double low, double high, Func<double, bool> passes)
    {
        long below = BitConverter.DoubleToInt64Bits(low), above = BitConverter.DoubleToInt64Bits(high);
        while (above - below > 1)
        {
            long middle = below + ((above - below) / 2);
            if (passes(BitConverter.Int64BitsToDouble(middle))) above = middle;
            else below = middle;
        }

        return BitConverter.Int64BitsToDouble(above);
    }
}
