using System.Text.Json.Nodes;
using Federated.Analyses.Combat;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Combat;

/// <summary>What crosses the wire, what does not, and what a site takes from it.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public void No_total_shows_the_size_or_the_sums_of_one_scanner()
    {
        ReferenceCase published = Load("d02_dcombat_multi_scanner");
        Consortium consortium = published.AsPublished();
        consortium.Run(ReferenceCase.AnalysisId);
        SumVector[] sent = [.. consortium.Sent.Where(s => s.Analysis is ReferenceCase.AnalysisId && s.Answer.Sum is not null).Select(s => s.Answer.Sum!)];
        var total = new SumVector(sent[0].Layout);
        foreach (SumVector vector in sent) total.AddPayload(vector.ToPayload());

        HashSet<double> oneHot = [.. OneHotProducts(published)];
        foreach (SumBlock block in total.Layout.Blocks)
            foreach (double number in total.Block(block.Name)) Assert.False(number != 0 && oneHot.Contains(number), $"{block.Name} shows one scanner's {number:R}");
    }

    [Fact]
    public void Only_the_two_steps_of_the_plain_case_are_taken_when_each_scanner_has_one_holder()
    {
        Consortium consortium = Load("d02_dcombat_multi_scanner").AsPublished();
        consortium.Run(ReferenceCase.AnalysisId);
        Assert.Equal(
            $"{CombatLayouts.WithinScanners} {CombatLayouts.Estimates}",
            string.Join(' ', consortium.Sent.Where(s => s.Analysis is ReferenceCase.AnalysisId).Select(s => s.Step).Distinct(StringComparer.Ordinal)));
    }

    [Fact]
    public void Sums_about_scanner_means_have_no_axis_over_scanners()
    {
        ReferenceCase published = Load("c13_many_batches");
        Consortium consortium = published.AsPublished();
        consortium.Run(ReferenceCase.AnalysisId);
        SumLayout layout = consortium.Sent.First(s => s.Step is CombatLayouts.WithinScanners).Answer.Sum!.Layout;
        Assert.All(layout.Blocks, b => Assert.DoesNotContain(published.Plan.Scanners.Length, b.Shape));
    }

    [Fact]
    public void A_study_of_a_thousand_scans_and_features_stays_within_its_bytes()
    {
        Consortium consortium = Simulated(1000, 1000, 20, 5);
        consortium.Run(ReferenceCase.AnalysisId);
        const int k = 3, p = 1000;
        long budget = (2 * 16 * ((k * k) + (k * p) + (3 * p))) + (64 * 1024);
        foreach (IGrouping<string, Sent> site in consortium.Sent.GroupBy(s => s.Site, StringComparer.Ordinal))
        {
            long bytes = 0;
            foreach (Sent sent in site)
            {
                bytes += sent.Heard.Tensors.Sum(t => 8L * t.Values.Length);
                if (sent.Answer.Sum is { } sum) bytes += SumVector.PayloadBytes(sum.Layout);
                if (sent.Answer.Report is { } report) bytes += report.ScannerEffects.Sum(e => 8L * (e.GammaStar.Length + e.DeltaStar.Length));
            }

            Assert.InRange(bytes, 1, budget);
        }
    }

    [Fact]
    public void Effects_stay_at_the_site_when_the_plan_says_so()
    {
        ReferenceCase published = Load("c01_param_basic");
        StudyPlan plan = published.Plan with { Privacy = new PrivacyTerms { ScannerEffects = ScannerEffectsTerms.Local } };
        var consortium = ReferenceCase.Consortium(plan, published.Scans, s => s.Site);
        AnalysisResult result = consortium.Run(ReferenceCase.AnalysisId);
        Assert.Equal("features", Assert.Single(result.Tables).Name);
        Assert.All(consortium.Sent, s => Assert.True(s.Answer.Report is null || s.Answer.Report.ScannerEffects.IsEmpty));
    }

    [Theory]
    [InlineData("variance", double.NaN)]
    [InlineData("variance", -1.0)]
    [InlineData("beta", double.PositiveInfinity)]
    [InlineData("feature_exponent", 0.5)]
    [InlineData("incomplete_features", 99.0)]
    public void A_broadcast_that_is_not_what_the_plan_declares_is_not_answered(string name, double value)
    {
        ReferenceCase published = Load("c02_param_small");
        Consortium consortium = published.AsPublished();
        consortium.Run(ReferenceCase.AnalysisId);
        int k = 2, p = published.Plan.Features.Length;
        Tensor[] good =
        [
            Tensor.Vector("feature_exponent", new double[p]), Tensor.Vector("design_exponent", new double[k]), Tensor.Vector("incomplete_features", [0]),
            Tensor.Vector("shared_scanners", []), Tensor.Vector("new_scanners", []), Tensor.Vector("design_mean", new double[k]),
            Tensor.Vector("centre", new double[p]), Tensor.Matrix("beta", k, p, new double[k * p]), Tensor.Vector("variance", new double[p]),
        ];
        var context = new SiteContext(published.Plan, published.Plan.Analyses[0], consortium.Hospitals[0].Table, 3, new Dictionary<string, HarmonizedTable>(StringComparer.Ordinal));
        new CombatAnalysis().Answer(context, CombatLayouts.Estimates, new Broadcast([.. good]));

        good.Single(t => string.Equals(t.Name, name, StringComparison.Ordinal)).Values[0] = value;
        Assert.Throws<BroadcastInvalidException>(() => new CombatAnalysis().Answer(context, CombatLayouts.Estimates, new Broadcast([.. good])));
    }

    [Fact]
    public void Every_step_taken_is_declared_with_the_blocks_it_sends()
    {
        ReferenceCase published = Load("d03_dcombat_batch_across_sites");
        Consortium consortium = published.AsPublished();
        consortium.Run(ReferenceCase.AnalysisId);
        IReadOnlyList<StepDeclaration> declared = new CombatAnalysis().Declare(published.Plan, published.Plan.Analyses[0]);
        foreach (Sent sent in consortium.Sent.Where(s => s.Answer.Sum is not null && s.Analysis is ReferenceCase.AnalysisId))
        {
            StepDeclaration step = declared.Single(d => string.Equals(d.Name, sent.Step, StringComparison.Ordinal));
            Assert.Equal(string.Join(' ', sent.Answer.Sum!.Layout.Blocks.Select(b => b.Name)), string.Join(' ', step.Items.Select(i => i.Name)));
        }
    }

    internal static Consortium Simulated(int scans, int features, int scanners, int sites)
    {
        var plan = new StudyPlan
        {
            Id = "simulated",
            Title = "Simulated",
            Scanners = [.. Enumerable.Range(0, scanners).Select(s => $"scanner{s:00}")],
            Features = [.. Enumerable.Range(0, features).Select(f => $"f{f:0000}")],
            Covariates = [new Covariate("age", CovariateType.Continuous, []), new Covariate("dx", CovariateType.Categorical, ["a", "b", "c"])],
            Analyses = [new AnalysisSpecification(ReferenceCase.AnalysisId, "combat", new JsonObject())],
        };
        var random = new Random(1);
        Scan[] rows =
        [
            .. Enumerable.Range(0, scans).Select(i => new Scan(
                $"s{i:0000}", i % scanners, "", [40 + (40 * random.NextDouble()), i % 3 == 1 ? 1 : 0, i % 3 == 2 ? 1 : 0],
                [.. Enumerable.Range(0, features).Select(f => random.NextDouble() + (i % scanners * 0.1))], true)),
        ];
        return ReferenceCase.Dealt(plan, rows, sites, s => s.Scanner * sites / scanners);
    }

    private static IEnumerable<double> OneHotProducts(ReferenceCase published)
    {
        foreach (IGrouping<int, Scan> scanner in published.Scans.GroupBy(s => s.Scanner))
        {
            yield return scanner.Count();
            for (int a = 0; a < published.Plan.DesignColumns.Length; a++) yield return Total(scanner, s => s.Design[a]);
            for (int f = 0; f < published.Plan.Features.Length; f++) yield return Total(scanner, s => s.Features[f]);
        }
    }

    private static double Total(IEnumerable<Scan> scans, Func<Scan, double> value) => scans.Aggregate(0m, (total, s) => total + (decimal)value(s)) is var sum ? (double)sum : 0;

    private static ReferenceCase Load(string name) => new(Path.Combine(ReferenceFolder.Own, name), "converged");
}
