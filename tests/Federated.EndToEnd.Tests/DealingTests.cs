using System.Text;
using CsCheck;

namespace Federated.EndToEnd.Tests;

/// <summary>Who holds which scanner must not matter: the same study dealt to other hospitals, in another order, gives the same bits.</summary>
public class DealingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(20)]
    public async Task Whole_scanners_dealt_to_any_sites_give_the_same_bits(int sites)
    {
        ReferenceCase reference = ReferenceCase.Open("c13_many_batches");
        using var plain = new SimulatorRun();
        (string cohort, string study) = reference.Write(plain.Folder, "converged", useSites: false);
        await plain.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory");
        byte[] expected = await File.ReadAllBytesAsync(plain.Harmonized, TestContext.Current.CancellationToken);

        for (int seed = 0; seed < 3; seed++)
        {
            using var dealt = new SimulatorRun();
            var random = new Random((100 * sites) + seed);
            string[][] rows = ReferenceCase.ReadCsv(cohort);
            var holder = rows.Skip(1).Select(r => r[1]).Distinct(StringComparer.Ordinal).ToDictionary(scanner => scanner, _ => $"hospital-{random.Next(sites):00}", StringComparer.Ordinal);
            string[][] shuffled = [.. rows.Skip(1)];
            random.Shuffle(shuffled);
            var text = new StringBuilder(string.Join(',', rows[0]) + ",holder\n");
            foreach (string[] row in shuffled) text.Append(string.Join(',', row)).Append(',').Append(holder[row[1]]).Append('\n');
            string cohortFile = Path.Combine(dealt.Folder, "cohort.csv");
            string studyFile = Path.Combine(dealt.Folder, "study.yaml");
            await File.WriteAllTextAsync(cohortFile, text.ToString(), TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(studyFile, await File.ReadAllTextAsync(study, TestContext.Current.CancellationToken) + "site: holder\n", TestContext.Current.CancellationToken);
            await dealt.TableAsync(reference.FeaturesFile, cohortFile, studyFile, "--transport", "memory");
            Assert.Equal(expected, await File.ReadAllBytesAsync(dealt.Harmonized, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Everything_that_can_go_wrong_changes_no_bit()
    {
        ReferenceCase reference = ReferenceCase.Open("d03_dcombat_batch_across_sites");
        using var calm = new SimulatorRun();
        (string cohort, string study) = reference.Write(calm.Folder, "converged");
        await calm.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory");
        byte[] expected = await File.ReadAllBytesAsync(calm.Harmonized, TestContext.Current.CancellationToken);
        for (int seed = 1; seed <= 25; seed++)
        {
            using var troubled = new SimulatorRun();
            await troubled.TableAsync(reference.FeaturesFile, cohort, study, "--faults", $"{seed}");
            Assert.Equal(expected, await File.ReadAllBytesAsync(troubled.Harmonized, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Numbers_survive_the_round_trip_through_text() =>
        Gen.Double.Where(double.IsFinite).Sample(value => double.Parse(Simulator.Output.NumberFormat.Full(value)) == value);
}
