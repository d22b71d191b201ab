using Federated.Analyses.Learning;
using Federated.Models;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Federated.ModelTool;

/// <summary>One row of a table on one machine.</summary>
/// <param name="Id">Row id: decides whether it is held out.</param>
/// <param name="Site">The hospital.</param>
/// <param name="Event">Whether the event happened.</param>
/// <param name="Inputs">In the order asked for.</param>
public sealed record BaselineRow(string Id, string Site, bool Event, double[] Inputs);

/// <summary>How a model does on the rows held out, by ML.NET's metrics.</summary>
/// <param name="Name">Whose model.</param>
/// <param name="Rows">Rows it was trained on; null = not told.</param>
/// <param name="Auc">Area under the ROC curve; NaN where it could not be trained.</param>
/// <param name="LogLoss">In bits, as ML.NET tells it.</param>
/// <param name="Accuracy">At probability 0.5.</param>
/// <param name="Note">Why there is no number; empty where there is.</param>
public sealed record BaselineResult(string Name, int? Rows, double Auc, double LogLoss, double Accuracy, string Note);

/// <summary>
/// What a hospital could do alone and what all could do if rows might travel: ML.NET's logistic regression (L-BFGS) on each hospital's rows and on all rows, and the federated model beside
/// them, all on the same rows held out.
/// </summary>
public static class Baselines
{
    /// <summary>Trains and evaluates.</summary>
    /// <param name="rows">Rows of all hospitals.</param>
    /// <param name="share">Share of rows held out.</param>
    /// <param name="seed">Draws them, as the study's `train` does.</param>
    /// <param name="onnx">The federated model's file; null = none.</param>
    /// <exception cref="ModelInvalidException">No row can be trained on or evaluated, or the model's inputs are others.</exception>
    public static IReadOnlyList<BaselineResult> Compare(IReadOnlyList<BaselineRow> rows, double share, ulong seed, string? onnx)
    {
        BaselineRow[] held = [.. rows.Where(r => TrainingSplit.IsHeldOut(r.Id, seed, share))], training = [.. rows.Where(r => !TrainingSplit.IsHeldOut(r.Id, seed, share))];
        if (held.Length == 0 || training.Length == 0 || held.All(r => r.Event) || held.All(r => !r.Event))
            throw new ModelInvalidException($"{training.Length} rows to train on and {held.Length} held out, of which {held.Count(r => r.Event)} with the event: both kinds are needed; choose another share or seed");
        var context = new MLContext((int)(seed % int.MaxValue));
        int inputs = rows[0].Inputs.Length;
        IDataView test = View(context, held, inputs);
        var results = new List<BaselineResult>();
        foreach (IGrouping<string, BaselineRow> site in training.GroupBy(r => r.Site, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            results.Add(Trained(context, $"{site.Key} alone", [.. site], inputs, test));
        if (onnx is not null) results.Add(Federated(context, onnx, held, inputs));
        results.Add(Trained(context, "all rows pooled", training, inputs, test));
        return results;
    }

    private static BaselineResult Trained(MLContext context, string name, BaselineRow[] rows, int inputs, IDataView test)
    {
        if (rows.All(r => r.Event) || rows.All(r => !r.Event)) return new BaselineResult(name, rows.Length, double.NaN, double.NaN, double.NaN, "all its rows have the same outcome");
        var pipeline = context.Transforms.NormalizeMeanVariance("features", useCdf: false)
            .Append(context.BinaryClassification.Trainers.LbfgsLogisticRegression(labelColumnName: nameof(ScoringRow.Label), featureColumnName: "features", l1Regularization: 0, l2Regularization: 1e-3f));
        var model = pipeline.Fit(View(context, rows, inputs));
        return Measured(name, rows.Length, context.BinaryClassification.Evaluate(model.Transform(test), nameof(ScoringRow.Label)));
    }

    private static BaselineResult Federated(MLContext context, string onnx, BaselineRow[] held, int inputs)
    {
        TrainedModel model = OnnxFile.Read(File.ReadAllBytes(onnx));
        if (model.Inputs.Length != inputs) throw new ModelInvalidException($"the federated model has {model.Inputs.Length} inputs and {inputs} predictors were named; name those of its card, in its order");
        (float LogOdds, float Probability)[] scores = ModelZip.Read(ModelZip.Pipeline(context, onnx).Fit(View(context, [], inputs)).Transform(View(context, held, inputs)));
        IDataView scored = context.Data.LoadFromEnumerable(held.Select((r, i) => new ScoredRow { Label = r.Event, Score = scores[i].LogOdds, Probability = scores[i].Probability, PredictedLabel = scores[i].LogOdds > 0 }));
        return Measured("federated", null, context.BinaryClassification.Evaluate(scored));
    }

    private static BaselineResult Measured(string name, int? rows, CalibratedBinaryClassificationMetrics metrics) => new(name, rows, metrics.AreaUnderRocCurve, metrics.LogLoss, metrics.Accuracy, "");

    private static IDataView View(MLContext context, IReadOnlyList<BaselineRow> rows, int inputs) =>
        ScoringRow.View(context, rows.Select(r => new ScoringRow { Features = Array.ConvertAll(r.Inputs, v => (float)v), Label = r.Event }), inputs);

    private sealed class ScoredRow
    {
        public bool Label { get; set; }

        public bool PredictedLabel { get; set; }

        public float Score { get; set; }

        public float Probability { get; set; }
    }
}
