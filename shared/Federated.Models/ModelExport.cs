using System.Text;
using System.Text.Json.Nodes;

namespace Federated.Models;

/// <summary>The files in which a result's model leaves a study: models/&lt;analysis&gt;.onnx and the card beside it.</summary>
public static class ModelExport
{
    /// <summary>Paths and contents; empty where the result holds no model.</summary>
    /// <param name="resultJson">The result.</param>
    /// <param name="purpose">The study's purpose, for the card.</param>
    public static IEnumerable<(string Path, byte[] Content)> Files(string resultJson, string purpose)
    {
        if (TrainedModel.FindIn(resultJson) is not { } model) yield break;
        JsonNode result = JsonNode.Parse(resultJson)!;
        string analysis = (string)result["analysis"]!;
        yield return ($"models/{analysis}.onnx", OnnxFile.Write(
            model, analysis, ((string[])["study", "plan"]).Where(k => result[k] is not null).Select(k => KeyValuePair.Create($"federated.{k}", (string)result[k]!))));
        yield return ($"models/{analysis}.md", Encoding.UTF8.GetBytes(ModelCard.Write(model, resultJson, purpose)));
    }
}
