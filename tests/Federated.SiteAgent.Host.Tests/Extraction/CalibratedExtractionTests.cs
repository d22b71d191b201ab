using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Phantoms;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Extraction;

/// <summary>From a phantom's DICOM files and a patient's to values that the phantom corrected, through the command line.</summary>
public sealed class CalibratedExtractionTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _site;

    public CalibratedExtractionTests()
    {
        _site = new CommandLine(_directory);
        new SyntheticScan { Series = "1.2.51" }.Write(Path.Combine(Images, "1.2.51")); // of 5 March 2024, by the scanner that Phantom speaks for
        _directory.Write("list.csv", "id,series\np1,1.2.51\n");
    }

    private string Images => _directory.File("images");

    private static PhantomSeries Phantom => new() { FwhmMillimetres = 5, Factor = 1.25, Day = "20240301", Model = "Scanner 1", Software = "1.0", Reconstruction = "OSEM 3i21s", Kernel = "XYZ Gauss5.00" };

    // Calibrations are signed by the site's own key, which it has from the day it joins.
    public async ValueTask InitializeAsync()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        (await coordinator.JoinAsync(_directory)).Dispose();
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_scan_takes_the_factor_and_the_filter_of_the_phantom_valid_on_its_day()
    {
        Assert.Equal(1, (int)(await Extract("calibration: { target: earl1 }")).Json["excluded_by"]!["calibration-missing"]!);
        JsonNode kept = await Calibrate(Phantom, "first");
        double factor = (double)kept["factor"]!, width = (double)kept["filters"]![0]!["fwhm_millimetres"]!;
        Assert.Equal(1.25, factor, 0.01);
        Assert.InRange(width, 1, 9);

        CommandOutcome outcome = await Extract("calibration: { target: earl1 }");
        Assert.Equal((1, 0, 0), ((int)outcome.Json["measured"]!, (int)outcome.Json["excluded"]!, (int)outcome.Json["unchanged"]!)); // what was left out before is measured now
        Assert.Empty(outcome.Json["flagged_by"]!.AsObject());
        JsonNode provenance = await Provenance("earl1");
        Assert.Equal((1, 1), ((int)provenance["factor_version"]!, (int)provenance["filter_version"]!));
        Assert.Equal((factor, width), ((double)provenance["factor"]!, (double)provenance["filter_fwhm"]!));

        // The same study without calibration, blurred by the same filter and divided by hand.
        await Extract(string.Create(CultureInfo.InvariantCulture, $"filter: {{ fwhm: {width} }}"));
        double[] corrected = await Values("earl1"), blurred = await Values("blurred");
        Assert.Equal(blurred[0] / factor, corrected[0], 1e-4); // SUVmax
        Assert.Equal(blurred[1], corrected[1]); // volume above 41 % of the maximum: no factor changes it
        await Extract("calibration: { target: none }");
        await Extract("filter: { fwhm: 0 }");
        Assert.Equal((await Values("plain"))[0] / factor, (await Values("level"))[0], 1e-4);
    }

    [Fact]
    public async Task A_newer_phantom_measures_again_the_scans_it_speaks_for_and_no_others()
    {
        await Calibrate(Phantom, "first");
        await Extract("calibration: { target: earl1 }");
        await Calibrate(Phantom with { Model = "Scanner 2" }, "another scanner's");
        await Calibrate(Phantom with { Day = "20240306" }, "after the scan");
        Assert.Equal(1, (int)(await Extract("calibration: { target: earl1 }")).Json["unchanged"]!);
        await Calibrate(Phantom with { Day = "20240304", Factor = 1.1 }, "newer");
        Assert.Equal(0, (int)(await Extract("calibration: { target: earl1 }")).Json["unchanged"]!);
        Assert.Equal(1.1, (double)(await Provenance("earl1"))["factor"]!, 0.01);
    }

    [Theory]
    [InlineData("20230901", "1.0", "calibration-expired")]
    [InlineData("20240301", "0.9", "calibration-software-changed")]
    [InlineData("20240306", "1.0", "calibration-missing")]
    public async Task A_scan_without_a_valid_calibration_is_left_out_or_flagged_as_the_study_says(string day, string software, string check)
    {
        await Calibrate(Phantom with { Day = day, Software = software }, "phantom");
        CommandOutcome excluded = await Extract("calibration: { target: earl1 }");
        Assert.Equal((0, 1, 1), ((int)excluded.Json["measured"]!, (int)excluded.Json["excluded"]!, (int)excluded.Json["excluded_by"]![check]!));
        Assert.Equal(check, (string)(await Provenance("earl1"))["flags"]![0]!);

        CommandOutcome flagged = await Extract("calibration: { target: earl1, without: flag }");
        Assert.Equal((1, 0, 1), ((int)flagged.Json["measured"]!, (int)flagged.Json["excluded"]!, (int)flagged.Json["flagged_by"]![check]!));
        JsonNode provenance = await Provenance("flag");
        Assert.Equal(check, (string)provenance["flags"]![0]!);
        Assert.Equal(check is "calibration-missing", provenance["factor"] is null); // an old calibration is better than none, and said to be old
    }

    [Fact]
    public async Task A_standard_out_of_reach_is_never_silent()
    {
        await Calibrate(Phantom with { FwhmMillimetres = 11 }, "coarse");
        Assert.Equal(1, (int)(await Extract("calibration: { target: earl2 }")).Json["excluded_by"]!["target-out-of-reach"]!);
        Assert.Equal(1, (int)(await Extract("calibration: { target: none }")).Json["measured"]!);
    }

    [Fact]
    public async Task A_study_that_asks_is_told_the_phantoms_of_the_machine_behind_its_label_and_of_no_other()
    {
        await Calibrate(Phantom, "first");
        await Calibrate(Phantom with { Model = "Scanner 2" }, "another scanner's");
        await Extract("calibration: { target: earl1 }");
        await _site.DoAsync("cohort", "import", _directory.Write("cohort.csv", "id,scanner\np1,west\n"));
        StudyPlan plan = StudyFile.Read(
            "study: s\nscanners: [east, west]\nfeatures: { names: [suvmax_earl1] }\nmeasurement:\n  calibration: { target: earl1 }\n  region: { name: \"GTV*\" }\n  measures: [suvmax, mtv_41]\nanalyses: [{ id: a, kind: phantoms }]\n",
            "study.yaml").Complete();
        var database = new SiteDatabase(_directory.Path);
        using SiteCredentials credentials = SiteCredentials.Load(_directory.Path);
        var history = new PhantomHistory(new LocalTables(database), new MeasuredTables(database), new CalibrationTables(database), credentials.Identity);

        StudyTable table = history.Read(Link.Digest.Of(PlanDocument.Write(plan)), plan);

        ScannerPhantoms told = Assert.Single(table.Phantoms);
        Assert.Equal("west", plan.Scanners[told.Scanner]);
        PhantomPoint point = Assert.Single(told.Points);
        Assert.Equal("2024-03", point.MonthText);
        Assert.Equal(1.25, point.Factor, 0.01);
        Assert.Equal(5, point.FwhmMillimetres, 0.3);
        Assert.Equal(6, point.Recoveries.Length);
        Assert.True(point.IsSound);

        Report report = new PhantomsAnalysis().Answer(new SiteContext(plan, plan.Analyses[0], table, 3, new Dictionary<string, HarmonizedTable>(StringComparer.Ordinal)), "scanners", Broadcast.Empty).Report!;
        Contracts.V1.Report sent = Contracts.V1.Report.Parser.ParseFrom(new ProtobufPayloadCodec().EncodeReport(report));
        Assert.Equal((1u, 290u, point.Factor), (sent.Phantoms[0].Scanner, sent.Phantoms[0].Points[0].Month, sent.Phantoms[0].Points[0].Factor));
        Assert.Equal(point.Recoveries, sent.Phantoms[0].Points[0].Recoveries);

        StudyPlan without = plan with { Analyses = [new AnalysisSpecification("a", "describe", [])] };
        Assert.Empty(history.Read(Link.Digest.Of(PlanDocument.Write(without)), without).Phantoms);
    }

    private readonly Dictionary<string, string> _protocols = new(StringComparer.Ordinal);

    private async Task<JsonNode> Calibrate(PhantomSeries phantom, string name) =>
        (await _site.DoAsync("phantom", "calibrate", phantom.Write(_directory.File("phantom " + name)), "--background", "2000", "--spheres", "20000", "--json")).Json;

    private async Task<CommandOutcome> Extract(string settings)
    {
        string study = _directory.Write("study.yaml", $"study: s\nmeasurement:\n  {settings}\n  region: {{ name: \"GTV*\" }}\n  measures: [suvmax, mtv_41]\nanalyses: [{{ id: a, kind: describe }}]\n");
        CommandOutcome outcome = await _site.DoAsync("features", "extract", "--plan", study, "--cohort", _directory.File("list.csv"), "--json");
        string name = settings.Contains("flag", StringComparison.Ordinal) ? "flag" : settings.Contains("earl1", StringComparison.Ordinal) ? "earl1" : settings.Contains("none", StringComparison.Ordinal) ? "level" : settings.Contains("fwhm: 0", StringComparison.Ordinal) ? "plain" : "blurred";
        _protocols[name] = (string)outcome.Json["protocol"]!;
        return outcome;
    }

    private async Task<JsonNode> Provenance(string name) =>
        (await _site.DoAsync("features", "show", "--protocol", _protocols[name], "--provenance", "p1", "--json")).Json.AsArray().Single()!["provenance"]!["calibration"]!;

    private async Task<double[]> Values(string name) =>
        [.. (await _site.DoAsync("features", "show", "--protocol", _protocols[name], "--json")).Json["rows"]![0]!["values"]!.AsArray().Select(v => (double)v!)];
}
