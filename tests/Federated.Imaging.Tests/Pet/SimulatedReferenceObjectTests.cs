using Federated.Imaging.Dicom;
using Federated.Imaging.Pet;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Pet;

/// <summary>Every object of the IBSI-SUV list, made here from its description, so that no rule rests on the few files that are at hand.</summary>
public class SimulatedReferenceObjectTests
{
    private static readonly double Tave = AverageCountRateTime(300);

    private static readonly Dictionary<string, SimulatedReferenceObject> Accepted = new(StringComparer.Ordinal)
    {
        ["0_0 default"] = new(),
        ["2_0 GML"] = new() { StoredDenominator = 70_000, Header = h => h.AddOrUpdate(DicomTag.Units, "GML").AddOrUpdate(DicomTag.SUVType, "BW") },
        ["2_0 GML without type"] = new() { StoredDenominator = 70_000, Header = h => h.AddOrUpdate(DicomTag.Units, "GML") },
        ["2_1_0 James M"] = Normalized("GML", "LBMJAMES128", "M", 56_520),
        ["2_1_1 James F"] = Normalized("GML", "LBMJAMES128", "F", 51_220),
        ["2_1_2 James O"] = Normalized("GML", "LBMJAMES128", "O", 53_870),
        ["2_2_0 IBW M"] = Normalized("GML", "IBW", "M", 72_380),
        ["2_2_1 IBW F"] = Normalized("GML", "IBW", "F", 66_430),
        ["2_2_2 IBW O"] = Normalized("GML", "IBW", "O", 69_405),
        ["2_3 BSA"] = Normalized("CM2ML", "BSA", "O", 18_480.8),
        ["2_4 Philips uptake factor"] = new() { StoredDenominator = 70_000, PrivateFactor = 0.0005, Header = h => Philips(h, 0x1000, 0.0005) },
        ["2_5 Philips activity factor"] = new() { PrivateFactor = 0.5, Header = h => Philips(h, 0x1009, 0.5) },
        ["2_6_0 Janmahasatian M"] = Normalized("GML", "LBMJANMA", "M", 55857.11),
        ["2_6_1 Janmahasatian F"] = Normalized("GML", "LBMJANMA", "F", 45197.01),
        ["2_6_2 Janmahasatian O"] = Normalized("GML", "LBMJANMA", "O", 50527.06),
        ["3_0 MBq"] = new() { Drug = d => d.AddOrUpdate(DicomTag.RadionuclideTotalDose, 368.08) },
        ["3_1 ADMIN"] = new() { Shown = 0, Header = h => h.AddOrUpdate(DicomTag.DecayCorrection, "ADMIN") },
        ["3_2_0 Siemens back-computed"] = new() { Header = h => Late(h, "SIEMENS", 150 + Tave) },
        ["3_2_1 GE back-computed"] = new() { Header = h => Late(h, "GE MEDICAL SYSTEMS", 150) },
        ["3_2_2 Philips back-computed"] = new() { Header = h => Late(h, "Philips Medical Systems", 150 + Tave) },
        ["3_2_3 other back-computed"] = new() { Header = h => Late(h, "Synthetic", 150 + Tave) },
        ["3_3_0 Siemens private"] = new() { Header = h => Private(h, "SIEMENS", new DicomTag(0x0071, 0x22, "SIEMENS MED PT")) },
        ["3_3_1 GE private"] = new() { Header = h => Private(h, "GE MEDICAL SYSTEMS", new DicomTag(0x0009, 0x0D, "GEMS_PETD_01")) },
        ["3_4_0 NONE Siemens"] = Uncorrected("SIEMENS"),
        ["3_4_1 NONE GE"] = Uncorrected("GE MEDICAL SYSTEMS"),
        ["3_4_2 NONE Philips counts"] = Uncorrected("Philips Medical Systems") with
        {
            PrivateFactor = 2,
            Header = h =>
            {
                Uncorrected("Philips Medical Systems").Header(h);
                Philips(h, 0x1009, 2);
            },
        },
        ["3_4_3 NONE other"] = Uncorrected("Synthetic"),
        ["3_5_1 GE at series time"] = new() { Header = h => h.AddOrUpdate(DicomTag.Manufacturer, "GE MEDICAL SYSTEMS") },
        ["4_0 date-time only"] = new() { Drug = d => d.Remove(DicomTag.RadiopharmaceuticalStartTime) },
        ["4_1 time only"] = new() { Drug = d => d.Remove(DicomTag.RadiopharmaceuticalStartDateTime) },
        ["4_2 time only across midnight"] = new() { Header = AfterMidnight, Drug = d => d.Remove(DicomTag.RadiopharmaceuticalStartDateTime).AddOrUpdate(DicomTag.RadiopharmaceuticalStartTime, "233000") },
        ["4_3 both across midnight"] = new() { Header = AfterMidnight, Drug = d => d.AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "20241231233000").AddOrUpdate(DicomTag.RadiopharmaceuticalStartTime, "233000") },
        ["4_4 anonymised date"] = new() { Drug = d => d.AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "19600101100000") },
        ["4_5 Zr-89 after three days"] = new() { HalfLife = SimulatedReferenceObject.Zirconium, Shown = 3 * 86_400 + 3600, Drug = d => d.AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "20241229100000") },
        ["5_0 Ga-68"] = new() { HalfLife = 4057.7 },
    };

    private static readonly Dictionary<string, (SimulatedReferenceObject Object, string Reason)> Refused = new(StringComparer.Ordinal)
    {
        ["2_0 weight absent"] = (new() { Header = h => h.Remove(DicomTag.PatientWeight) }, "PatientWeight (0010,1030) is missing"),
        ["2_1 weight zero"] = (new() { Header = h => h.AddOrUpdate(DicomTag.PatientWeight, 0.0) }, "PatientWeight (0010,1030) is missing or zero"),
        ["2_2 sex absent"] = (IdealBodyWeight(h => h.Remove(DicomTag.PatientSex)), "PatientSex (0010,0040) is missing"),
        ["2_3 sex X"] = (IdealBodyWeight(h => h.AddOrUpdate(DicomTag.PatientSex, "X")), "PatientSex (0010,0040) is 'X'"),
        ["2_4 size absent"] = (IdealBodyWeight(h => h.Remove(DicomTag.PatientSize)), "PatientSize (0010,1020) is missing"),
        ["2_5 size zero"] = (IdealBodyWeight(h => h.AddOrUpdate(DicomTag.PatientSize, 0.0)), "PatientSize (0010,1020) is missing"),
        ["2_6 counts without factor"] = (new() { Header = h => h.AddOrUpdate(DicomTag.Units, "CNTS") }, "neither Philips factor (7053,1000) nor (7053,1009)"),
        ["2_7 PROPCNTS"] = (new() { Header = h => h.AddOrUpdate(DicomTag.Units, "PROPCNTS") }, "Units (0054,1001) is PROPCNTS"),
        ["3_0 dose absent"] = (new() { Drug = d => d.Remove(DicomTag.RadionuclideTotalDose) }, "RadionuclideTotalDose (0018,1074) is missing"),
        ["3_1 dose negative"] = (new() { Drug = d => d.AddOrUpdate(DicomTag.RadionuclideTotalDose, -368.08e6) }, "RadionuclideTotalDose (0018,1074) is -368080000"),
        ["3_2 frame duration absent"] = (new() { Header = h => LateWithoutDuration(h) }, "the instant of decay correction cannot be told"),
        ["4_0 injection time absent"] = (new() { Drug = d => d.Remove(DicomTag.RadiopharmaceuticalStartTime).Remove(DicomTag.RadiopharmaceuticalStartDateTime) }, "RadiopharmaceuticalStartTime (0018,1072) are missing"),
        ["4_1 Zr-89 date absent"] = (new() { HalfLife = SimulatedReferenceObject.Zirconium, Drug = d => d.Remove(DicomTag.RadiopharmaceuticalStartDateTime) }, "cannot be rebuilt for a half-life of 282276 s"),
        ["4_2 Zr-89 date anonymised"] = (new() { HalfLife = SimulatedReferenceObject.Zirconium, Drug = d => d.AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "19600101100000") }, "cannot be rebuilt for a half-life of 282276 s"),
        ["5_0 half-life absent"] = (new() { Drug = d => d.Remove(DicomTag.RadionuclideHalfLife) }, "RadionuclideHalfLife (0018,1075) is missing"),
    };

    public static TheoryData<string> AcceptedNames => [.. Accepted.Keys];

    public static TheoryData<string> RefusedNames => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(AcceptedNames))]
    public void Uptake_is_the_one_the_object_was_made_with(string name)
    {
        SliceStack stack = SliceStack.From(Accepted[name].Files());
        SuvSeries suv = SuvSeries.Of(stack);
        Volume uptake = suv.Read(stack);
        for (int i = 0; i < uptake.Values.Length; i++)
        {
            double expected = ((double[])[0.2, 1, 4])[i / 2 % 3];
            // Half a step, and the five digits of the denominators above.
            Assert.Equal(expected, uptake.Values[i], 0.5 * suv.Factors.Max() + 2e-5 * expected);
        }
    }

    [Theory]
    [MemberData(nameof(RefusedNames))]
    public void Fifteen_objects_are_refused_with_their_reason(string name)
    {
        SliceStack stack = SliceStack.From(Refused[name].Object.Files());
        string reason = Assert.Throws<SuvException>(() => SuvSeries.Of(stack)).Message;
        Assert.Contains(Refused[name].Reason, reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
    }

    /// <summary>Found by fuzzing: instants that no calendar holds are a damaged header, not a defect of ours.</summary>
    [Theory]
    [InlineData("00010101", "000000", "100000", 1e8)]
    [InlineData("00010101", "000000", "100000", 1e300)]
    [InlineData("00010101", "000000", "235900", 0.0)]
    [InlineData("99991231", "235959", "100000", -1e12)]
    public void Instants_beyond_the_calendar_are_refused(string date, string time, string injected, double frameReference)
    {
        SimulatedReferenceObject damaged = new()
        {
            Header = h => h.AddOrUpdate(DicomTag.SeriesDate, date).AddOrUpdate(DicomTag.AcquisitionDate, date).AddOrUpdate(DicomTag.SeriesTime, frameReference == 0 ? time : "120000")
                .AddOrUpdate(DicomTag.AcquisitionTime, time).AddOrUpdate(DicomTag.FrameReferenceTime, frameReference),
            Drug = d => d.AddOrUpdate(DicomTag.RadiopharmaceuticalStartTime, injected).Remove(DicomTag.RadiopharmaceuticalStartDateTime),
        };
        SliceStack stack = SliceStack.From(damaged.Files());
        Assert.Contains("calendar", Assert.Throws<SuvException>(() => SuvSeries.Of(stack)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_fifteen_refusals() => Assert.Equal(15, Refused.Count);

    [Theory]
    [InlineData("Bq/ml", true, false)] // 7_0_0
    [InlineData("Bq/ml", true, true)] // 7_1_0 and 7_3_0: slope of each frame, DecayCorrectionDateTime
    [InlineData("g/ml{SUVbw}", true, true)] // 7_2_0
    [InlineData("Bq/ml", false, true)] // 7_3_1: FrameReferenceDateTime of each frame
    public void Enhanced_objects_have_the_uptake_they_were_made_with(string unit, bool statesDecayInstant, bool hasSlopePerFrame)
    {
        double decay = Math.Log(2) / SimulatedReferenceObject.Fluorine;
        DicomDataset[] frames =
        [
            .. Enumerable.Range(0, 3).Select(z =>
            {
                double instant = statesDecayInstant ? 3600 : 3600 + 300 * z;
                double perUptake = unit is "Bq/ml" ? SimulatedReferenceObject.Dose * Math.Exp(-decay * instant) / 70_000 : 1;
                double slope = perUptake * 4 / (20_000 + (hasSlopePerFrame ? 1000 * z : 0));
                DateTime reference = new DateTime(2025, 1, 1, 10, 0, 0).AddSeconds(instant);
                return new DicomDataset()
                    .AddOrUpdate(DicomTag.PlanePositionSequence, new DicomDataset().AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0, 4 * z))
                    .AddOrUpdate(DicomTag.FrameContentSequence, new DicomDataset().AddOrUpdate(DicomTag.FrameReferenceDateTime, reference.ToString("yyyyMMddHHmmss")).AddOrUpdate(DicomTag.FrameAcquisitionDateTime, "20250101110000"))
                    .AddOrUpdate(DicomTag.PixelValueTransformationSequence, new DicomDataset().AddOrUpdate(DicomTag.RescaleSlope, slope.ToString("G10")).AddOrUpdate(DicomTag.RescaleIntercept, 0.0));
            }),
        ];
        DicomDataset code = new DicomDataset().AddOrUpdate(DicomTag.CodeValue, unit);
        DicomDataset shared = new DicomDataset()
            .AddOrUpdate(DicomTag.PlaneOrientationSequence, new DicomDataset().AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0))
            .AddOrUpdate(DicomTag.PixelMeasuresSequence, new DicomDataset().AddOrUpdate(DicomTag.PixelSpacing, 4.0, 4).AddOrUpdate(DicomTag.SliceThickness, 4.0))
            .AddOrUpdate(DicomTag.RealWorldValueMappingSequence, new DicomDataset().AddOrUpdate(DicomTag.MeasurementUnitsCodeSequence, code));
        DicomDataset drug = new DicomDataset().AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "20250101100000")
            .AddOrUpdate(DicomTag.RadionuclideTotalDose, SimulatedReferenceObject.Dose).AddOrUpdate(DicomTag.RadionuclideHalfLife, SimulatedReferenceObject.Fluorine);
        DicomDataset image = new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, DicomUID.EnhancedPETImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, "1.2").AddOrUpdate(DicomTag.SeriesInstanceUID, "1")
            .AddOrUpdate(DicomTag.PatientWeight, 70.0).AddOrUpdate(DicomTag.AttenuationCorrected, "YES").AddOrUpdate(DicomTag.DecayCorrected, "YES").AddOrUpdate(DicomTag.RadiopharmaceuticalInformationSequence, drug)
            .AddOrUpdate(DicomTag.SharedFunctionalGroupsSequence, shared).AddOrUpdate(new DicomSequence(DicomTag.PerFrameFunctionalGroupsSequence, frames))
            .AddOrUpdate(DicomTag.NumberOfFrames, 3).AddOrUpdate(DicomTag.Rows, 3).AddOrUpdate(DicomTag.Columns, 1).AddOrUpdate(DicomTag.BitsAllocated, 16)
            .AddOrUpdate(DicomTag.PixelData, [.. Enumerable.Range(0, 3).SelectMany(z => new[] { 0.2, 1, 4 }.Select(u => (ushort)(u * (20_000 + (hasSlopePerFrame ? 1000 * z : 0)) / 4)))]);
        if (statesDecayInstant) image.AddOrUpdate(DicomTag.DecayCorrectionDateTime, "20250101110000");
        using MemoryStream bytes = new();
        new DicomFile(image).Save(bytes);
        SliceStack stack = SliceStack.From([DicomFile.Open(bytes.ToArray())]);
        Volume uptake = SuvSeries.Of(stack).Read(stack);
        for (int i = 0; i < 9; i++) Assert.Equal(((double[])[0.2, 1, 4])[i % 3], uptake.Values[i], 1e-6 * 4);
    }

    private static double AverageCountRateTime(double frame)
    {
        double decay = Math.Log(2) / SimulatedReferenceObject.Fluorine;
        return Math.Log(decay * frame / (1 - Math.Exp(-decay * frame))) / decay;
    }

    private static SimulatedReferenceObject Normalized(string units, string type, string sex, double denominator) =>
        new() { StoredDenominator = denominator, Header = h => h.AddOrUpdate(DicomTag.Units, units).AddOrUpdate(DicomTag.SUVType, type).AddOrUpdate(DicomTag.PatientSex, sex) };

    private static SimulatedReferenceObject IdealBodyWeight(Action<DicomDataset> change) => new()
    {
        StoredDenominator = 69_405,
        Header = h =>
        {
            h.AddOrUpdate(DicomTag.Units, "GML").AddOrUpdate(DicomTag.SUVType, "IBW");
            change(h);
        },
    };

    private static SimulatedReferenceObject Uncorrected(string manufacturer) => new()
    {
        Shown = 3750,
        FrameSeconds = 300,
        Header = h => h.AddOrUpdate(DicomTag.Manufacturer, manufacturer).AddOrUpdate(DicomTag.DecayCorrection, "NONE")
            .AddOrUpdate(DicomTag.CorrectedImage, "NORM", "DTIM", "ATTN", "SCAT", "RAN").AddOrUpdate(DicomTag.AcquisitionTime, "110230"),
    };

    private static void Philips(DicomDataset header, ushort element, double factor) =>
        header.AddOrUpdate(DicomTag.Manufacturer, "Philips Medical Systems").AddOrUpdate(DicomTag.Units, "CNTS").AddOrUpdate(DicomVR.DS, new DicomTag(0x7053, (ushort)(element & 0xFF), "Philips PET Private Group"), factor);

    // Acquired 150 s after the reference instant of 11:00, in a series that a workstation wrote half an hour later.
    private static void Late(DicomDataset header, string manufacturer, double frameReferenceSeconds) => header.AddOrUpdate(DicomTag.Manufacturer, manufacturer)
        .AddOrUpdate(DicomTag.SeriesTime, "113000").AddOrUpdate(DicomTag.AcquisitionTime, "110230").AddOrUpdate(DicomTag.FrameReferenceTime, Math.Round(frameReferenceSeconds * 1000, 3));

    private static void LateWithoutDuration(DicomDataset header)
    {
        Late(header, "SIEMENS", 150 + Tave);
        header.Remove(DicomTag.ActualFrameDuration);
    }

    private static void Private(DicomDataset header, string manufacturer, DicomTag tag) => header.AddOrUpdate(DicomTag.Manufacturer, manufacturer)
        .AddOrUpdate(DicomTag.SeriesTime, "113000").AddOrUpdate(DicomTag.AcquisitionTime, "113000").AddOrUpdate(DicomVR.DT, tag, "20250101110000.000000");

    private static void AfterMidnight(DicomDataset header) => header.AddOrUpdate(DicomTag.SeriesTime, "003000").AddOrUpdate(DicomTag.AcquisitionTime, "003000");
}
