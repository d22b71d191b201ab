using System.Collections.Immutable;
using System.Text.Json.Nodes;
using CsCheck;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Combat;
using Federated.Analyses.Tests.Exchange;
using Federated.Statistics.Description;

namespace Federated.Analyses.Tests.Describe;

/// <summary>Descriptions from sums over sites against direct computation on the pooled rows.</summary>
public sealed class DescribeTests
{
    private static readonly ReferenceCase Many = new(Path.Combine(ReferenceFolder.Own, "c13_many_batches"), "converged");
    private static readonly ReferenceCase Suv = new(Path.Combine(ReferenceFolder.Own, "c29_pet_suv_like"), "converged");
    private static readonly ReferenceCase Gaps = new(Path.Combine(ReferenceFolder.Own, "c24_na_neurocombat_r"), "converged");

    public static TheoryData<string> Cases => ["many", "suv", "gaps"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Moments_histograms_and_quantiles_are_the_pooled_ones(string name)
    {
        ReferenceCase one = Case(name);
        StudyPlan plan = DescribeRun.With(one.Plan);
        DescribeRun run = DescribeRun.Of(plan, one.Scans);
        foreach (string feature in plan.Features) IsDescribed(run.Feature(feature), DescribeRun.Pooled(plan, one.Scans, feature), one.Scans.Length);
    }

    [Theory]
    [InlineData("x08_ct_radiomics")] // scales from 1e-11 to 1e10 in one table
    [InlineData("x01_bladder_param")]
    public void Real_data_are_described_as_if_they_were_pooled(string name)
    {
        string folder = Path.Combine(ReferenceFolder.Outside, name);
        Assert.SkipUnless(Directory.Exists(folder), $"{name} is third-party data and stays outside the repository; FEDERATED_REFERENCE names its folder.");
        var one = new ReferenceCase(folder, "converged");
        StudyPlan plan = DescribeRun.With(one.Plan);
        DescribeRun run = DescribeRun.Of(plan, one.Scans);
        foreach (string feature in plan.Features) IsDescribed(run.Feature(feature), DescribeRun.Pooled(plan, one.Scans, feature), one.Scans.Length);
    }

    [Fact]
    public void Scanners_may_lie_at_any_site_and_rows_in_any_order_to_the_last_bit()
    {
        StudyPlan plan = DescribeRun.With(Many.Plan);
        string expected = Bits(DescribeRun.Of(plan, Many.Scans, _ => "one"));
        Gen.Select(Gen.Int[0, 4].Array[Many.Plan.Scanners.Length], Gen.Shuffle(Many.Scans.ToArray())).Sample(
            (deal, scans) => Assert.Equal(expected, Bits(DescribeRun.Of(plan, scans, s => $"site {deal[s.Scanner]}"))), iter: 6);

        static string Bits(DescribeRun run)
        {
            JsonNode document = run.Result.Document.DeepClone();
            document["sites"] = null; // how many there were is told, and differs
            return document.ToJsonString();
        }
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(-1e9)]
    public void An_offset_costs_only_the_digits_that_the_values_lost(double offset)
    {
        StudyPlan plan = DescribeRun.With(Many.Plan);
        ImmutableArray<Scan> shifted = [.. Many.Scans.Select(s => s with { Features = [.. s.Features.Select(y => y + offset)] })];
        DescribeRun far = DescribeRun.Of(plan, shifted);
        DescribeRun near = DescribeRun.Of(plan, shifted.Select(s => s with { Features = [.. s.Features.Select(y => y - offset)] }));
        foreach (string feature in plan.Features)
        {
            JsonObject one = near.Feature(feature), other = far.Feature(feature);
            double sd = (double)one["sd"]!;
            Assert.Equal(sd, (double)other["sd"]!, 1e-12 * sd);
            Assert.Equal((double)one["mean"]! + offset, (double)other["mean"]!, 2e-16 * Math.Abs(offset));
            Assert.Equal((double)one["skewness"]!, (double)other["skewness"]!, Math.Max(1e-12, 1e-15 * Math.Abs(offset) / sd));
            IsBracketed(other, DescribeRun.Pooled(plan, shifted, feature));
        }
    }

    [Fact]
    public void Values_that_repeat_are_found_too() => Gen.Int[0, 3].Array[1, 60].Sample(
        values =>
        {
            StudyPlan plan = DescribeRun.With(Plan(), """{ "quantiles": [0.001, 0.1, 0.5, 0.9, 0.999], "bins": 3 }""");
            ImmutableArray<Scan> scans = [.. values.Select((v, i) => new Scan($"r{i:00}", i % 2, $"{i % 3}", [], [v * 7.5], true))];
            IsDescribed(DescribeRun.Of(plan, scans).Feature("x"), DescribeRun.Pooled(plan, scans, "x"), scans.Length);
        }, iter: 60);

    [Fact]
    public void A_far_tail_is_found_without_asking_for_a_maximum()
    {
        StudyPlan plan = DescribeRun.With(Plan(), """{ "quantiles": [0.5, 0.999], "bins": 24 }""");
        ImmutableArray<Scan> scans = [.. Enumerable.Range(0, 500).Select(i => new Scan($"r{i:000}", i % 2, "s", [], [i == 250 ? 1e6 : i * 0.01], true))];
        DescribeRun run = DescribeRun.Of(plan, scans);
        IsBracketed(run.Feature("x"), DescribeRun.Pooled(plan, scans, "x"));
    }

    [Fact]
    public void A_feature_without_spread_has_its_value_as_every_quantile()
    {
        StudyPlan plan = DescribeRun.With(Plan());
        JsonObject x = DescribeRun.Of(plan, Enumerable.Range(0, 12).Select(i => new Scan($"r{i:00}", i % 2, "s", [], [0.1], true))).Feature("x");
        Assert.Equal(0.1, (double)x["mean"]!);
        Assert.Equal(0.0, (double)x["sd"]!);
        Assert.Null(x["histogram"]);
        Assert.Null(x["skewness"]);
        Assert.All(x["quantiles"]!.AsArray(), q => Assert.Equal(0.1, (double)q!["value"]!));
    }

    [Fact]
    public void A_feature_without_values_has_no_statistics()
    {
        StudyPlan plan = DescribeRun.With(Plan("x", "y"), minimum: 3);
        JsonObject y = DescribeRun.Of(plan, Enumerable.Range(0, 12).Select(i => new Scan($"r{i:00}", i % 2, "s", [], [i, double.NaN], true))).Feature("y");
        Assert.Equal(0, (long)y["n"]!);
        Assert.Equal(12, (long)y["missing"]!);
        Assert.Null(y["mean"]);
        Assert.All(y["quantiles"]!.AsArray(), q => Assert.Null(q!["value"]));
    }

    [Fact]
    public void Harmonized_values_are_described_beside_the_raw_ones()
    {
        StudyPlan plan = DescribeRun.With(Many.Plan, """{ "of": ["raw", "harmonized"], "quantiles": [0.5] }""");
        Consortium consortium = ReferenceCase.Consortium(plan, Many.Scans, s => s.Site);
        var harmonized = new Harmonized(consortium);
        var run = new DescribeRun(consortium);
        Assert.Equal(2 * plan.Features.Length, run.Result.Tables[0].Rows.Count);
        for (int f = 0; f < plan.Features.Length; f++)
            IsDescribed(run.Feature(plan.Features[f], "harmonized"), [.. harmonized.Rows.Values.Select(row => row[f]).Order()], Many.Scans.Length);
    }

    [Fact]
    public void No_bin_of_a_site_holds_a_few_rows_and_no_result_tells_of_them() =>
        Gen.Select(Gen.Select(Gen.Double[0, 10], Gen.Double[0, 10], (a, b) => a + b).Array[30, 150], Gen.Int[2, 12], Gen.Int[1, 5]).Sample(
            (values, minimum, sites) =>
            {
                StudyPlan plan = DescribeRun.With(Plan(), """{ "quantiles": [0.01, 0.25, 0.5, 0.75, 0.99], "bins": 8 }""", minimum);
                ImmutableArray<Scan> scans = [.. values.Select((v, i) => new Scan($"r{i:000}", i % 2, $"{i % sites}", [], [v], true))];
                DescribeRun run = DescribeRun.Of(plan, scans);
                foreach (Sent sent in run.Consortium.Sent.Where(s => s.Step is "histogram" or "quantiles"))
                    Assert.All(Bins(sent), count => Assert.True(count == 0 || count >= minimum));

                JsonObject x = run.Feature("x");
                double[] pooled = DescribeRun.Pooled(plan, scans, "x");
                Assert.All(x["histogram"]!["counts"]!.AsArray(), count => Assert.True((long)count! == 0 || (long)count! >= minimum));
                double total = x["histogram"]!["counts"]!.AsArray().Aggregate(0.0, (sum, count) => sum + (long)count!) + (long)x["histogram"]!["withheld"]!;
                Assert.Equal(values.Length, total);
                foreach (JsonNode? quantile in x["quantiles"]!.AsArray())
                {
                    long rank = QuantileBracket.RankOf((double)quantile!["probability"]!, pooled.Length);
                    if (Math.Min(rank, pooled.Length - rank + 1) < minimum)
                    {
                        Assert.Equal(DescribeRun.Suppressed, (string?)quantile["value"]);
                        Assert.Equal(DescribeRun.Suppressed, (string?)quantile["low"]);
                        continue;
                    }

                    double low = (double)quantile["low"]!, high = (double)quantile["high"]!;
                    Assert.True(low <= pooled[rank - 1] && pooled[rank - 1] < high);
                    Assert.True(pooled.Count(y => y >= low && y < high) >= minimum, "an interval holds too few rows");
                }
            }, iter: 60);

    [Fact]
    public void A_feature_with_too_few_values_is_suppressed_altogether()
    {
        StudyPlan plan = DescribeRun.With(Plan("x", "rare"), minimum: 5);
        DescribeRun run = DescribeRun.Of(plan, Enumerable.Range(0, 40).Select(i => new Scan($"r{i:00}", i % 2, "s", [], [i, i < 4 ? i : double.NaN], true)));
        JsonObject rare = run.Feature("rare");
        foreach (string name in (ReadOnlySpan<string>)["n", "missing", "mean", "sd", "skewness", "excess_kurtosis"])
            Assert.Equal(DescribeRun.Suppressed, (string?)rare[name]);
        Assert.All(rare["quantiles"]!.AsArray(), q => Assert.Equal(DescribeRun.Suppressed, (string?)q!["value"]));
        Assert.All(rare["histogram"]!["counts"]!.AsArray(), count => Assert.Equal(DescribeRun.Suppressed, (string?)count));
        Assert.All(rare["histogram"]!["edges"]!.AsArray(), Assert.Null); // they would tell mean and sd
        Assert.Equal(40, (long)run.Feature("x")["n"]!);
        Assert.DoesNotContain(run.Result.Tables[0].Rows[1].Skip(2), cell => cell is not DescribeRun.Suppressed);
    }

    [Theory]
    [InlineData("""{ "bins": 0 }""")]
    [InlineData("""{ "bins": 2.5 }""")]
    [InlineData("""{ "bins": "many" }""")]
    [InlineData("""{ "quantiles": [0.5, 0.5] }""")]
    [InlineData("""{ "quantiles": [0] }""")]
    [InlineData("""{ "quantiles": [1] }""")]
    [InlineData("""{ "quantiles": [null] }""")]
    [InlineData("""{ "quantiles": 0.5 }""")]
    [InlineData("""{ "of": ["harmonized"] }""")]
    public void Options_that_mean_nothing_are_refused(string options)
    {
        StudyPlan plan = DescribeRun.With(Plan(), options);
        Assert.Equal("E2401", Assert.Throws<AnalysisRefusedException>(() => DescribeRun.Of(plan, [])).Code);
    }

    [Fact]
    public void Without_quantiles_no_quantile_is_asked_for()
    {
        DescribeRun run = DescribeRun.Of(DescribeRun.With(Many.Plan, """{ "quantiles": [] }"""), Many.Scans);
        Assert.DoesNotContain(run.Consortium.Sent, s => s.Step is "quantiles");
        Assert.Equal(8, run.Result.Tables[0].Columns.Length);
    }

    [Fact]
    public void Five_quantiles_take_three_rounds()
    {
        DescribeRun run = DescribeRun.Of(DescribeRun.With(Many.Plan), Many.Scans, _ => "one");
        Assert.Equal(3, run.Consortium.Sent.Count(s => s.Step is "quantiles"));
    }

    [Fact]
    public void A_broadcast_out_of_bounds_is_declined()
    {
        StudyPlan plan = DescribeRun.With(Plan(), """{ "quantiles": [0.25, 0.5] }""");
        Consortium consortium = ReferenceCase.Consortium(plan, Enumerable.Range(0, 4).Select(i => new Scan($"r{i}", 0, "s", [], [i], true)), s => s.Site);
        var context = new SiteContext(plan, plan.Analyses[0], consortium.Hospitals[0].Table, 1, new Dictionary<string, HarmonizedTable>(StringComparer.Ordinal));
        IAnalysis analysis = AnalysisCatalogue.Find("describe")!;
        Assert.NotNull(analysis.Answer(context, "quantiles", Search([0, 0], [0, 1], [1, 2])).Sum);
        foreach (Broadcast broadcast in (Broadcast[])
        [
            Broadcast.Empty, Search([1], [0], [1]), Search([0.5], [0], [1]), Search([0], [1], [1]), Search([0], [double.NegativeInfinity], [1]), Search([0, 0], [0], [1]),
            Search([0, 0, 0], [0, 0, 0], [1, 1, 1]),
        ])
            Assert.Throws<BroadcastInvalidException>(() => analysis.Answer(context, "quantiles", broadcast));
        Assert.Throws<BroadcastInvalidException>(() => analysis.Answer(context, "rows", Broadcast.Empty));
        Assert.Throws<BroadcastInvalidException>(
            () => analysis.Answer(context, "histogram", Broadcast.Of(Tensor.Vector("mean", [0]), Tensor.Vector("sd", [-1]))));

        static Broadcast Search(double[] column, double[] low, double[] high) =>
            Broadcast.Of(Tensor.Vector("column", column), Tensor.Vector("low", low), Tensor.Vector("high", high));
    }

    [Fact]
    public void Everything_that_leaves_is_declared()
    {
        StudyPlan plan = DescribeRun.With(Many.Plan, minimum: 2);
        DescribeRun run = DescribeRun.Of(plan, Many.Scans);
        IReadOnlyList<StepDeclaration> declared = AnalysisCatalogue.Find("describe")!.Declare(plan, plan.Analyses[^1]);
        Assert.Contains(run.Consortium.Sent, s => s.Analysis is DescribeRun.Id);
        foreach (Sent sent in run.Consortium.Sent.Where(s => s.Analysis is DescribeRun.Id))
        {
            StepDeclaration step = declared.Single(d => string.Equals(d.Name, sent.Step, StringComparison.Ordinal));
            Assert.True(step.Items.Select(i => i.Name).SequenceEqual(sent.Answer.Sum!.Layout.Blocks.Select(b => b.Name), StringComparer.Ordinal));
            Assert.All(step.Items.Zip(sent.Answer.Sum.Layout.Blocks), pair => Assert.Equal(
                pair.First.Shape.Select((extent, axis) => extent == -1 ? pair.Second.Shape[axis] : extent), pair.Second.Shape));
        }
    }

    private static IEnumerable<long> Bins(Sent sent)
    {
        SumBlock block = sent.Answer.Sum!.Layout["bin"].Block;
        var counts = new PackedCounts("bin", block.Shape[1] * 4);
        return Enumerable.Range(0, block.Shape[0]).SelectMany(row => counts.Read(sent.Answer.Sum, row));
    }

    private static void IsDescribed(JsonObject described, double[] pooled, int rows)
    {
        int n = pooled.Length;
        double mean = pooled[0] + pooled.Select(y => y - pooled[0]).Average();
        double Central(int power) => pooled.Select(y => Math.Pow(y - mean, power)).Average();
        double sd = Math.Sqrt(Central(2) * n / (n - 1));
        Assert.Equal(n, (long)described["n"]!);
        Assert.Equal(rows - n, (long)described["missing"]!);
        Assert.Equal(mean, (double)described["mean"]!, (1e-12 * (n > 1 ? sd : 0)) + (1e-15 * Math.Abs(mean)));
        if (n < 2) return;
        Assert.Equal(sd, (double)described["sd"]!, 1e-12 * sd);
        IsBracketed(described, pooled);
        if (sd == 0) return;
        Assert.Equal(Central(3) / Math.Pow(Central(2), 1.5), (double)described["skewness"]!, 1e-9);
        Assert.Equal((Central(4) / Math.Pow(Central(2), 2)) - 3, (double)described["excess_kurtosis"]!, 1e-9 * n);

        double[] edges = [.. described["histogram"]!["edges"]!.AsArray().Select(e => (double)e!)];
        Assert.Equal(mean - (3 * sd), edges[0], 1e-9 * sd);
        Assert.Equal(mean + (3 * sd), edges[^1], 1e-9 * sd);
        long[] counts = [.. described["histogram"]!["counts"]!.AsArray().Select(c => (long)c!)];
        Assert.Equal(pooled.Count(y => y < edges[0]), counts[0]);
        Assert.Equal(pooled.Count(y => y >= edges[^1]), counts[^1]);
        for (int j = 1; j < edges.Length; j++) Assert.Equal(pooled.Count(y => y >= edges[j - 1] && y < edges[j]), counts[j]);
    }

    private static void IsBracketed(JsonObject described, double[] pooled)
    {
        double sd = (double)described["sd"]!;
        foreach (JsonNode? quantile in described["quantiles"]!.AsArray())
        {
            double exact = pooled[QuantileBracket.RankOf((double)quantile!["probability"]!, pooled.Length) - 1];
            double low = (double)quantile["low"]!, high = (double)quantile["high"]!, value = (double)quantile["value"]!;
            Assert.True(sd == 0 ? low == exact && high == exact : low <= exact && exact < high, $"{exact:R} is not in [{low:R}, {high:R})");
            Assert.True(high - low <= Math.Max(1e-6 * sd, 3e-16 * Math.Abs(high)), $"[{low:R}, {high:R}) is wide for a standard deviation of {sd:R}");
            Assert.InRange(value, low, high);
        }
    }

    private static StudyPlan Plan(params string[] features) => new()
    {
        Id = "rows",
        Title = "Rows",
        Scanners = ["a", "b"],
        Features = features.Length == 0 ? ["x"] : [.. features],
        Analyses = [],
    };

    private static ReferenceCase Case(string name) => name switch { "many" => Many, "suv" => Suv, _ => Gaps };
}
