using System.Collections.Immutable;
using System.Text.Json.Nodes;
using CsCheck;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Combat;
using Federated.Analyses.Tests.Exchange;
using Federated.Analyses.Variability;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Tests.Variability;

public sealed class VariabilityTests
{
    private static readonly string[] Statistics =
    [
        "mean", "within_sd", "between_variance", "between_share", "eta_squared", "cov_between", "cov_scanner_means", "anova_f", "anova_p", "welch_f", "welch_df", "welch_p",
        "bartlett_chi2", "bartlett_p",
    ];

    private static readonly ReferenceCase Many = new(Path.Combine(ReferenceFolder.Own, "c13_many_batches"), "converged");

    [Fact]
    public void Scanners_may_lie_at_any_site_and_rows_in_any_order_to_the_last_bit()
    {
        StudyPlan plan = VariabilityRun.With(Many.Plan, new JsonObject { ["of"] = new JsonArray("raw", "harmonized") });
        string expected = After(ReferenceCase.Consortium(plan, Many.Scans, _ => "one")).Bits();
        Gen.Select(Gen.Int[0, 4].Array[Many.Plan.Scanners.Length], Gen.Shuffle(Many.Scans.ToArray())).Sample(
            (deal, scans) => Assert.Equal(expected, After(ReferenceCase.Consortium(plan, scans, s => $"site {deal[s.Scanner]}")).Bits()), iter: 8);
    }

    [Fact]
    public void A_scanner_held_by_several_sites_is_one_scanner()
    {
        StudyPlan plan = VariabilityRun.RawOnly(Many.Plan);
        VariabilityRun whole = VariabilityRun.Of(ReferenceCase.Consortium(plan, Many.Scans, _ => "one"));
        Gen.Int[0, 2].Array[Many.Scans.Length].Sample(
            deal =>
            {
                Dictionary<string, int> site = Many.Scans.Select((s, i) => (s.Id, deal[i])).ToDictionary(s => s.Id, s => s.Item2, StringComparer.Ordinal);
                VariabilityRun split = VariabilityRun.Of(ReferenceCase.Consortium(plan, Many.Scans, s => s.Scanner % 3 == 0 ? "own" : $"site {site[s.Id]}"));
                Alike(whole, split, plan.Features, 1e-10);
            }, iter: 8);
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(1e9)]
    [InlineData(-1e9)]
    public void An_offset_costs_only_the_digits_that_the_values_lost(double offset)
    {
        StudyPlan plan = VariabilityRun.RawOnly(Many.Plan);
        IEnumerable<Scan> shifted = Many.Scans.Select(s => s with { Features = [.. s.Features.Select(y => y + offset)] });
        IEnumerable<Scan> back = shifted.Select(s => s with { Features = [.. s.Features.Select(y => y - offset)] }); // exact: what the sum rounded off stays off
        VariabilityRun far = VariabilityRun.Of(ReferenceCase.Consortium(plan, shifted, s => s.Site));
        VariabilityRun near = VariabilityRun.Of(ReferenceCase.Consortium(plan, back, s => s.Site));
        foreach (string feature in plan.Features)
        {
            foreach (string statistic in (ReadOnlySpan<string>)["anova_f", "anova_p", "welch_f", "welch_p", "bartlett_chi2", "bartlett_p", "within_sd", "between_variance", "eta_squared"])
                Assert.Equal(near.Number(feature, "raw", statistic), far.Number(feature, "raw", statistic), 1e-11 * near.Number(feature, "raw", statistic));
            Assert.Equal(near.Number(feature, "raw", "mean") + offset, far.Number(feature, "raw", "mean"), Math.Abs(offset) * 2e-16);
        }
    }

    [Theory]
    [InlineData(-60)] // 1e-18
    [InlineData(60)] // 1e18
    public void A_power_of_two_changes_the_units_and_not_one_bit_of_a_ratio(int octaves)
    {
        StudyPlan plan = VariabilityRun.RawOnly(Many.Plan);
        VariabilityRun plain = VariabilityRun.Of(ReferenceCase.Consortium(plan, Many.Scans, s => s.Site));
        VariabilityRun scaled = VariabilityRun.Of(
            ReferenceCase.Consortium(plan, Many.Scans.Select(s => s with { Features = [.. s.Features.Select(y => double.ScaleB(y, octaves))] }), s => s.Site));
        foreach (string feature in plan.Features)
        {
            foreach (string statistic in Statistics.Except(["mean", "within_sd", "between_variance"], StringComparer.Ordinal))
                Assert.Equal(plain.Number(feature, "raw", statistic), scaled.Number(feature, "raw", statistic), 1e-12 * plain.Number(feature, "raw", statistic));
            Assert.Equal(double.ScaleB(plain.Number(feature, "raw", "mean"), octaves), scaled.Number(feature, "raw", "mean"));
        }
    }

    [Fact]
    public void Harmonization_takes_the_scanners_out()
    {
        StudyPlan plan = VariabilityRun.With(Many.Plan, []);
        VariabilityRun run = After(ReferenceCase.Consortium(plan, Many.Scans, s => s.Site));
        Assert.Equal("harmonize", (string?)run.Result.Document["from"]);
        Assert.All(plan.Features, feature => Assert.True(run.Number(feature, "harmonized", "anova_f") < run.Number(feature, "raw", "anova_f")));
        Assert.Equal(2 * plan.Features.Length, run.Result.Tables[0].Rows.Count);
    }

    [Fact]
    public void Missing_values_are_left_out_feature_by_feature()
    {
        var rows = new Rows(("a", 1, 10), ("a", 3, double.NaN), ("a", 2, 12), ("b", 5, double.NaN), ("b", 7, double.NaN), ("c", 8, 11), ("c", 10, 15), ("c", double.NaN, 13));
        VariabilityRun run = rows.Run();
        Assert.Equal(7L, run.Cell("x", "raw", "n"));
        Assert.Equal(1L, run.Cell("x", "raw", "missing"));
        Assert.Equal(5L, run.Cell("y", "raw", "n"));
        Assert.Equal(3L, run.Cell("y", "raw", "missing"));
        Assert.Equal(2L, run.Cell("y", "raw", "scanners"));
        Assert.Equal(12.2, run.Number("y", "raw", "mean"), 1e-14);
        // y: means 11 and 13 of 2 and 3 values: SSB = 2 * 1.44 + 3 * 0.64 = 4.8, SSW = 2 + 8, F = 4.8 / (10 / 3).
        Assert.Equal(1.44, run.Number("y", "raw", "anova_f"), 1e-12);
        Assert.Equal(Math.Sqrt(10.0 / 3), run.Number("y", "raw", "within_sd"), 1e-12);
        Assert.Equal(4.8 / 14.8, run.Number("y", "raw", "eta_squared"), 1e-12);
        double component = (4.8 - (10.0 / 3)) / (5 - (13.0 / 5));
        Assert.Equal(component, run.Number("y", "raw", "between_variance"), 1e-12);
        Assert.Equal(Math.Sqrt(component) / 12.2, run.Number("y", "raw", "cov_between"), 1e-12);
        Assert.Equal(Math.Sqrt(2) / 12, run.Number("y", "raw", "cov_scanner_means"), 1e-12);
    }

    [Fact]
    public void Verdicts_follow_the_band_and_the_headline_counts_them()
    {
        // Three scanners with within-scanner spread of next to nothing: the coefficient is the one of their means.
        var plan = Rows.Plan("steady", "drifting", "apart", "signed");
        double[] steady = [100, 105, 110], drifting = [100, 112, 126], apart = [100, 150, 200], signed = [-1, 1, 30];
        var scans = Enumerable.Range(0, 30).Select(i =>
        {
            double wiggle = 1 + ((i % 10) * 1e-4);
            return new Scan($"r{i:00}", i / 10, $"{i / 10}", [], [steady[i / 10] * wiggle, drifting[i / 10] * wiggle, apart[i / 10] * wiggle, signed[i / 10] * wiggle], true);
        });
        VariabilityRun run = VariabilityRun.Of(ReferenceCase.Consortium(plan, scans, s => s.Site));
        Assert.Equal(["usable", "borderline", "not usable", "not applicable"], new[] { "steady", "drifting", "apart", "signed" }.Select(f => run.Cell(f, "raw", "verdict")));
        JsonNode bands = run.Result.Document["bands"]!["raw"]!;
        Assert.Equal(1, (int)bands["below_10_percent"]!);
        Assert.Equal(1, (int)bands["10_to_15_percent"]!);
        Assert.Equal(1, (int)bands["above_15_percent"]!);
        Assert.Equal(1, (int)bands["not_applicable"]!);
        Assert.Equal("Features that vary less than 10 % between scanners: 1 before harmonization, of 4.", (string?)run.Result.Document["headline"]);
    }

    [Theory]
    [InlineData(1.2, SpreadVerdict.Usable)]
    [InlineData(0.9, SpreadVerdict.NotApplicable)]
    public void A_mean_near_zero_is_nothing_to_divide_by(double mean, SpreadVerdict verdict)
    {
        // Two groups of 500 with one mean and variance 100.
        OneWaySums sums = OneWaySums.Of(new GroupMoments(500, 0, 49_900)) + OneWaySums.Of(new GroupMoments(500, 0, 49_900));
        Assert.Equal(verdict, SpreadVerdicts.Of(AnalysisOfVariance.Of(sums, mean), bothSigns: false));
    }

    [Fact]
    public void A_log_scale_is_left_for_the_scale_of_measurement()
    {
        var rows = new Rows(("a", 1, 10), ("a", 3, 11), ("b", 5, 12), ("b", 7, 16), ("b", 6, 14));
        VariabilityRun plain = rows.Run();
        var logs = new Rows([.. rows.Values.Select(r => (r.Scanner, Math.Log(r.X), Math.Log(r.Y)))]);
        Alike(plain, logs.Run(FeatureScale.Log), ["x", "y"], 1e-12);
    }

    [Fact]
    public void What_the_data_do_not_define_is_empty()
    {
        VariabilityRun one = new Rows(("a", 1, 10), ("a", 3, double.NaN)).Run();
        Assert.Null(one.Cell("x", "raw", "anova_f"));
        Assert.Null(one.Cell("x", "raw", "cov_between"));
        Assert.Equal("not applicable", one.Cell("x", "raw", "verdict"));
        VariabilityRun constant = new Rows(("a", 4, 0), ("a", 4, 0), ("b", 4, 0), ("b", 4, 0), ("c", 4, double.NaN)).Run();
        Assert.Equal(4.0, constant.Number("x", "raw", "mean"));
        Assert.Null(constant.Cell("x", "raw", "anova_f"));
        Assert.Null(constant.Cell("x", "raw", "welch_f"));
        Assert.Equal(0.0, constant.Number("x", "raw", "between_variance"));
        Assert.Equal(0.0, constant.Number("y", "raw", "mean"));
        VariabilityRun empty = new Rows(("a", 1, double.NaN), ("b", 2, double.NaN)).Run();
        Assert.Equal(0L, empty.Cell("y", "raw", "n"));
        Assert.Null(empty.Cell("y", "raw", "mean"));
    }

    [Fact]
    public void A_scanner_that_does_not_vary_leaves_the_other_sums_whole()
    {
        VariabilityRun run = new Rows(("a", 4, 1), ("a", 4, 2), ("b", 4.5, 2), ("b", 5, 3), ("c", 1e8, 1), ("c", 3e8, 4)).Run();
        Assert.Null(run.Cell("x", "raw", "welch_p"));
        Assert.Null(run.Cell("x", "raw", "bartlett_p"));
        Assert.NotNull(run.Cell("x", "raw", "anova_p"));
        Assert.NotNull(run.Cell("y", "raw", "welch_p"));
    }

    [Theory]
    [InlineData("""{ "of": ["harmonised"] }""")]
    [InlineData("""{ "of": [] }""")]
    [InlineData("""{ "of": "raw" }""")]
    [InlineData("""{ "of": ["raw", "raw"] }""")]
    [InlineData("""{ "of": ["raw", 1] }""")]
    [InlineData("""{ "of": ["harmonized"], "from": "nowhere" }""")]
    [InlineData("""{ "of": ["harmonized"], "from": "spread" }""")]
    public void Options_that_mean_nothing_are_refused(string options)
    {
        StudyPlan plan = VariabilityRun.With(Many.Plan, JsonNode.Parse(options)!.AsObject());
        Assert.Equal("E2401", Assert.Throws<AnalysisRefusedException>(() => ReferenceCase.Consortium(plan, Many.Scans, s => s.Site).Run(VariabilityRun.Id)).Code);
    }

    [Fact]
    public void Harmonized_values_without_a_combat_are_refused_with_the_way_out()
    {
        StudyPlan plan = Rows.Plan("x") with { Analyses = [new AnalysisSpecification("spread", "variability", new JsonObject { ["of"] = new JsonArray("harmonized") })] };
        var refused = Assert.Throws<AnalysisRefusedException>(() => ReferenceCase.Consortium(plan, [], s => s.Site).Run("spread"));
        Assert.Contains("add one, or ask for [raw]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broadcast_out_of_bounds_is_declined()
    {
        var rows = new Rows(("a", 1, 10), ("a", 3, 11), ("b", 5, 12));
        StudyPlan plan = Rows.Plan("x", "y");
        var consortium = rows.Consortium(plan);
        var context = new SiteContext(plan, plan.Analyses[0], consortium.Hospitals[0].Table, 1, new Dictionary<string, HarmonizedTable>(StringComparer.Ordinal));
        IAnalysis analysis = AnalysisCatalogue.Find("variability")!;
        Tensor none = Tensor.Vector("shared", []), means = Tensor.Matrix("shared_mean", 0, 2, []), centre = Tensor.Vector("centre", [1, 1]);
        Tensor exponent = Tensor.Vector("exponent", [8, 8]);
        Assert.NotNull(analysis.Answer(context, "spread", Broadcast.Of(none, means, centre, exponent)).Sum);
        foreach (Broadcast broadcast in (Broadcast[])
        [
            Broadcast.Empty, Broadcast.Of(none, means, centre), Broadcast.Of(none, means, centre, Tensor.Vector("exponent", [8, 1e9])),
            Broadcast.Of(none, means, centre, Tensor.Vector("exponent", [8, 0.5])), Broadcast.Of(none, means, Tensor.Vector("centre", [1, double.NaN]), exponent),
            Broadcast.Of(Tensor.Vector("shared", [7]), means, centre, exponent), Broadcast.Of(Tensor.Vector("shared", [0]), means, centre, exponent),
        ])
            Assert.Throws<BroadcastInvalidException>(() => analysis.Answer(context, "spread", broadcast));
        Assert.Throws<BroadcastInvalidException>(() => analysis.Answer(context, "rows", Broadcast.Of(none)));
    }

    [Fact]
    public void Everything_that_leaves_is_declared()
    {
        StudyPlan plan = VariabilityRun.With(Many.Plan, []);
        VariabilityRun run = After(ReferenceCase.Consortium(plan, Many.Scans.Select((s, i) => s with { Site = i % 7 == 0 ? "guest" : s.Site }), s => s.Site));
        IReadOnlyList<StepDeclaration> declared = AnalysisCatalogue.Find("variability")!.Declare(plan, plan.Analyses[^1]);
        foreach (Sent sent in run.Consortium.Sent.Where(s => s.Analysis is VariabilityRun.Id))
        {
            StepDeclaration step = declared.Single(d => string.Equals(d.Name, sent.Step, StringComparison.Ordinal));
            Assert.Equal(step.Items.Select(i => i.Name).Order(StringComparer.Ordinal), sent.Answer.Sum!.Layout.Blocks.Select(b => b.Name).Order(StringComparer.Ordinal));
            foreach (SumBlock block in sent.Answer.Sum.Layout.Blocks)
            {
                IReadOnlyList<int> shape = step.Items.Single(i => string.Equals(i.Name, block.Name, StringComparison.Ordinal)).Shape;
                Assert.Equal(shape.Count, block.Shape.Length);
                Assert.All(Enumerable.Range(0, shape.Count), a => Assert.True(shape[a] == -1 || shape[a] == block.Shape[a]));
            }
        }
    }

    private static VariabilityRun After(Consortium consortium)
    {
        consortium.Run(ReferenceCase.AnalysisId);
        return VariabilityRun.Of(consortium);
    }

    private static void Alike(VariabilityRun one, VariabilityRun other, ImmutableArray<string> features, double gate)
    {
        foreach (string feature in features)
        {
            foreach (string statistic in Statistics)
            {
                if (one.Cell(feature, "raw", statistic) is not double expected)
                {
                    Assert.Null(other.Cell(feature, "raw", statistic));
                    continue;
                }

                double found = other.Number(feature, "raw", statistic);
                Assert.True(Math.Abs(found - expected) <= gate * Math.Max(Math.Abs(expected), 1e-9), $"{feature} {statistic}: {found:R} is not {expected:R}");
            }

            foreach (string word in (ReadOnlySpan<string>)["scanners", "n", "missing", "verdict"])
                Assert.Equal(one.Cell(feature, "raw", word), other.Cell(feature, "raw", word));
        }
    }
}
