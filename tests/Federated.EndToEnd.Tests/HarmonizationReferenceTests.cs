namespace Federated.EndToEnd.Tests;

/// <summary>
/// The whole product against results nobody here computed: tables in, a study over the network, harmonized tables out. Conventions we do not follow (c21, c23, c25, a04) are left
/// out by name; harmonization.md says which rule stands instead.
/// </summary>
public class HarmonizationReferenceTests
{
    public static TheoryData<string> Linear =>
    [
        "c01_param_basic", "c02_param_small", "c03_param_nocov", "c04_nonparam", "c05_nonparam_nocov", "c06_noeb", "c07_meanonly", "c08_meanonly_nonparam", "c09_meanonly_noeb",
        "c10_refbatch", "c11_refbatch_nonparam", "c12_refbatch_meanonly", "c13_many_batches", "c14_wide", "c15_one_feature", "c16_two_features", "c17_batch_n2",
        "c19_batch_n1_meanonly", "c20_zero_var_in_batch_sva", "c22_constant_feature_sva", "c24_na_neurocombat_r", "c26_float32_trap", "c27_large_offset", "c28_odd_labels",
        "c29_pet_suv_like", "c30_nonparam_large_n", "d01_dcombat_1batch_per_site", "d02_dcombat_multi_scanner", "d03_dcombat_batch_across_sites",
        "d04_dcombat_level_missing_at_site", "a01_apply_neuroharmonize", "a02_newsite_neuroharmonize", "a03_newsite_comfam", "x01_bladder_param", "x02_bladder_nonparam",
        "x03_bladder_ref", "x08_ct_radiomics", "x10_ecoli_5labs",
    ];

    [Theory]
    [MemberData(nameof(Linear))]
    public async Task In_memory_equals_the_reference(string name)
    {
        ReferenceCase reference = ReferenceCase.Open(name);
        using var run = new SimulatorRun();
        (string cohort, string study) = reference.Write(run.Folder, "compatible");
        await run.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory");
        Assert.InRange(ReferenceCase.LargestDifference(reference.Expected, run.Harmonized), 0, reference.Tolerance);
    }

    [Theory]
    [MemberData(nameof(Linear))]
    public async Task Over_the_network_has_the_same_bits_as_in_memory(string name)
    {
        ReferenceCase reference = ReferenceCase.Open(name);
        using var memory = new SimulatorRun();
        using var network = new SimulatorRun();
        (string cohort, string study) = reference.Write(memory.Folder, "compatible");
        await memory.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "memory");
        await network.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "grpc");
        Assert.Equal(await File.ReadAllBytesAsync(memory.Harmonized, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(network.Harmonized, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("v01_covbat_r", "    covariance: { variance-explained: 0.95 }\n", "secure")]
    [InlineData("v02_covbat_comfam_ref", "    covariance: { variance-explained: 0.9 }\n", "plain")]
    [InlineData("v03_covbat_pgtn", "    covariance: { components: 5 }\n", "secure")]
    public async Task Covariances_over_the_network_equal_the_reference(string name, string covariance, string aggregation)
    {
        ReferenceCase reference = ReferenceCase.Open(name);
        using var run = new SimulatorRun();
        (string cohort, string study) = reference.Write(run.Folder, "compatible", aggregation: aggregation, combat: covariance);
        await run.TableAsync(reference.FeaturesFile, cohort, study, "--transport", "grpc");
        Assert.InRange(ReferenceCase.LargestDifference(reference.Expected, run.Harmonized), 0, reference.Tolerance);
    }

    [Fact]
    public async Task A_scanner_with_one_scan_is_refused_by_name()
    {
        ReferenceCase reference = ReferenceCase.Open("c18_batch_n1_sva");
        using var run = new SimulatorRun();
        (string cohort, string study) = reference.Write(run.Folder, "compatible");
        string single = ReferenceCase.ReadCsv(Path.Combine(reference.Folder, "covariates.csv")).Skip(1).GroupBy(r => r[1], StringComparer.Ordinal).Single(g => g.Count() == 1).Key;
        (int code, _, string error) = await run.InvokeAsync("table", "--features", reference.FeaturesFile, "--cohort", cohort, "--study", study, "--out", run.Out, "--transport", "memory");
        Assert.Equal(3, code);
        Assert.Contains(single, error, StringComparison.Ordinal);
        Assert.False(File.Exists(run.Harmonized));
    }
}
