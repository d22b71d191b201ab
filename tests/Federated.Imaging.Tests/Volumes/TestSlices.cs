using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Volumes;

/// <summary>Small simulated series.</summary>
internal static class TestSlices
{
    /// <summary>A slice of 4 x 3 pixels of 2 x 3 mm; pixel (x, y) holds 100 z + 10 y + x.</summary>
    public static DicomDataset Slice(double position, int number, string series = "1.2.3") => new DicomDataset()
        .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, $"1.2.3.{number}")
        .AddOrUpdate(DicomTag.SeriesInstanceUID, series).AddOrUpdate(DicomTag.Modality, "PT")
        .AddOrUpdate(DicomTag.ImagePositionPatient, -10.0, -20.0, position).AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0)
        .AddOrUpdate(DicomTag.PixelSpacing, 3.0, 2.0).AddOrUpdate(DicomTag.SliceThickness, 4.0)
        .AddOrUpdate(DicomTag.Rows, 3).AddOrUpdate(DicomTag.Columns, 4).AddOrUpdate(DicomTag.BitsAllocated, 16).AddOrUpdate(DicomTag.PixelRepresentation, 0)
        .AddOrUpdate(DicomTag.SamplesPerPixel, 1).AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2")
        .AddOrUpdate(DicomTag.RescaleSlope, number + 1.0).AddOrUpdate(DicomTag.RescaleIntercept, 0.0)
        .AddOrUpdate(DicomTag.PixelData, [.. Enumerable.Range(0, 12).Select(i => (ushort)(100 * number + 10 * (i / 4) + i % 4))]);

    public static DicomFile[] Files(params IEnumerable<DicomDataset> slices) => [.. slices.Select(slice => new DicomFile(slice))];
}
