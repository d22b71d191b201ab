using System.Text.Json.Nodes;
using Federated.Analyses.Combat;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;

namespace Federated.Analyses.Validation;

/// <summary>
/// The coordinator's way to one model of one training part: survey, harmonization and fit are the very analyses of the study, asked of the part's rows alone. What a site
/// must know of the harmonization travels with every later step, so nothing of a part is kept.
/// </summary>
internal sealed class FoldModel(CoordinatorContext context, IAnalysis analysis, AnalysisSpecification? combat)
{
    private const string SurveyStep = "fold-survey-";
    private const string CombatStep = "fold-combat-";
    private const string ModelStep = "fold-model-";

    /// <summary>What the part's rows are harmonized with; empty = as an analysis before left them.</summary>
    public Broadcast Harmonization { get; private set; } = Broadcast.Empty;

    /// <summary>The document of the fit.</summary>
    public JsonObject Found { get; private set; } = [];

    /// <summary>The steps as the manifest shows them.</summary>
    public IEnumerable<StepDeclaration> Declare()
    {
        AnalysisSpecification model = FoldPart.Model(context.Specification, []);
        IEnumerable<StepDeclaration> Named(string prefix, IEnumerable<StepDeclaration> steps) =>
            steps.Where(s => s.Kind == ExchangeKind.Sum).Select(s => s with { Name = prefix + s.Name, When = "For validation, in each training part." + (s.When.Length > 0 ? " " + s.When : "") });
        return combat is null
            ? Named(ModelStep, analysis.Declare(context.Plan, model))
            : [
                .. Named(SurveyStep, new SurveyAnalysis().Declare(context.Plan, SurveyAnalysis.Specification)), .. Named(CombatStep, new CombatAnalysis().Declare(context.Plan, combat)),
                .. Named(ModelStep, analysis.Declare(context.Plan, model)),
            ];
    }

    /// <summary>Asks until the model of a part is found.</summary>
    /// <param name="part">The part.</param>
    /// <param name="strengths">Strengths of the penalty; empty = those of the study.</param>
    public IEnumerable<Step> Fit(FoldPart part, IReadOnlyList<double> strengths)
    {
        if (combat is not null)
        {
            SurveyResult? survey = null;
            foreach (Step step in new SurveyAnalysis().Coordinate(context with { Specification = SurveyAnalysis.Specification, Survey = null }))
            {
                if (step is not SumStep sum) continue;
                yield return On(part, SurveyStep, sum, out SumStep asked);
                sum.Sum = asked.Sum;
                survey = SurveyAnalysis.Read(context.Plan, asked.Sum);
            }

            foreach (Step step in new CombatAnalysis().Coordinate(context with { Specification = combat, Survey = survey }))
            {
                if (step is not SumStep sum)
                {
                    Harmonization = step.Broadcast; // what every site adjusts its rows with
                    break;
                }

                yield return On(part, CombatStep, sum, out SumStep asked);
                sum.Sum = asked.Sum;
            }
        }

        foreach (Step step in analysis.Coordinate(context with { Specification = FoldPart.Model(context.Specification, strengths) }))
        {
            if (step is ConclusionStep conclusion) Found = conclusion.Result.Document;
            if (step is not SumStep sum) continue;
            yield return On(part, ModelStep, sum, out SumStep asked);
            sum.Sum = asked.Sum;
        }
    }

    /// <summary>The fitted coefficients, intercept first, one model for each strength of the penalty; what has no coefficient counts for nothing.</summary>
    public double[][] Coefficients() => Found["coef_by_lambda"] is JsonArray path
        ? [.. path.Select((row, l) => (double[])[(double)Found["intercept"]![l]!, .. row!.AsArray().Select(c => (double)c!)])]
        : [[.. Found["coef"]!.AsArray().Select(c => c is null ? 0 : (double)c)]];

    /// <summary>The site half of every step of a validation.</summary>
    /// <exception cref="BroadcastInvalidException">No validation has such a step.</exception>
    public static SiteAnswer Answer(SiteContext context, IAnalysis analysis, RegressionModel model, AnalysisSpecification? combat, string step, Broadcast broadcast)
    {
        ValidationOptions options = model.Options.Validation ?? throw new BroadcastInvalidException($"{context.Specification.Id} is not validated.");
        var reader = new BroadcastReader(broadcast);
        int sites = options.BySite ? Values.PlanValue.Find(context.Plan, context.Plan.SiteColumn!)!.Levels.Length : 0;
        (bool[] training, bool[] held) = FoldPart.Read(reader, options, sites).Rows(context, options);
        AnalysisSpecification fitted = FoldPart.Model(context.Specification, []);
        if (combat is not null && step.StartsWith(SurveyStep, StringComparison.Ordinal))
            return new SurveyAnalysis().Answer(FoldPart.Over(context, SurveyAnalysis.Specification, training, training, null, broadcast), step[SurveyStep.Length..], broadcast);
        if (combat is not null && step.StartsWith(CombatStep, StringComparison.Ordinal) && step[CombatStep.Length..] != CombatLayouts.Estimates)
            return new CombatAnalysis().Answer(FoldPart.Over(context, combat, training, training, null, broadcast), step[CombatStep.Length..], broadcast);
        if (step.StartsWith(ModelStep, StringComparison.Ordinal))
            return analysis.Answer(FoldPart.Over(context, fitted, training, training, combat, broadcast), step[ModelStep.Length..], broadcast);
        return new SiteAnswer { Sum = FoldSums.Answer(FoldPart.Over(context, fitted, held, training, combat, broadcast), context, model, options, step, reader) };
    }

    private SumStep On(FoldPart part, string prefix, SumStep step, out SumStep asked) =>
        asked = new SumStep(prefix + step.Name, part.Broadcast(Harmonization, step.Broadcast), step.Layout);
}
