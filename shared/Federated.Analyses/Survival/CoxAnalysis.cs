using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>
/// Cox's proportional hazards model (1972) by Newton's method on sums over risk sets, equal to the fit on pooled rows: the risk sets' sums give the hazard, the
/// hazard gives each row its weight in score and information. Ties by Breslow or Efron, strata, delayed entry, weights, robust covariance by cluster.
/// </summary>
public sealed class CoxAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "cox";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        SurvivalOptions.Time,
        SurvivalOptions.Status,
        new("start", SurvivalOptions.Number, "When a row entered: at risk after this time; absent: from the beginning."),
        new("predictors", new ListShape(SurvivalOptions.Value, 1, 2_000), "What explains the hazard: features, covariates, columns of the cohort, or `harmonized` for every harmonized feature.") { Required = true },
        new("from", new TextShape { Names = NameOf.EarlierCombat }, "Id of the combat whose features `harmonized` means; absent: the last one before."),
        new("factors", new ListShape(SurvivalOptions.Category, 0, 2_000), "Predictors that are categories, even where they look like numbers: one column for each level after the first.") { Default = new System.Text.Json.Nodes.JsonArray() },
        new("ties", new ChoiceShape("efron", "breslow"), "How events at one time are taken.") { Default = "efron" },
        SurvivalOptions.Strata,
        new("weights", SurvivalOptions.Number, "How much each row counts; a row of weight zero is left out."),
        new("cluster", SurvivalOptions.Label, "Rows that belong together, such as a patient's: their covariance is estimated robustly. A cluster lies within one hospital."),
        SurvivalOptions.Confidence,
        SurvivalOptions.Times,
    ];

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => SurvivalModel.Of(plan, specification).Columns.Length;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        SurvivalModel model = SurvivalModel.Of(plan, specification);
        return
        [
            SurvivalSizes.Declare(model), .. TimeTable.Declare(plan, model), .. CoxSums.Declare(model, model.Cluster is not null || model.Weights is not null),
            .. CoxConcordance.Declare(model),
        ];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        SurvivalModel model = SurvivalModel.Of(context.Plan, context.Specification);
        TieHandling ties = (string?)context.Specification.Options["ties"] is "breslow" ? TieHandling.Breslow : TieHandling.Efron;
        var first = new SumStep(SurvivalSizes.Step, Broadcast.Empty, SurvivalSizes.Layout(model));
        yield return first;
        SurvivalSizes sizes = SurvivalSizes.Read(context.Specification, model, first.Sum);
        sizes.RequireEvents(context.Specification, model);

        IReadOnlyList<Departure> departures = [];
        double[]? edges = null;
        foreach (Step step in TimeTable.Ask(context, model, sizes.Rows, (d, e) => (departures, edges) = (d, e))) yield return step;
        SurvivalSizes.RequireEvents(context.Specification, departures);
        EventTimes times = TimeTable.EventTimesOf(departures);
        var fit = new CoxFit(context, model, ties, times, CoxFrame.Of(sizes, times, ties, edges));
        foreach (Step step in fit.Search()) yield return step;
        if (model.Cluster is not null || sizes.HasFractionalWeights)
            foreach (Step step in fit.Robust()) yield return step;
        Concordance? concordance = null;
        foreach (Step step in CoxConcordance.Ask(model, fit, sizes.Rows, c => concordance = c)) yield return step;
        yield return new ConclusionStep(CoxResult.Of(context, model, sizes, departures, times, fit, concordance));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        SurvivalModel model = SurvivalModel.Of(context.Plan, context.Specification);
        var reader = new BroadcastReader(broadcast);
        switch (step)
        {
            case SurvivalSizes.Step:
                return SurvivalSizes.Answer(context, model, new SurvivalRows(context, model));
            case TimeTable.Times or TimeTable.Intervals:
                return TimeTable.Answer(context, model, new SurvivalRows(context, model), step, reader);
            case CoxSums.Risk or CoxSums.Score or CoxSums.Robust or CoxConcordance.Step:
                CoxFrame frame = CoxFrame.Read(reader, model);
                var site = new CoxSite(CoxRows.Of(context, model, frame), reader.Numbers(CoxSums.Beta, model.Columns.Length));
                if (step == CoxConcordance.Step) return CoxConcordance.Answer(model, site.Rows, site, reader);
                return new SiteAnswer { Sum = Sum(step, frame, site, model.Columns.Length, reader) };
            default:
                throw new BroadcastInvalidException($"cox has no step {step}.");
        }
    }

    private static SumVector Sum(string step, CoxFrame frame, CoxSite site, int p, BroadcastReader reader)
    {
        if (step == CoxSums.Risk) return site.Risk(reader.Indices(CoxSums.Chosen, frame.Times));
        double[] hazard = reader.NonNegative(CoxSums.Hazard, frame.Times);
        double[] tied = CoxSums.Spread(reader.NonNegative(CoxSums.TiedHazard, frame.Tied.Length), frame.Tied, frame.Times);
        if (step == CoxSums.Score) return site.Score(hazard, tied);
        var terms = new ResidualTerms(
            reader.Numbers(CoxSums.Mean, frame.Times, p), reader.Numbers(CoxSums.MeanHazard, frame.Times, p),
            frame.Tied.IsEmpty ? new double[frame.Times * p] : CoxSums.Spread(reader.Numbers(CoxSums.TiedMeanHazard, frame.Tied.Length, p), frame.Tied, frame.Times));
        return site.Robust(hazard, tied, terms);
    }
}
