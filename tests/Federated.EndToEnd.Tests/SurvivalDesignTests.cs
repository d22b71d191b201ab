using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Designs on which survival cannot be estimated are named; agreed grids and joint times give what rounded rows give.</summary>
public class SurvivalDesignTests
{
    private const string Cox = "kind: cox, time: t, status: d, predictors: [x, z]";

    public static TheoryData<string, string, string, string> Bad => new()
    {
        { "no events", "d=0", Cox, "E2504" },
        { "no events for a test", "d=0", "kind: log-rank, time: t, status: d, group: g", "E2504" },
        { "a status of 2", "d=2", Cox, "E2503" },
        { "one group", "g=a", "kind: log-rank, time: t, status: d, group: g", "E2506" },
        { "constant predictors", "x=1,z=2", Cox, "E2506" },
        { "a predictor that tells the order of events", "x=t", Cox, "E2507" },
        { "entry after the end", "s=99", Cox + ", start: s", "E2503" },
        { "weights below zero", "w=-1", Cox + ", weights: w", "E2503" },
        { "no row with every value", "x=", Cox, "E2502" },
        { "a grid that ends before the first event", "", Cox + ", times: { grid: [0.5] }", "E2504" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_cannot_be_estimated_is_named(string what, string changed, string analysis, string code)
    {
        (JsonElement summary, _) = await RunAsync(Rows(changed), analysis);
        JsonElement fit = summary.GetProperty("analyses").EnumerateArray().Single(a => a.GetProperty("id").GetString() == "fit");
        Assert.True(fit.GetProperty("code").GetString() == code, $"{what}: {fit}");
        Assert.NotEmpty(fit.GetProperty("reason").GetString()!);
    }

    [Fact]
    public async Task A_column_that_another_determines_is_aliased_and_changes_nothing()
    {
        (_, JsonElement alone) = await RunAsync(Rows(""), "kind: cox, time: t, status: d, predictors: [x]");
        (_, JsonElement both) = await RunAsync(Rows("z=2x"), Cox);
        Assert.Equal("z", both.GetProperty("aliased")[0].GetString());
        Assert.Equal(JsonValueKind.Null, both.GetProperty("coef")[1].ValueKind);
        Assert.Equal(alone.GetProperty("coef")[0].GetDouble(), both.GetProperty("coef")[0].GetDouble(), 1e-12);
    }

    [Theory]
    [InlineData(Cox)]
    [InlineData("kind: kaplan-meier, time: t, status: d, group: g")]
    [InlineData("kind: log-rank, time: t, status: d, group: g, rho: 1")]
    public async Task A_grid_gives_what_rows_of_rounded_times_give(string analysis)
    {
        double[] edges = [3, 7, 12, 20];
        (_, JsonElement grid) = await RunAsync(Rows(""), $"{analysis}, times: {{ grid: [{string.Join(", ", edges)}] }}");
        (_, JsonElement rounded) = await RunAsync(
            [.. Rows("").Select(r => r with { Died = r.Time > 20 ? "0" : r.Died, Time = edges.FirstOrDefault(e => e >= r.Time, 20) })], analysis);
        foreach (JsonProperty field in rounded.EnumerateObject().Where(f => !IsOfTheTable(f.Name)))
            StatisticsCaseAgree(field.Value, grid.GetProperty(field.Name), field.Name);
    }

    // What a grid does not give, and what says how the times were told.
    private static bool IsOfTheTable(string field) => field.StartsWith("concordance", StringComparison.Ordinal) || field is "times" or "plan" or "plan_digest" or "rounds" or "points";

    private static void StatisticsCaseAgree(JsonElement expected, JsonElement found, string where)
    {
        if (expected.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty field in expected.EnumerateObject()) StatisticsCaseAgree(field.Value, found.GetProperty(field.Name), $"{where}.{field.Name}");
        else if (expected.ValueKind == JsonValueKind.Array && expected.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.Object))
            for (int i = 0; i < expected.GetArrayLength(); i++) StatisticsCaseAgree(expected[i], found[i], $"{where}[{i}]");
        else
            StatisticsCase.Agree(expected, found, 1e-9, where);
    }

    private sealed record Row(double Time, string Died, string X, string Z, string Group, string Start, string Weight)
    {
        public string Line(int row) => FormattableString.Invariant($"r{row:000},{Time},{Died},{X},{Z},{Group},{Start},{Weight},s{row % 3}");
    }

    // Times tie; the larger x, the earlier.
    private static Row[] Rows(string changed)
    {
        var random = new Random(5);
        Dictionary<string, string> constants = changed.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(c => c.Split('=')).ToDictionary(c => c[0], c => c[1]);
        return
        [
            .. Enumerable.Range(0, 150).Select(_ =>
            {
                double x = Math.Round(random.NextDouble() * 2, 3), time = Math.Ceiling(-Math.Log(random.NextDouble()) * 12 * Math.Exp(-x));
                string Value(string name, string otherwise) => constants.TryGetValue(name, out string? value)
                    ? value switch { "t" => Text(-time), "2x" => Text(2 * x), _ => value }
                    : otherwise;
                return new Row(
                    time, Value("d", random.NextDouble() < 0.7 ? "1" : "0"), Value("x", Text(x)), Value("z", Text(Math.Round(random.NextDouble(), 3))),
                    Value("g", random.NextDouble() < 0.5 ? "a" : "b"), Value("s", "0"), Value("w", "1"));
            }),
        ];
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static async Task<(JsonElement Summary, JsonElement Fit)> RunAsync(Row[] rows, string analysis)
    {
        using var run = new SimulatorRun();
        string cohort = Path.Combine(run.Folder, "cohort.csv"), study = Path.Combine(run.Folder, "study.yaml");
        var text = new StringBuilder("row,t,d,x,z,g,s,w,site\n");
        for (int row = 0; row < rows.Length; row++) text.Append(rows[row].Line(row)).Append('\n');
        await File.WriteAllTextAsync(cohort, text.ToString(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            study, $"study: designs\nscanner: site\nsite: site\nanalyses:\n  - {{ id: fit, {analysis} }}\nprivacy: {{ aggregation: plain }}\n", TestContext.Current.CancellationToken);
        (int code, _, string error) = await run.InvokeAsync("table", "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", "memory");
        Assert.True(code is 0 or 3, $"exit code {code}: {error}");
        string fit = Path.Combine(run.Out, "analyses", "fit.json");
        return (await ReadAsync(Path.Combine(run.Out, "summary.json")), File.Exists(fit) ? await ReadAsync(fit) : default);
    }

    private static async Task<JsonElement> ReadAsync(string file) =>
        JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).RootElement;
}
