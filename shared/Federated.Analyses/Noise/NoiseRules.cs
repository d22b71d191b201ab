using System.Collections.Immutable;
using Federated.Analyses.Study;

namespace Federated.Analyses.Noise;

/// <summary>What a plan must be like to promise differential privacy.</summary>
internal static class NoiseRules
{
    /// <summary>A private analysis' options do not go together.</summary>
    public const string Unfit = "E2951";

    /// <summary>The noise is larger than what it hides.</summary>
    public const string Drowned = "E2952";

    /// <summary>Nothing leaves under the plan but sums in which every patient's part is bounded; and only such a plan has those.</summary>
    /// <exception cref="AnalysisRefusedException">E2951: an analysis cannot do that.</exception>
    public static void Check(StudyPlan plan, AnalysisSpecification specification, IReadOnlyList<StepDeclaration> steps)
    {
        bool bounded = steps.All(s => s.PatientBound is not null && s.Kind == ExchangeKind.Sum);
        if (plan.Privacy.Differential is { } terms)
        {
            if (!bounded)
            {
                throw new AnalysisRefusedException(
                    Unfit, $"Analysis {specification.Id}: kind {specification.Kind} cannot be made differentially private: of the kinds of this version, {string.Join(" and ", Offering)} can; leave the others to a study without privacy.differential.");
            }

            if (terms.Bounds.FirstOrDefault(b => !(b.Low < b.High) || !double.IsFinite(b.High - b.Low)) is { } wrong)
                throw new AnalysisRefusedException(Unfit, $"The bounds of '{PlainText.Shown(wrong.Name)}' are not a low one and a higher one: correct privacy.differential.bounds.");
        }
    }

    /// <summary>Kinds that can be made private.</summary>
    public static ImmutableArray<string> Offering { get; } = ["bounded-moments", "train"];

    /// <summary>The public bounds of a number, which differential privacy cannot do without.</summary>
    /// <exception cref="AnalysisRefusedException">E2951: the plan gives none.</exception>
    public static ValueBounds BoundsOf(StudyPlan plan, AnalysisSpecification specification, string name) => plan.Privacy.Differential?.Of(name)
        ?? throw new AnalysisRefusedException(Unfit, $"Analysis {specification.Id}: '{PlainText.Shown(name)}' has no public bounds: add {{ name: {PlainText.Shown(name)}, low: .., high: .. }} to privacy.differential.bounds, chosen beforehand and not from the data.");
}
