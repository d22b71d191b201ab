using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Combat;

/// <summary>Who holds which scans is the consortium's business, not the result's.</summary>
public sealed class DealingTests
{
    public static TheoryData<string, double> Cases => new()
    {
        { "c01_param_basic", 0 }, { "c01_param_basic", 1e6 }, { "c01_param_basic", 1e9 }, { "c04_nonparam", 0 }, { "c10_refbatch", 0 },
        { "c13_many_batches", 0 }, { "c13_many_batches", 1e9 }, { "c17_batch_n2", 0 }, { "c20_zero_var_in_batch_sva", 0 },
        { "c24_na_neurocombat_r", 0 }, { "c24_na_neurocombat_r", 1e6 }, { "a02_newsite_neuroharmonize", 0 }, { "d02_dcombat_multi_scanner", 0 },
    };

    public static TheoryData<string> SplitCases =>
    [
        "c01_param_basic", "c02_param_small", "c04_nonparam", "c07_meanonly", "c10_refbatch", "c13_many_batches", "c15_one_feature",
        "c19_batch_n1_meanonly", "c20_zero_var_in_batch_sva", "c22_constant_feature_sva", "c24_na_neurocombat_r",
        "a01_apply_neuroharmonize", "a02_newsite_neuroharmonize", "a03_newsite_comfam",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Whole_scanners_dealt_to_any_number_of_sites_give_the_same_bits(string name, double offset)
    {
        ReferenceCase published = Load(name);
        Scan[] scans = [.. published.Scans.Select(s => s with { Features = [.. s.Features.Select((v, f) => f % 2 == 0 ? v + offset : v)] })];
        var alone = new Harmonized(ReferenceCase.Dealt(published.Plan, scans, 1, _ => 0));
        var random = new Random(20_261);
        foreach (int hospitals in (int[])[3, 5, 20])
        {
            int[] holder = [.. published.Plan.Scanners.Select(_ => random.Next(hospitals))];
            random.Shuffle(scans);
            var dealt = new Harmonized(ReferenceCase.Dealt(published.Plan, scans, hospitals, s => holder[s.Scanner]));
            AssertSameBits(alone, dealt);
        }
    }

    [Theory]
    [MemberData(nameof(SplitCases))]
    public void A_scanner_split_over_sites_gives_the_same_within_a_millionth_of_a_millionth(string name)
    {
        ReferenceCase published = Load(name);
        var alone = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, 1, _ => 0));
        var random = new Random(4);
        foreach (int hospitals in (int[])[2, 5])
        {
            Dictionary<string, int> holder = published.Scans.ToDictionary(s => s.Id, _ => random.Next(hospitals), StringComparer.Ordinal);
            var dealt = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, hospitals, s => holder[s.Id]));
            Assert.InRange(Distance(published.Plan, alone, dealt), 0, 1e-12);
        }
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(1e9)]
    public void An_offset_of_every_feature_and_covariate_comes_back_as_it_went_in(double offset)
    {
        ReferenceCase published = Load("c01_param_basic");
        Scan[] shifted = [.. published.Scans.Select(s => s with { Features = [.. s.Features.Select(v => v + offset)], Design = [s.Design[0], s.Design[1] + offset] })];
        Scan[] back = [.. shifted.Select(s => s with { Features = [.. s.Features.Select(v => v - offset)], Design = [s.Design[0], s.Design[1] - offset] })];
        var there = new Harmonized(ReferenceCase.Dealt(published.Plan, shifted, 4, s => s.Scanner));
        var here = new Harmonized(ReferenceCase.Dealt(published.Plan, back, 4, s => s.Scanner));
        double ulp = Math.BitIncrement(offset) - offset;
        foreach ((string id, double[] row) in here.Rows)
            for (int f = 0; f < row.Length; f++) Assert.InRange(Math.Abs(there.Rows[id][f] - offset - row[f]), 0, 3 * ulp);
    }

    [Fact]
    public void Scales_from_a_millionth_to_a_thousand_million_meet_in_one_table()
    {
        ReferenceCase published = Load("c01_param_basic");
        double[] scale = [.. Enumerable.Range(0, published.Plan.Features.Length).Select(f => Math.Pow(2, (f * 2) - 30))]; // powers of two: exact
        Scan[] scaled = [.. published.Scans.Select(s => s with { Features = [.. s.Features.Select((v, f) => v * scale[f])] })];
        var small = new Harmonized(published.AsPublished());
        var large = new Harmonized(ReferenceCase.Dealt(published.Plan, scaled, 4, s => s.Scanner));
        foreach ((string id, double[] row) in small.Rows)
            for (int f = 0; f < row.Length; f++) Assert.Equal(row[f], large.Rows[id][f] / scale[f], 1e-12);
    }

    private static ReferenceCase Load(string name) => new(Path.Combine(ReferenceFolder.Own, name), "converged");

    private static void AssertSameBits(Harmonized expected, Harmonized actual)
    {
        Assert.Equal(expected.Rows.Count, actual.Rows.Count);
        foreach ((string id, double[] row) in expected.Rows) Assert.Equal(Bits(row), Bits(actual.Rows[id]));
        foreach (int scanner in expected.Scanners.Keys) Assert.Equal(Bits(expected.Scanners[scanner].DeltaStar), Bits(actual.Scanners[scanner].DeltaStar));
        Assert.Equal(expected.Result.Tables[0].Rows.SelectMany(r => r), actual.Result.Tables[0].Rows.SelectMany(r => r));
    }

    private static long[] Bits(double[] values) => [.. values.Select(BitConverter.DoubleToInt64Bits)];

    private static double Distance(StudyPlan plan, Harmonized expected, Harmonized actual)
    {
        double most = 0;
        for (int f = 0; f < plan.Features.Length; f++)
        {
            double sd = Harmonized.StandardDeviation([.. expected.Rows.Values.Select(r => r[f]).Where(v => !double.IsNaN(v))]);
            foreach ((string id, double[] row) in expected.Rows)
            {
                double other = actual.Rows[id][f];
                Assert.Equal(double.IsNaN(row[f]), double.IsNaN(other));
                if (!double.IsNaN(other)) most = Math.Max(most, Math.Abs(row[f] - other) / (sd > 0 ? sd : 1));
            }
        }

        return most;
    }
}
