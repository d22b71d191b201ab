using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>
/// One folder of statistics references: rows dealt by their column `site`, what to fit, and what R found. Simulated cases stand in tests/reference; the whole
/// collection is used where it is found.
/// </summary>
internal sealed class StatisticsCase
{
    private StatisticsCase(string folder)
    {
        Folder = folder;
        Name = Path.GetFileName(folder);
        Options = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "options.json"))).RootElement.Clone();
        Expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement.Clone();
    }

    public string Name { get; }

    public string Folder { get; }

    public JsonElement Options { get; }

    public JsonElement Expected { get; }

    public static StatisticsCase Open(string name)
    {
        string[] roots = Checkout.OutsideReference is { } outside ? [outside, Checkout.Reference] : [Checkout.Reference];
        string? folder = roots.Select(root => Path.Combine(root, "statistics", name)).FirstOrDefault(f => File.Exists(Path.Combine(f, "options.json")));
        Assert.SkipUnless(folder is not null, $"reference case {name} is not in tests/reference and no outside collection was found (../shared/reference or FEDERATED_REFERENCE)");
        return new StatisticsCase(folder);
    }

    /// <summary>Writes the cohort (the case's rows, numbered) and a study of one analysis with these keys; returns their paths.</summary>
    public (string Cohort, string Study) Write(string into, string analysis, string aggregation = "plain")
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, "input.csv"));
        var cohort = new StringBuilder();
        for (int row = 0; row < lines.Length; row++) cohort.Append(CultureInfo.InvariantCulture, $"{(row == 0 ? "row" : $"r{row:00000}")},{lines[row]}\n");
        string cohortFile = Path.Combine(into, "cohort.csv");
        File.WriteAllText(cohortFile, cohort.ToString());
        string studyFile = Path.Combine(into, "study.yaml");
        File.WriteAllText(studyFile, $"study: {Name.ToLowerInvariant().Replace('_', '-')}\nscanner: site\nsite: site\nanalyses:\n  - {{ id: fit, {analysis} }}\nprivacy: {{ aggregation: {aggregation} }}\n");
        return (cohortFile, studyFile);
    }

    /// <summary>A list of names as YAML.</summary>
    public string List(string option) => $"[{string.Join(", ", Options.GetProperty(option).EnumerateArray().Select(v => v.GetRawText()))}]";

    /// <summary>A name as YAML, or null.</summary>
    public string Word(string option) => Options.GetProperty(option).GetRawText();

    /// <summary>Runs the study; returns analyses/fit.json.</summary>
    public async Task<JsonElement> RunAsync(string analysis, string transport, string aggregation = "plain")
    {
        using var run = new SimulatorRun();
        (string cohort, string study) = Write(run.Folder, analysis, aggregation);
        (int code, string output, string error) = await run.InvokeAsync("table", "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", transport);
        Assert.True(code == 0, $"exit code {code}\n{output}\n{error}");
        return JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run.Out, "analyses", "fit.json"), TestContext.Current.CancellationToken)).RootElement;
    }

    /// <summary>Numbers, lists of them and lists of lists agree: relative to the expected one, with 1e-10 as floor.</summary>
    public static void Agree(JsonElement expected, JsonElement found, double relative, string where)
    {
        if (expected.ValueKind == JsonValueKind.Array)
        {
            Assert.True(found.ValueKind == JsonValueKind.Array && expected.GetArrayLength() == found.GetArrayLength(), $"{where}: {found}");
            for (int i = 0; i < expected.GetArrayLength(); i++) Agree(expected[i], found[i], relative, $"{where}[{i}]");
            return;
        }

        if (expected.ValueKind != JsonValueKind.Number)
        {
            Assert.True(expected.ToString() == found.ToString(), $"{where}: expected {expected}, found {found}");
            return;
        }

        (double e, double f) = (expected.GetDouble(), found.GetDouble());
        Assert.True(double.Abs(e - f) <= double.Max(1e-10, relative * double.Abs(e)), $"{where}: expected {e:R}, found {f:R}");
    }
}
