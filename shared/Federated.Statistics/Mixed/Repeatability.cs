using MathNet.Numerics.Distributions;

namespace Federated.Statistics.Mixed;

/// <summary>
/// How well a measurement repeats, from the squares of repeated measurements about each subject's own mean: Bland and Altman (1996, BMJ 312:1654) and the
/// conventions of QIBA (Raunig et al. 2015, Stat Methods Med Res 24:27).
/// </summary>
/// <param name="Subjects">Subjects with at least two measurements.</param>
/// <param name="Scans">Their measurements.</param>
/// <param name="Mean">Mean of the measurements.</param>
/// <param name="Squares">Sum of squares about each subject's mean, in squared units of the feature.</param>
/// <param name="RelativeSquares">Sum over subjects of the same divided by the subject's squared mean.</param>
/// <param name="LogSquares">Sum of squares of the logarithms about each subject's mean logarithm; NaN where a value is not positive.</param>
public sealed record Repeatability(long Subjects, long Scans, double Mean, double Squares, double RelativeSquares, double LogSquares)
{
    // Two measurements of one subject differ by less than this many within-subject standard deviations in 95 of 100 cases.
    private static readonly double Difference = 1.959963984540054 * Math.Sqrt(2);

    /// <summary>Degrees of freedom.</summary>
    public long Degrees => Scans - Subjects;

    /// <summary>wSD: standard deviation within a subject, in units of the feature.</summary>
    public double WithinDeviation => Math.Sqrt(Squares / Degrees);

    /// <summary>RC: what two measurements of one subject differ by at most in 95 % of cases, in units of the feature.</summary>
    public double Coefficient => Difference * WithinDeviation;

    /// <summary>wCV by the root mean square of the subjects' own coefficients of variation, as a fraction.</summary>
    public double RootMeanSquareVariation => Math.Sqrt(RelativeSquares / Degrees);

    /// <summary>wCV from logarithms, sqrt(exp(s^2) - 1), as a fraction.</summary>
    public double LogVariation => Math.Sqrt(Math.Exp(LogSquares / Degrees) - 1);

    /// <summary>Relative changes that repeated measurements stay between in 95 % of cases: exp(+-1.96 sqrt(2) s) - 1, as fractions.</summary>
    public (double Lower, double Upper) Limits
    {
        get
        {
            double span = Difference * Math.Sqrt(LogSquares / Degrees);
            return (Math.Exp(-span) - 1, Math.Exp(span) - 1);
        }
    }

    /// <summary>Factors by which a within-subject standard deviation is multiplied for the ends of its interval (chi squared).</summary>
    /// <param name="confidence">Between 0 and 1.</param>
    public (double Lower, double Upper) IntervalFactors(double confidence) =>
        (Math.Sqrt(Degrees / ChiSquared.InvCDF(Degrees, 0.5 + (confidence / 2))), Math.Sqrt(Degrees / ChiSquared.InvCDF(Degrees, 0.5 - (confidence / 2))));
}
