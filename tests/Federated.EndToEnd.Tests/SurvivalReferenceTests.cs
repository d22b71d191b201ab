using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Survival over the whole product against R's package survival on the pooled rows.</summary>
public class SurvivalReferenceTests
{
    // Words about the reference itself.
    private static readonly HashSet<string> NotCompared = ["software", "note"];

    private static readonly string[] Names =
    [
        "cox_bladder_start_stop_cluster", "cox_colon_efron", "cox_colon_strata_site_breslow", "cox_lung_breslow", "cox_lung_efron", "cox_rotterdam_efron",
        "cox_rotterdam_gbsg_strata_study", "cox_synth_heavy_ties_efron", "cox_synth_weights_efron", "km_gbsg_grade", "km_lung_sex", "km_rotterdam_all",
        "km_synth_ties_all", "logrank_gbsg_hormon_strata_site", "logrank_lung_sex", "logrank_synth_rho1", "logrank_veteran_celltype",
    ];

    public static TheoryData<string, string> Cases => [.. Names.SelectMany(name => new[] { (name, "memory"), (name, "grpc") })];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Equals_R_on_the_pooled_rows(string name, string transport)
    {
        var reference = StatisticsCase.Open(name);
        Agree(reference.Expected, await reference.RunAsync(Analysis(reference), transport), name.StartsWith("cox", StringComparison.Ordinal) ? 1e-9 : 1e-11, name);
    }

    private static string Analysis(StatisticsCase reference)
    {
        string common = $"time: {reference.Word("time")}, status: {reference.Word("status")}";
        return reference.Word("kind") switch
        {
            "\"cox\"" => $"kind: cox, {common}, start: {reference.Word("start")}, predictors: {reference.List("features")}, ties: {reference.Word("ties")}, "
                + $"strata: {reference.Word("strata")}, cluster: {reference.Word("cluster")}, weights: {reference.Word("weights")}",
            "\"kaplan_meier\"" => $"kind: kaplan-meier, {common}, group: {reference.Word("group")}, confidence: {reference.Word("confidence")}",
            _ => $"kind: log-rank, {common}, group: {reference.Word("group")}, rho: {reference.Word("rho")}, strata: {reference.Word("strata")}",
        };
    }

    private static void Agree(JsonElement expected, JsonElement found, double coefficients, string where)
    {
        if (expected.ValueKind == JsonValueKind.Array && expected.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.Object))
        {
            Assert.Equal(expected.GetArrayLength(), found.GetArrayLength());
            for (int i = 0; i < expected.GetArrayLength(); i++) Agree(expected[i], found[i], coefficients, $"{where}[{i}]");
            return;
        }

        if (expected.ValueKind != JsonValueKind.Object)
        {
            StatisticsCase.Agree(expected, found, Tolerance(where, coefficients), where);
            return;
        }

        foreach (JsonProperty field in expected.EnumerateObject().Where(f => !NotCompared.Contains(f.Name)))
        {
            Assert.True(found.TryGetProperty(field.Name, out JsonElement value), $"{where}: no {field.Name}");
            Agree(field.Value, value, coefficients, $"{where}.{field.Name}");
        }
    }

    private static double Tolerance(string where, double coefficients) => where[(where.LastIndexOf('.') + 1)..] switch
    {
        "se" or "robust_se" or "vcov" or "robust_vcov" or "z" or "concordance_se" => Math.Max(coefficients, 1e-8),
        "p" when coefficients > 1e-10 => 1e-6, // of z = 29, p moves a thousand times as fast as z
        _ => coefficients,
    };
}
