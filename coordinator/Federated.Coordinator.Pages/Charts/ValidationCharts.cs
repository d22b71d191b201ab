using System.Text.Json;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>Pictures of how predictions did on rows that the model had not seen, from the `validation` of a result.</summary>
public static class ValidationCharts
{
    private const int Points = 60;

    // Names of the parts of a validation, and what a reader calls them.
    private static readonly (string Key, string Name)[] Parts = [("apparent", "rows that made the model"), ("folds", "cross-validated"), ("leave_one_site_out", "hospital left out")];

    /// <summary>The pictures; none where a result was not validated.</summary>
    /// <param name="json">The result's document.</param>
    public static IEnumerable<Figure> Of(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("validation", out JsonElement validation) || validation.ValueKind != JsonValueKind.Object) return [];
        var figures = new List<Figure>();
        Series[] lines = [.. Parts.Where(p => validation.TryGetProperty(p.Key, out _)).Select(p => Line(p.Name, validation.GetProperty(p.Key))).OfType<Series>()];
        if (lines.Length > 0)
            figures.Add(new Figure("calibration", "Calibration: risk that was observed where a risk was predicted, by logistic recalibration; the diagonal is perfect", LineChart.Draw("Calibration", "predicted risk", "observed risk", lines, unit: true)));
        Estimate[] areas = [.. Parts.Where(p => validation.TryGetProperty(p.Key, out _)).SelectMany(p => Areas(p.Name, validation.GetProperty(p.Key)))];
        if (areas.Length > 0)
            figures.Add(new Figure("discrimination", "Area under the curve with DeLong's 95 % interval, of all rows, parts and subgroups", ForestPlot.Draw("Area under the curve by part and subgroup", "area under the receiver operating characteristic", areas, 0)));
        return figures;
    }

    // logit(observed) = intercept + slope logit(predicted): Cox 1958.
    private static Series? Line(string name, JsonElement part) => Number(part, "calibration_intercept") is not { } intercept || Number(part, "calibration_slope") is not { } slope ? null
        : new Series($"{name} (slope {Words.Number(slope)})", [.. Enumerable.Range(1, Points - 1).Select(i => (double)i / Points).Select(p => (p, 1 / (1 + Math.Exp(-(intercept + (slope * Math.Log(p / (1 - p))))))))]);

    private static IEnumerable<Estimate> Areas(string name, JsonElement part)
    {
        if (Area(name, part) is { } whole) yield return whole;
        foreach ((string list, string key) in ((string, string)[])[("by_part", "part"), ("by_subgroup", "subgroup")])
        {
            if (!part.TryGetProperty(list, out JsonElement all) || all.ValueKind != JsonValueKind.Array) continue;
            foreach (JsonElement one in all.EnumerateArray())
                if (one.TryGetProperty(key, out JsonElement label) && Area($"{label.GetString()}", one) is { } own) yield return own;
        }
    }

    private static Estimate? Area(string name, JsonElement part) =>
        Number(part, "auc") is { } area && part.TryGetProperty("auc_ci95", out JsonElement interval) && interval.ValueKind == JsonValueKind.Array && interval.GetArrayLength() == 2
        && interval.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Number) ? new Estimate(name, area, interval[0].GetDouble(), interval[1].GetDouble()) : null;

    private static double? Number(JsonElement part, string key) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
