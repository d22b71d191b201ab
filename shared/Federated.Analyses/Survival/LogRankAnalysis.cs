using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>
/// The log-rank test and its relatives (Harrington and Fleming 1982) from the joint table of times, within strata if there are some: equal to the test on pooled
/// rows where times are exact.
/// </summary>
public sealed class LogRankAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "log-rank";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        SurvivalOptions.Time, SurvivalOptions.Status, new("group", SurvivalOptions.Category, "The category whose levels are compared.") { Required = true },
        new("rho", new NumberShape(0, 10), "Each time counts with the survival before it to this power: 0 log-rank, 1 Peto and Peto's Wilcoxon.") { Default = 0.0 },
        SurvivalOptions.Strata, SurvivalOptions.Times,
    ];

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => 0;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        SurvivalModel model = SurvivalModel.Of(plan, specification);
        return [SurvivalSizes.Declare(model), .. TimeTable.Declare(plan, model)];
    }

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        SurvivalModel model = SurvivalModel.Of(context.Plan, context.Specification);
        var first = new SumStep(SurvivalSizes.Step, Broadcast.Empty, SurvivalSizes.Layout(model));
        yield return first;
        SurvivalSizes sizes = SurvivalSizes.Read(context.Specification, model, first.Sum);
        sizes.RequireEvents(context.Specification, model);
        IReadOnlyList<Departure> departures = [];
        double[]? edges = null;
        foreach (Step step in TimeTable.Ask(context, model, sizes.Rows, (d, e) => (departures, edges) = (d, e))) yield return step;
        SurvivalSizes.RequireEvents(context.Specification, departures);
        LogRankTest test = LogRankTest.Of(TimeTable.LifeTables(departures, model), (double?)context.Specification.Options["rho"] ?? 0);
        if (test.DegreesOfFreedom == 0)
            throw SurvivalModel.Refused("E2506", context.Specification, $"only one level of '{PlainText.Shown(model.Group!.Name)}' has rows at risk when events happen, so there is nothing to compare: choose another group");
        yield return new ConclusionStep(Result(context, model, sizes, departures, edges, test));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => TimeTable.AnswerAlone(Kind, context, step, broadcast);

    private static AnalysisResult Result(
        CoordinatorContext context, SurvivalModel model, SurvivalSizes sizes, IReadOnlyList<Departure> departures, double[]? edges, LogRankTest test)
    {
        ImmutableArray<string> levels = model.Group!.Levels;
        int[] present = [.. Enumerable.Range(0, levels.Length).Where(g => test.Rows[g] > 0)];
        var document = new JsonObject
        {
            ["groups"] = new JsonArray([.. present.Select(g => (JsonNode)levels[g])]),
            ["observed"] = List(present.Select(g => test.Observed[g])),
            ["expected"] = List(present.Select(g => test.Expected[g])),
            ["variance"] = new JsonArray([.. present.Select(g => (JsonNode)List(present.Select(h => test.Variance[(g * levels.Length) + h])))]),
            ["chisq"] = test.ChiSquared,
            ["df"] = test.DegreesOfFreedom,
            ["p"] = test.P,
            ["rho"] = (double?)context.Specification.Options["rho"] ?? 0,
        };
        sizes.Describe(document, context, departures, edges);
        document["rows"] = sizes.Rows;
        document["n"] = new JsonArray([.. present.Select(g => (JsonNode)test.Rows[g])]);
        return new AnalysisResult(
            document,
            [
                new ResultTable(
                    "groups", ["group", "n", "observed", "expected"],
                    [.. present.Select(g => new object?[] { levels[g], test.Rows[g], test.Observed[g], test.Expected[g] })]),
            ]);
    }

    private static JsonArray List(IEnumerable<double> values) => new([.. values.Select(v => (JsonNode?)ResultCells.Node(ResultCells.Defined(v)))]);
}
