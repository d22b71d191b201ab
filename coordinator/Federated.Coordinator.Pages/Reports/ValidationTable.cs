using System.Globalization;
using System.Text.Json;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>How predictions did on rows that the model had not seen, as a table.</summary>
internal static class ValidationTable
{
    private static readonly (string Key, string Name)[] Parts = [("apparent", "rows that made the model"), ("folds", "cross-validated"), ("leave_one_site_out", "hospital left out")];

    /// <summary>Column names of <see cref="Of"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Rows", "Positives (n)", "Negatives (n)", "AUC (95 % CI)", "Brier score", "Calibration intercept (SE)", "Calibration slope (SE)"];

    /// <summary>A row per part and subgroup; none where the result was not validated.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Of(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("validation", out JsonElement validation) || validation.ValueKind != JsonValueKind.Object) return [];
        var rows = new List<IReadOnlyList<string>>();
        foreach ((string key, string name) in Parts)
        {
            if (!validation.TryGetProperty(key, out JsonElement part) || part.ValueKind != JsonValueKind.Object) continue;
            rows.Add(Row(name, part));
            foreach ((string list, string label) in ((string, string)[])[("by_part", "part"), ("by_subgroup", "subgroup")])
                if (part.TryGetProperty(list, out JsonElement all) && all.ValueKind == JsonValueKind.Array && (list is "by_subgroup" || key is "leave_one_site_out"))
                    rows.AddRange(all.EnumerateArray().Select(one => Row($"\u2003{(list is "by_part" ? "hospital" : "subgroup")} {one.GetProperty(label).GetString()}", one)));
        }

        return rows;
    }

    private static string[] Row(string name, JsonElement part) =>
    [
        name, Cell(part, "n_pos"), Cell(part, "n_neg"),
        part.TryGetProperty("auc_ci95", out JsonElement interval) && interval.ValueKind == JsonValueKind.Array && interval.GetArrayLength() == 2 ? $"{Cell(part, "auc")} ({Shown(interval[0])} to {Shown(interval[1])})" : Cell(part, "auc"),
        Cell(part, "brier"), $"{Cell(part, "calibration_intercept")} ({Cell(part, "calibration_intercept_se")})", $"{Cell(part, "calibration_slope")} ({Cell(part, "calibration_slope_se")})",
    ];

    private static string Cell(JsonElement part, string key) => part.TryGetProperty(key, out JsonElement value) ? Shown(value) : "–";

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out long whole) => whole.ToString("N0", CultureInfo.InvariantCulture),
        JsonValueKind.Number => Words.Number(value.GetDouble()),
        JsonValueKind.String => value.GetString()!,
        _ => "–",
    };
}
