using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Pet;

/// <summary>
/// A PET series with the header of the default IBSI-SUV object (70 kg, 1.75 m, sex O, 368.08 MBq at 10:00, scanned at 11:00) whose pixels show an uptake of 0.2, 1 and 4.
/// The activity is computed here from the physics of decay, not by the code under test, and every slice goes through the writer and the reader.
/// </summary>
internal sealed record SimulatedReferenceObject
{
    public const double Weight = 70, Dose = 368.08e6, Fluorine = 6586.2, Zirconium = 282_276;

    /// <summary>Seconds from injection to the instant whose activity the pixels show.</summary>
    public double Shown { get; init; } = 3600;

    /// <summary>Denominator in grams (or square centimetres) that the stored values are divided by; null stores Bq/ml.</summary>
    public double? StoredDenominator { get; init; }

    public double HalfLife { get; init; } = Fluorine;

    /// <summary>Mean over so many seconds from the instant shown on; 0 shows the instant itself.</summary>
    public double FrameSeconds { get; init; }

    /// <summary>Bq/ml (or uptake) per stored value and slope, as Philips' private factors have it.</summary>
    public double PrivateFactor { get; init; } = 1;

    public Action<DicomDataset> Header { get; init; } = _ => { };
    public Action<DicomDataset> Drug { get; init; } = _ => { };

    /// <summary>Three slices, each with three rows of uptake 0.2, 1 and 4, written to bytes and read again.</summary>
    public DicomFile[] Files() => [.. Enumerable.Range(0, 3).Select(Slice)];

    private DicomFile Slice(int z)
    {
        double decay = Math.Log(2) / HalfLife;
        double activity = Dose * Math.Exp(-decay * Shown) / (Weight * 1000);
        if (FrameSeconds > 0) activity *= (1 - Math.Exp(-decay * FrameSeconds)) / (decay * FrameSeconds);
        double perUptake = StoredDenominator is { } denominator ? denominator / (Weight * 1000) : activity;
        // Every slice has its own slope; the text of a decimal string is what the reader will know.
        string slope = (perUptake * 4 / PrivateFactor / (20_000 + 1000 * z)).ToString("G10", System.Globalization.CultureInfo.InvariantCulture);
        double step = double.Parse(slope, System.Globalization.CultureInfo.InvariantCulture) * PrivateFactor;
        DicomDataset drug = new DicomDataset().AddOrUpdate(DicomTag.RadiopharmaceuticalStartTime, "100000.000000").AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "20250101100000.000000")
            .AddOrUpdate(DicomTag.RadionuclideTotalDose, Dose).AddOrUpdate(DicomTag.RadionuclideHalfLife, HalfLife);
        Drug(drug);
        DicomDataset slice = new DicomDataset()
            .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, $"1.2.3.{z + 1}").AddOrUpdate(DicomTag.SeriesInstanceUID, "1.2.3")
            .AddOrUpdate(DicomTag.Modality, "PT").AddOrUpdate(DicomTag.Manufacturer, "Synthetic")
            .AddOrUpdate(DicomTag.SeriesDate, "20250101").AddOrUpdate(DicomTag.SeriesTime, "110000.000000").AddOrUpdate(DicomTag.AcquisitionDate, "20250101").AddOrUpdate(DicomTag.AcquisitionTime, "110000.000000")
            .AddOrUpdate(DicomTag.PatientSex, "O").AddOrUpdate(DicomTag.PatientSize, 1.75).AddOrUpdate(DicomTag.PatientWeight, Weight)
            .AddOrUpdate(DicomTag.ActualFrameDuration, 300_000).AddOrUpdate(DicomTag.FrameReferenceTime, 150_000.0).AddOrUpdate(DicomTag.Units, "BQML").AddOrUpdate(DicomTag.DecayCorrection, "START")
            .AddOrUpdate(DicomTag.CorrectedImage, "NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN").AddOrUpdate(DicomTag.RescaleSlope, slope).AddOrUpdate(DicomTag.RescaleIntercept, 0.0)
            .AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0, 4 * z).AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0).AddOrUpdate(DicomTag.PixelSpacing, 4.0, 4).AddOrUpdate(DicomTag.SliceThickness, 4.0)
            .AddOrUpdate(DicomTag.SamplesPerPixel, 1).AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2").AddOrUpdate(DicomTag.Rows, 3).AddOrUpdate(DicomTag.Columns, 2)
            .AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.BitsStored, 16).AddOrUpdate(DicomTag.HighBit, 15).AddOrUpdate(DicomTag.PixelRepresentation, 1)
            .AddOrUpdate(DicomTag.PixelData, [.. new[] { 0.2, 0.2, 1, 1, 4, 4 }.Select(uptake => (ushort)Math.Round(uptake * perUptake / step))])
            .AddOrUpdate(DicomTag.RadiopharmaceuticalInformationSequence, drug);
        Header(slice);
        using MemoryStream bytes = new();
        new DicomFile(slice).Save(bytes);
        return DicomFile.Open(bytes.ToArray());
    }
}
