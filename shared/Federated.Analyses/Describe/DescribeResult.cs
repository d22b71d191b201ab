using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Statistics.Description;

namespace Federated.Analyses.Describe;

/// <summary>The document and the tables of a description.</summary>
internal static class DescribeResult
{
    private static readonly ImmutableArray<string> Columns = ["feature", "stage", "n", "missing", "mean", "sd", "skewness", "excess_kurtosis"];
    private static readonly ImmutableArray<string> QuantileColumns = ["probability", "value", "low", "high"];

    public static AnalysisResult Of(
        CoordinatorContext context, DescribeOptions options, ImmutableArray<Moments> moments, ImmutableArray<Histogram?> histograms,
        IReadOnlyList<QuantileState> quantiles)
    {
        int features = context.Plan.Features.Length;
        int? minimum = context.Plan.Privacy.MinimumRows;
        long rows = context.Survey!.AllRows;
        var described = new List<IReadOnlyList<object?>>();
        var bins = new List<IReadOnlyList<object?>>();
        var intervals = new List<IReadOnlyList<object?>>();
        var documents = new JsonArray();
        for (int column = 0; column < moments.Length; column++)
        {
            string feature = context.Plan.Features[column % features];
            string stage = StageSelection.Word(options.Stages.Stages[column / features]);
            bool suppressed = SmallCounts.TooSmall(moments[column].Count, minimum);
            object?[] summary = Summary(feature, stage, moments[column], rows, suppressed);
            object?[][] histogram = histograms[column] is { } counted ? Histogram(feature, stage, counted, minimum, suppressed) : [];
            int first = column * options.Quantiles.Length;
            object?[][] found = [.. options.Quantiles.Select((_, q) => Quantile(feature, stage, quantiles[first + q], suppressed))];
            described.Add([.. summary, .. found.Select(q => q[3])]);
            bins.AddRange(histogram);
            intervals.AddRange(found);
            documents.Add(Document(summary, histogram, histograms[column]?.Withheld, found));
        }

        var document = new JsonObject
        {
            ["n"] = rows,
            ["sites"] = context.Sites,
            ["from"] = options.Stages.From,
            ["of"] = new JsonArray([.. options.Stages.Stages.Select(s => JsonValue.Create(StageSelection.Word(s)))]),
            ["minimum_rows"] = minimum,
            ["definitions"] = new JsonObject
            {
                ["quantile"] = "inverse of the empirical distribution function, y_(ceil(n p)) (R type 1): in [low, high), value is the middle",
                ["histogram"] = "a bin below mean - 3 sd, equal bins [low, high), a bin from mean + 3 sd on; sd with n - 1",
                ["excess_kurtosis"] = "m4 / m2^2 - 3, skewness m3 / m2^1.5, with central moments over n",
                [SmallCounts.Suppressed] = "fewer rows than minimum_rows: told as neither zero nor missing; "
                    + "withheld counts rows that stand in no bin, because too few at a site would",
            },
            ["features"] = documents,
        };
        return new AnalysisResult(
            document,
            [
                new ResultTable("describe", [.. Columns, .. options.Quantiles.Select(p => FormattableString.Invariant($"q{p}"))], described),
                new ResultTable("quantiles", ["feature", "stage", .. QuantileColumns], intervals),
                new ResultTable("histogram", ["feature", "stage", "low", "high", "count"], bins),
            ]);
    }

    private static object?[] Summary(string feature, string stage, Moments moments, long rows, bool suppressed)
    {
        object?[] numbers =
        [
            moments.Count, rows - moments.Count, ResultCells.Defined(moments.Mean), ResultCells.Defined(moments.StandardDeviation),
            ResultCells.Defined(moments.Skewness), ResultCells.Defined(moments.ExcessKurtosis),
        ];
        return [feature, stage, .. suppressed ? numbers.Select(_ => (object?)SmallCounts.Suppressed) : numbers];
    }

    private static object?[][] Histogram(string feature, string stage, Histogram histogram, int? minimum, bool suppressed)
    {
        double[] edges = histogram.Bins.Edges();
        return
        [
            .. histogram.Counts.Select((count, j) => new object?[]
            {
                feature, stage, j == 0 || suppressed ? null : edges[j - 1], j == edges.Length || suppressed ? null : edges[j],
                suppressed || SmallCounts.TooSmall(count, minimum) ? SmallCounts.Suppressed : count,
            }),
        ];
    }

    private static object?[] Quantile(string feature, string stage, QuantileState quantile, bool suppressed)
    {
        if (suppressed || quantile.Suppressed)
            return [feature, stage, quantile.Probability, SmallCounts.Suppressed, SmallCounts.Suppressed, SmallCounts.Suppressed];
        QuantileBracket? bracket = quantile.Bracket;
        return [feature, stage, quantile.Probability, bracket?.Middle, bracket?.Low, bracket?.High];
    }

    private static JsonObject Document(object?[] summary, object?[][] histogram, long? withheld, object?[][] quantiles)
    {
        JsonObject document = ResultCells.Row(Columns, summary);
        document["histogram"] = histogram.Length == 0 ? null : new JsonObject
        {
            ["edges"] = new JsonArray([.. histogram.Skip(1).Select(bin => ResultCells.Node(bin[2]))]),
            ["counts"] = new JsonArray([.. histogram.Select(bin => ResultCells.Node(bin[4]))]),
            ["withheld"] = withheld,
        };
        document["quantiles"] = new JsonArray([.. quantiles.Select(q => ResultCells.Row(QuantileColumns, q[2..]))]);
        return document;
    }
}
