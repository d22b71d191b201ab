namespace Federated.Statistics.OneWay;

/// <summary>
/// Bartlett's test of equal variances. Groups of a single value are left out; NaN with fewer than two groups, or when a group does not vary.
/// </summary>
/// <param name="ChiSquared">The statistic with Bartlett's correction.</param>
/// <param name="DegreesOfFreedom">k - 1.</param>
/// <param name="P">P-value.</param>
/// <remarks>M. S. Bartlett, Properties of sufficiency and statistical tests, Proc. R. Soc. A 160 (1937).</remarks>
public sealed record BartlettTest(double ChiSquared, double DegreesOfFreedom, double P)
{
    /// <summary>The test on the layout that has these sums.</summary>
    public static BartlettTest Of(UnequalVarianceSums sums)
    {
        double k = sums.Varying;
        if (k < 2 || sums.Constant > 0) return new BartlettTest(double.NaN, double.NaN, double.NaN);

        // Variances are in units of the pooled one, whose own logarithm is therefore 0.
        double statistic = Math.Max(0, -sums.DegreesLogVariance) / (1 + ((sums.InverseDegrees - (1 / sums.Degrees)) / (3 * (k - 1))));
        return new BartlettTest(statistic, k - 1, UpperTail.ChiSquared(statistic, k - 1));
    }
}
