using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Privacy.DifferentialPrivacy;

namespace Federated.Analyses.Noise;

/// <summary>
/// How much noise a plan with differential privacy puts into its sums: everything follows from the plan, so hospitals, coordinator and officers reckon alike.
/// </summary>
/// <remarks>
/// A sum with a bound C on one patient's part gets Gaussian noise of standard deviation sigma C on the integer grid. Sigma is the smallest multiplier at which all sums of the
/// plan, and the repeats it allows, are (epsilon, delta)-private together by the Rényi accountant. In a masked sum every hospital adds a share of the variance, so large
/// that those who may be counted on, the threshold of the masking less the colluding ones, reach sigma C by themselves (Kairouz, Liu and Steinke 2021, "The Distributed
/// Discrete Gaussian Mechanism"; on this grid a sum of discrete Gaussians differs from one by less than exp(-2^100)). In the clear every hospital adds all of it.
/// </remarks>
public sealed class NoiseTerms
{
    private static readonly ConditionalWeakTable<StudyPlan, NoiseTerms> Known = [];

    private NoiseTerms(StudyPlan plan, DifferentialTerms terms)
    {
        Masked = plan.Privacy.Aggregation == Aggregation.Secure;
        Terms = terms;
        Releases = Sums(plan) + terms.Repeats;
        Multiplier = RenyiAccountant.SigmaFor(terms.Epsilon, terms.Delta, 1, Releases);
    }

    /// <summary>Whether only the sum over hospitals is seen, so that they may share the noise.</summary>
    public bool Masked { get; }

    /// <summary>What the plan asks for.</summary>
    public DifferentialTerms Terms { get; }

    /// <summary>Standard deviation of the noise over the bound of one patient's part.</summary>
    public double Multiplier { get; }

    /// <summary>Sums that a hospital answers at most, repeats included.</summary>
    public long Releases { get; }

    /// <summary>The noise of a plan; null where sums are exact.</summary>
    public static NoiseTerms? Of(StudyPlan plan) => plan.Privacy.Differential is { } terms ? Known.GetValue(plan, p => new NoiseTerms(p, terms)) : null;

    /// <summary>The noise of a plan that a private analysis runs under.</summary>
    public static NoiseTerms Required(StudyPlan plan) => Of(plan) ?? throw new InvalidOperationException("The plan asks for no differential privacy.");

    /// <summary>Of so many hospitals, those whose noise alone suffices.</summary>
    public int CountedOn(int sites) => Masked ? Math.Max(1, ((2 * sites) / 3) + 1 - Terms.Colluding) : 1;

    /// <summary>Standard deviation of what one of so many hospitals adds, for parts within this bound.</summary>
    public double AtSite(double bound, int sites) => Multiplier * bound / Math.Sqrt(CountedOn(sites));

    /// <summary>Standard deviation of the noise in the sum over so many hospitals.</summary>
    public double InSum(double bound, int sites) => AtSite(bound, sites) * Math.Sqrt(sites);

    /// <summary>What a result says of it, beside the effect on each number.</summary>
    public JsonObject Document(int sites) => new()
    {
        ["epsilon"] = Terms.Epsilon,
        ["delta"] = Terms.Delta,
        ["unit"] = "patient",
        ["over"] = "the whole study",
        ["sums"] = Releases,
        ["noise_multiplier"] = Multiplier,
        ["hospitals_counted_on"] = CountedOn(sites),
        ["meaning"] = "numbers carry random noise on purpose; *_noise_sd is the standard deviation of its effect",
    };

    // Everything but the opening survey, which asks for nothing about patients under such a plan.
    private static long Sums(StudyPlan plan) => plan.Analyses.Sum(specification => (AnalysisCatalogue.Find(specification.Kind)
        ?? throw new InvalidOperationException($"There is no kind of analysis {specification.Kind}.")).Declare(plan, specification).Sum(step => (long)step.Times));
}
