using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Analyses.Stages;
using Federated.Statistics.Learning;

namespace Federated.Analyses.Learning;

/// <summary>The document and the tables of training by rounds.</summary>
internal static class TrainResult
{
    private static readonly string[] Parts = ["training", "validation"];

    public static AnalysisResult Of(
        CoordinatorContext context, TrainOptions options, RegressionModel model, RegressionSizes sizes, Network network, TrainCourse course, SumVector evaluation)
    {
        var document = new JsonObject
        {
            ["model"] = Model(options, model, network, course.Best, course.Centre, course.Deviation, null),
            ["strategy"] = options.Strategy,
            ["seed"] = options.Seed,
            ["training_rounds"] = course.History.Count,
            ["best_after"] = course.BestAfter,
            ["ended_early"] = course.EndedEarly,
            ["n"] = sizes.Rows,
            ["missing"] = sizes.Missing,
            ["excluded"] = sizes.ExcludedNode(),
            ["sites"] = context.Sites,
            ["definitions"] = new JsonObject
            {
                ["loss"] = "mean of -log P(outcome)",
                ["auc"] = "pairs in different bins of log odds are known; of the others half count, and auc_error bounds what that may be off",
            },
        };
        double[] scores = evaluation.Block(TrainSums.Scores);
        for (int part = 0; part < TrainSums.Parts; part++)
        {
            double negatives = evaluation[TrainSums.Rows, part * 2], positives = evaluation[TrainSums.Rows, (part * 2) + 1];
            ReadOnlySpan<double> own = scores.AsSpan(part * 2 * ScoreGrid.Bins, 2 * ScoreGrid.Bins);
            (double area, double error) = ScoreGrid.Area(own[..ScoreGrid.Bins], own[ScoreGrid.Bins..], negatives, positives);
            document[Parts[part]] = new JsonObject
            {
                ["n"] = negatives + positives,
                ["positives"] = positives,
                ["loss"] = ResultCells.Defined(evaluation[TrainSums.Loss, part] / (negatives + positives)),
                ["auc"] = ResultCells.Defined(area),
                ["auc_error"] = ResultCells.Defined(error),
            };
        }

        return new AnalysisResult(
            document,
            [
                new ResultTable(
                    "rounds", ["round", "training_loss", "validation_loss", "trained"],
                    [.. course.History.Select(r => new object?[] { (long)r.Number, r.TrainingLoss, ResultCells.Defined(r.ValidationLoss), r.Trained })]),
            ]);
    }

    /// <summary>The model for whoever uses it.</summary>
    /// <param name="options">The options.</param>
    /// <param name="model">Names of the inputs.</param>
    /// <param name="network">The architecture.</param>
    /// <param name="best">Its parameters.</param>
    /// <param name="centre">Taken off each input.</param>
    /// <param name="deviation">Each input is then divided by.</param>
    /// <param name="bounds">Between what each input is held first; null = it is not, or none is.</param>
    public static JsonObject Model(TrainOptions options, RegressionModel model, Network network, double[] best, double[] centre, double[] deviation, double[]?[]? bounds)
    {
        var layers = new JsonArray();
        foreach ((int from, int to, int start) in network.Layers)
        {
            layers.Add(new JsonObject
            {
                ["weights"] = new JsonArray([.. Enumerable.Range(0, to).Select(u => (JsonNode)List(best.AsSpan(start + (u * from), from)))]),
                ["bias"] = List(best.AsSpan(start + (to * from), to)),
            });
        }

        var document = new JsonObject
        {
            ["inputs"] = new JsonArray([.. model.Columns.Skip(1).Select(c => (JsonNode)c.Name)]),
            ["centre"] = List(centre),
            ["deviation"] = List(deviation),
            ["activation"] = network.Hidden.IsEmpty ? null : options.Activation == Activation.Tanh ? "tanh" : "relu",
            ["layers"] = layers,
            ["output"] = "log odds of the outcome",
        };
        if (bounds is not null) document["bounds"] = new JsonArray([.. bounds.Select(b => b is null ? null : (JsonNode)List(b))]);
        return document;
    }

    private static JsonArray List(ReadOnlySpan<double> values) => new([.. values.ToArray().Select(v => (JsonNode)v)]);
}
