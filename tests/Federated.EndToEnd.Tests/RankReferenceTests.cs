using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Rank analyses over the whole product against R (pROC, wilcox.test) on the pooled rows.</summary>
public class RankReferenceTests
{
    private static readonly HashSet<string> NotCompared = ["software"];

    private static readonly string[] Names =
    [
        "roc_breast_cancer_radius", "roc_gbsg_nodes", "roc_synth_no_ties", "roc_synth_ties", "wilcoxon_exact_synth", "wilcoxon_lung_wtloss_ties", "wilcoxon_sleep_signed_rank_ties",
    ];

    public static TheoryData<string, string> Cases => [.. Names.SelectMany(name => new[] { (name, "memory"), (name, "grpc") })];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Equals_R_on_the_pooled_rows(string name, string transport)
    {
        var reference = StatisticsCase.Open(name);
        JsonElement found = await reference.RunAsync(
            reference.Word("kind") is "\"roc_auc\"" ? $"kind: roc-auc, outcome: {reference.Word("outcome")}, score: {reference.Word("score")}"
                : $"kind: wilcoxon, test: {reference.Word("test")}, outcome: {reference.Word("outcome")}, group: {reference.Word("group")}, paired-with: {reference.Word("paired_with")}",
            transport);
        foreach (JsonProperty field in reference.Expected.EnumerateObject().Where(f => !NotCompared.Contains(f.Name)))
        {
            Assert.True(found.TryGetProperty(field.Name, out JsonElement value), $"{name}: no {field.Name}");
            if (field.Value.ValueKind != JsonValueKind.Object)
            {
                StatisticsCase.Agree(field.Value, value, 1e-12, $"{name}: {field.Name}");
                continue;
            }

            foreach (JsonProperty part in field.Value.EnumerateObject())
                StatisticsCase.Agree(part.Value, value.GetProperty(part.Name), part.Name is "p" ? 1e-10 : 1e-12, $"{name}: {field.Name}.{part.Name}");
        }
    }
}
