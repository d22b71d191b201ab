using System.Globalization;
using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Extraction;

/// <summary>Research images come as NIfTI: measured as they are, through the command line, against another program's values.</summary>
public sealed class NiftiImageTests : IDisposable
{
    private const string Study = """
        study: nifti
        measurement:
          modality: MR
          region: { source: nifti }
          radiomics: [{ families: [morphology, statistics], discretisation: { bins: 32 } }]
        analyses: [{ id: sizes, kind: describe }]
        """;

    private const string Uptake = """
        study: nifti
        measurement:
          tracer: FDG
          region: { source: nifti }
          measures: [suvmax, suvmean]
        analyses: [{ id: sizes, kind: describe }]
        """;

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _site;

    public NiftiImageTests() => _site = new CommandLine(_directory);

    [Fact]
    public async Task A_NIfTI_image_is_measured_as_MIRP_measures_it()
    {
        string csv = _directory.File("out.csv");
        Assert.Equal(1, (int)(await ExtractAsync(Study, "--csv", csv)).Json["measured"]!);
        string[][] table = [.. (await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken)).Select(l => l.Split(','))];
        Dictionary<string, double> measured = table[0].Skip(1).Zip(table[1].Skip(1)).ToDictionary(c => c.First, c => Number(c.Second), StringComparer.Ordinal);
        foreach (string[] row in File.ReadLines(Path.Combine(Checkout.Reference, "mirp", "mirp234_fbn32_nointerp.csv")).Select(l => l.Split(',')).Where(r => r[0] is "stat_mean" or "stat_p90" or "stat_max" or "morph_volume"))
            Assert.Equal(Number(row[1]), measured["mr_" + row[0]], 1e-6 * Number(row[1]));
    }

    [Fact]
    public async Task Uptake_of_a_NIfTI_image_is_taken_as_it_is_and_says_so()
    {
        await ExtractAsync(Uptake);
        JsonNode provenance = (await _site.DoAsync("features", "show", "--provenance", "p1", "--json")).Json[0]!["provenance"]!;
        Assert.Contains("its values were taken as they are", (string)provenance["remarks"]![0]!, StringComparison.Ordinal);
        Assert.Equal("img_40x36x24.nii.gz", (string)provenance["series"]!);
        Assert.Equal("Missing", (string)provenance["conformance"]![0]!["outcome"]!);
    }

    [Theory]
    [InlineData("tracer: FDG", "tracer: FDG\n  uptake: { strict: true }", "does not say its units")]
    [InlineData("tracer: FDG", "tracer: FDG\n  uptake: { normalization: body-surface-area }", "does not say its units")]
    public async Task Uptake_that_must_not_be_assumed_is_refused(string line, string instead, string reason) =>
        Assert.Contains(reason, (string)(await ExtractAsync(Uptake.Replace(line, instead, StringComparison.Ordinal))).Json["refused"]![0]!["reason"]!, StringComparison.Ordinal);

    [Fact]
    public async Task What_an_image_without_headers_cannot_show_leaves_it_out_where_the_study_asks()
    {
        JsonNode outcome = (await ExtractAsync(Uptake.Replace("tracer: FDG", "tracer: FDG\n  conformance: { exclude: [uptake-time, dose] }", StringComparison.Ordinal))).Json;
        Assert.Equal((1, 1), ((int)outcome["excluded_by"]!["uptake-time"]!, (int)outcome["excluded_by"]!["dose"]!));
    }

    [Fact]
    public async Task The_region_of_a_NIfTI_image_is_named_never_guessed()
    {
        string reason = (string)(await ListedAsync(Study, "id,series\np1,img_40x36x24.nii.gz\n")).Json["refused"]![0]!["reason"]!;
        Assert.Contains("column 'region'", reason, StringComparison.Ordinal);
    }

    private Task<CommandOutcome> ExtractAsync(string study, params string[] more) => ListedAsync(study, "id,series,region\np1,img_40x36x24.nii.gz,mask_40x36x24.nii.gz\n", more);

    private Task<CommandOutcome> ListedAsync(string study, string list, params string[] more) => _site.RunAsync(
        ["features", "extract", "--plan", _directory.Write("s.yaml", study), "--cohort", _directory.Write("l.csv", list), "--images", Path.Combine(Checkout.Reference, "mirp"), "--json", .. more]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    public void Dispose() => _directory.Dispose();
}
