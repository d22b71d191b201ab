using System.Text.Json;
using Federated.Imaging.Dicom;
using Federated.Imaging.Pet;
using Federated.Imaging.Tests.Dicom;

namespace Federated.Imaging.Tests.Pet;

/// <summary>Headers of eight real scanners with the factors their sites confirmed (calculate_suv_cases).</summary>
public class VendorHeaderTests
{
    [Theory]
    [InlineData("PHILIPS_CNTS_AND_BQML_SUV", 0.000551)]
    [InlineData("PHILIPS_CNTS_AND_SUV", 0.000728)]
    [InlineData("SIEMENS", 0.00042748316187197236)]
    [InlineData("GE_MEDICAL_AND_BQML", 0.0005367387681819742)]
    [InlineData("BQML_AC_DT_lessThan_S_DT_SIEMENS", 0.0004069156854009332)]
    [InlineData("RADIOPHARM_DATETIME_UNDEFINED", 0.0003721089202818729)]
    public void Six_headers_lead_to_one_factor_without_doubt(string name, double expected)
    {
        SuvSeries suv = SuvSeries.Of(Slices(name));
        Assert.InRange(suv.Factors[0] / expected, 1 - 2e-4, 1 + 2e-4);
        Assert.Empty(suv.Warnings);
    }

    [Fact]
    public void Philips_factors_settle_a_reference_time_that_is_twelve_percent_off()
    {
        SuvSeries suv = SuvSeries.Of(Slices("PHILIPS_BQML"));
        Assert.InRange(suv.Factors[0] / 0.0007463747013889488, 1 - 2e-4, 1 + 2e-4);
        Assert.Equal(ReferenceTimeRule.SeriesTime, suv.Candidates[0].Rule);
        Assert.Contains(suv.Adaptations, a => a.Rule.Contains("Philips factors", StringComparison.Ordinal));
        Assert.Contains(suv.Warnings, w => w.Contains("-12.5 %", StringComparison.Ordinal));
        Assert.Throws<SuvException>(() => SuvSeries.Of(Slices("PHILIPS_BQML"), new SuvSettings { Strict = true }));
    }

    [Fact]
    public void Both_Philips_factors_agree_with_the_rules_where_nothing_contradicts()
    {
        // Counts are brought to uptake by (7053,1000); by way of (7053,1009) and the reference instant of the rules the same uptake must come out.
        (DicomDataset slice, _) = Slices("PHILIPS_CNTS_AND_BQML_SUV")[0];
        double direct = SuvSeries.Of([(slice, 0)]).Factors[0];
        DicomDataset byActivity = slice.Clone().Remove(new DicomTag(0x7053, 0, "Philips PET Private Group"));
        SuvSeries suv = SuvSeries.Of([(byActivity, 0)]);
        Assert.Equal(ReferenceTimeRule.AverageCountRate, suv.Candidates[0].Rule);
        Assert.InRange(suv.Factors[0] / direct, 1 - 1e-3, 1 + 1e-3); // 0.000551 has three digits.
    }

    [Fact]
    public void A_frame_reference_time_stated_as_zero_before_a_later_series_time_is_the_start_of_acquisition()
    {
        SuvSeries suv = SuvSeries.Of(Slices("CPS_AND_BQML_AC_DT_-_S_DT"));
        Assert.Equal(0.00026503312764157046, suv.Factors[0], 1e-12);
        Assert.Equal(ReferenceTimeRule.StatedStart, suv.Candidates[0].Rule);
        Assert.Contains(suv.Adaptations, a => a.Attribute.Contains("FrameReferenceTime", StringComparison.Ordinal) && a.Stored is "0");
        Assert.Contains(suv.Warnings, w => w.Contains("SeriesTime", StringComparison.Ordinal) && w.Contains("+33.3 %", StringComparison.Ordinal));
        Assert.Throws<SuvException>(() => SuvSeries.Of(Slices("CPS_AND_BQML_AC_DT_-_S_DT"), new SuvSettings { Strict = true }));
    }

    [Fact]
    public void Without_a_frame_reference_time_the_choice_is_left_to_a_person()
    {
        (DicomDataset, int)[] slices = [.. Slices("CPS_AND_BQML_AC_DT_-_S_DT").Select(s => (s.Item1.Clone().Remove(DicomTag.FrameReferenceTime), 0))];
        string refusal = Assert.Throws<SuvException>(() => SuvSeries.Of(slices)).Message;
        Assert.Contains("FirstAcquisition 13:03:48.234", refusal, StringComparison.Ordinal);
        SuvSeries chosen = SuvSeries.Of(slices, new SuvSettings { ReferenceTime = ReferenceTimeRule.FirstAcquisition });
        Assert.Equal(0.00026503312764157046, chosen.Factors[0], 1e-12);
    }

    [Fact]
    public void Zero_before_no_later_series_time_is_a_missing_value() =>
        Assert.Contains("cannot be told", Assert.Throws<SuvException>(() => SuvSeries.Of(Slices("syn_series_before_acq"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_first_frame_tells_the_reference_when_all_slices_carry_one_acquisition_time()
    {
        // RADIOPHARM_DATETIME_UNDEFINED's first frame and a bed position later, both with the time at which acquisition began.
        (DicomDataset first, _) = Slices("RADIOPHARM_DATETIME_UNDEFINED")[0];
        DicomDataset later = first.Clone().AddOrUpdate(DicomTag.FrameReferenceTime, 1_552_857.9);
        Assert.Equal(SuvSeries.Of([(first, 0)]).Factors[0], SuvSeries.Of([(later, 0), (first, 0)]).Factors[1]);
    }

    [Theory]
    [InlineData("PHILIPS_BQML", SuvNormalization.LeanBodyMassJanmahasatian, 0.0004985116084259733)]
    [InlineData("PHILIPS_BQML", SuvNormalization.LeanBodyMassMorgan, 0.000567774851414955)]
    [InlineData("GE_MEDICAL_AND_BQML", SuvNormalization.LeanBodyMassMorgan, 0.00042258443751289526)]
    [InlineData("GE_MEDICAL_AND_BQML", SuvNormalization.LeanBodyMassJanmahasatian, 0.000370194345891338)]
    public void Lean_body_mass_agrees(string name, SuvNormalization normalization, double expected) =>
        Assert.InRange(SuvSeries.Of(Slices(name), new SuvSettings { Normalization = normalization }).Factors[0] / expected, 1 - 2e-4, 1 + 2e-4);

    [Theory]
    [InlineData("syn_basic_60min", 0.00027633668171764324)]
    [InlineData("syn_C11", 0.0014582898656296413)]
    [InlineData("syn_Ga68", 0.0003496621617334861)]
    [InlineData("syn_Zr89", 0.0036073817408933135)]
    [InlineData("syn_midnight_datetime", 0.00027633668171764324)]
    [InlineData("syn_midnight_timeonly", 0.00027633668171764324)] // the other tool refuses; the rules go one day back
    [InlineData("syn_GML", 1)]
    [InlineData("syn_philips_suvscale", 0.0005)]
    [InlineData("syn_philips_acsf", 0.0005526733634352865)]
    [InlineData("syn_philips_suvscale_zero", 0.0005526733634352865)]
    [InlineData("syn_fractional_seconds", 0.00027632573116065097)]
    [InlineData("syn_tz_offset", 0.00027633668171764324)]
    [InlineData("syn_series_after_acq", 0.0002711511352775862)]
    public void Simulated_headers_agree(string name, double expected) => Assert.InRange(SuvSeries.Of(Slices(name)).Factors[0] / expected, 1 - 1e-9, 1 + 1e-9);

    [Theory]
    [InlineData("syn_cnts_no_private", "(7053,1000)")]
    [InlineData("syn_no_decy", "DECY")]
    [InlineData("syn_no_weight", "PatientWeight (0010,1030)")]
    public void Simulated_headers_are_refused(string name, string reason) =>
        Assert.Contains(reason, Assert.Throws<SuvException>(() => SuvSeries.Of(Slices(name))).Message, StringComparison.Ordinal);

    [Fact]
    public void Administration_correction_needs_no_decay()
    {
        Assert.Equal(70_000.0 / 370_000_000, SuvSeries.Of(Slices("syn_ADMIN")).Factors[0], 1e-15);
    }

    private static (DicomDataset, int)[] Slices(string name)
    {
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllText(ImagingReference.Require("suv/calculate_suv_cases.json")));
        JsonElement item = cases.RootElement.EnumerateArray().Single(c => string.Equals(c.GetProperty("name").GetString(), name, StringComparison.Ordinal));
        JsonElement header = item.GetProperty("instance0");
        List<(DicomDataset, int)> slices = [];
        foreach (JsonElement acquisition in item.GetProperty("acquisitionTimes").EnumerateArray())
        {
            DicomDataset drug = [];
            DicomDataset slice = new DicomDataset().AddOrUpdate(DicomTag.RescaleSlope, 1.0);
            foreach (JsonProperty property in header.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Null) continue;
                if (property.Value.ValueKind == JsonValueKind.Object)
                {
                    foreach (JsonProperty factor in property.Value.EnumerateObject())
                        slice.AddOrUpdate(DicomVR.DS, new DicomTag(0x7053, factor.Name is "SUVScaleFactor" ? (ushort)0 : (ushort)9, "Philips PET Private Group"), factor.Value.ToString().Trim());
                    continue;
                }
                if (!DicomDictionary.TryGetTag(property.Name, out DicomTag tag)) continue;
                string[] values = property.Value.ValueKind == JsonValueKind.Array ? [.. property.Value.EnumerateArray().Select(v => v.GetString()!)] : [property.Value.ToString()];
                (property.Name.StartsWith("Radio", StringComparison.Ordinal) ? drug : slice).AddOrUpdate(tag, values);
            }
            slice.AddOrUpdate(DicomTag.AcquisitionTime, acquisition.GetString()![8..]).AddOrUpdate(DicomTag.RadiopharmaceuticalInformationSequence, drug);
            if (name.StartsWith("GE", StringComparison.Ordinal)) slice.AddOrUpdate(DicomTag.Manufacturer, "GE MEDICAL SYSTEMS");
            slices.Add((slice, 0));
        }
        return [.. slices];
    }
}
