using System.Globalization;
using System.Text;

namespace Federated.EndToEnd.Tests;

/// <summary>Masked sums give the bits of plain ones: the same tables, dealt to the same hospitals, over the network and in memory.</summary>
public class SecureSumTests
{
    [Fact]
    public async Task Over_the_network_three_hospitals_get_the_bits_of_plain_sums()
    {
        ReferenceCase reference = ReferenceCase.Open("d01_dcombat_1batch_per_site");
        byte[] plain = await RunAsync(reference, 3, "plain", "--transport", "memory");
        Assert.Equal(plain, await RunAsync(reference, 3, "secure", "--transport", "grpc"));
    }

    [Theory]
    [InlineData("d01_dcombat_1batch_per_site", 3)]
    [InlineData("d01_dcombat_1batch_per_site", 5)]
    [InlineData("d01_dcombat_1batch_per_site", 20)]
    [InlineData("c13_many_batches", 5)]
    [InlineData("c10_refbatch", 5)]
    [InlineData("c04_nonparam", 3)]
    [InlineData("c27_large_offset", 20)]
    public async Task Nobody_drops_and_the_pooled_rows_give_the_same(string name, int sites)
    {
        ReferenceCase reference = ReferenceCase.Open(name);
        using var secure = new SimulatorRun();
        using var plain = new SimulatorRun();
        (string cohort, string study) = Deal(reference, secure.Folder, sites, "secure", stopping: "compatible");
        await secure.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory", "--policy", "permissive");
        (cohort, study) = Deal(reference, plain.Folder, sites, "plain", stopping: "compatible");
        await plain.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory", "--policy", "permissive");
        Assert.Equal(await File.ReadAllBytesAsync(plain.Harmonized, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(secure.Harmonized, TestContext.Current.CancellationToken));
        Assert.InRange(ReferenceCase.LargestDifference(reference.Expected, secure.Harmonized), 0, reference.Tolerance);
    }

    // n - t hospitals fall silent. Before the first sum, or when three or more go at once, the others go on; one or two whose numbers are in a sum are waited for.
    public static TheoryData<int, int, string, bool> Silences => new()
    {
        { 5, 1, "keys", false }, { 5, 1, "shares", false }, { 5, 1, "masked", false }, { 5, 1, "consistency", true }, { 5, 1, "unmasking", true },
        { 5, 1, "keys:2", true }, { 5, 1, "masked:2", true }, { 5, 1, "unmasking:3", true },
        { 20, 6, "keys", false }, { 20, 6, "shares", false }, { 20, 6, "masked", false }, { 20, 6, "consistency", false }, { 20, 6, "unmasking", false },
        { 20, 6, "shares:2", false }, { 20, 6, "masked:3", false },
    };

    [Theory]
    [MemberData(nameof(Silences))]
    public async Task Whoever_falls_silent_the_sum_is_that_of_the_others(int sites, int silent, string when, bool waitedFor)
    {
        ReferenceCase reference = ReferenceCase.Open("d01_dcombat_1batch_per_site");
        using var secure = new SimulatorRun();
        using var plain = new SimulatorRun();
        (string cohort, string study) = Deal(reference, secure.Folder, sites, "secure");
        string[] drops = [.. Enumerable.Range(0, silent).SelectMany(i => (string[])["--drop", $"hospital-{i * 3:00}@{when}"])];
        await secure.TableAsync(reference.FeaturesFile, cohort, study, ["--policy", "permissive", .. drops]);
        Assert.All(secure.Summary.GetProperty("drops").EnumerateArray(), d => Assert.True(d.GetProperty("happened").GetBoolean()));
        Assert.All(secure.Summary.GetProperty("drops").EnumerateArray(), d => Assert.Equal(waitedFor, d.GetProperty("came_back").GetBoolean()));

        (cohort, study) = Deal(reference, plain.Folder, sites, "plain", left: row => waitedFor || row % sites % 3 != 0 || row % sites / 3 >= silent);
        await plain.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory", "--policy", "permissive");
        Assert.Equal(await File.ReadAllBytesAsync(plain.Harmonized, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(secure.Harmonized, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("hospital-00@never", "STEP is keys")]
    [InlineData("hospital-00@keys:0", "rounds count from 1")]
    [InlineData("elsewhere@keys", "no hospital 'elsewhere'")]
    public async Task A_drop_that_cannot_be_is_refused_in_one_line(string drop, string says)
    {
        ReferenceCase reference = ReferenceCase.Open("d01_dcombat_1batch_per_site");
        using var run = new SimulatorRun();
        (string cohort, string study) = Deal(reference, run.Folder, 3, "secure");
        (int code, _, string error) = await run.InvokeAsync("table", "--features", reference.FeaturesFile, "--cohort", cohort, "--study", study, "--out", run.Out, "--drop", drop);
        Assert.Equal(2, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_silence_than_the_threshold_allows_gives_no_sum()
    {
        ReferenceCase reference = ReferenceCase.Open("d01_dcombat_1batch_per_site");
        using var run = new SimulatorRun();
        (string cohort, string study) = Deal(reference, run.Folder, 5, "secure");
        (int code, _, string error) = await run.InvokeAsync(
            "table", "--features", reference.FeaturesFile, "--cohort", cohort, "--study", study, "--out", run.Out, "--policy", "permissive", "--drop", "hospital-00@masked", "--drop", "hospital-01@masked");
        Assert.Equal(3, code);
        Assert.Contains("4 are needed to take the masks off a sum", error, StringComparison.Ordinal);
        Assert.False(File.Exists(run.Harmonized));
    }

    /// <summary>Runs a case dealt to so many hospitals, row by row; returns harmonized.csv.</summary>
    private static async Task<byte[]> RunAsync(ReferenceCase reference, int sites, string aggregation, params string[] more)
    {
        using var run = new SimulatorRun();
        (string cohort, string study) = Deal(reference, run.Folder, sites, aggregation);
        await run.TableAsync(reference.FeaturesFile, cohort, study, more);
        return await File.ReadAllBytesAsync(run.Harmonized, TestContext.Current.CancellationToken);
    }

    // Row i goes to hospital i mod n: every scanner is at every hospital, which asks for every kind of sum there is.
    private static (string Cohort, string Study) Deal(ReferenceCase reference, string folder, int sites, string aggregation, string stopping = "converged", Func<int, bool>? left = null)
    {
        (string cohort, string study) = reference.Write(folder, stopping, useSites: false, aggregation: aggregation);
        string[] rows = File.ReadAllLines(cohort);
        var dealt = new StringBuilder(rows[0] + ",holder\n");
        for (int i = 1; i < rows.Length; i++)
            if (left is null || left(i - 1)) dealt.Append(CultureInfo.InvariantCulture, $"{rows[i]},hospital-{(i - 1) % sites:00}\n");
        File.WriteAllText(cohort, dealt.ToString());
        File.AppendAllText(study, "site: holder\n");
        return (cohort, study);
    }
}
