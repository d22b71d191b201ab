using System.Globalization;
using System.Text.Json;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>Patients, events, median and restricted mean of each curve of a Kaplan-Meier analysis.</summary>
internal static class SurvivalGroups
{
    /// <summary>Column names of <see cref="Of"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Group", "n", "Events", "Median", "Restricted mean (SE)"];

    /// <summary>A row per curve; none where the document is of something else.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Of(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("groups", out JsonElement groups) || groups.ValueKind != JsonValueKind.Array) return [];
        return
        [
            .. groups.EnumerateArray().Where(g => g.ValueKind == JsonValueKind.Object && g.TryGetProperty("rmst", out _)).Select(g => (IReadOnlyList<string>)
            [
                g.GetProperty("group").GetString() ?? "", Whole(g, "n"), Whole(g, "events"), Number(g, "median"), Mean(g.GetProperty("rmst")),
            ]),
        ];
    }

    private static string Mean(JsonElement mean) => $"{Number(mean, "value")} ({Number(mean, "se")}) to {Number(mean, "tau")}";

    private static string Whole(JsonElement group, string key) => group.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString("N0", CultureInfo.InvariantCulture) : "–";

    private static string Number(JsonElement group, string key) => group.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? Words.Number(value.GetDouble()) : "–";
}
