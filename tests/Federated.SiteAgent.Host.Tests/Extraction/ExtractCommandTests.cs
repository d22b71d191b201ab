using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
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

    private string Image(string series) => Path.Combine(_directory.Path, "images", series);

    private LocalTables Tables() => new(new SiteDatabase(_directory.Path));

    public void Dispose() => _directory.Dispose();
}
