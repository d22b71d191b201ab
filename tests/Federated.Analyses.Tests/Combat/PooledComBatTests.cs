using Federated.Analyses.Combat;
using Federated.Statistics.Harmonization;

namespace Federated.Analyses.Tests.Combat;

/// <summary>ComBat on rows in one place gives what the published tools give, and what ComBat over sites gives.</summary>
public sealed class PooledComBatTests
{
    public static TheoryData<string> Cases =>
    [
        "c01_param_basic", "c02_param_small", "c03_param_nocov", "c04_nonparam", "c05_nonparam_nocov", "c06_noeb", "c07_meanonly", "c08_meanonly_nonparam",
        "c09_meanonly_noeb", "c10_refbatch", "c11_refbatch_nonparam", "c12_refbatch_meanonly", "c13_many_batches", "c14_wide", "c15_one_feature",
        "c16_two_features", "c17_batch_n2", "c19_batch_n1_meanonly", "c20_zero_var_in_batch_sva", "c22_constant_feature_sva", "c24_na_neurocombat_r",
        "c26_float32_trap", "c28_odd_labels", "c29_pet_suv_like", "c30_nonparam_large_n", "d02_dcombat_multi_scanner",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Matches_the_published_tool(string name)
    {
        var published = new ReferenceCase(Path.Combine(ReferenceFolder.Own, name), "compatible");
        (double[] mine, _) = Harmonize(published, threads: 2);
        ReferenceTable expected = published.Table("expected_harmonized")!;
        int p = published.Plan.Features.Length;
        for (int f = 0; f < p; f++)
        {
            double sd = Harmonized.StandardDeviation([.. Enumerable.Range(0, expected.Ids.Length).Select(i => expected.Number(i, f)).Where(v => !double.IsNaN(v))]);
            for (int i = 0; i < expected.Ids.Length; i++)
            {
                Assert.Equal(double.IsNaN(expected.Number(i, f)), double.IsNaN(mine[(i * p) + f]));
                if (!double.IsNaN(mine[(i * p) + f])) Assert.InRange(Math.Abs(mine[(i * p) + f] - expected.Number(i, f)), 0, 1e-9 * (sd > 0 ? sd : 1));
            }
        }
    }

    [Theory]
    [InlineData("c01_param_basic")]
    [InlineData("c14_wide")]
    [InlineData("c24_na_neurocombat_r")]
    public void Any_number_of_threads_gives_the_same_bits(string name)
    {
        var published = new ReferenceCase(Path.Combine(ReferenceFolder.Own, name), "converged");
        (double[] one, _) = Harmonize(published, threads: 1);
        foreach (int threads in (int[])[2, 3, 7]) Assert.Equal(one, Harmonize(published, threads).Values);
    }

    [Theory]
    [InlineData("c01_param_basic")]
    [InlineData("c10_refbatch")]
    [InlineData("c24_na_neurocombat_r")]
    public void Pooled_rows_and_sites_agree(string name)
    {
        var published = new ReferenceCase(Path.Combine(ReferenceFolder.Own, name), "converged");
        var sites = new Harmonized(published.AsPublished());
        (double[] mine, PooledComBat fit) = Harmonize(published, threads: 1);
        int p = published.Plan.Features.Length;
        for (int i = 0; i < published.Scans.Length; i++)
            for (int f = 0; f < p; f++) Assert.Equal(sites.Rows[published.Scans[i].Id][f], mine[(i * p) + f], 1e-12);
        for (int b = 0; b < fit.Effects.Length; b++)
            for (int f = 0; f < p; f++) Assert.Equal(sites.Scanners[b].DeltaStar[f], fit.Effects[b].DeltaStar[f], 1e-11);
    }

    private static (double[] Values, PooledComBat Fit) Harmonize(ReferenceCase published, int threads)
    {
        CombatOptions options = CombatOptions.From(published.Plan.Analyses[0].Options);
        int k = published.Plan.DesignColumns.Length, p = published.Plan.Features.Length;
        double[] values = [.. published.Scans.SelectMany(s => s.Features)], design = [.. published.Scans.SelectMany(s => s.Design)];
        int[] batch = [.. published.Scans.Select(s => s.Scanner)];
        int? reference = options.Reference is null ? null : published.Plan.Scanners.IndexOf(options.Reference);
        PooledComBat fit = PooledComBat.Fit(values, p, design, k, batch, published.Plan.Scanners.Length, options.Settings, reference, threads);
        fit.AdjustInPlace(values, design, batch, threads);
        return (values, fit);
    }
}
