using System.Buffers.Binary;
using System.IO.Compression;
using Federated.Imaging.Dicom;

namespace Federated.Fuzz;

/// <summary>Small valid inputs of every kind, made here; a folder of real files may be added.</summary>
internal static class Seeds
{
    public static IReadOnlyList<byte[]> For(string target, string? corpus)
    {
        List<byte[]> seeds = [.. target is "nifti" ? Nifti() : Objects()];
        foreach (string? folder in (string?[])[corpus, Reference()])
        {
            if (folder is null || !Directory.Exists(folder)) continue;
            IEnumerable<string> files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Where(f => f.EndsWith(".nii.gz", StringComparison.Ordinal) == target is "nifti" && new FileInfo(f).Length < 60_000 && !f.EndsWith(".txt", StringComparison.Ordinal) && !f.EndsWith(".xz", StringComparison.Ordinal));
            // A series of near-identical slices needs two representatives.
            seeds.AddRange(files.GroupBy(f => Path.GetDirectoryName(f)!, StringComparer.Ordinal).SelectMany(g => g.Key.EndsWith("PET", StringComparison.Ordinal) || g.Key.EndsWith("image", StringComparison.Ordinal) ? g.Take(2) : g).Select(File.ReadAllBytes));
        }
        return seeds;
    }

    private static string? Reference() => Environment.GetEnvironmentVariable("FEDERATED_REFERENCE") is { Length: > 0 } folder ? Path.Combine(folder, "imaging", "dicom", "visible") : null;

    private static IEnumerable<byte[]> Objects()
    {
        foreach (DicomTransferSyntax syntax in (DicomTransferSyntax[])[DicomTransferSyntax.ExplicitVRLittleEndian, DicomTransferSyntax.ImplicitVRLittleEndian, DicomTransferSyntax.ExplicitVRBigEndian, DicomTransferSyntax.DeflatedExplicitVRLittleEndian])
        {
            yield return Save(Pet(), syntax);
            yield return Save(Structures(), syntax);
            yield return Save(Segments("BINARY", 1), syntax);
            yield return Save(Segments("FRACTIONAL", 8), syntax);
        }
        yield return Save(Segments("LABELMAP", 8), DicomTransferSyntax.ExplicitVRLittleEndian);
        byte[] rle = new byte[64 + 4];
        (rle[0], rle[4], rle[8]) = (2, 64, 66);
        (rle[64], rle[65], rle[66], rle[67]) = (unchecked((byte)-63), 1, unchecked((byte)-63), 7);
        yield return Save(Pet().AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, DicomVR.OB, [], [rle])), DicomTransferSyntax.RLELossless);
    }

    private static DicomDataset Pet()
    {
        DicomDataset drug = new DicomDataset().AddOrUpdate(DicomTag.RadionuclideTotalDose, 3.7e8).AddOrUpdate(DicomTag.RadionuclideHalfLife, 6586.2).AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "20250101100000");
        return new DicomDataset()
            .AddOrUpdate(DicomTag.SpecificCharacterSet, @"\ISO 2022 IR 87").AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, "1.2.3")
            .AddOrUpdate(DicomTag.SeriesInstanceUID, "1.2").AddOrUpdate(DicomTag.Modality, "PT").AddOrUpdate(DicomTag.PatientName, "Doe^J").AddOrUpdate(DicomTag.PatientWeight, 70.0).AddOrUpdate(DicomTag.PatientSize, 1.75)
            .AddOrUpdate(DicomTag.PatientSex, "O").AddOrUpdate(DicomTag.RadiopharmaceuticalInformationSequence, drug).AddOrUpdate(DicomTag.Units, "BQML").AddOrUpdate(DicomTag.DecayCorrection, "START")
            .AddOrUpdate(DicomTag.CorrectedImage, "ATTN", "DECY").AddOrUpdate(DicomTag.SeriesDate, "20250101").AddOrUpdate(DicomTag.SeriesTime, "110000").AddOrUpdate(DicomTag.AcquisitionDate, "20250101")
            .AddOrUpdate(DicomTag.AcquisitionTime, "110100").AddOrUpdate(DicomTag.ActualFrameDuration, 120_000).AddOrUpdate(DicomTag.FrameReferenceTime, 60_000.0)
            .AddOrUpdate(DicomVR.DT, new DicomTag(0x0009, 0x0D, "GEMS_PETD_01"), "20250101110000").AddOrUpdate(DicomTag.RescaleSlope, 1.5).AddOrUpdate(DicomTag.RescaleIntercept, 0.0)
            .AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0, 4).AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0).AddOrUpdate(DicomTag.PixelSpacing, 4.0, 4).AddOrUpdate(DicomTag.SliceThickness, 4.0)
            .AddOrUpdate(DicomTag.SamplesPerPixel, 1).AddOrUpdate(DicomTag.Rows, 8).AddOrUpdate(DicomTag.Columns, 8).AddOrUpdate(DicomTag.BitsAllocated, 16)
            .AddOrUpdate(DicomTag.BitsStored, 12).AddOrUpdate(DicomTag.HighBit, 11).AddOrUpdate(DicomTag.PixelRepresentation, 1)
            .AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2").AddOrUpdate(DicomTag.PixelData, [.. Enumerable.Range(0, 64).Select(i => (ushort)i)]);
    }

    private static DicomDataset Structures()
    {
        DicomDataset Contour(double from, double to, double z) => new DicomDataset().AddOrUpdate(DicomTag.ContourGeometricType, "CLOSED_PLANAR")
            .AddOrUpdate(DicomTag.ContourData, from, from, z, to, from, z, to, to, z, from, to, z);
        return new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, "1.2.840.10008.5.1.4.1.1.481.3").AddOrUpdate(DicomTag.SOPInstanceUID, "1.2.4").AddOrUpdate(DicomTag.Modality, "RTSTRUCT")
            .AddOrUpdate(DicomTag.StructureSetROISequence, new DicomDataset().AddOrUpdate(DicomTag.ROINumber, 7).AddOrUpdate(DicomTag.ROIName, "lesion"))
            .AddOrUpdate(DicomTag.ROIContourSequence, new DicomDataset().AddOrUpdate(DicomTag.ReferencedROINumber, 7).AddOrUpdate(DicomTag.ContourSequence, Contour(2.5, 40.1, 6), Contour(9, 30, 6), Contour(2, 50, 9)));
    }

    private static DicomDataset Segments(string type, int bits)
    {
        IEnumerable<DicomDataset> frames = Enumerable.Range(0, 3).Select(f => new DicomDataset()
            .AddOrUpdate(DicomTag.PlanePositionSequence, new DicomDataset().AddOrUpdate(DicomTag.ImagePositionPatient, 0.0, 0, 2 * f))
            .AddOrUpdate(DicomTag.SegmentIdentificationSequence, new DicomDataset().AddOrUpdate(DicomTag.ReferencedSegmentNumber, 1 + f % 2)));
        DicomDataset shared = new DicomDataset()
            .AddOrUpdate(DicomTag.PlaneOrientationSequence, new DicomDataset().AddOrUpdate(DicomTag.ImageOrientationPatient, 1.0, 0, 0, 0, 1, 0))
            .AddOrUpdate(DicomTag.PixelMeasuresSequence, new DicomDataset().AddOrUpdate(DicomTag.PixelSpacing, 1.0, 1).AddOrUpdate(DicomTag.SliceThickness, 2.0).AddOrUpdate(DicomTag.SpacingBetweenSlices, 2.0));
        DicomDataset Segment(int number) => new DicomDataset().AddOrUpdate(DicomTag.SegmentNumber, number).AddOrUpdate(DicomTag.SegmentLabel, $"lesion {number}");
        return new DicomDataset()
            .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.SegmentationStorage).AddOrUpdate(DicomTag.SOPInstanceUID, "1.2.5").AddOrUpdate(DicomTag.SegmentationType, type).AddOrUpdate(DicomTag.MaximumFractionalValue, 200)
            .AddOrUpdate(DicomTag.SegmentSequence, Segment(1), Segment(2)).AddOrUpdate(DicomTag.SharedFunctionalGroupsSequence, shared).AddOrUpdate(new DicomSequence(DicomTag.PerFrameFunctionalGroupsSequence, frames))
            .AddOrUpdate(DicomTag.NumberOfFrames, 3).AddOrUpdate(DicomTag.Rows, 3).AddOrUpdate(DicomTag.Columns, 5).AddOrUpdate(DicomTag.BitsAllocated, bits)
            .AddOrUpdate(new DicomElement(DicomTag.PixelData, DicomVR.OB, (byte[])[.. Enumerable.Range(0, 46).Select(i => (byte)(i * 37))]));
    }

    private static byte[] Save(DicomDataset dataset, DicomTransferSyntax syntax)
    {
        using MemoryStream stream = new();
        new DicomFile(dataset, syntax).Save(stream);
        return stream.ToArray();
    }

    private static IEnumerable<byte[]> Nifti()
    {
        foreach (short kind in (short[])[2, 4, 16, 64])
        {
            byte[] file = new byte[352 + 24 * 8];
            BinaryPrimitives.WriteInt32LittleEndian(file, 348);
            short[] size = [3, 4, 3, 2, 1, 1, 1, 1];
            for (int i = 0; i < 8; i++)
            {
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(40 + 2 * i), size[i]);
                BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(76 + 4 * i), 1 + i);
            }
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(70), kind);
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(108), 352);
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(252), 1);
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(254), (short)(kind / 8));
            for (int row = 0; row < 3; row++) BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(280 + 20 * row), 2);
            "n+1\0"u8.CopyTo(file.AsSpan(344));
            for (int i = 352; i < file.Length; i++) file[i] = (byte)(i * 11);
            yield return file;
            using MemoryStream compressed = new();
            using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(file);
            yield return compressed.ToArray();
        }
    }
}
