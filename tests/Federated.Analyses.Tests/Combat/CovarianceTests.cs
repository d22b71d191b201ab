using System.Text.Json.Nodes;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Combat;

/// <summary>CovBat: how features vary together is harmonized too, as CovBat for R and ComBatFamily do it on pooled rows.</summary>
public sealed class CovarianceTests
{
    [Theory]
    [InlineData("v01_covbat_r", "\"variance-explained\":0.95", 16)]
    [InlineData("v02_covbat_comfam_ref", "\"variance-explained\":0.9", 12)]
    [InlineData("v03_covbat_pgtn", "\"components\":5", 5)]
    public void Matches_the_published_tool(string name, string options, int components)
    {
        ReferenceCase published = Load(name, options);
        var mine = new Harmonized(published.AsPublished());
        Assert.InRange(mine.DistanceFrom(published.Table("expected_harmonized")!), 0, 1e-9);
        ResultTable table = mine.Result.Tables.Single(t => t.Name == "covariance");
        Assert.Equal(components, table.Rows.Count(r => r[3] is 1));
        ReferenceTable eigenvalues = published.Table("expected_pca_eigenvalues")!;
        for (int c = 0; c < components; c++) Assert.Equal(eigenvalues.Number(c, 0), (double)table.Rows[c][1]!, 1e-9);
    }

    [Theory]
    [InlineData("v01_covbat_r", "\"variance-explained\":0.95")]
    [InlineData("v02_covbat_comfam_ref", "\"variance-explained\":0.9")]
    public void Scanners_that_several_hospitals_hold_change_nothing(string name, string options)
    {
        ReferenceCase published = Load(name, options);
        var split = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, 4, s => s.Id[^1] % 4));
        Assert.InRange(split.DistanceFrom(published.Table("expected_harmonized")!), 0, 1e-9);
    }

    [Fact]
    public void Dealing_whole_scanners_to_other_hospitals_changes_no_bit()
    {
        ReferenceCase published = Load("v01_covbat_r", "\"variance-explained\":0.95");
        var one = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, 1, _ => 0));
        var three = new Harmonized(ReferenceCase.Dealt(published.Plan, published.Scans, 3, s => 2 - s.Scanner));
        foreach ((string id, double[] row) in one.Rows) Assert.Equal(row, three.Rows[id]);
    }

    [Fact]
    public void Rows_of_the_reference_scanner_come_back_bit_for_bit()
    {
        ReferenceCase published = Load("v02_covbat_comfam_ref", "\"variance-explained\":0.9");
        var mine = new Harmonized(published.AsPublished());
        int reference = published.Plan.Scanners.IndexOf((string)published.Plan.Analyses[0].Options["reference"]!);
        foreach (Scan scan in published.Scans.Where(s => s.Scanner == reference)) Assert.Equal(scan.Features, mine.Rows[scan.Id]);
    }

    [Fact]
    public void In_the_clear_a_hospital_with_fewer_rows_than_features_takes_no_part()
    {
        ReferenceCase published = Load("v03_covbat_pgtn", "\"components\":5");
        StudyPlan plain = published.Plan with { Privacy = published.Plan.Privacy with { Aggregation = Aggregation.Plain, MinimumRows = 10 } };
        AssertRefused("E2110", "rows here", () => new Harmonized(ReferenceCase.Consortium(plain, published.Scans, s => s.Site)));
        StudyPlan secure = plain with { Privacy = plain.Privacy with { Aggregation = Aggregation.Secure } };
        Assert.InRange(new Harmonized(ReferenceCase.Consortium(secure, published.Scans, s => s.Site)).DistanceFrom(published.Table("expected_harmonized")!), 0, 1e-9);
    }

    [Fact]
    public void Missing_values_are_refused_by_name()
    {
        ReferenceCase published = Load("v01_covbat_r", "\"variance-explained\":0.95");
        Scan[] scans = [.. published.Scans.Select((s, i) => i == 3 ? s with { Features = [double.NaN, .. s.Features[1..]] } : s)];
        AssertRefused("E2110", published.Plan.Features[0], () => new Harmonized(ReferenceCase.Consortium(published.Plan, scans, s => s.Site)));
    }

    [Theory]
    [InlineData("\"variance-explained\":0.9,\"components\":3", false, "keep one")]
    [InlineData("\"components\":3", true, "mean-only")]
    public void Options_that_contradict_each_other_are_refused(string options, bool meanOnly, string culprit)
    {
        ReferenceCase published = Load("v01_covbat_r", options);
        published.Plan.Analyses[0].Options["mean-only"] = meanOnly;
        AssertRefused("E2103", culprit, () => new Harmonized(published.AsPublished()));
    }

    private static void AssertRefused(string code, string culprit, Func<object> run)
    {
        AnalysisRefusedException refused = Assert.Throws<AnalysisRefusedException>(run);
        Assert.Equal(code, refused.Code);
        Assert.Contains(culprit, refused.Message, StringComparison.Ordinal);
    }

    private static ReferenceCase Load(string name, string options)
    {
        var published = new ReferenceCase(Path.Combine(ReferenceFolder.Own, name), "compatible");
        published.Plan.Analyses[0].Options["covariance"] = JsonNode.Parse($"{{{options}}}");
        return published;
    }
}
