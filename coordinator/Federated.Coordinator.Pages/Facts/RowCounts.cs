using System.Collections.Immutable;
using System.Text.Json;
using Federated.Analyses.Exchange;
using Federated.Coordinator.Running;
using Federated.Coordinator.Service;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>How many rows an analysis used over all hospitals, and how many it left out, by reason.</summary>
/// <param name="Analysis">Its id.</param>
/// <param name="Used">Rows used; null = it does not tell.</param>
/// <param name="Missing">Rows or values without what it needs; null = it does not tell.</param>
/// <param name="Excluded">Rows left out, by reason.</param>
public sealed record AnalysisRows(string Analysis, long? Used, long? Missing, IReadOnlyList<(string Reason, long Rows)> Excluded);

/// <summary>What is known of numbers of rows before and in each analysis.</summary>
public static class RowCounts
{
    /// <summary>Why a row is left out, as a reader says it.</summary>
    public static string Reason(ExclusionReason reason) => reason switch
    {
        ExclusionReason.ScannerNotInPlan => "scanner not in the plan",
        ExclusionReason.CovariateMissing => "covariate missing",
        ExclusionReason.LevelNotInPlan => "level not in the plan",
        ExclusionReason.NoFeatureValue => "no feature has a value",
        ExclusionReason.OutsideFit => "not used to estimate",
        ExclusionReason.NoCohortRow => "no row in the cohort",
        ExclusionReason.ProtocolNotFollowed => "acquired outside the protocol",
        ExclusionReason.NotMeasured => "could not be measured",
        _ => reason.ToString(),
    };

    /// <summary>Hospitals' own reports of one step, as text: used, and left out by reason.</summary>
    public static string Excluded(EffectiveRows rows) =>
        string.Join("; ", rows.Excluded.Where(e => e.Value > 0).Select(e => $"{e.Value:N0} {Reason(e.Key)}")) is { Length: > 0 } text ? text : "none";

    /// <summary>Reasons with the sum over hospitals, from the first step that was reported.</summary>
    public static IReadOnlyList<(string Reason, long Rows)> Total(ImmutableArray<ReportedRows> rows)
    {
        if (rows.IsEmpty) return [];
        (string analysis, string step) = (rows[0].Analysis, rows[0].Step);
        return [.. rows.Where(r => r.Analysis == analysis && r.Step == step).SelectMany(r => r.Rows.Excluded).GroupBy(e => e.Key).OrderBy(g => g.Key).Select(g => (Reason(g.Key), g.Sum(e => e.Value))).Where(r => r.Item2 > 0)];
    }

    /// <summary>What each result says of its rows.</summary>
    public static IEnumerable<AnalysisRows> ByAnalysis(IEnumerable<AnalysisFinding> findings)
    {
        foreach (AnalysisFinding finding in findings)
        {
            if (finding.Document is not { } document) continue;
            using JsonDocument json = JsonDocument.Parse(document.Json);
            JsonElement root = json.RootElement;
            yield return new AnalysisRows(
                finding.Analysis.Id, Whole(root, "n") ?? Sum(Whole(root, "n_pos"), Whole(root, "n_neg")) ?? Whole(root, "rows"), Whole(root, "missing"),
                root.TryGetProperty("excluded", out JsonElement excluded) && excluded.ValueKind == JsonValueKind.Object
                    ? [.. excluded.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.Number && e.Value.TryGetInt64(out long n) && n > 0).Select(e => (Words(e.Name), e.Value.GetInt64()))] : []);
        }
    }

    /// <summary>Values that are missing per feature before any model, most first; from the survey, or else from the first result that tells it.</summary>
    public static IReadOnlyList<(string Feature, long Missing)> Missing(IEnumerable<AnalysisFinding> findings)
    {
        foreach (AnalysisFinding finding in findings)
        {
            if (finding.Document is not { } document) continue;
            using JsonDocument json = JsonDocument.Parse(document.Json);
            if (json.RootElement.TryGetProperty("missing_per_feature", out JsonElement missing) && missing.ValueKind == JsonValueKind.Object)
                return [.. missing.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.Number).Select(f => (f.Name, f.Value.GetInt64())).Where(f => f.Item2 > 0).OrderByDescending(f => f.Item2)];
        }

        return [];
    }

    private static long? Sum(long? a, long? b) => a + b;

    private static string Words(string key) => key.Replace('-', ' ').Replace('_', ' ');

    private static long? Whole(JsonElement root, string key) => root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long whole) ? whole : null;
}
