using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Responses;

/// <summary>From scans or a table to responses, through the command line.</summary>
public sealed class ResponseCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _site;

    public ResponseCommandTests() => _site = new CommandLine(_directory);

    [Fact]
    public async Task Scans_become_responses_and_responses_columns_of_the_cohort()
    {
        Scan("1.2.51", 8);
        Scan("1.2.52", 4);
        Scan("1.2.53", 8);
        Scan("1.2.54", 8.2);
        string study = _directory.Write(
            "study.yaml",
            """
            study: fdg
            measurement:
              tracer: FDG
              uptake: { normalization: lean-body-mass-janmahasatian }
              region: { lesions: hottest }
              references: { liver: Liver, blood-pool: Aorta }
              measures: [suvpeak_global, suvmax, tlg_41, liver_suvmean, liver_suvsd, liver_suvmax, bloodpool_suvmean, bloodpool_suvsd, bloodpool_suvmax]
            analyses: [{ id: sizes, kind: describe }]
            """);
        string list = _directory.Write("list.csv", "id,series\np1a,1.2.51\np1b,1.2.52\np2a,1.2.53\np2b,1.2.54\n");
        await _site.DoAsync("features", "extract", "--plan", study, "--cohort", list);
        string pairs = _directory.Write("pairs.csv", "patient,baseline,follow-up,new-lesions,cycles\np1,p1a,p1b,no,2\np2,p2a,p2b,no,2\np3,p1a,p2b,,2\np4,p1a,gone,no,2\n");
        string csv = Path.Combine(_directory.Path, "response.csv");

        JsonNode percist = (await _site.DoAsync("response", "percist", "--plan", study, "--pairs", pairs, "--csv", csv, "--key", "patient", "--json")).Json["responses"]!;
        Assert.Equal(["PMR", "SMD", null, null], percist.AsArray().Select(r => (string?)r!["category"]));
        Assert.Equal(-50, (double)percist[0]!["change"]!, 3.0);
        Assert.Contains("new lesions is not stated", (string)percist[2]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("scan gone has no features", (string)percist[3]!["reason"]!, StringComparison.Ordinal);
        Assert.Equal("row,percist,percist_change,percist_responder", (await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken))[0]);
        await _site.DoAsync("cohort", "import", csv);
        Assert.Contains("percist: PMR (1), SMD (1)", (await _site.DoAsync("cohort", "show")).Out, StringComparison.Ordinal);

        Assert.Equal(["PMR", "SMD", null, null], await Categories("eortc", study, pairs));
        Assert.Equal(["4", "5", "5", null], await Categories("deauville", study, pairs));
        Assert.Equal(["poor", "poor", "poor", null], await Categories("delta-suvmax", study, pairs));
        Assert.Equal(["good", "poor", "poor", null], await Categories("delta-suvmax", study, pairs, "--limit", "40"));
    }

    [Fact]
    public async Task A_table_from_elsewhere_serves_as_well_and_what_it_lacks_is_one_line()
    {
        string features = _directory.Write("features.csv", "row,suvmax,suvmax_fwhm5,mtv\na,10,9,3\nb,2,3,1\n");
        string pairs = _directory.Write("pairs.csv", "patient,baseline,follow-up,new-lesions,cycles\np,a,b,no,2\n");
        CommandOutcome ambiguous = await _site.RunAsync("response", "delta-suvmax", "--features", features, "--pairs", pairs);
        Assert.Equal(2, ambiguous.Exit);
        Assert.Contains("E3507: features.csv: suvmax, suvmax_fwhm5 could all be suvmax; choose with --feature", ambiguous.Error, StringComparison.Ordinal);
        JsonNode chosen = (await _site.DoAsync("response", "delta-suvmax", "--features", features, "--pairs", pairs, "--feature", "suvmax", "--json")).Json;
        Assert.Equal(80, (double)chosen["responses"]![0]!["change"]!, 1e-9);
        Assert.Contains("by lean body mass", (await _site.RunAsync("response", "percist", "--features", features, "--pairs", pairs)).Error, StringComparison.Ordinal);
        string words = _directory.Write("words.csv", "patient,baseline,follow-up,new-lesions\np,a,b,perhaps\n");
        Assert.StartsWith("E3506: words.csv, row id p: new-lesions is 'perhaps'; write yes, no, or nothing", (await _site.RunAsync("response", "eortc", "--features", features, "--feature", "suvmax", "--pairs", words)).Error, StringComparison.Ordinal);
        string columns = _directory.Write("columns.csv", "patient,baseline\np,a\n");
        Assert.StartsWith("E3506: columns.csv: no column 'follow-up'", (await _site.RunAsync("response", "eortc", "--features", features, "--feature", "suvmax", "--pairs", columns)).Error, StringComparison.Ordinal);
        Assert.StartsWith("E3000", (await _site.RunAsync("response", "eortc", "--pairs", pairs)).Error, StringComparison.Ordinal);
    }

    private async Task<string?[]> Categories(string criteria, string study, string pairs, params string[] more) =>
        [.. (await _site.DoAsync(["response", criteria, "--plan", study, "--pairs", pairs, "--json", .. more])).Json["responses"]!.AsArray().Select(r => (string?)r!["category"])];

    private void Scan(string series, double uptake) => new SyntheticScan
    {
        Series = series,
        Lesions = [new("GTV", 5, -10, 100, 18, uptake), new("Liver", -50, 20, 80, 20, 2.5), new("Aorta", 50, 30, 110, 14, 1.6)],
    }.Write(Path.Combine(_directory.Path, "images", series));

    public void Dispose() => _directory.Dispose();
}
