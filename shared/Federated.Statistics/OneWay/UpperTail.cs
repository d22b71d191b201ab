using MathNet.Numerics;

namespace Federated.Statistics.OneWay;

/// <summary>
/// Upper tails of the reference distributions, from the complementary functions rather than as one minus the distribution: a p-value of 1e-40 keeps its
/// digits.
/// </summary>
public static class UpperTail
{
    /// <summary>P(X > f) for X distributed as F with these degrees of freedom, which need not be integers. NaN if any argument is.</summary>
    public static double F(double f, double numerator, double denominator)
    {
        if (double.IsNaN(f) || !(numerator > 0) || !(denominator > 0)) return double.NaN;
        if (f <= 0) return 1;
        if (double.IsPositiveInfinity(f)) return 0;
        return SpecialFunctions.BetaRegularized(denominator / 2, numerator / 2, denominator / (denominator + (numerator * f)));
    }

    /// <summary>P(X > x) for X distributed as chi squared. NaN if any argument is.</summary>
    public static double ChiSquared(double x, double degreesOfFreedom)
    {
        if (double.IsNaN(x) || !(degreesOfFreedom > 0)) return double.NaN;
        if (x <= 0) return 1;
        if (double.IsPositiveInfinity(x)) return 0;
        return SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2, x / 2);
    }
}
