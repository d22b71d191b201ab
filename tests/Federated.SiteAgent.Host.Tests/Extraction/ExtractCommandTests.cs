using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Extraction;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Host.Tests.Extraction;

/// <summary>From DICOM files to the table a study sees, through the command line.</summary>
public sealed class ExtractCommandTests : IDisposable
{
    private const string Study = """
        study: fdg
        scanners: [A]
        features: { include: [suvmax, mtv_41, tlg_41] }
        measurement:
          tracer: FDG
          region: { name: "GTV*" }
          measures: [suvmax, suvpeak_global, mtv, mtv_41, tlg_41]
          conformance: { exclude: [uptake-time] }
        analyses: [{ id: sizes, kind: describe }]
        """;

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandLine _site;

    public ExtractCommandTests() => _site = new CommandLine(_directory);

    [Fact]
    public async Task A_list_of_scans_becomes_the_table_of_the_study()
    {
        new SyntheticScan { Series = "1.2.31" }.Write(Image("1.2.31"));
        new SyntheticScan { Series = "1.2.32", UptakeMinutes = 95 }.Write(Image("1.2.32"));
        string list = _directory.Write("list.csv", "id,series,scanner\np1,1.2.31,A\np2,1.2.32,A\np3,1.2.33,A\n");
        string study = _directory.Write("study.yaml", Study);

        CommandOutcome outcome = await _site.RunAsync("features", "extract", "--plan", study, "--cohort", list, "--json");

        Assert.Equal(2, outcome.Exit); // p3 is not there
        Assert.Equal((1, 1), ((int)outcome.Json["measured"]!, (int)outcome.Json["excluded"]!));
        Assert.Equal(1, (int)outcome.Json["excluded_by"]!["uptake-time"]!);
        Assert.Contains("no series '1.2.33'", (string)outcome.Json["refused"]![0]!["reason"]!, StringComparison.Ordinal);

        await _site.DoAsync("cohort", "import", list);
        StudyPlan plan = StudyFile.Read(Study, "study.yaml").Complete();
        StudyTable table = Tables().Read(Digest.Of(PlanDocument.Write(plan)), plan);
        Assert.Equal(["p1"], table.RowIds);
        Assert.Equal(8, table.Features[0], 0.1); // SUVmax
        Assert.Equal(4.0 / 3 * Math.PI * 1.8 * 1.8 * 1.8, table.Features[1], 1.5); // all of the ball has half of its maximum and more
        Assert.Equal(1, table.Excluded[ExclusionReason.ProtocolNotFollowed]);
        Assert.Equal(1, table.Excluded[ExclusionReason.NotMeasured]);
    }

    [Fact]
    public async Task Stopped_at_any_scan_and_run_again_the_store_ends_with_the_same_bits()
    {
        (string list, string study) = Patients(6);
        using var whole = new TemporaryDirectory();
        await new CommandLine(whole).DoAsync("features", "extract", "--plan", study, "--cohort", list, "--images", Images, "--workers", "1");
        string expected = Store(whole.Path);
        for (int stopAfter = 1; stopAfter < 6; stopAfter++)
        {
            using var part = new TemporaryDirectory();
            MeasurementProtocol protocol = ProtocolSource.Of(ProtocolSource.OfFile(study), "study.yaml");
            using var stop = new CancellationTokenSource();
            int seen = 0;
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ExtractionRun(
                protocol, new ImageLibrary(Images), new StoredImages(new GdcmTranscoder(TimeProvider.System)), new MeasuredTables(new SiteDatabase(part.Path)), new ExtractionOptions { Workers = 2 }).RunAsync(
                    Scans(list), _ =>
                    {
                        if (++seen == stopAfter) stop.Cancel();
                    },
                    null, stop.Token));
            Assert.InRange(new MeasuredTables(new SiteDatabase(part.Path)).Rows(protocol.Digest).Length, stopAfter, 6);
            CommandOutcome rest = await new CommandLine(part).DoAsync("features", "extract", "--plan", study, "--cohort", list, "--images", Images, "--workers", "3", "--json");
            Assert.InRange((int)rest.Json["unchanged"]!, stopAfter, 6);
            Assert.Equal(expected, Store(part.Path));
        }
    }

    [Fact]
    public async Task One_bad_scan_is_reported_with_its_reason_and_the_others_are_measured()
    {
        (string list, string study) = Patients(3);
        string[] files = Directory.GetFiles(Path.Combine(Images, "1.2.102"), "0*.dcm");
        await File.WriteAllBytesAsync(files[7], (await File.ReadAllBytesAsync(files[7], TestContext.Current.CancellationToken))[..2000], TestContext.Current.CancellationToken);
        File.Delete(Directory.GetFiles(Path.Combine(Images, "1.2.103"), "010.dcm").Single());

        CommandOutcome outcome = await _site.RunAsync("features", "extract", "--plan", study, "--cohort", list);

        Assert.Equal(2, outcome.Exit);
        Assert.Empty(outcome.Error);
        Assert.Matches(@"measured +1\n", outcome.Out);
        Assert.Matches(@"not measurable +2\n", outcome.Out);
        Assert.Contains("a slice is missing or out of place", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("3 of 3 scans", outcome.Out, StringComparison.Ordinal);
        string shown = (await _site.DoAsync("features", "show", "--provenance", "p1")).Out;
        Assert.Contains("not measurable", shown, StringComparison.Ordinal);

        new SyntheticScan { Series = "1.2.103" }.Write(Path.Combine(Images, "1.2.103")); // mended, it is measured at the next run
        Assert.Equal(2, (int)(await _site.RunAsync("features", "extract", "--plan", study, "--cohort", list, "--json")).Json["measured"]!);
    }

    [Fact]
    public async Task Lesions_are_compared_with_the_liver_of_the_same_structure_set()
    {
        new SyntheticScan
        {
            Series = "1.2.41",
            Lesions = [new("GTV", 5, -10, 100, 18, 8), new("Liver", -50, 20, 80, 20, 4)],
        }.Write(Path.Combine(Images, "1.2.41"));
        new SyntheticScan { Series = "1.2.42" }.Write(Path.Combine(Images, "1.2.42"));
        string list = _directory.Write("list.csv", "id,series\np1,1.2.41\np2,1.2.42\n");
        string study = _directory.Write(
            "study.yaml",
            """
            study: fdg
            measurement:
              references: { liver: Liver }
              measures: [lesions, suvmax, liver_suvmean, liver_suvsd, suvmax_to_liver]
            analyses: [{ id: sizes, kind: describe }]
            """);
        await _site.DoAsync("features", "extract", "--plan", study, "--cohort", list, "--images", Images, "--csv", Path.Combine(_directory.Path, "out.csv"));
        string[] rows = await File.ReadAllLinesAsync(Path.Combine(_directory.Path, "out.csv"), TestContext.Current.CancellationToken);
        double[] values = [.. rows[1].Split(',').Skip(1).Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.Equal(1, values[0]); // the liver is no lesion
        Assert.Equal(8, values[1], 0.1);
        Assert.InRange(values[2], 2.4, 3.2); // 4 at its centre, 2 at its edge: 2.8 on average
        Assert.Equal(values[1] / values[2], values[4], 1e-12);
        Assert.EndsWith(",NA,NA,NA", rows[2], StringComparison.Ordinal); // no liver was drawn there
    }

    [Fact]
    public async Task A_row_tells_where_it_comes_from()
    {
        (string list, string study) = Patients(1);
        await _site.DoAsync("features", "extract", "--plan", study, "--cohort", list);
        JsonNode row = (await _site.DoAsync("features", "show", "--provenance", "p0", "--json")).Json[0]!;
        Assert.Equal("1.2.101", (string)row["provenance"]!["series"]!);
        Assert.Equal("GTV", (string)row["provenance"]!["region"]!["names"]![0]!);
        Assert.Equal(ProtocolSource.OfFile(study)!.Digest, (string)row["provenance"]!["protocol"]!);
        Assert.Equal("AcquisitionEqualsSeries", (string)row["provenance"]!["reference_time"]!);
        string shown = (await _site.DoAsync("features", "show", "--provenance", "p0")).Out;
        Assert.Contains("series: 1.2.101", shown, StringComparison.Ordinal);
        Assert.Matches("suvmax = [78][.]", shown);
        Assert.Equal("E3505", (string)JsonNode.Parse((await _site.RunAsync("features", "show", "--provenance", "p9", "--json")).Error)!["error"]!);
    }

    [Fact]
    public async Task Values_are_written_as_CSV_and_rows_can_be_forgotten()
    {
        (string list, string study) = Patients(2);
        string csv = _directory.File("out.csv");
        await _site.DoAsync("features", "extract", "--plan", study, "--cohort", list, "--csv", csv);
        string[] lines = await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken);
        Assert.Equal("row,suvmax,suvpeak_global,mtv,mtv_41,tlg_41", lines[0]);
        Assert.Equal(["p0", "p1"], lines.Skip(1).Select(l => l.Split(',')[0]));
        await _site.DoAsync("features", "import", csv); // a table like any other, for studies without a measurement section
        string one = _directory.Write("one.csv", "id,series\np1,1.2.102\n");
        Assert.Equal(1, (int)(await _site.DoAsync("features", "extract", "--plan", study, "--cohort", one, "--replace", "--json")).Json["forgotten"]!);
        Assert.Equal(1, (int)(await _site.DoAsync("features", "show", "--json")).Json["measured"]![0]!["rows"]![0]!["scans"]!);
    }

    [Fact]
    public async Task Conformance_is_counted_before_anything_is_measured()
    {
        (string list, string study) = Patients(2);
        new SyntheticScan { Series = "1.2.103", UptakeMinutes = 95 }.Write(Path.Combine(Images, "1.2.103"));
        await File.AppendAllTextAsync(list, "p2,1.2.103\n", TestContext.Current.CancellationToken);
        CommandOutcome outcome = await _site.DoAsync("features", "conformance", "--plan", study, "--cohort", list, "--json");
        JsonNode uptake = outcome.Json["checks"]![0]!;
        Assert.Equal("""["uptake-time",2,1,0,1]""", new JsonArray([.. ((string[])["check", "conforms", "deviates", "missing", "leaves_out"]).Select(k => uptake[k]!.DeepClone())]).ToJsonString());
        Assert.Equal("55-75 min after injection", (string)uptake["limit"]!);
        Assert.Contains("from knowledge", (string)uptake["source"]!, StringComparison.Ordinal);
        Assert.Equal("95 min", (string)outcome.Json["scans"]![2]!["findings"]![0]!["found"]!);
        string text = (await _site.DoAsync("features", "conformance", "--plan", study, "--cohort", list)).Out;
        Assert.Contains("3 scans: 2 would be measured, 1 left out by the protocol, 0 cannot be read", text, StringComparison.Ordinal);
        Assert.Contains("uptake-time: 95 min, asked for 55-75 min after injection", text, StringComparison.Ordinal);
        Assert.Contains("Synthetic Scanner 1 1.0 (3)", text, StringComparison.Ordinal);
        Assert.Empty(new MeasuredTables(new SiteDatabase(_directory.Path)).Protocols());
    }

    [Theory]
    [InlineData("E3501", "study: s\nanalyses: [{ id: a, kind: describe }]\n", "id,series\np,1.2\n")]
    [InlineData("E3502", "study: s\nmeasurement: { tracer: FDG }\nanalyses: [{ id: a, kind: describe }]\n", "id,series\np,1.2\n")]
    [InlineData("E2002", "study: s\nmeasurement: { tracr: FDG }\nanalyses: [{ id: a, kind: describe }]\n", "id,series\np,1.2\n")]
    [InlineData("E3503", Study, "id,serie\np,1.2\n")]
    [InlineData("E2204", Study, "id,series,glucose\np,1.2,high\n")]
    [InlineData("E3504", Study, "id,series\np,1.2\n")]
    public async Task What_cannot_be_followed_is_one_numbered_line(string code, string study, string list)
    {
        CommandOutcome outcome = await _site.RunAsync("features", "extract", "--plan", _directory.Write("s.yaml", study), "--cohort", _directory.Write("l.csv", list));
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith(code + ": ", Assert.Single(outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_study_refuses_what_was_measured_under_another_protocol()
    {
        (string list, string study) = Patients(1);
        await _site.DoAsync("features", "extract", "--plan", study, "--cohort", list);
        await _site.DoAsync("cohort", "import", _directory.Write("c.csv", "id,scanner\np0,A\n"));
        StudyPlan other = StudyFile.Read(Study.Replace("tracer: FDG", "filter: { fwhm: 6 }", StringComparison.Ordinal), "study.yaml").Complete();
        TableInvalidException refused = Assert.Throws<TableInvalidException>(() => Tables().Read(Digest.Of("p"u8), other));
        Assert.Equal("E2208", refused.Code);
        Assert.Contains(ProtocolSource.OfFile(study)!.Digest[..12], refused.Message, StringComparison.Ordinal);
        Assert.Contains(other.Measurement!.Digest[..12], refused.Message, StringComparison.Ordinal);
    }

    private string Images => Path.Combine(_directory.Path, "images");

    private (string List, string Study) Patients(int count)
    {
        for (int p = 0; p < count; p++)
            new SyntheticScan { Series = $"1.2.{101 + p}", Lesions = [new("GTV", 5 + p, -10, 100, 15 + p, 8)], Noise = 0.1, Seed = p }.Write(Path.Combine(Images, $"1.2.{101 + p}"));
        return (_directory.Write("list.csv", "id,series\n" + string.Concat(Enumerable.Range(0, count).Select(p => $"p{p},1.2.{101 + p}\n"))), _directory.Write("study.yaml", Study));
    }

    private static System.Collections.Immutable.ImmutableArray<ListedScan> Scans(string list)
    {
        using FileStream stream = File.OpenRead(list);
        return ScanList.Of(SiteAgent.Tables.CsvTable.ReadCohort(stream, "list.csv"));
    }

    /// <summary>All that is kept of the measured rows, to the bit.</summary>
    private static string Store(string directory)
    {
        var store = new MeasuredTables(new SiteDatabase(directory));
        return string.Join('\n', store.Protocols().SelectMany(p => store.Rows(p.Digest)).Select(r =>
            $"{r.RowId} {r.Outcome} {r.Inputs} {r.Provenance} {string.Join(' ', r.Values!.Select(BitConverter.DoubleToInt64Bits))}"));
    }

    private string Image(string series) => Path.Combine(_directory.Path, "images", series);

    private LocalTables Tables() => new(new SiteDatabase(_directory.Path));

    public void Dispose() => _directory.Dispose();
}
