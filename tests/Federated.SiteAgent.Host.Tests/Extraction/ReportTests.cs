using System.Diagnostics;
using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Extraction;

/// <summary>The structured reports that extract writes, judged by DCMTK and dicom3tools.</summary>
public sealed class ReportTests : IDisposable
{
    private const string Study = """
        study: fdg
        measurement:
          tracer: FDG
          measures: [suvmax, suvmin, suvmean, suvsd, suvpeak_global, mtv, mtv_41, tlg_41, suvmean_suv4]
          radiomics: [{ families: [morphology, statistics, glcm], discretisation: { bin-size: 0.25 }, lower: 0 }]
        analyses: [{ id: sizes, kind: describe }]
        """;

    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task A_report_is_what_DCMTK_reads_as_imaging_measurements()
    {
        Assert.SkipUnless(Installed("dsrdump"), "needs dsrdump of the package dcmtk");
        string report = await ReportAsync();
        (int exit, string dump) = Run("dsrdump", "+Pc", "+Pu", "+Pl", report);
        Assert.Equal(0, exit);
        Assert.Contains("Comprehensive SR Document", dump, StringComparison.Ordinal);
        Assert.Contains("""<CONTAINER:(126000,DCM,"Imaging Measurement Report")=SEPARATE>""", dump, StringComparison.Ordinal);
        // The same shape as a real report of another program: uptake with derivation, peak, metabolic volume, glycolysis.
        Assert.Matches("""<contains NUM:\(126401,DCM,"SUVbw"\)="7\.9[0-9]*" \(g/ml\{SUVbw\},UCUM,"SUVbw"\)>\s+<has concept mod CODE:\(121401,DCM,"Derivation"\)=\(56851009,SCT,"Maximum"\)>\s+<has concept mod TEXT:\(121050,DCM,"Equivalent Meaning of Concept Name"\)="suvmax">""", dump);
        Assert.Contains("""=(126031,DCM,"Peak Value Within ROI")>""", dump, StringComparison.Ordinal);
        Assert.Matches("""<contains NUM:\(126033,DCM,"Total Lesion Glycolysis"\)="[0-9.]+" \(g,UCUM,"Gram"\)>""", dump);
        Assert.Matches("""<contains NUM:\(126032,DCM,"Metabolic Volume"\)="[0-9.]+" \(ml,UCUM,"Milliliter"\)>""", dump);
        Assert.Matches("""<has obs context TEXT:\(112039,DCM,"Tracking Identifier"\)="Läsion">""", dump);
        Assert.Contains("""CODE:(370129005,SCT,"Measurement Method")=(126410,DCM,"SUV body weight calculation method")""", dump, StringComparison.Ordinal);
        Assert.Matches("""NUM:\(ACUI,IBSI,"GLCM Contrast"\)=.*\s+<has concept mod TEXT:.*="glcm_contrast_3d_avg_fbs0.25">""", dump);
        Assert.Contains("measurement protocol SHA-256 ", dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_is_a_valid_information_object()
    {
        Assert.SkipUnless(Installed("dciodvfy"), "needs dciodvfy of the package dicom3tools");
        (_, string judgement) = Run("dciodvfy", "-new", await ReportAsync());
        Assert.Contains("ComprehensiveSR", judgement, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", judgement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_report_is_written_by_the_next_run_and_a_report_that_is_there_stays()
    {
        string report = await ReportAsync();
        byte[] first = await File.ReadAllBytesAsync(report, TestContext.Current.CancellationToken);
        await ReportAsync();
        Assert.Equal(first, await File.ReadAllBytesAsync(report, TestContext.Current.CancellationToken));
        File.Delete(report);
        Assert.Equal(report, await ReportAsync());
    }

    [Fact]
    public async Task Reports_are_sent_to_an_archive_where_they_stand_once()
    {
        Assert.SkipUnless(OrthancServer.IsInstalled, "needs the real Orthanc: apt-get install orthanc orthanc-dicomweb");
        await using OrthancServer server = await OrthancServer.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, (await new CommandLine(_directory).RunAsync(["archive", "add", "pacs", server.DicomWebAddress, "--user", OrthancServer.User, "--secret-stdin"], OrthancServer.Password)).Exit);
        await ReportAsync("--sr-to", "pacs");
        await ReportAsync("--sr-to", "pacs");
        JsonArray series = (await new CommandLine(_directory).DoAsync("archive", "query", "pacs", "--json")).Json["series"]!.AsArray();
        Assert.Equal(("SR", 1), ((string)series[0]!["modality"]!, (int)Assert.Single(series)!["instances"]!));
    }

    [Fact]
    public async Task Reports_cannot_be_sent_without_a_folder_of_them()
    {
        CommandOutcome outcome = await new CommandLine(_directory).RunAsync(
            "features", "extract", "--plan", _directory.Write("s.yaml", Study), "--cohort", _directory.Write("l.csv", "id,series\np1,1.2.41\n"), "--images", _directory.Path, "--sr-to", "pacs");
        Assert.Equal(2, outcome.Exit);
        Assert.Contains("add --sr FOLDER", outcome.Error, StringComparison.Ordinal);
    }

    private async Task<string> ReportAsync(params string[] more)
    {
        string images = Path.Combine(_directory.Path, "images");
        if (!Directory.Exists(images)) new SyntheticScan { Series = "1.2.41", Lesions = [new("Läsion", 5, -10, 100, 18, 8)] }.Write(Path.Combine(images, "1.2.41"));
        string reports = _directory.File("reports");
        await new CommandLine(_directory).DoAsync([
            "features", "extract", "--plan", _directory.Write("s.yaml", Study), "--cohort", _directory.Write("l.csv", "id,series\np1,1.2.41\n"), "--sr", reports, .. more]);
        return Assert.Single(Directory.GetFiles(reports));
    }

    private static bool Installed(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, tool)));

    private static (int Exit, string Output) Run(string tool, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    public void Dispose() => _directory.Dispose();
}
