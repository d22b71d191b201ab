using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Statistics.Regression;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>
/// Survival curves of Kaplan and Meier (1958), one per group, from the joint table of times: equal to those of pooled rows where times are exact, and to those of
/// times rounded up to the edges on an agreed grid.
/// </summary>
public sealed class KaplanMeierAnalysis : IAnalysis
{
    private static readonly ImmutableArray<string> Cells =
    [
        "group", "time", "n_risk", "n_event", "n_censor", "survival", "std_err_greenwood", "nelson_aalen_cumhaz", "log_lower", "log_upper", "loglog_lower",
        "loglog_upper", "plain_lower", "plain_upper",
    ];

    /// <inheritdoc/>
    public string Kind => "kaplan-meier";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        SurvivalOptions.Time, SurvivalOptions.Status, new("group", SurvivalOptions.Category, "A category: one curve for each of its levels; absent: one curve."),
        SurvivalOptions.Confidence, SurvivalOptions.Times,
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
        IReadOnlyList<Departure> departures = [];
        double[]? edges = null;
        foreach (Step step in TimeTable.Ask(context, model, sizes.Rows, (d, e) => (departures, edges) = (d, e))) yield return step;
        yield return new ConclusionStep(Result(context, model, sizes, departures, edges));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => TimeTable.AnswerAlone(Kind, context, step, broadcast);

    private static AnalysisResult Result(
        CoordinatorContext context, SurvivalModel model, SurvivalSizes sizes, IReadOnlyList<Departure> departures, double[]? edges)
    {
        double confidence = (double?)context.Specification.Options["confidence"] ?? 0.95;
        double z = Tails.NormalQuantile(confidence);
        (string Group, LifeTable Table)[] groups =
        [
            .. departures.GroupBy(d => d.Group).OrderBy(g => g.Key).Select(g => (model.Group is { } group ? group.Levels[g.Key] : "all", TimeTable.LifeTable(g))),
        ];
        double tau = groups.Min(g => g.Table.Time[^1]); // as far as every curve reaches
        var rows = new List<IReadOnlyList<object?>>();
        var documents = new JsonArray();
        foreach ((string group, LifeTable table) in groups)
        {
            ProductLimit curve = ProductLimit.Of(table);
            SurvivalBounds log = curve.Log(z), logLog = curve.LogLog(z), plain = curve.Plain(z);
            for (int t = 0; t < table.Time.Length; t++)
            {
                rows.Add(
                [
                    group, table.Time[t], table.AtRisk[t], table.Events[t], table.Censored[t], curve.Survival[t], ResultCells.Defined(curve.StandardError[t]),
                    curve.CumulativeHazard[t], .. new[] { log, logLog, plain }.SelectMany(b => new object?[] { ResultCells.Defined(b.Lower[t]), ResultCells.Defined(b.Upper[t]) }),
                ]);
            }

            (double mean, double error) = curve.RestrictedMean(tau);
            documents.Add(new JsonObject
            {
                ["group"] = group,
                ["n"] = table.Rows,
                ["events"] = table.Events.Sum(),
                ["time"] = List(table.Time),
                ["n_risk"] = new JsonArray([.. table.AtRisk.Select(n => (JsonNode)n)]),
                ["n_event"] = new JsonArray([.. table.Events.Select(n => (JsonNode)n)]),
                ["n_censor"] = new JsonArray([.. table.Censored.Select(n => (JsonNode)n)]),
                ["survival"] = List(curve.Survival),
                ["std_err_greenwood"] = List(curve.StandardError),
                ["nelson_aalen_cumhaz"] = List(curve.CumulativeHazard),
                ["median"] = ResultCells.Defined(curve.Median),
                ["rmst"] = new JsonObject { ["tau"] = tau, ["value"] = mean, ["se"] = ResultCells.Defined(error) },
                ["ci_log"] = Bounds(log),
                ["ci_loglog"] = Bounds(logLog),
                ["ci_plain"] = Bounds(plain),
            });
        }

        var document = new JsonObject { ["groups"] = documents, ["confidence"] = confidence };
        sizes.Describe(document, context, departures, edges);
        return new AnalysisResult(document, [new ResultTable("curves", Cells, rows)]);
    }

    private static JsonObject Bounds(SurvivalBounds bounds) => new()
    {
        ["lower"] = List(bounds.Lower),
        ["upper"] = List(bounds.Upper),
        ["median_lower"] = ResultCells.Defined(bounds.MedianLower),
        ["median_upper"] = ResultCells.Defined(bounds.MedianUpper),
    };

    private static JsonArray List(double[] values) => new([.. values.Select(v => (JsonNode?)ResultCells.Node(ResultCells.Defined(v)))]);
}
