using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Running;

/// <summary>A result as it is kept and exported: the JSON document and the tables as CSV, the first of them beside the document.</summary>
/// <param name="Json">analyses/&lt;id&gt;.json, indented.</param>
/// <param name="Tables">Name and CSV text of each table.</param>
public sealed record ResultDocument(string Json, ImmutableArray<(string Name, string Csv)> Tables)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What an analysis found, with the parts that every result shares: study, plan digest, sites, rounds, version.</summary>
    public static ResultDocument Of(AnalysisResult result, Study study, PlannedAnalysis analysis, string version)
    {
        var document = (JsonObject)Finite(result.Document)!;
        var shared = new JsonObject
        {
            ["study"] = study.Created.Id,
            ["analysis"] = analysis.Id,
            ["kind"] = analysis.Kind,
            ["plan"] = study.Plan.Hex,
            ["sites"] = new JsonArray([.. study.Participants.Select(s => (JsonNode)s)]),
            ["rounds"] = study.OutcomesOf(analysis.Id).Count(),
            ["versions"] = new JsonObject { ["coordinator"] = version },
        };
        foreach ((string key, JsonNode? value) in shared)
            if (!document.ContainsKey(key)) document[key] = value?.DeepClone();
        return new ResultDocument(document.ToJsonString(Indented) + "\n", [.. result.Tables.Select(t => (t.Name, Csv(t)))]);
    }

    /// <summary>The bytes as they are kept.</summary>
    public byte[] ToBytes()
    {
        var tables = new JsonArray([.. Tables.Select(t => (JsonNode)new JsonObject { ["name"] = t.Name, ["csv"] = t.Csv })]);
        return Encoding.UTF8.GetBytes(new JsonObject { ["json"] = Json, ["tables"] = tables }.ToJsonString());
    }

    /// <summary>Read back.</summary>
    public static ResultDocument FromBytes(ReadOnlySpan<byte> bytes)
    {
        JsonNode kept = JsonNode.Parse(bytes)!;
        return new ResultDocument((string)kept["json"]!, [.. kept["tables"]!.AsArray().Select(t => ((string)t!["name"]!, (string)t["csv"]!))]);
    }

    // JSON has no word for what is not a finite number: it becomes null, as it becomes NA in a table.
    private static JsonNode? Finite(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(p => KeyValuePair.Create(p.Key, Finite(p.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Finite)]),
        JsonValue v when v.TryGetValue(out double number) && !double.IsFinite(number) => null,
        _ => node?.DeepClone(),
    };

    private static string Csv(ResultTable table)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', table.Columns.Select(Quoted)).Append('\n');
        foreach (IReadOnlyList<object?> row in table.Rows) text.AppendJoin(',', row.Select(Cell)).Append('\n');
        return text.ToString();
    }

    private static string Cell(object? value) => value switch
    {
        null => "NA",
        double number => double.IsNaN(number) ? "NA" : number.ToString("R", CultureInfo.InvariantCulture),
        bool truth => truth ? "true" : "false",
        IFormattable formattable => Quoted(formattable.ToString(null, CultureInfo.InvariantCulture)),
        _ => Quoted(value.ToString() ?? ""),
    };

    private static string Quoted(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
