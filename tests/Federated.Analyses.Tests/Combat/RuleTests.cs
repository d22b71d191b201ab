using System.Text.Json.Nodes;
using Federated.Analyses.Combat;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Combat;

/// <summary>The rules of the house where published tools differ or fall silent.</summary>
public sealed class RuleTests
{
    [Theory]
    [InlineData("c10_refbatch")]
    [InlineData("c11_refbatch_nonparam")]
    [InlineData("c12_refbatch_meanonly")]
    public void Rows_of_the_reference_scanner_come_back_bit_for_bit(string name)
    {
        ReferenceCase published = Load(name);
        int reference = published.Plan.Scanners.IndexOf((string)published.Plan.Analyses[0].Options["reference"]!);
        var mine = new Harmonized(published.AsPublished());
        foreach (Scan scan in published.Scans.Where(s => s.Scanner == reference)) Assert.Equal(scan.Features, mine.Rows[scan.Id]);
    }

    [Fact]
    public void They_come_back_bit_for_bit_also_when_logarithms_are_taken()
    {
        ReferenceCase published = Load("c10_refbatch");
        int reference = published.Plan.Scanners.IndexOf((string)published.Plan.Analyses[0].Options["reference"]!);
        double[] positive(Scan scan) => [.. scan.Features.Select(v => 0.1 + Math.Abs(v))];
        Scan[] scans = [.. published.Scans.Select(s => s with { Measured = positive(s), Features = [.. positive(s).Select(v => Math.Log(v))] })];
        var mine = new Harmonized(ReferenceCase.Dealt(published.Plan with { Scale = FeatureScale.Log }, scans, 2, s => s.Scanner % 2));
        Assert.Contains(scans.SelectMany(s => s.Measured!), v => Math.Exp(Math.Log(v)) != v); // there is something to lose
        foreach (Scan scan in scans.Where(s => s.Scanner == reference)) Assert.Equal(scan.Measured, mine.Rows[scan.Id]);
        Assert.Contains(scans.Where(s => s.Scanner != reference), s => !s.Measured!.SequenceEqual(mine.Rows[s.Id]));
    }

    [Theory]
    [InlineData("c20_zero_var_in_batch_sva", "f0003", "f0006")]
    [InlineData("c22_constant_feature_sva", "f0004")]
    public void A_feature_constant_within_a_scanner_is_left_untouched_everywhere_and_named(string name, params string[] features)
    {
        ReferenceCase published = Load(name);
        var mine = new Harmonized(published.AsPublished());
        Assert.Equal(string.Join(' ', features), string.Join(' ', mine.Result.Document["features_untouched"]!.AsObject().Select(f => f.Key)));
        foreach (string feature in features)
        {
            int column = published.Plan.Features.IndexOf(feature);
            foreach (Scan scan in published.Scans) Assert.Equal(scan.Features[column], mine.Rows[scan.Id][column]);
            Assert.All(mine.Scanners.Values, s => Assert.True(double.IsNaN(s.GammaStar[column])));
        }
    }

    [Fact]
    public void A_feature_never_measured_on_a_scanner_stays_missing_there_and_out_of_its_priors()
    {
        ReferenceCase published = Load("c01_param_basic");
        Scan[] scans = [.. published.Scans.Select(s => s.Scanner == 1 ? s with { Features = [double.NaN, .. s.Features[1..]] } : s)];
        StudyPlan fewer = published.Plan with { Features = published.Plan.Features[1..] };
        var mine = new Harmonized(ReferenceCase.Dealt(published.Plan, scans, 4, s => s.Scanner));
        var without = new Harmonized(ReferenceCase.Dealt(fewer, [.. scans.Select(s => s with { Features = s.Features[1..] })], 4, s => s.Scanner));

        Assert.All(scans.Where(s => s.Scanner == 1), s => Assert.True(double.IsNaN(mine.Rows[s.Id][0])));
        Assert.All(scans.Where(s => s.Scanner != 1), s => Assert.True(double.IsFinite(mine.Rows[s.Id][0])));
        Assert.Equal(without.Scanners[1].GammaStar, mine.Scanners[1].GammaStar[1..]);
        Assert.NotEqual(without.Scanners[0].GammaStar, mine.Scanners[0].GammaStar[1..]);
    }

    [Fact]
    public void One_feature_alone_cannot_be_shrunk_and_the_result_says_so()
    {
        ReferenceCase published = Load("c01_param_basic");
        StudyPlan one = published.Plan with { Features = published.Plan.Features[..1] };
        var mine = new Harmonized(ReferenceCase.Dealt(one, [.. published.Scans.Select(s => s with { Features = s.Features[..1] })], 2, s => s.Scanner % 2));
        Assert.Equal("none", (string?)mine.Result.Document["empirical_bayes"]);
        Assert.Contains("prior", (string?)mine.Result.Document["note"], StringComparison.Ordinal);
        Assert.All(mine.Scanners.Values, s => Assert.Equal(s.GammaHat, s.GammaStar));
    }

    [Fact]
    public void Logarithms_come_back_on_the_original_scale()
    {
        ReferenceCase published = Load("c29_pet_suv_like");
        var logs = new Harmonized(published.AsPublished());
        var values = new Harmonized(ReferenceCase.Consortium(published.Plan with { Scale = FeatureScale.Log }, published.Scans, s => s.Site));
        foreach ((string id, double[] row) in logs.Rows) Assert.Equal(row.Select(Math.Exp), values.Rows[id]);
    }

    [Fact]
    public void A_covariate_that_only_differs_between_scanners_is_refused_by_name() =>
        AssertRefused("E2108", "age", s => s with { Design = [s.Design[0], 40 + s.Scanner] });

    [Fact]
    public void A_covariate_that_repeats_another_within_scanners_is_refused_by_name() =>
        AssertRefused("E2108", "age", s => s with { Design = [s.Design[0], (3 * s.Design[0]) + s.Scanner] });

    [Fact]
    public void A_level_that_nobody_has_is_refused_by_name() => AssertRefused("E2108", "sex has no row of level M", s => s with { Design = [0, s.Design[1]] });

    [Fact]
    public void An_unknown_reference_is_refused() => AssertRefused("E2105", "B99", s => s, ("reference", "B99"));

    [Theory]
    [InlineData("random-intercept", "\"subject\"")]
    public void What_this_version_cannot_do_is_refused_in_one_line(string key, string value)
    {
        var options = new JsonObject { [key] = JsonNode.Parse(value) };
        AnalysisRefusedException refused = Assert.Throws<AnalysisRefusedException>(() => CombatOptions.From(options));
        Assert.Equal("E2102", refused.Code);
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Options_left_out_take_their_defaults()
    {
        CombatOptions options = CombatOptions.From(new JsonObject { ["smooth"] = new JsonArray(), ["covariance"] = null });
        Assert.Equal(new CombatOptions(new Federated.Statistics.Harmonization.CombatSettings(), null), options);
    }

    private static void AssertRefused(string code, string culprit, Func<Scan, Scan> spoil, params (string Key, string Value)[] options)
    {
        ReferenceCase published = Load("c01_param_basic");
        foreach ((string key, string value) in options) published.Plan.Analyses[0].Options[key] = value;
        Harmonized Run() => new(ReferenceCase.Dealt(published.Plan, [.. published.Scans.Select(spoil)], 4, s => s.Scanner));
        AnalysisRefusedException refused = Assert.Throws<AnalysisRefusedException>(Run);
        Assert.Equal(code, refused.Code);
        Assert.Contains(culprit, refused.Message, StringComparison.Ordinal);
    }

    private static ReferenceCase Load(string name) => new(Path.Combine(ReferenceFolder.Own, name), "converged");
}
