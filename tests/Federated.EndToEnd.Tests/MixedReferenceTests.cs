using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Mixed models over the whole product against the exact root of the profile score on the pooled rows (checked by lme4).</summary>
public class MixedReferenceTests
{
    private static readonly string[] Names = ["mixed_dyestuff", "mixed_pastes_sample", "mixed_sleepstudy_days", "mixed_synth_unbalanced"];

    public static TheoryData<string, string, string> Cases =>
    [
        .. Names.SelectMany(name => new[] { (name, "group", "memory"), (name, "group", "grpc"), (name, "subject", "memory"), (name, "subject", "grpc") }),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Equals_the_exact_root_on_the_pooled_rows(string name, string key, string transport)
    {
        var reference = StatisticsCase.Open(name);
        JsonElement found = await reference.RunAsync($"kind: random-intercept, outcome: {reference.Word("outcome")}, predictors: {reference.List("features")}, {key}: {reference.Word("group")}", transport);
        Assert.Equal(reference.Options.GetProperty("rows").GetInt64(), found.GetProperty("n").GetInt64());
        foreach (string criterion in (string[])["reml_exact", "ml_exact"])
        {
            foreach (JsonProperty field in reference.Expected.GetProperty(criterion).EnumerateObject())
            {
                if (key is "subject" && field.Name.StartsWith("blup", StringComparison.Ordinal)) Assert.False(found.GetProperty(criterion).TryGetProperty(field.Name, out _));
                else StatisticsCase.Agree(field.Value, found.GetProperty(criterion).GetProperty(field.Name), 1e-10, $"{name}: {criterion}.{field.Name}");
            }

            JsonElement interval = found.GetProperty(criterion).GetProperty("icc_ci");
            Assert.InRange(found.GetProperty(criterion).GetProperty("icc").GetDouble(), interval[0].GetDouble(), interval[1].GetDouble());
        }

        JsonElement components = reference.Expected.GetProperty("anova");
        Assert.Equal(components.ValueKind, found.GetProperty("anova").ValueKind);
        foreach (JsonProperty field in components.ValueKind is JsonValueKind.Object ? [.. components.EnumerateObject()] : (JsonProperty[])[])
            StatisticsCase.Agree(field.Value, found.GetProperty("anova").GetProperty(field.Name), 1e-10, $"{name}: anova.{field.Name}");
    }

    [Fact]
    public async Task Is_the_same_under_masks()
    {
        var reference = StatisticsCase.Open("mixed_synth_unbalanced");
        string analysis = $"kind: random-intercept, outcome: y, predictors: [x1, x2], subject: g";
        Assert.Equal((await reference.RunAsync(analysis, "memory")).GetProperty("reml_exact").GetRawText(), (await reference.RunAsync(analysis, "memory", "secure")).GetProperty("reml_exact").GetRawText());
    }

    [Theory]
    [InlineData("group")]
    [InlineData("subject")]
    public async Task Groups_that_too_few_stand_for_are_left_out_and_counted(string key)
    {
        var reference = StatisticsCase.Open("mixed_synth_unbalanced");
        string[][] rows = [.. File.ReadLines(Path.Combine(reference.Folder, "input.csv")).Skip(1).Select(line => line.Split(','))];
        const int Least = 3;
        int[][] sizes = [.. rows.GroupBy(row => row[4]).Select(site => site.GroupBy(row => row[3]).Select(g => g.Count()).ToArray())]; // per site, rows of each group
        int told = sizes.Sum(site => site.Where(size => key is "group" ? size >= 6 : site.Count(s => s == size) >= Least).Sum());
        JsonElement found = await reference.RunAsync($"kind: random-intercept, outcome: y, predictors: [x1], {key}: g", "memory", $"plain, minimum-rows: {(key is "group" ? 6 : Least)}");
        Assert.InRange(told, 1, rows.Length - 1);
        Assert.Equal(told, found.GetProperty("n").GetInt32());
        Assert.Equal(rows.Length - told, found.GetProperty("withheld").GetInt32());
    }

    [Fact]
    public async Task Says_when_groups_are_missing_or_nothing_varies_within_them()
    {
        using var run = new SimulatorRun();
        string cohort = run.Write("cohort.csv", "row,site,g,y\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"r{i},{(i < 6 ? "a" : "b")},g{i / 2},{i / 2}\n")));
        foreach ((string keys, int expected, string words) in ((string, int, string)[])
            [("subject: g", 3, "does not vary within the groups"), ("group: g, subject: g", 2, "write one of them"), ("confidence: 0.9", 2, "write one of them"), ("group: h", 2, "'h'")])
        {
            string study = run.Write("study.yaml", $"study: s\nscanner: site\nanalyses:\n  - {{ id: fit, kind: random-intercept, outcome: y, {keys} }}\nprivacy: {{ aggregation: plain }}\n");
            (int code, string output, string error) = await run.InvokeAsync("table", "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", "memory");
            Assert.True(code == expected, $"{keys}: {code}\n{output}\n{error}");
            Assert.Contains(words, error + output, StringComparison.Ordinal);
        }
    }
}
