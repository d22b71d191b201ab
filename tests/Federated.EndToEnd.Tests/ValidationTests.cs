using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Validation where there is nothing to find, and scanners that differ strongly and go with the outcome.</summary>
public class ValidationTests
{
    // Every column keeps a coefficient, so that predictions differ from row to row where a lasso would leave the intercept alone.
    private const string Ridge = "{ alpha: 0, lambda: [4, 1] }";

    [Fact]
    public async Task Nothing_is_found_in_nothing_unless_harmonization_has_seen_the_rows_held_out()
    {
        using var run = new SimulatorRun();
        (string features, string cohort) = Null(run.Folder, rows: 300, columns: 500, seed: 11);
        JsonElement honest = await ValidateAsync(run, features, cohort, "", "{ nested: 2 }", "memory", "plain", Ridge);
        JsonElement leaking = await ValidateAsync(run, features, cohort, "covariates: [{ name: y, type: continuous }]", "{ nested: 2, harmonize: before }", "memory", "plain", Ridge);
        double auc = Auc(honest, "folds"), leaked = Auc(leaking, "folds");
        Assert.InRange(auc, 0.45, 0.55);
        Assert.True(leaked > auc + 0.1, $"honest {auc}, leaking {leaked}");
        Assert.True(Auc(honest, "apparent") > 0.8, "A model of this many columns remembers the rows that made it: without that the bar says nothing.");
    }

    [Fact]
    public async Task Masks_and_the_wire_change_no_bit_of_it()
    {
        using var run = new SimulatorRun();
        (string features, string cohort) = Null(run.Folder, rows: 240, columns: 4, seed: 5);
        const string Validate = "{ folds: 3, leave-one-site-out: true, subgroups: [sex], subject: patient }";
        JsonElement memory = await ValidateAsync(run, features, cohort, "", Validate, "memory", "plain", "none");
        JsonElement wire = await ValidateAsync(run, features, cohort, "", Validate, "grpc", "secure", "none");
        Assert.Equal(memory.GetRawText(), wire.GetRawText());
        JsonElement sites = memory.GetProperty("leave_one_site_out");
        Assert.Equal(["h0", "h1", "h2"], sites.GetProperty("by_part").EnumerateArray().Select(p => p.GetProperty("part").GetString()));
        JsonElement folds = memory.GetProperty("folds");
        Assert.Equal(240, folds.GetProperty("n_pos").GetInt32() + folds.GetProperty("n_neg").GetInt32());
        Assert.Equal(240, folds.GetProperty("by_subgroup").EnumerateArray().Sum(g => g.GetProperty("n_pos").GetInt32() + g.GetProperty("n_neg").GetInt32()));
        Assert.Equal(Auc(memory, "apparent") - Auc(memory, "folds"), memory.GetProperty("optimism").GetProperty("auc").GetDouble(), 1e-12);
    }

    [Theory]
    [InlineData("covariates: [{ name: y, type: continuous }]", "{ folds: 3 }", "none", "take it off covariates")]
    [InlineData("", "{ folds: 3 }", "{ lasso: path }", "write nested: 5")]
    [InlineData("subject: patient", "{ folds: 3 }", "none", "write subject: patient")]
    public async Task Refuses_what_would_tell_of_rows_held_out(string top, string validate, string penalty, string mend)
    {
        using var run = new SimulatorRun();
        (string features, string cohort) = Null(run.Folder, rows: 120, columns: 3, seed: 5);
        (int code, string output, string error) = await RunAsync(run, features, cohort, top, validate, "memory", "plain", penalty);
        Assert.Equal(2, code);
        Assert.Contains(mend, output + error, StringComparison.Ordinal);
    }

    private static double Auc(JsonElement validation, string scheme) => validation.GetProperty(scheme).GetProperty("auc").GetDouble();

    private static async Task<JsonElement> ValidateAsync(
        SimulatorRun run, string features, string cohort, string top, string validate, string transport, string aggregation, string penalty)
    {
        (int code, string output, string error) = await RunAsync(run, features, cohort, top, validate, transport, aggregation, penalty);
        Assert.True(code == 0, $"exit code {code}\n{output}\n{error}");
        string document = await File.ReadAllTextAsync(Path.Combine(run.Out, "analyses", "fit.json"), TestContext.Current.CancellationToken);
        Directory.Delete(run.Out, true);
        return JsonDocument.Parse(document).RootElement.GetProperty("validation");
    }

    private static Task<(int Code, string Output, string Error)> RunAsync(
        SimulatorRun run, string features, string cohort, string top, string validate, string transport, string aggregation, string penalty)
    {
        string study = Path.Combine(run.Folder, "study.yaml");
        File.WriteAllText(
            study,
            $"study: validation\nscanner: scanner\nsite: site\n{top}\nanalyses:\n  - {{ id: harmonize, kind: combat }}\n"
            + $"  - {{ id: fit, kind: logistic, outcome: y, predictors: [harmonized], penalty: {penalty}, validate: {validate} }}\nprivacy: {{ aggregation: {aggregation} }}\n");
        return run.InvokeAsync("table", "--features", features, "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", transport);
    }

    /// <summary>Features of noise with strong scanner effects, and an outcome that depends on the scanner alone.</summary>
    private static (string Features, string Cohort) Null(string folder, int rows, int columns, ulong seed)
    {
        ulong state = seed;
        double[] risk = [0.8, 0.2, 0.75, 0.25, 0.6, 0.4];
        double[][] shift = [.. risk.Select(_ => Enumerable.Range(0, columns).Select(_ => 2 * Normal()).ToArray())];
        var features = new StringBuilder("row," + string.Join(",", Enumerable.Range(0, columns).Select(j => $"x{j}")) + "\n");
        var cohort = new StringBuilder("row,scanner,site,patient,y,sex\n");
        for (int i = 0; i < rows; i++)
        {
            int scanner = i % risk.Length;
            features.Append(CultureInfo.InvariantCulture, $"r{i:0000},{string.Join(",", shift[scanner].Select(s => (s + Normal()).ToString("R", CultureInfo.InvariantCulture)))}\n");
            cohort.Append(CultureInfo.InvariantCulture, $"r{i:0000},s{scanner},h{scanner / 2},p{i / 12},{(Uniform() < risk[scanner] ? 1 : 0)},{(Uniform() < 0.5 ? "F" : "M")}\n");
        }

        (string f, string c) = (Path.Combine(folder, "features.csv"), Path.Combine(folder, "cohort.csv"));
        File.WriteAllText(f, features.ToString());
        File.WriteAllText(c, cohort.ToString());
        return (f, c);

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - Uniform())) * Math.Cos(2 * Math.PI * Uniform());

        double Uniform()
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }
}
