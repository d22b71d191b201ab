using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;
using Federated.Statistics.Ranks;

namespace Federated.Analyses.Ranks;

/// <summary>
/// Wilcoxon's tests from the joint table of values: rank sums of two groups (with Welch's t and Kruskal-Wallis beside it), or signed ranks of differences within rows.
/// Equal to R's wilcox.test on pooled rows where values are exact.
/// </summary>
public sealed class WilcoxonAnalysis : IAnalysis
{
    private const int Positive = 0, Negative = 1, Zero = 2;

    /// <inheritdoc/>
    public string Kind => "wilcoxon";

    /// <inheritdoc/>
    public ImmutableArray<OptionKey> Options { get; } =
    [
        new("test", new ChoiceShape("rank-sum", "signed-rank", "rank_sum", "signed_rank"), "rank-sum: two groups; signed-rank: two values of each row.") { Default = "rank-sum" },
        new("outcome", RankModel.Number, "What is compared.") { Required = true },
        new("group", RankModel.Category, "rank-sum: a category; its two levels with rows are compared, the first in order against the second."),
        new("paired-with", RankModel.Number, "signed-rank: what is taken off the outcome of the same row."),
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
        JsonObject document = model.Paired is null ? RankSum(context, model, table!) : SignedRank(context, table!);
        table!.Describe(document, context, model);
        yield return new ConclusionStep(new AnalysisResult(document, [Table(document)]));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => ValueTable.Answer(Kind, context, Model(context.Plan, context.Specification), step, broadcast);

    private static RankModel Model(StudyPlan plan, AnalysisSpecification specification)
    {
        bool signed = (string?)specification.Options["test"] is "signed-rank" or "signed_rank";
        PlanValue outcome = RankModel.Named(plan, specification, "outcome")!;
        PlanValue? group = RankModel.Named(plan, specification, "group"), paired = RankModel.Named(plan, specification, "paired-with");
        if (signed && (paired is null || group is not null)) throw RankModel.Refused(RankModel.Unfit, specification, "signed-rank compares two values of a row: name the second with paired-with, and no group");
        if (!signed && (group is null || paired is not null)) throw RankModel.Refused(RankModel.Unfit, specification, "rank-sum compares two groups: name their category with group, and no paired-with");
        return new RankModel(outcome, group, paired, RankModel.GridOf(specification));
    }

    private static JsonObject RankSum(CoordinatorContext context, RankModel model, ValueTable table)
    {
        int[] present = [.. Enumerable.Range(0, table.Groups.Length).Where(g => table.Groups[g].Length > 0)];
        if (present.Length != 2)
            throw RankModel.Refused("E2705", context.Specification, $"{present.Length} levels of '{PlainText.Shown(model.Group!.Name)}' have rows, and the test compares two: choose another group or other rows");
        present = [.. present.OrderBy(g => model.Group!.Levels[g], StringComparer.Ordinal)];
        ValueCounts values = table.Compare(present[0], present[1]);
        if (values.Values.Length == 1) throw RankModel.Refused("E2705", context.Specification, $"every row has the same '{PlainText.Shown(model.Value.Name)}', so there is nothing to compare: choose another outcome");
        RankTest test = RankTest.RankSum(values);
        WelchTest welch = WelchTest.Of(values);
        KruskalWallisTest kruskal = KruskalWallisTest.Of(values);
        var document = new JsonObject
        {
            ["groups"] = new JsonArray([.. present.Select(g => (JsonNode)model.Group!.Levels[g])]),
            ["rows"] = new JsonArray(values.FirstRows, values.SecondRows),
            ["ties"] = values.HasTies,
        };
        Add(document, test);
        document["auc_first_over_second"] = values.Wins / ((double)values.FirstRows * values.SecondRows);
        document["welch_t"] = new JsonObject { ["t"] = Node(welch.T), ["df"] = Node(welch.DegreesOfFreedom), ["p"] = Node(welch.P) };
        document["kruskal_wallis"] = new JsonObject { ["chisq"] = Node(kruskal.ChiSquared), ["df"] = 1, ["p"] = Node(kruskal.P) };
        return document;
    }

    private static JsonObject SignedRank(CoordinatorContext context, ValueTable table)
    {
        ValueCounts values = table.Compare(Positive, Negative);
        long zeros = table.Groups[Zero].Sum(v => v.Count);
        if (values.Values.Length == 0) throw RankModel.Refused("E2705", context.Specification, $"all {table.Rows} differences are zero, so there is nothing to compare: choose other values");
        var document = new JsonObject { ["ties_or_zeros"] = values.HasTies || zeros > 0, ["zeros"] = zeros };
        Add(document, RankTest.SignedRank(values, zeros));
        return document;
    }

    private static void Add(JsonObject document, RankTest test)
    {
        foreach ((string alternative, Func<RankProbabilities, double> of) in ((string, Func<RankProbabilities, double>)[])
            [("two.sided", p => p.TwoSided), ("less", p => p.Less), ("greater", p => p.Greater)])
        {
            foreach ((string way, RankProbabilities? p) in ((string, RankProbabilities?)[])[("approx_corrected", test.Corrected), ("approx_uncorrected", test.Uncorrected), ("exact", test.Exact)])
                if (p is not null) document[$"{way}_{alternative}"] = new JsonObject { ["statistic"] = test.Statistic, ["p"] = Node(of(p)) };
        }
    }

    private static ResultTable Table(JsonObject document) => new(
        "tests", ["test", "statistic", "p"],
        [.. document.Where(f => f.Value is JsonObject o && o.ContainsKey("statistic")).Select(f => new object?[] { f.Key, (double)f.Value!["statistic"]!, (double?)f.Value["p"] })]);

    private static JsonValue? Node(double value) => ResultCells.Node(ResultCells.Defined(value));
}
