using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Study;

/// <summary>How features are measured is part of the plan: approved with it, and held against every table.</summary>
public sealed class MeasurementSectionTests
{
    private const string Section = """
          tracer: FDG
          region: { name: "GTV*" }
          measures: [suvmax, mtv_41]
          radiomics: [{ families: [glcm], discretisation: { bin-size: 0.25 }, spacing: [3, 3, 3] }]
          conformance: { uptake-time: [55, 75], exclude: [uptake-time] }
        """;

    [Fact]
    public void The_section_is_part_of_the_plan_with_its_defaults_and_one_digest()
    {
        StudyPlan plan = Read(Section);
        StudyPlan again = PlanDocument.Read(PlanDocument.Write(plan));
        Assert.Equal(plan.Measurement!.Digest, again.Measurement!.Digest);
        Assert.Equal(plan.Measurement.Digest, Read(Section.Replace("tracer: FDG", "modality: PT\n  tracer: \"FDG\"", StringComparison.Ordinal)).Measurement!.Digest); // a default written out
        Assert.NotEqual(plan.Measurement.Digest, Read(Section.Replace("0.25", "0.5", StringComparison.Ordinal)).Measurement!.Digest);
        Assert.NotEqual(PlanDocument.Digest(PlanDocument.Write(plan)), PlanDocument.Digest(PlanDocument.Write(Read(Section.Replace("0.25", "0.5", StringComparison.Ordinal)))));
    }

    [Theory]
    [InlineData("tracer: FDG", "tracr: FDG", "E2002", "did you mean 'tracer'?")]
    [InlineData("suvmax", "suvmx", "E2005", "did you mean 'suvmax'?")]
    [InlineData("bin-size", "bin-sise", "E2002", "did you mean 'bin-size'?")]
    [InlineData("[glcm]", "[glcn]", "E2005", "did you mean 'glcm'?")]
    [InlineData("[55, 75]", "[55]", "E2004", "uptake-time has 1 values")]
    public void A_slip_of_the_hand_is_found(string right, string wrong, string code, string said)
    {
        StudyFileError error = Assert.Single(Assert.Throws<StudyFileInvalidException>(() => Read(Section.Replace(right, wrong, StringComparison.Ordinal))).Errors);
        Assert.Equal(code, error.Code);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_officer_reads_how_features_are_measured()
    {
        StudyPlan plan = Read(Section);
        Manifest manifest = Manifest.For(plan);
        string text = string.Join(' ', manifest.Text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"under measurement protocol SHA-256 {plan.Measurement!.Digest}; features measured otherwise are refused", text, StringComparison.Ordinal);
        Assert.Contains("PET with FDG, in uptake per body weight, adapted values recorded here, not blurred.", text, StringComparison.Ordinal);
        Assert.Contains("regions drawn as structures GTV*; several lesions together.", text, StringComparison.Ordinal);
        Assert.Contains("uptake: suvmax, mtv_41.", text, StringComparison.Ordinal);
        Assert.Contains("radiomics: glcm; bins of 0.25, voxels of 3, 3, 3 mm (linear); 3d-averaged.", text, StringComparison.Ordinal);
        Assert.Contains("scans are left out, and counted, for: uptake-time (uptake time 55 to 75 minutes).", text, StringComparison.Ordinal);
        Assert.Contains(plan.Measurement.Digest, manifest.Json, StringComparison.Ordinal);
        Assert.All(manifest.Text.Split('\n'), line => Assert.InRange(line.Length, 0, 92));
    }

    [Fact]
    public void Features_measured_otherwise_are_refused_in_one_line()
    {
        StudyPlan plan = Read(Section);
        CohortTable cohort = new("c.csv", ["r1", "r2"], ["scanner"], [["A", "A"]]);
        FeatureTable imported = new("f.csv", ["r1", "r2"], ["suvmax"], [1.0, double.NaN]);
        foreach ((FeatureTable table, string said) in ((FeatureTable, string)[])[(imported, "no stated protocol"), (new FeatureTable("f.csv", ["r1"], ["suvmax"], [1.0]) { MeasuredUnder = new string('a', 64) }, "protocol aaaaaaaaaaaa")])
        {
            TableInvalidException refused = Assert.Throws<TableInvalidException>(() => StudyTableBuilder.Build(plan, table, cohort));
            Assert.Equal("E2208", refused.Code);
            Assert.Contains($"measured under {said}, and the study asks for protocol {plan.Measurement!.Digest[..12]}", refused.Message, StringComparison.Ordinal);
        }

        FeatureTable measured = new("f.csv", ["r1", "r2"], ["suvmax"], [1.0, double.NaN])
        {
            MeasuredUnder = plan.Measurement!.Digest,
            LeftOut = System.Collections.Immutable.ImmutableDictionary<string, ExclusionReason>.Empty.Add("r2", ExclusionReason.ProtocolNotFollowed),
        };
        StudyTable built = StudyTableBuilder.Build(plan, measured, cohort).Table;
        Assert.Equal(["r1"], built.RowIds);
        Assert.Equal(1, built.Excluded[ExclusionReason.ProtocolNotFollowed]);
        Assert.Equal(2, StudyTableBuilder.Build(plan with { Measurement = null }, imported, cohort).Table.Rows + 1);
    }

    private static StudyPlan Read(string section) => StudyFile.Read(
        $"study: fdg\nscanners: [A]\nfeatures: {{ include: [suvmax] }}\nmeasurement:\n{section}\nanalyses: [{{ id: sizes, kind: describe }}]\n", "study.yaml").Complete();
}
