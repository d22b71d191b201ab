using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Extraction;

namespace Federated.SiteAgent.Host.Tests.Extraction;

/// <summary>The words of the study file and the program that understands them are kept apart; here they meet.</summary>
public sealed class VocabularyTests
{
    private static readonly JsonNode Section = JsonNode.Parse(StudySchema.Text)!["properties"]!["measurement"]!["anyOf"]![0]!["properties"]!;

    private static readonly JsonNode Radiomics = Section["radiomics"]!["anyOf"]![0]!["items"]!["properties"]!;

    [Fact]
    public void Every_measure_of_the_schema_is_understood()
    {
        string[] words = Words(Section["measures"]!["anyOf"]![0]!["items"]!);
        Assert.Contains("mtv_41", words);
        MeasurementProtocol protocol = Read($"references: {{ liver: L, blood-pool: B, background: C }}\n  measures: [{string.Join(", ", words)}]");
        Assert.Equal(words, protocol.Features);
    }

    [Theory]
    [InlineData("families")]
    [InlineData("aggregations")]
    public void Every_radiomic_word_of_the_schema_is_understood(string key)
    {
        JsonNode shape = Radiomics[key]!;
        string[] words = Words((shape["anyOf"]?[0] ?? shape)["items"]!);
        string families = key is "families" ? "" : "families: [glcm, glszm], ";
        MeasurementProtocol protocol = Read($"radiomics: [{{ {families}{key}: [{string.Join(", ", words)}], discretisation: {{ bin-size: 0.25 }} }}]");
        Assert.True(protocol.Features.Length > 50);
        Assert.All(protocol.Features, name => Assert.Matches("^[a-z0-9_.]+$", name));
    }

    [Theory]
    [InlineData("uptake", "normalization")]
    [InlineData("region", "source")]
    [InlineData("region", "lesions")]
    public void Every_word_of_uptake_and_region_is_understood(string part, string key)
    {
        foreach (string word in Words(Section[part]!["anyOf"]![0]!["properties"]![key]!["anyOf"]![0]!))
        {
            string threshold = word is "threshold" ? ", threshold: 4" : "";
            Assert.NotEmpty(Read($"{part}: {{ {key}: {word}{threshold} }}\n  measures: [suvmax]").Features);
        }
    }

    [Fact]
    public void Every_check_of_the_schema_is_one_of_the_programs() =>
        Assert.Equal(SeriesConformance.Checks, Words(Section["conformance"]!["anyOf"]![0]!["properties"]!["exclude"]!["items"]!));

    [Fact]
    public void Both_ends_mean_the_same_definitions()
    {
        Assert.Equal(MeasurementProtocol.Definitions, (int)Section["definitions"]!["default"]!);
        // Raise Definitions at both ends when radiomics change: a measurement's digest does not hold the version of their definitions.
        Assert.Equal(MeasurementProtocol.Definitions, Imaging.Radiomics.ExtractionSettings.DefinitionsVersion);
    }

    [Theory]
    [InlineData("modality: CT\n  measures: [suvmax]", "need modality PT")]
    [InlineData("modality: MR\n  tracer: FDG\n  measures: [mtv]", "has no tracer")]
    [InlineData("tracer: FDX\n  measures: [suvmax]", "'FDX' is not in the table of tracers")]
    [InlineData("measures: [suvmax_to_liver]", "write references: { liver: NAME }")]
    [InlineData("region: { source: threshold }\n  measures: [mtv]", "needs a threshold")]
    [InlineData("region: { threshold: 4 }\n  measures: [mtv]", "belongs to region source threshold")]
    [InlineData("modality: CT\n  calibration: { target: earl1 }\n  measures: [mtv]", "remove calibration")]
    [InlineData("filter: { fwhm: 5 }\n  calibration: { target: earl1 }\n  measures: [mtv]", "keep one of them")]
    [InlineData("tracer: FDG", "asks for no feature")]
    [InlineData("radiomics: [{ families: [glcm], discretisation: { bin-size: 1, bins: 8 } }]", "not both")]
    [InlineData("radiomics: [{ families: [statistics], discretisation: { bins: 8 } }, { families: [statistics], discretisation: { bins: 16 } }]", "two features would have the name stat_")]
    [InlineData("radiomics: [{ families: [glcm], discretisation: { bins: 8 }, lower: 3, upper: 2 }]", "empty or not finite")]
    public void What_does_not_go_together_is_one_clear_line(string section, string said)
    {
        SiteErrorException unfit = Assert.Throws<SiteErrorException>(() => Read(section));
        Assert.Equal("E3502", unfit.Code);
        Assert.Contains(said, unfit.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', unfit.Message);
    }

    [Fact]
    public void Names_say_definitions()
    {
        MeasurementProtocol protocol = Read(
            """
            uptake: { normalization: lean-body-mass-janmahasatian }
              filter: { fwhm: 5 }
              region: { lesions: hottest }
              measures: [suvmax, tlg_suv2.5]
              radiomics:
                - { families: [glcm, statistics, intensity-volume-histogram], aggregations: [2.5d-merged], discretisation: { bin-size: 0.25 }, intensity-volume: { bins: 100 }, spacing: [3, 3, 3] }
            """);
        Assert.Contains("suvmax_lbmjanma_fwhm5_hottest", protocol.Features);
        Assert.Contains("tlg_suv2.5_lbmjanma_fwhm5_hottest", protocol.Features);
        Assert.Contains("glcm_contrast_2.5d_comb_fbs0.25_3mm_lbmjanma_fwhm5_hottest", protocol.Features);
        Assert.Contains("stat_mean_3mm_lbmjanma_fwhm5_hottest", protocol.Features);
        Assert.Contains("ivh_v10_fbn100_3mm_lbmjanma_fwhm5_hottest", protocol.Features);
    }

    [Theory]
    [InlineData("earl1", "suvmax_bsa_earl1")]
    [InlineData("earl2", "suvmax_bsa_earl2")]
    [InlineData("none", "suvmax_bsa_cal")]
    public void A_calibration_is_part_of_names_and_of_the_digest(string target, string name)
    {
        const string Rest = "uptake: { normalization: body-surface-area }\n  measures: [suvmax]";
        MeasurementProtocol protocol = Read($"calibration: {{ target: {target} }}\n  {Rest}"), flagging = Read($"calibration: {{ target: {target}, without: flag }}\n  {Rest}"), plain = Read(Rest);
        Assert.Equal([name], protocol.Features);
        Assert.Equal(3, new[] { protocol.Digest, flagging.Digest, plain.Digest }.Distinct(StringComparer.Ordinal).Count());
    }

    private static string[] Words(JsonNode shape) => [.. shape["enum"]!.AsArray().Select(w => (string)w!)];

    private static MeasurementProtocol Read(string section) =>
        ProtocolSource.Of(StudyFile.Read($"study: s\nmeasurement:\n  {section}\nanalyses: [{{ id: a, kind: describe }}]", "study.yaml").Measurement, "study.yaml");
}
