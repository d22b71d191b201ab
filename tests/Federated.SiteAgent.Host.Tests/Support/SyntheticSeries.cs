using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>A PET-like series whose every byte is known beforehand.</summary>
internal static class SyntheticSeries
{
    public static string SeriesUid(string name) => DicomUID.FromName($"series {name}").UID;

    public static string StudyUid(string name) => DicomUID.FromName($"study {name}").UID;

    public static string InstanceUid(string name, int slice) => DicomUID.FromName($"instance {name} {slice}").UID;

    /// <summary>Slices as Part 10 bytes, 4 mm apart; pixel i of slice z is (i * 7 + z * 13) mod 1000.</summary>
    public static IEnumerable<byte[]> Slices(string name, int count, int side = 32)
    {
        for (int z = 0; z < count; z++) yield return Bytes(Slice(name, z, side));
    }

    public static DicomFile Slice(string name, int z, int side = 32)
    {
        byte[] pixels = new byte[2 * side * side];
        for (int i = 0; i < side * side; i++) System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(pixels.AsSpan(2 * i), Stored(i, z));
        var dataset = new DicomDataset();
        dataset.AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage.UID);
        dataset.AddOrUpdate(DicomTag.SOPInstanceUID, InstanceUid(name, z));
        dataset.AddOrUpdate(DicomTag.StudyInstanceUID, StudyUid(name));
        dataset.AddOrUpdate(DicomTag.SeriesInstanceUID, SeriesUid(name));
        dataset.AddOrUpdate(DicomTag.StudyDate, "20260102");
        dataset.AddOrUpdate(DicomTag.Modality, "PT");
        dataset.AddOrUpdate(DicomTag.PatientID, $"P-{name}");
        dataset.AddOrUpdate(DicomTag.SeriesDescription, $"PET {name}");
        dataset.AddOrUpdate(DicomTag.InstanceNumber, z + 1);
        dataset.AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0.0, 4.0 * z);
        dataset.AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0);
        dataset.AddOrUpdate(DicomTag.PixelSpacing, 4.0, 4.0);
        dataset.AddOrUpdate(DicomTag.SliceThickness, 4.0);
        dataset.AddOrUpdate(DicomTag.Rows, side);
        dataset.AddOrUpdate(DicomTag.Columns, side);
        dataset.AddOrUpdate(DicomTag.SamplesPerPixel, 1);
        dataset.AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2");
        dataset.AddOrUpdate(DicomTag.BitsAllocated, 16);
        dataset.AddOrUpdate(DicomTag.BitsStored, 16);
        dataset.AddOrUpdate(DicomTag.HighBit, 15);
        dataset.AddOrUpdate(DicomTag.PixelRepresentation, 0);
        dataset.AddOrUpdate(DicomTag.RescaleSlope, 0.5);
        dataset.AddOrUpdate(DicomTag.RescaleIntercept, 0.0);
        dataset.AddOrUpdate(new DicomElement(DicomTag.PixelData, DicomVR.OW, pixels));
        return new DicomFile(dataset);
    }

    public static ushort Stored(int pixel, int z) => (ushort)((pixel * 7 + z * 13) % 1000);

    public static byte[] Bytes(DicomFile file)
    {
        using var stream = new MemoryStream();
        file.Save(stream);
        return stream.ToArray();
    }
}
