using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;
using Federated.Statistics.Ranks;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Ranks;

/// <summary>
/// The receiver operating characteristic of a score with its area and DeLong's interval, from the joint table of scores: equal to that of pooled rows where scores
/// are exact, and with a bound on what rounding does to the area where they are on an agreed grid.
/// </summary>
public sealed class RocAnalysis : IAnalysis
{
    /// <inheritdoc/>
    public string Kind => "roc-auc";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        new("outcome", RankModel.Any, "What the score should tell: 1 (positive) or 0, or the second of two levels.") { Required = true },
        new("score", RankModel.Number, "The score; higher speaks for positive.") { Required = true },
        new("confidence", new NumberShape(0, 1) { Between = true }, "Confidence of the interval.") { Default = 0.95 },
        RankModel.Values,
    ];

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => 0;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) => ValueTable.Declare(Model(plan, specification));

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        RankModel model = Model(context.Plan, context.Specification);
        ValueTable? table = null;
        foreach (Step step in ValueTable.Ask(context, model, found => table = found)) yield return step;
        ValueCounts scores = table!.Compare(1, 0); // positives first
        if (scores.FirstRows == 0 || scores.SecondRows == 0)
            throw RankModel.Refused("E2705", context.Specification, $"all {table.Rows} rows are {(scores.FirstRows == 0 ? "negative" : "positive")} ('{PlainText.Shown(model.Group!.Name)}'), so there is nothing to tell apart: choose another outcome");
        yield return new ConclusionStep(Result(context, model, table, scores));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => ValueTable.Answer(Kind, context, Model(context.Plan, context.Specification), step, broadcast);

    private static RankModel Model(StudyPlan plan, AnalysisSpecification specification)
    {
        PlanValue outcome = RankModel.Named(plan, specification, "outcome")!;
        if (outcome.IsCategory && outcome.Levels.Length != 2)
            throw RankModel.Refused("E2704", specification, $"outcome '{PlainText.Shown(outcome.Name)}' has {outcome.Levels.Length} levels: it is 1 or 0, or one of two levels");
        return new RankModel(RankModel.Named(plan, specification, "score")!, outcome, null, RankModel.GridOf(specification));
    }

    private static AnalysisResult Result(CoordinatorContext context, RankModel model, ValueTable table, ValueCounts scores)
    {
        RocCurve curve = RocCurve.Of(scores);
        double confidence = (double?)context.Specification.Options["confidence"] ?? 0.95, error = Math.Sqrt(curve.Variance), half = Tails.NormalQuantile(confidence) * error;
        var document = new JsonObject
        {
            ["n_pos"] = scores.FirstRows,
            ["n_neg"] = scores.SecondRows,
            ["auc"] = curve.Area,
            ["delong_variance"] = ResultCells.Node(ResultCells.Defined(curve.Variance)),
            ["delong_se"] = ResultCells.Node(ResultCells.Defined(error)),
            ["delong_ci95"] = Interval(curve.Area, Tails.NormalQuantile(0.95) * error),
            ["delong_ci"] = Interval(curve.Area, half),
            ["confidence"] = confidence,
            ["auc_rounding_bound"] = model.Grid is null ? 0 : curve.TiedPairs / 2,
            ["threshold"] = new JsonArray([.. curve.Threshold.Select(v => (JsonNode)v)]),
            ["true_positives"] = new JsonArray([.. curve.TruePositives.Select(v => (JsonNode)v)]),
            ["false_positives"] = new JsonArray([.. curve.FalsePositives.Select(v => (JsonNode)v)]),
        };
        table.Describe(document, context, model);
        return new AnalysisResult(
            document,
            [
                new ResultTable(
                    "curve", ["threshold", "true_positives", "false_positives", "sensitivity", "specificity"],
                    [.. curve.Threshold.Select((t, i) => new object?[] { t, curve.TruePositives[i], curve.FalsePositives[i], (double)curve.TruePositives[i] / scores.FirstRows, 1 - ((double)curve.FalsePositives[i] / scores.SecondRows) })]),
            ]);
    }

    // pROC cuts the interval at 0 and 1.
    private static JsonArray Interval(double area, double half) => new(
        ResultCells.Node(ResultCells.Defined(Math.Max(0, area - half))), ResultCells.Node(ResultCells.Defined(Math.Min(1, area + half))));
}
