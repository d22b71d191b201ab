using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Federated.Models;

/// <summary>What a hidden unit makes of its input.</summary>
public enum HiddenActivation
{
    /// <summary>max(0, x).</summary>
    Rectifier,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
}

/// <summary>One layer: output = weights x input + bias.</summary>
/// <param name="Weights">Unit x input, row-major.</param>
/// <param name="Bias">One per unit.</param>
public sealed record ModelLayer(ImmutableArray<double> Weights, ImmutableArray<double> Bias)
{
    /// <summary>Units.</summary>
    public int Units => Bias.Length;

    /// <summary>Inputs.</summary>
    public int Inputs => Weights.Length / Bias.Length;
}

/// <summary>A file that is no model of this kind, or damaged: one line.</summary>
public sealed class ModelInvalidException(string message) : Exception(message);

/// <summary>
/// A classifier of two classes as a study found it: inputs are centred and divided by public constants, go through layers, and come out as the log odds of the event. A logistic
/// model is one layer of one unit.
/// </summary>
public sealed record TrainedModel
{
    private const int MostInputs = 10_000;
    private const int MostUnits = 100_000;
    private const int MostLayers = 16;

    /// <summary>Names of the inputs, in order; of a category, the column of each level behind its name, 1 or 0.</summary>
    public required ImmutableArray<string> Inputs { get; init; }

    /// <summary>Taken off each input.</summary>
    public required ImmutableArray<double> Centre { get; init; }

    /// <summary>What each input is divided by then; an input with 0 is not used.</summary>
    public required ImmutableArray<double> Deviation { get; init; }

    /// <summary>Of every hidden unit.</summary>
    public required HiddenActivation Activation { get; init; }

    /// <summary>The last has one unit.</summary>
    public required ImmutableArray<ModelLayer> Layers { get; init; }

    /// <summary>The log odds of the event for one row.</summary>
    /// <param name="row">One number per input.</param>
    public double LogOdds(ReadOnlySpan<double> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, Inputs.Length, nameof(row));
        double[] values = new double[row.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Deviation[i] > 0 ? (row[i] - Centre[i]) / Deviation[i] : 0;
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            ModelLayer own = Layers[layer];
            double[] units = new double[own.Units];
            for (int u = 0; u < units.Length; u++)
            {
                double sum = own.Bias[u];
                for (int i = 0; i < values.Length; i++) sum += own.Weights[(u * values.Length) + i] * values[i];
                units[u] = layer == Layers.Length - 1 ? sum : Activation == HiddenActivation.Tanh ? Math.Tanh(sum) : Math.Max(0, sum);
            }

            values = units;
        }

        return values[0];
    }

    /// <summary>The probability of the event for one row.</summary>
    public double Probability(ReadOnlySpan<double> row) => LogOdds(row) is var odds && odds >= 0 ? 1 / (1 + Math.Exp(-odds)) : Math.Exp(odds) / (1 + Math.Exp(odds));

    /// <summary>The model in a result of `train` or `logistic` (without a path of penalties); null where the result holds none.</summary>
    /// <exception cref="ModelInvalidException">It holds one that is damaged.</exception>
    public static TrainedModel? FindIn(string resultJson)
    {
        JsonNode document = Parsed(resultJson);
        if (document is not JsonObject found) return null;
        if (found["model"] is JsonObject model) return Read(model.ToJsonString());
        if ((string?)found["kind"] is not "logistic" || found["coef"] is not JsonArray coefficients || found["names"] is not JsonArray names) return null;

        // A column that others determine has no coefficient and says nothing of its own.
        var terms = names.Zip(coefficients, (name, value) => (Name: (string)name!, Value: (double?)value ?? 0)).ToList();
        double intercept = terms.Where(t => t.Name is "(Intercept)").Select(t => t.Value).FirstOrDefault();
        terms.RemoveAll(t => t.Name is "(Intercept)");
        if (terms.Count == 0) return null;
        return Checked(new TrainedModel
        {
            Inputs = [.. terms.Select(t => t.Name)],
            Centre = [.. terms.Select(_ => 0.0)],
            Deviation = [.. terms.Select(_ => 1.0)],
            Activation = HiddenActivation.Rectifier,
            Layers = [new ModelLayer([.. terms.Select(t => t.Value)], [intercept])],
        });
    }

    /// <summary>Reads what <see cref="ToJson"/> or a study's result says of a model.</summary>
    /// <exception cref="ModelInvalidException">It is none, or damaged.</exception>
    public static TrainedModel Read(string json)
    {
        try
        {
            JsonNode model = Parsed(json);
            return Checked(new TrainedModel
            {
                Inputs = [.. model["inputs"]!.AsArray().Select(n => (string)n!)],
                Centre = Numbers(model["centre"]!),
                Deviation = Numbers(model["deviation"]!),
                Activation = (string?)model["activation"] is "tanh" ? HiddenActivation.Tanh : HiddenActivation.Rectifier,
                Layers = [.. model["layers"]!.AsArray().Select(l => new ModelLayer([.. l!["weights"]!.AsArray().SelectMany(row => Numbers(row!))], Numbers(l["bias"]!)))],
            });
        }
        catch (Exception e) when (e is InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            throw new ModelInvalidException("the model is damaged: inputs, centre, deviation or layers are missing or not numbers");
        }
    }

    /// <summary>Inputs, constants and layers, as a study's result says them.</summary>
    public string ToJson() => new JsonObject
    {
        ["inputs"] = new JsonArray([.. Inputs.Select(n => (JsonNode)n)]),
        ["centre"] = List(Centre),
        ["deviation"] = List(Deviation),
        ["activation"] = Layers.Length == 1 ? null : Activation == HiddenActivation.Tanh ? "tanh" : "relu",
        ["layers"] = new JsonArray([.. Layers.Select(l => (JsonNode)new JsonObject
        {
            ["weights"] = new JsonArray([.. Enumerable.Range(0, l.Units).Select(u => (JsonNode)List(l.Weights.AsSpan(u * l.Inputs, l.Inputs)))]),
            ["bias"] = List(l.Bias),
        })]),
    }.ToJsonString();

    private static TrainedModel Checked(TrainedModel model)
    {
        int width = model.Inputs.Length;
        if (width is 0 or > MostInputs || model.Centre.Length != width || model.Deviation.Length != width || model.Layers.Length is 0 or > MostLayers)
            throw new ModelInvalidException($"the model is damaged: {width} inputs, {model.Centre.Length} centres, {model.Deviation.Length} deviations, {model.Layers.Length} layers");
        foreach (ModelLayer layer in model.Layers)
        {
            if (layer.Units is 0 or > MostUnits || layer.Weights.Length != (long)layer.Units * width) throw new ModelInvalidException("the model is damaged: a layer does not fit the one before");
            width = layer.Units;
        }

        bool finite = model.Centre.Concat(model.Deviation).Concat(model.Layers.SelectMany(l => l.Weights.Concat(l.Bias))).All(double.IsFinite);
        return width == 1 && finite ? model : throw new ModelInvalidException("the model is damaged: its output is not one finite number");
    }

    private static JsonNode Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json) ?? throw new ModelInvalidException("the model is empty");
        }
        catch (JsonException)
        {
            throw new ModelInvalidException("the model is not JSON, or damaged");
        }
    }

    private static ImmutableArray<double> Numbers(JsonNode list) => [.. list.AsArray().Select(n => (double)n!)];

    private static JsonArray List(ImmutableArray<double> values) => List(values.AsSpan());

    private static JsonArray List(ReadOnlySpan<double> values) => new([.. values.ToArray().Select(v => (JsonNode)v)]);
}
