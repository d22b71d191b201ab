using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Describe;
using Federated.Analyses.Exchange;
using Federated.Analyses.Stages;
using Federated.Analyses.Values;
using Federated.Statistics.Regression;
using Federated.Statistics.Validation;

namespace Federated.Analyses.Validation;

/// <summary>What is told of the predictions of all parts, of each part, and of each subgroup; of fewer rows of a class than the study's minimum, nothing.</summary>
internal sealed class Performance(CoordinatorContext context, ImmutableArray<(string Name, PlanValue? Value, int Level)> groups)
{
    private readonly List<(string Name, double? Strength, SumVector? Sum, double First, double Width)> _parts = [];

    /// <summary>Adds a part.</summary>
    /// <param name="name">The fold or the hospital.</param>
    /// <param name="strength">Strength of its penalty, if it has one.</param>
    /// <param name="sum">Its scores; null = no row.</param>
    /// <param name="first">Middle of its first bin.</param>
    /// <param name="width">Their width.</param>
    public void Add(string name, double? strength, SumVector? sum, double first, double width) => _parts.Add((name, strength, sum, first, width));

    /// <summary>As a node of the result.</summary>
    public JsonObject Document()
    {
        JsonObject document = Of(0, null);
        document["by_part"] = new JsonArray([.. _parts.Select((part, p) =>
        {
            JsonObject own = Of(0, p);
            own["part"] = part.Name;
            if (part.Strength is { } strength) own["lambda"] = strength;
            return (JsonNode)own;
        })]);
        if (groups.Length > 1)
        {
            document["by_subgroup"] = new JsonArray([.. Enumerable.Range(1, groups.Length - 1).Select(g =>
            {
                JsonObject own = Of(g, null);
                own["subgroup"] = groups[g].Name;
                return (JsonNode)own;
            })]);
        }

        return document;
    }

    /// <summary>How much better the model does on the rows that made it.</summary>
    public static JsonObject Optimism(Performance apparent, Performance validated)
    {
        JsonObject seen = apparent.Of(0, null), unseen = validated.Of(0, null);
        return new JsonObject { ["auc"] = Difference("auc"), ["brier"] = Difference("brier") };

        JsonNode? Difference(string key) => seen[key] is JsonValue a && a.TryGetValue(out double s) && unseen[key] is JsonValue b && b.TryGetValue(out double u) ? s - u : null;
    }

    private JsonObject Of(int group, int? only)
    {
        var parts = new List<(double[], long[], long[])>();
        double error = 0;
        for (int p = 0; p < _parts.Count; p++)
        {
            (_, _, SumVector? sum, double first, double width) = _parts[p];
            if (sum is null || (only is { } one && one != p)) continue;
            error += sum[FoldSums.Error, group];
            parts.Add(([.. Enumerable.Range(0, FoldSums.Bins).Select(bin => first + (bin * width))], Counts(sum, group, 0), Counts(sum, group, 1)));
        }

        var risks = new PredictedRisks(parts);
        (long negatives, long positives) = risks.Rows;
        int? minimum = context.Plan.Privacy.MinimumRows;
        if (SmallCounts.TooSmall(negatives, minimum) || SmallCounts.TooSmall(positives, minimum))
            return new JsonObject { ["n_pos"] = SmallCounts.Suppressed, ["n_neg"] = SmallCounts.Suppressed, ["auc"] = SmallCounts.Suppressed, ["brier"] = SmallCounts.Suppressed };
        (double area, double variance, double rounding) = risks.Discrimination();
        (double intercept, double slope, double interceptError, double slopeError) = risks.Calibration();
        double half = Tails.NormalQuantile(0.95) * Math.Sqrt(variance), rows = negatives + positives;
        return new JsonObject
        {
            ["n_pos"] = positives,
            ["n_neg"] = negatives,
            ["auc"] = Node(area),
            ["auc_se"] = Node(Math.Sqrt(variance)),
            ["auc_ci95"] = new JsonArray(Node(Math.Max(0, area - half)), Node(Math.Min(1, area + half))),
            ["auc_rounding_bound"] = Node(rounding),
            ["brier"] = Node(error / rows),
            ["calibration_intercept"] = Node(intercept),
            ["calibration_intercept_se"] = Node(interceptError),
            ["calibration_slope"] = Node(slope),
            ["calibration_slope_se"] = Node(slopeError),
        };
    }

    private static long[] Counts(SumVector sum, int group, int positive)
    {
        long[] counts = new long[FoldSums.Bins];
        for (int bin = 0; bin < counts.Length; bin++) counts[bin] = (long)sum[FoldSums.Counts, (((group * 2) + positive) * FoldSums.Bins) + bin];
        return counts;
    }

    private static JsonValue? Node(double value) => ResultCells.Node(ResultCells.Defined(value));
}
