using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Screening over the whole product: each feature as its own linear model, which R checks elsewhere; corrections as R's p.adjust.</summary>
public class ScreenTests
{
    private const int Features = 6;

    [Theory]
    [InlineData("arm", "arm1", "[age]")]
    [InlineData("age", "age", "[arm]")]
    [InlineData("arm", "arm1", "[]")]
    public async Task Every_feature_has_the_test_of_its_own_linear_model(string outcome, string contrast, string adjust)
    {
        using var run = new SimulatorRun();
        (string features, string cohort) = Tables(run, ["0", "1"]);
        JsonElement screen = await RunAsync(run, features, cohort, $"kind: screen, outcome: {outcome}, adjust-for: {adjust}, factors: [arm]".Replace(", factors: [arm]", outcome is "arm" || adjust.Contains("arm", StringComparison.Ordinal) ? ", factors: [arm]" : "", StringComparison.Ordinal));
        Assert.Equal(contrast, screen.GetProperty("contrast").GetString());
        for (int f = 0; f < Features; f++)
        {
            string predictors = adjust is "[]" ? $"[{outcome}]" : $"[{outcome}, {adjust.Trim('[', ']')}]";
            JsonElement linear = await RunAsync(run, features, cohort, $"kind: linear, outcome: f{f}, predictors: {predictors}, factors: [arm]");
            JsonElement found = screen.GetProperty("features")[f];
            Assert.Equal(linear.GetProperty("n").GetInt64(), found.GetProperty("n").GetInt64());
            foreach ((string own, string theirs) in ((string, string)[])[("estimate", "coef"), ("se", "se"), ("t", "t"), ("p", "p")])
                StatisticsCase.Agree(linear.GetProperty(theirs)[1], found.GetProperty(own), 1e-12, $"f{f}: {own}");
        }
    }

    [Fact]
    public async Task A_category_of_three_levels_gives_the_F_test_of_the_one_way_layout()
    {
        using var run = new SimulatorRun();
        (string features, string cohort) = Tables(run, ["a", "b", "c"]);
        JsonElement screen = await RunAsync(run, features, cohort, "kind: screen, outcome: arm, correction: holm");
        Assert.Equal("f", screen.GetProperty("statistic").GetString());
        for (int f = 0; f < Features; f++)
        {
            JsonElement linear = await RunAsync(run, features, cohort, $"kind: linear, outcome: f{f}, predictors: [arm]");
            StatisticsCase.Agree(linear.GetProperty("f"), screen.GetProperty("features")[f].GetProperty("f"), 1e-11, $"f{f}: f");
            StatisticsCase.Agree(linear.GetProperty("f_p"), screen.GetProperty("features")[f].GetProperty("p"), 1e-11, $"f{f}: p");
        }
    }

    [Theory]
    [InlineData("padjust_synth_200")]
    [InlineData("padjust_ties_ones")]
    public async Task Corrections_of_a_table_equal_R(string name)
    {
        var reference = StatisticsCase.Open(name);
        using var run = new SimulatorRun();
        (int code, string output, string error) = await run.InvokeAsync("adjust", "--table", Path.Combine(reference.Folder, "input.csv"), "--column", "p", "--json");
        Assert.True(code == 0, error);
        JsonElement found = JsonDocument.Parse(output).RootElement;
        foreach (JsonElement method in reference.Options.GetProperty("methods").EnumerateArray())
            StatisticsCase.Agree(reference.Expected.GetProperty(method.GetString()!), found.GetProperty(method.GetString()!), 1e-12, $"{name}: {method}");
    }

    [Fact]
    public async Task A_cell_that_is_no_p_value_is_named_with_its_row()
    {
        using var run = new SimulatorRun();
        string table = run.Write("p.csv", "feature,p\na,0.1\nb,1.5\n");
        (int code, _, string error) = await run.InvokeAsync("adjust", "--table", table, "--methods", "BH");
        Assert.Equal(2, code);
        Assert.Contains("row 3", error, StringComparison.Ordinal);
        (code, _, error) = await run.InvokeAsync("adjust", "--table", table, "--methods", "sidak");
        Assert.Equal(2, code);
        Assert.Contains("hommel", error, StringComparison.Ordinal);
    }

    // Two sites of twenty rows, features on very different scales, one cell in seven of the last feature missing.
    private static (string Features, string Cohort) Tables(SimulatorRun run, string[] arms)
    {
        var random = new Random(7);
        var features = new StringBuilder($"row,{string.Join(',', Enumerable.Range(0, Features).Select(f => $"f{f}"))}\n");
        var cohort = new StringBuilder("row,site,arm,age\n");
        for (int i = 0; i < 40; i++)
        {
            features.Append(CultureInfo.InvariantCulture, $"r{i:00}");
            for (int f = 0; f < Features; f++)
            {
                double value = (Math.Pow(10, (2 * f) - 4) * (random.NextDouble() + (f * 0.1 * (i % arms.Length)))) + (f == 3 ? 1e5 : 0);
                features.Append(CultureInfo.InvariantCulture, $",{(f == Features - 1 && i % 7 == 0 ? "NA" : value.ToString("R", CultureInfo.InvariantCulture))}");
            }

            features.Append('\n');
            cohort.Append(CultureInfo.InvariantCulture, $"r{i:00},{(i < 20 ? "a" : "b")},{arms[i % arms.Length]},{40 + random.Next(40)}\n");
        }

        return (run.Write("features.csv", features.ToString()), run.Write("cohort.csv", cohort.ToString()));
    }

    private static async Task<JsonElement> RunAsync(SimulatorRun run, string features, string cohort, string analysis)
    {
        string study = run.Write("study.yaml", $"study: s\nscanner: site\nfeatures: {{ include: [\"f*\"] }}\nanalyses:\n  - {{ id: fit, {analysis} }}\nprivacy: {{ aggregation: plain }}\n");
        (int code, string output, string error) = await run.InvokeAsync("table", "--features", features, "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", "memory");
        Assert.True(code == 0, $"exit code {code}\n{output}\n{error}");
        return JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run.Out, "analyses", "fit.json"), TestContext.Current.CancellationToken)).RootElement;
    }
}
