using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Combat;

/// <summary>Federated ComBat against what the published tools make of the pooled rows.</summary>
public sealed class ReferenceCaseTests
{
    private const double Gate = 1e-9;
    private const string Refused = "c18_batch_n1_sva"; // a batch of one scan: sva silently turns the whole run mean-only

    private static readonly string[] OutsideCases = ["x01_bladder_param", "x02_bladder_nonparam", "x03_bladder_ref", "x08_ct_radiomics", "x10_ecoli_5labs"];

    public static TheoryData<string> Own => [.. Cases().Where(c => c is not Refused)];

    public static TheoryData<string> OwnConverged => [.. Cases().Where(c => File.Exists(Path.Combine(ReferenceFolder.Own, c, "converged_gamma_star.csv")))];

    public static TheoryData<string> Outside => [.. OutsideCases];

    public static TheoryData<string> OutsideConverged => [.. OutsideCases.Where(c => c is not ("x02_bladder_nonparam" or "x10_ecoli_5labs"))];

    [Theory]
    [MemberData(nameof(Own))]
    public void Matches_the_published_tool(string name) => MatchesPublished(Path.Combine(ReferenceFolder.Own, name));

    [Theory]
    [MemberData(nameof(Outside))]
    public void Matches_the_published_tool_on_real_data(string name) => MatchesPublished(OutsideFolder(name));

    [Theory]
    [MemberData(nameof(OwnConverged))]
    public void Converges_where_the_published_iteration_would(string name) => Converges(Path.Combine(ReferenceFolder.Own, name));

    [Theory]
    [MemberData(nameof(OutsideConverged))]
    public void Converges_where_the_published_iteration_would_on_real_data(string name) => Converges(OutsideFolder(name));

    [Fact]
    public void A_batch_of_one_scan_is_refused_by_name()
    {
        var one = new ReferenceCase(Path.Combine(ReferenceFolder.Own, Refused), "compatible");
        AnalysisRefusedException refused = Assert.Throws<AnalysisRefusedException>(() => one.AsPublished().Run(ReferenceCase.AnalysisId));
        int single = one.Scans.GroupBy(s => s.Scanner).Single(g => g.Count() == 1).Key;
        Assert.Equal("E2106", refused.Code);
        Assert.Contains(one.Plan.Scanners[single], refused.Message, StringComparison.Ordinal);
    }

    private static void MatchesPublished(string folder)
    {
        var published = new ReferenceCase(folder, "compatible");
        var mine = new Harmonized(published.AsPublished());
        double gate = folder.Contains("c27", StringComparison.Ordinal) ? 1e-5 : Gate; // the case's data lost digits to an offset of 1e6
        foreach ((string table, Func<LocalScannerEstimates, double[]> part) in Parts)
            if (published.Table(table) is { } expected) Assert.InRange(mine.DistanceFrom(expected, part), 0, gate);
        if (published.Table("expected_features") is { } features) Assert.InRange(mine.FeaturesDistanceFrom(features), 0, gate);
        Assert.InRange(mine.DistanceFrom(published.Table("expected_harmonized")!), 0, gate);
    }

    private static void Converges(string folder)
    {
        var published = new ReferenceCase(folder, "converged");
        var mine = new Harmonized(published.AsPublished());
        double gate = folder.Contains("c27", StringComparison.Ordinal) ? 1e-5 : Gate;
        Assert.InRange(mine.DistanceFrom(published.Table("converged_gamma_star")!, s => s.GammaStar), 0, gate);
        Assert.InRange(mine.DistanceFrom(published.Table("converged_delta_star")!, s => s.DeltaStar), 0, gate);
    }

    private static (string Table, Func<LocalScannerEstimates, double[]> Part)[] Parts =>
    [
        ("expected_gamma_hat", s => s.GammaHat), ("expected_delta_hat", s => s.DeltaHat),
        ("expected_gamma_star", s => s.GammaStar), ("expected_delta_star", s => s.DeltaStar),
    ];

    /// <summary>Linear cases: simulated, dealt, applied.</summary>
    private static IEnumerable<string> Cases() =>
        Directory.GetDirectories(ReferenceFolder.Own).Select(d => Path.GetFileName(d)!).Where(d => d[0] is 'a' or 'c' or 'd').Order(StringComparer.Ordinal);

    private static string OutsideFolder(string name)
    {
        string folder = Path.Combine(ReferenceFolder.Outside, name);
        Assert.SkipUnless(Directory.Exists(folder), $"{name} is third-party data and stays outside the repository; FEDERATED_REFERENCE names its folder.");
        return folder;
    }
}
