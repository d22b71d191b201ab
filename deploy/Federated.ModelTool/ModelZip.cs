using Federated.Models;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Federated.ModelTool;

/// <summary>A study's model as ML.NET's model.zip, made from its ONNX file by ML.NET itself.</summary>
public static class ModelZip
{
    /// <summary>Writes it.</summary>
    /// <param name="onnx">The ONNX file.</param>
    /// <param name="zip">Where model.zip goes.</param>
    /// <exception cref="ModelInvalidException">The file is no model of a study.</exception>
    public static void Write(string onnx, string zip)
    {
        TrainedModel model = OnnxFile.Read(File.ReadAllBytes(onnx));
        var context = new MLContext(seed: 1);
        IDataView empty = ScoringRow.View(context, [], model.Inputs.Length);
        ITransformer transformer = Pipeline(context, onnx).Fit(empty);
        string fresh = zip + ".partial";
        context.Model.Save(transformer, empty.Schema, fresh);
        File.Move(fresh, zip, overwrite: true);
    }

    /// <summary>Log odds and probability of rows by a model.zip.</summary>
    public static (float LogOdds, float Probability)[] Score(string zip, IReadOnlyList<double[]> rows)
    {
        var context = new MLContext(seed: 1);
        ITransformer model = context.Model.Load(zip, out _);
        return Read(model.Transform(ScoringRow.View(context, rows.Select(r => new ScoringRow { Features = Array.ConvertAll(r, v => (float)v) }), rows[0].Length)));
    }

    internal static IEstimator<ITransformer> Pipeline(MLContext context, string onnx) =>
        context.Transforms.ApplyOnnxModel(["log_odds", "probability"], ["features"], onnx, gpuDeviceId: null, fallbackToCpu: true);

    internal static (float LogOdds, float Probability)[] Read(IDataView scored)
    {
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema["log_odds"], scored.Schema["probability"]]);
        ValueGetter<VBuffer<float>> odds = cursor.GetGetter<VBuffer<float>>(scored.Schema["log_odds"]), probability = cursor.GetGetter<VBuffer<float>>(scored.Schema["probability"]);
        var found = new List<(float, float)>();
        VBuffer<float> a = default, b = default;
        while (cursor.MoveNext())
        {
            odds(ref a);
            probability(ref b);
            found.Add((a.GetItemOrDefault(0), b.GetItemOrDefault(0)));
        }

        return [.. found];
    }
}
