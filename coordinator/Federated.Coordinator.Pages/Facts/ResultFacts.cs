using System.Text.Json;
using Federated.Coordinator.Running;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>The single numbers and words of a result: what stands beside its tables.</summary>
public static class ResultFacts
{
    private static readonly HashSet<string> Elsewhere = new(StringComparer.Ordinal) { "study", "analysis", "kind", "plan" };

    /// <summary>Names and values, in the document's order; what is nested one level is named by both levels.</summary>
    public static IEnumerable<(string Name, string Value)> Of(ResultDocument document)
    {
        using JsonDocument json = JsonDocument.Parse(document.Json);
        var found = new List<(string, string)>();
        foreach (JsonProperty field in json.RootElement.EnumerateObject())
        {
            if (Elsewhere.Contains(field.Name)) continue;
            if (Shown(field.Value, field.Name) is { } value) found.Add((field.Name, value));
            if (field.Value.ValueKind != JsonValueKind.Object || field.Name is "versions" or "definitions") continue;
            foreach (JsonProperty inner in field.Value.EnumerateObject())
                if (Shown(inner.Value, inner.Name) is { } one) found.Add(($"{field.Name}: {inner.Name}", one));
        }

        return found;
    }

    private static string? Shown(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.Number when value.TryGetInt64(out long whole) => whole.ToString("N0"),
        JsonValueKind.Number => name is "p" || name.EndsWith("_p", StringComparison.Ordinal) ? Words.P(value.GetDouble()) : Words.Number(value.GetDouble()),
        JsonValueKind.Array when value.GetArrayLength() == 2 && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number) =>
            $"{Words.Number(value[0].GetDouble())} to {Words.Number(value[1].GetDouble())}",
        _ => null,
    };
}
