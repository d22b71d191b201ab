using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Test-retest repeatability over the whole product against its definition on the pooled rows.</summary>
public class RepeatabilityTests
{
    [Fact]
    public async Task Equals_its_definition_on_the_pooled_rows()
    {
        using var run = new SimulatorRun();
        var random = new Random(3);
        var features = new StringBuilder("row,suv,change\n");
        var cohort = new StringBuilder("row,site,patient\n");
        double squares = 0, logs = 0, relative = 0;
        const int Subjects = 24;
        for (int s = 0; s < Subjects; s++)
        {
            double mean = 3 + (8 * random.NextDouble()), half = 0.3 * random.NextDouble(), first = mean + half, second = mean - half;
            squares += 2 * half * half;
            relative += 2 * half * half / (mean * mean);
            logs += Math.Pow(Math.Log(first / second), 2) / 2;
            foreach ((int scan, double value) in ((int, double)[])[(1, first), (2, second)])
            {
                features.Append(CultureInfo.InvariantCulture, $"p{s:00}-{scan},{value:R},{value - mean:R}\n");
                cohort.Append(CultureInfo.InvariantCulture, $"p{s:00}-{scan},{(s < 12 ? "a" : "b")},patient {s}\n");
            }
        }

        features.Append("alone,5,1\n");
        cohort.Append("alone,a,somebody else\n");
        string study = run.Write("study.yaml", "study: s\nscanner: site\nfeatures: { include: [suv, change] }\nanalyses:\n  - { id: retest, kind: repeatability, subject: patient }\nprivacy: { aggregation: plain }\n");
        (int code, string output, string error) = await run.InvokeAsync(
            "table", "--features", run.Write("f.csv", features.ToString()), "--cohort", run.Write("c.csv", cohort.ToString()), "--study", study, "--out", run.Out, "--transport", "memory");
        Assert.True(code == 0, $"{output}\n{error}");
        JsonElement document = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(run.Out, "analyses", "retest.json"), TestContext.Current.CancellationToken)).RootElement;
        JsonElement suv = document.GetProperty("features").EnumerateArray().Single(f => f.GetProperty("feature").GetString() is "suv");
        Assert.Equal(Subjects, suv.GetProperty("subjects").GetInt32());
        Assert.Equal(2 * Subjects, suv.GetProperty("scans").GetInt32());
        Close(Math.Sqrt(squares / Subjects), suv, "within_sd");
        Close(1.959963984540054 * Math.Sqrt(2 * squares / Subjects), suv, "rc");
        Close(Math.Sqrt(relative / Subjects), suv, "wcv_rms");
        Close(Math.Sqrt(Math.Exp(logs / Subjects) - 1), suv, "wcv");
        Close(Math.Exp(1.959963984540054 * Math.Sqrt(2 * logs / Subjects)) - 1, suv, "limit_upper");
        JsonElement change = document.GetProperty("features").EnumerateArray().Single(f => f.GetProperty("feature").GetString() is "change");
        Assert.Equal(JsonValueKind.Null, change.GetProperty("wcv").ValueKind); // half of its values are negative
        Close(Math.Sqrt(squares / Subjects), change, "within_sd");
    }

    private static void Close(double expected, JsonElement row, string name)
    {
        double found = row.GetProperty(name).GetDouble();
        Assert.True(Math.Abs(found - expected) <= 1e-11 * expected, $"{name}: expected {expected:R}, found {found:R}");
    }
}
