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

    /// <summary>Runs a case dealt to so many hospitals, row by row; returns harmonized.csv.</summary>
    private static async Task<byte[]> RunAsync(ReferenceCase reference, int sites, string aggregation, params string[] more)
    {
        using var run = new SimulatorRun();
        (string cohort, string study) = Deal(reference, run.Folder, sites, aggregation);
        await run.TableAsync(reference.FeaturesFile, cohort, study, more);
        return await File.ReadAllBytesAsync(run.Harmonized, TestContext.Current.CancellationToken);
    }

    // Row i goes to hospital i mod n: every scanner is at every hospital, which asks for every kind of sum there is.
    private static (string Cohort, string Study) Deal(ReferenceCase reference, string folder, int sites, string aggregation)
    {
        (string cohort, string study) = reference.Write(folder, "converged", useSites: false, aggregation: aggregation);
        string[] rows = File.ReadAllLines(cohort);
        var dealt = new StringBuilder(rows[0] + ",holder\n");
        for (int i = 1; i < rows.Length; i++) dealt.Append(CultureInfo.InvariantCulture, $"{rows[i]},hospital-{(i - 1) % sites:00}\n");
        File.WriteAllText(cohort, dealt.ToString());
        File.AppendAllText(study, "site: holder\n");
        return (cohort, study);
    }
}
