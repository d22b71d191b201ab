using MathNet.Numerics.Distributions;

namespace Federated.Privacy.Disclosure;

/// <summary>How well somebody who holds a patient's own values could tell from released averages whether that patient is in the cohort.</summary>
/// <param name="Patients">N: patients behind the averages.</param>
/// <param name="Statistics">p: independent averages released.</param>
/// <param name="Advantage">Largest true-positive rate minus false-positive rate; 0: a guess, 1: certainty.</param>
/// <param name="AreaUnderCurve">Of the attacker's receiver operating characteristic; 0.5: a guess.</param>
/// <param name="FoundAtOnePercent">Part of the members that is found when 1 % of non-members are wrongly named.</param>
/// <param name="Source">Where the prediction comes from.</param>
public sealed record MembershipRisk(long Patients, long Statistics, double Advantage, double AreaUnderCurve, double FoundAtOnePercent, string Source);

/// <summary>
/// The risk that remains with exact sums, predicted before anything is released. The likelihood-ratio attacker separates members from others by sqrt(p / N) standard
/// deviations (Sankararaman, Obozinski, Jordan and Halperin 2009, "Genomic privacy and limits of individual detection in a pool", Nature Genetics 41:965-967:
/// its power depends on p / N alone; for means of standardised values the shift of the log-likelihood ratio is p / N and its spread sqrt(p / N)).
/// It is a worst case: the attacker knows the population exactly, and correlated features count as independent ones.
/// </summary>
public static class MembershipInference
{
    private const string Source = "Sankararaman et al. 2009, Nature Genetics 41:965-967: separation sqrt(p/N), independent statistics, population known";

    /// <summary>The risk for N patients and p averages.</summary>
    public static MembershipRisk Predict(long patients, long statistics)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patients, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(statistics);
        double separation = Math.Sqrt((double)statistics / patients);
        return new MembershipRisk(
            patients,
            statistics,
            (2 * Normal.CDF(0, 1, separation / 2)) - 1,
            Normal.CDF(0, 1, separation / Math.Sqrt(2)),
            Normal.CDF(0, 1, separation - Normal.InvCDF(0, 1, 0.99)),
            Source);
    }
}
