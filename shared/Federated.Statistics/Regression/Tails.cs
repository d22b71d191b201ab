using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Federated.Statistics.Regression;

/// <summary>Two-sided p-values and quantiles of the normal and Student's t distribution, tails with all their digits.</summary>
public static class Tails
{
    /// <summary>P(|Z| > |z|).</summary>
    public static double Normal(double z) => double.IsNaN(z) ? double.NaN : SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>P(|T| > |t|) with these degrees of freedom.</summary>
    public static double Student(double t, double degrees)
    {
        if (double.IsNaN(t) || !(degrees > 0)) return double.NaN;
        return double.IsInfinity(t) ? 0 : SpecialFunctions.BetaRegularized(degrees / 2, 0.5, degrees / (degrees + (t * t)));
    }

    /// <summary>The z that |Z| exceeds with probability 1 - confidence.</summary>
    public static double NormalQuantile(double confidence) => Math.Sqrt(2) * SpecialFunctions.ErfInv(confidence);

    /// <summary>The t that |T| exceeds with probability 1 - confidence.</summary>
    public static double StudentQuantile(double confidence, double degrees) =>
        degrees > 0 ? StudentT.InvCDF(0, 1, degrees, 0.5 + (confidence / 2)) : double.NaN;
}
