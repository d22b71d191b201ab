namespace Federated.EndToEnd.Tests;

/// <summary>Bad input is a user's normal day: one clear line, exit code 2, nothing written.</summary>
public class BadInputTests
{
    private const string GoodFeatures = "id,suvmax,mtv\na,1.5,2\nb,2.5,3\nc,3.5,5\nd,1,8\ne,2,1\nf,4,2\n";
    private const string GoodCohort = "id,scanner,age\na,s1,50\nb,s1,60\nc,s1,55\nd,s2,40\ne,s2,70\nf,s2,65\n";
    private const string GoodStudy = "study: small\ntitle: small\nscanner: scanner\ncovariates:\n  - { name: age, type: continuous }\nanalyses:\n  - { id: harmonize, kind: combat }\nprivacy: { aggregation: plain }\n";

    public static TheoryData<string, string, string, string, string> Bad => new()
    {
        { "a ragged row", "id,suvmax,mtv\na,1.5\n", GoodCohort, GoodStudy, "row" },
        { "text in a number", GoodFeatures.Replace("2.5", "2;5"), GoodCohort, GoodStudy, "suvmax" },
        { "a comma as decimal sign", GoodFeatures.Replace("2.5", "\"2,5\""), GoodCohort, GoodStudy, "'2,5'" },
        { "a duplicate id", GoodFeatures + "a,1,1\n", GoodCohort, GoodStudy, "a" },
        { "a duplicate column", GoodFeatures.Replace("mtv", "suvmax"), GoodCohort, GoodStudy, "suvmax" },
        { "NaN spelled out", GoodFeatures.Replace("2.5", "NaN"), GoodCohort, GoodStudy, "NaN" },
        { "infinity", GoodFeatures.Replace("2.5", "inf"), GoodCohort, GoodStudy, "inf" },
        { "an empty file", "", GoodCohort, GoodStudy, "features.csv" },
        { "a header only", "id,suvmax\n", GoodCohort, GoodStudy, "features.csv" },
        { "an unknown column", GoodFeatures, GoodCohort, GoodStudy.Replace("name: age", "name: agge"), "agge" },
        { "an unknown key", GoodFeatures, GoodCohort, GoodStudy.Replace("analyses:", "analysis:"), "analyses" },
        { "a wrong value", GoodFeatures, GoodCohort, GoodStudy.Replace("kind: combat", "kind: combatt"), "combat" },
        { "a study that is no YAML", GoodFeatures, GoodCohort, "study: [", "study.yaml" },
        { "an unknown scale", GoodFeatures, GoodCohort, GoodStudy + "features: { scale: ln }\n", "scale" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task One_line_exit_code_two_nothing_written(string what, string features, string cohort, string study, string named)
    {
        using var run = new SimulatorRun();
        (string f, string c, string s) = await WriteAsync(run, features, cohort, study);
        (int code, _, string error) = await run.InvokeAsync("table", "--features", f, "--cohort", c, "--study", s, "--out", run.Out, "--transport", "memory");
        Assert.True(code == 2, $"{what}: exit code {code}: {error}");
        Assert.Contains(named, error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.False(Directory.Exists(run.Out));
    }

    [Fact]
    public async Task A_long_line_is_refused_before_it_is_held_in_memory()
    {
        using var run = new SimulatorRun();
        (string f, string c, string s) = await WriteAsync(run, "", GoodCohort, GoodStudy);
        await using (var endless = new FileStream(f, FileMode.Create))
        {
            byte[] block = new byte[1 << 20];
            Array.Fill(block, (byte)'x');
            for (int i = 0; i < 1024; i++) await endless.WriteAsync(block, TestContext.Current.CancellationToken);
        }

        long before = GC.GetTotalAllocatedBytes();
        (int code, _, string error) = await run.InvokeAsync("table", "--features", f, "--cohort", c, "--study", s, "--out", run.Out, "--transport", "memory");
        Assert.Equal(2, code);
        Assert.Contains("features.csv", error, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 300L << 20);
    }

    [Fact]
    public async Task A_missing_option_says_which()
    {
        using var run = new SimulatorRun();
        (int code, _, string error) = await run.InvokeAsync("table", "--out", run.Out);
        Assert.Equal(2, code);
        Assert.Contains("--cohort", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_small_study_that_these_break_is_good()
    {
        using var run = new SimulatorRun();
        (string f, string c, string s) = await WriteAsync(run, GoodFeatures, GoodCohort, GoodStudy);
        await run.TableAsync(f, c, s, "--transport", "memory");
        string[][] table = ReferenceCase.ReadCsv(run.Harmonized);
        Assert.Equal(["id", "suvmax", "mtv"], table[0]);
        Assert.Equal(7, table.Length);
    }

    [Fact]
    public async Task A_covariate_that_tells_scanners_apart_is_refused_by_name()
    {
        using var run = new SimulatorRun();
        string cohort = "id,scanner,age\na,s1,50\nb,s1,50\nc,s1,50\nd,s2,70\ne,s2,70\nf,s2,70\n";
        (string f, string c, string s) = await WriteAsync(run, GoodFeatures, cohort, GoodStudy);
        (int code, _, string error) = await run.InvokeAsync("table", "--features", f, "--cohort", c, "--study", s, "--out", run.Out, "--transport", "memory");
        Assert.Equal(3, code);
        Assert.Contains("age", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_promises_ten_rows_is_held_to_it()
    {
        using var run = new SimulatorRun();
        (string f, string c, string s) = await WriteAsync(run, GoodFeatures, GoodCohort, GoodStudy.Replace("aggregation: plain", "aggregation: plain, minimum-rows: 10"));
        (int code, _, string error) = await run.InvokeAsync("table", "--features", f, "--cohort", c, "--study", s, "--out", run.Out, "--transport", "memory");
        Assert.Equal(3, code);
        Assert.Contains("s1", error, StringComparison.Ordinal);
        await run.TableAsync(f, c, s, "--transport", "memory", "--policy", "permissive");
    }

    private static async Task<(string Features, string Cohort, string Study)> WriteAsync(SimulatorRun run, string features, string cohort, string study)
    {
        (string f, string c, string s) = (Path.Combine(run.Folder, "features.csv"), Path.Combine(run.Folder, "cohort.csv"), Path.Combine(run.Folder, "study.yaml"));
        await File.WriteAllTextAsync(f, features, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(c, cohort, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(s, study, TestContext.Current.CancellationToken);
        return (f, c, s);
    }
}
