namespace Federated.Statistics.OneWay;

/// <summary>
/// Welch's test of equal means without equal variances. Groups of a single value are left out; NaN with fewer than two groups, or when a group does not vary.
/// </summary>
/// <param name="F">The statistic.</param>
/// <param name="Numerator">Degrees of freedom, k - 1.</param>
/// <param name="Denominator">Degrees of freedom, (k^2 - 1) / (3 L); seldom an integer.</param>
/// <param name="P">P-value.</param>
/// <remarks>B. L. Welch, On the comparison of several mean values, Biometrika 38 (1951), equations 27 to 29.</remarks>
public sealed record WelchTest(double F, double Numerator, double Denominator, double P)
{
    /// <summary>The test on the layout that has these sums.</summary>
    public static WelchTest Of(UnequalVarianceSums sums)
    {
        double k = sums.Varying;
        if (k < 2 || sums.Constant > 0) return new WelchTest(double.NaN, double.NaN, double.NaN, double.NaN);
        double w = sums.Weight;
        double between = Math.Max(0, sums.WeightedSquare - (sums.WeightedDeviation * sums.WeightedDeviation / w));

        // L = sum (1 - w_b / w)^2 / (n_b - 1), multiplied out so that it is made of sums.
        double l = sums.InverseDegrees - (2 * sums.WeightPerDegree / w) + (sums.SquaredWeightPerDegree / (w * w));
        double f = between / (k - 1) / (1 + (2 * (k - 2) / ((k * k) - 1) * l));
        double denominator = ((k * k) - 1) / (3 * l);
        return new WelchTest(f, k - 1, denominator, UpperTail.F(f, k - 1, denominator));
    }
}
