using Federated.Imaging.Dicom;
using Federated.Imaging.Pet;
using Federated.Imaging.Tests.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Pet;

/// <summary>Digital reference objects of the IBSI-SUV project: uptake 0.20, 1.00 and 4.00 at minimum, median and maximum of the mask, or refusal.</summary>
public class SuvReferenceObjectTests
{
    [Fact]
    public void Official_objects_have_the_uptake_they_were_made_with()
    {
        Dictionary<string, byte[]> files = ImagingReference.Archive("dicom/visible/suv_DROs.tar.xz");
        int checkedObjects = 0;
        foreach (IGrouping<string, string> series in files.Keys.Where(name => name.Contains("/PT/", StringComparison.Ordinal)).GroupBy(name => name.Split('/')[1], StringComparer.Ordinal))
        {
            Check(series.Key, [.. series.Select(name => DicomFile.Open(files[name]))], files[$"DRO/{series.Key}/mask/DRO_mask.nii.gz"]);
            checkedObjects++;
        }
        Assert.Equal(9, checkedObjects);
    }

    [Fact]
    public void Rebuilt_objects_have_their_uptake_or_are_refused()
    {
        Dictionary<string, byte[]> files = ImagingReference.Archive("dicom/visible/suv_DROs_reconstructed.tar.xz");
        List<string> refusals = [];
        foreach (IGrouping<string, string> series in files.Keys.Where(name => name.Contains("/PT/", StringComparison.Ordinal)).GroupBy(name => name.Split('/')[0], StringComparer.Ordinal))
        {
            DicomFile[] slices = [.. series.Select(name => DicomFile.Open(files[name]))];
            if (!series.Key.Contains("error", StringComparison.Ordinal)) Check(series.Key, slices, files["DRO_mask.nii.gz"]);
            else refusals.Add(Assert.Throws<SuvException>(() => SuvSeries.Of(SliceStack.From(slices))).Message);
        }
        Assert.Equal(8, refusals.Count);
        Assert.All(refusals, reason => Assert.Matches(@"\(\d{4},[\dA-F]{4}\)", reason));
    }

    /// <summary>The 17 official objects by their headers, including those whose files are not at hand.</summary>
    [Fact]
    public void Official_headers_lead_to_the_uptake_of_their_stored_values()
    {
        List<string> failures = [];
        foreach (Dictionary<string, string> row in ImagingReference.Csv(ImagingReference.Require("suv/dro_tags.csv")))
        {
            if (row["id"] is "DRO_1_0" or "DRO_3_4") continue; // Two slopes, two acquisition times: the row holds the header of one slice and the values of another.
            DicomDataset slice = Header(row);
            double factor = SuvSeries.Of([(slice, 0)]).Factors[0];
            double[] stored = [.. row["pv"].Trim('[', ']').Split(',').Select(v => double.Parse(v))];
            foreach ((double value, double expected) in stored.Skip(1).Zip([0.2, 1.0, 4.0]))
            {
                if (!IsStoredAs(row["id"], value * factor, expected, factor)) failures.Add($"{row["id"]}: {value * factor}, not {expected}");
            }
        }
        Assert.Empty(failures);
    }

    /// <summary>The stored integers of every official header are the uptake divided by the factor with its fraction cut off: nothing is left for a tolerance to hide.</summary>
    [Fact]
    public void Official_integers_are_cut_off_uptake()
    {
        List<string> rounded = [];
        List<string> lostMoreThanHalf = [];
        foreach (Dictionary<string, string> row in ImagingReference.Csv(ImagingReference.Require("suv/dro_tags.csv")))
        {
            if (row["id"] is "DRO_1_0" or "DRO_3_4") continue;
            double factor = SuvSeries.Of([(Header(row), 0)]).Factors[0];
            double[] stored = [.. row["pv"].Trim('[', ']').Split(',').Select(v => double.Parse(v))];
            foreach ((double value, double expected) in stored.Skip(1).Zip([0.2, 1.0, 4.0]))
            {
                double exact = expected / factor;
                // Headers carry a dose and a half-life of five digits.
                if (value != Math.Floor(exact + 2e-5 * exact)) rounded.Add($"{row["id"]}: {value} for {exact}");
                if (exact - value > 0.5 && (exact - value) * factor > 0.5 * factor + 5e-4) lostMoreThanHalf.Add($"{row["id"]} at {expected}");
            }
        }
        Assert.Empty(rounded);
        Assert.Equal(["DRO_2_2 at 1", "DRO_2_3 at 4"], lostMoreThanHalf);
    }

    // Half a step either way; where the makers' integers were cut off by more (see above), a whole step below.
    private static bool IsStoredAs(string name, double value, double expected, double step)
    {
        double below = (name, expected) is ("DRO_2_2", 1.0) or ("DRO_2_3", 4.0) ? step : 0.5 * step;
        return value > expected - below - 5e-4 && value < expected + 0.5 * step + 5e-4;
    }

    private static void Check(string name, DicomFile[] slices, byte[] maskFile)
    {
        SliceStack stack = SliceStack.From(slices);
        SuvSeries suv = SuvSeries.Of(stack);
        Volume uptake = suv.Read(stack);
        RegionMask mask = NiftiReader.Read(maskFile).Where(v => v > 0).On(uptake.Geometry);
        float[] values = [.. uptake.Values.Where((_, i) => mask.Inside[i]).Order()];
        Assert.True(values.Length > 1000, $"{name}: the mask holds {values.Length} voxels");
        double[] found = [values[0], 0.5 * (values[(values.Length - 1) / 2] + values[values.Length / 2]), values[^1]];
        foreach ((double value, double expected) in found.Zip([0.2, 1.0, 4.0])) Assert.True(IsStoredAs(name, value, expected, suv.Factors.Max()), $"{name}: {string.Join('/', found)}");
    }

    private static DicomDataset Header(Dictionary<string, string> row)
    {
        DicomDataset drug = new DicomDataset().AddOrUpdate(DicomTag.RadionuclideTotalDose, row["dose"]).AddOrUpdate(DicomTag.RadionuclideHalfLife, row["T12"]);
        if (row["RPtime"].Length > 0) drug.AddOrUpdate(DicomTag.RadiopharmaceuticalStartTime, row["RPtime"]);
        if (row["RPDT"].Length > 0) drug.AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, row["RPDT"]);
        DicomDataset slice = new DicomDataset()
            .AddOrUpdate(DicomTag.SeriesDate, row["SeriesDT"][..8]).AddOrUpdate(DicomTag.SeriesTime, row["SeriesDT"][8..])
            .AddOrUpdate(DicomTag.AcquisitionDate, row["AcqDT"][..8]).AddOrUpdate(DicomTag.AcquisitionTime, row["AcqDT"][8..])
            .AddOrUpdate(DicomTag.Manufacturer, row["manuf"]).AddOrUpdate(DicomTag.PatientSex, row["Sex"]).AddOrUpdate(DicomTag.PatientSize, row["H"]).AddOrUpdate(DicomTag.PatientWeight, row["W"])
            .AddOrUpdate(DicomTag.ActualFrameDuration, row["AFD"]).AddOrUpdate(DicomTag.FrameReferenceTime, row["FRT"]).AddOrUpdate(DicomTag.RescaleSlope, row["slope0"]).AddOrUpdate(DicomTag.RescaleIntercept, 0.0)
            .AddOrUpdate(DicomTag.Units, row["Units"]).AddOrUpdate(DicomTag.DecayCorrection, row["DC"]).AddOrUpdate(DicomTag.RadiopharmaceuticalInformationSequence, drug)
            .AddOrUpdate(DicomTag.CorrectedImage, [.. row["CorrectedImage"].Trim('[', ']').Split(',').Select(v => v.Trim(' ', '\''))]);
        if (row["SUVType"].Length > 0) slice.AddOrUpdate(DicomTag.SUVType, row["SUVType"]);
        if (row["ge"].Length > 0) slice.AddOrUpdate(DicomVR.DT, new DicomTag(0x0009, 0x0D, "GEMS_PETD_01"), row["ge"]);
        if (row["ph1000"].Length > 0) slice.AddOrUpdate(DicomVR.DS, new DicomTag(0x7053, 0x1000), row["ph1000"]);
        if (row["ph1009"].Length > 0) slice.AddOrUpdate(DicomVR.DS, new DicomTag(0x7053, 0x1009), row["ph1009"]);
        return slice;
    }
}
