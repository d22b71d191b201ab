using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Phantoms;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tests.Phantoms;

/// <summary>Scanners compared by what hospitals tell of their phantoms.</summary>
public class PhantomsAnalysisTests
{
    private const string Study = "study: s\nscanners: [east, west, north]\nfeatures: { names: [suvmax_earl1] }\nmeasurement: { calibration: { target: earl1 }, measures: [suvmax] }\nanalyses: [{ id: scanners, kind: phantoms }]\n";

    private static readonly StudyPlan Plan = StudyFile.Read(Study, "study.yaml").Complete();

    [Fact]
    public void The_newest_of_each_number_stands_beside_the_history()
    {
        PhantomPoint image = new(320, 1.1, 0.06, 5.5, 4.25, [0.95, 0.9, 0.85, 0.8, 0.7, 0.5], []);
        PhantomPoint cylinder = new(321, 1.15, 0.05, double.NaN, double.NaN, [], [PhantomQuantity.Factor]);
        AnalysisResult result = Conclude(("alpha", [new ScannerPhantoms(2, [image, cylinder])]), ("beta", [new ScannerPhantoms(0, [image with { Factor = 0.9 }])]));

        ResultTable newest = result.Tables[0];
        Assert.Equal(["east", "beta", 1, 0.9, 0.06, 5.5, 4.25, 0.95, 0.9, 0.85, 0.8, 0.7, 0.5, ""], newest.Rows[0]);
        Assert.Equal(["west", "alpha", 2, 1.15, 0.05, 5.5, 4.25, 0.95, 0.9, 0.85, 0.8, 0.7, 0.5, "calibration-factor"], newest.Rows[1]);
        Assert.Equal(3, result.Tables[1].Rows.Count);
        Assert.All(result.Tables, table => Assert.All(table.Rows, row => Assert.Equal(table.Columns.Length, row.Count)));
        Assert.Equal("2026-10", (string)result.Document["scanners"]![1]!["phantoms"]![1]!["month"]!);
        Assert.Null(result.Document["scanners"]![1]!["phantoms"]![1]!["fwhm_mm"]);
        Assert.Equal("north", (string)result.Document["scanners_without_phantoms"]!.AsArray().Single()!);
        Assert.NotNull(JsonNode.Parse(result.Document.ToJsonString())); // no number that JSON cannot hold
    }

    [Fact]
    public void The_manifest_says_that_it_is_seen_per_hospital()
    {
        string text = Manifest.For(Plan).Text;
        Assert.Contains("No day, no serial number", string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        StepDeclaration step = Assert.Single(new PhantomsAnalysis().Declare(Plan, Plan.Analyses[0]));
        Assert.Equal(ExchangeKind.Report, step.Kind);
    }

    [Fact]
    public void A_study_that_its_phantoms_do_not_correct_is_refused()
    {
        StudyFileInvalidException refused = Assert.Throws<StudyFileInvalidException>(() => StudyFile.Read(Study.Replace("calibration: { target: earl1 }, ", "", StringComparison.Ordinal), "study.yaml").Complete());
        Assert.Equal("E2911", refused.Errors[0].Code);
    }

    [Theory]
    [InlineData(-1, 1, 6)]
    [InlineData(2400, 1, 6)]
    [InlineData(320, -1, 6)]
    [InlineData(320, double.PositiveInfinity, 6)]
    [InlineData(320, 1, 5)]
    public void Numbers_that_no_phantom_has_are_not_sound(int month, double factor, int spheres)
    {
        PhantomPoint point = new(month, factor, 0.05, 5, 4, [.. Enumerable.Repeat(0.5, spheres)], []);
        Assert.False(point.IsSound);
        Assert.True((point with { Month = 320, Factor = double.NaN, Recoveries = [] }).IsSound);
    }

    private static AnalysisResult Conclude(params (string Site, ImmutableArray<ScannerPhantoms> Phantoms)[] sites)
    {
        using IEnumerator<Step> steps = new PhantomsAnalysis().Coordinate(new CoordinatorContext(Plan, Plan.Analyses[0], null, sites.Length)).GetEnumerator();
        Assert.True(steps.MoveNext());
        ((ReportStep)steps.Current).Reports = [.. sites.Select(s => (s.Site, new Report(new EffectiveRows(20, ImmutableSortedDictionary<ExclusionReason, long>.Empty), []) { Phantoms = s.Phantoms }))];
        Assert.True(steps.MoveNext());
        return Assert.IsType<ConclusionStep>(steps.Current).Result;
    }
}
