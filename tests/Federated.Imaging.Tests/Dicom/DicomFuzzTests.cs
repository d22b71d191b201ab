using CsCheck;
using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Dicom;

/// <summary>Damaged bytes are read or refused with a DicomException: no crash, no hang, no allocation out of proportion.</summary>
public class DicomFuzzTests
{
    private static readonly byte[][] Seeds = [.. Samples().Select(Bytes)];

    [Fact]
    public void Mutated_objects_are_read_or_refused()
    {
        Gen<(int, (int, byte)[], int, int)> damage = Gen.Select(Gen.Int[0, Seeds.Length - 1], Gen.Select(Gen.Int[0, 4000], Gen.Byte).Array[0, 12], Gen.Int[0, 4000], Gen.Int[-16, 4000]);
        damage.Sample(
            t =>
            {
                (int seed, (int At, byte Value)[] changes, int cutAt, int cut) = t;
                byte[] bytes = [.. Seeds[seed]];
                foreach ((int at, byte value) in changes) bytes[at % bytes.Length] = value;
                if (cut > 3000) bytes = bytes[..(cutAt % bytes.Length)];
                Exercise(bytes);
            },
            iter: 20_000);
    }

    [Fact]
    public void Corpus_files_with_flipped_bytes_are_read_or_refused()
    {
        string root = ImagingReference.Require("dicom/visible");
        byte[][] files = [.. Directory.EnumerateFiles(root, "*.dcm", SearchOption.AllDirectories).Where(f => new FileInfo(f).Length < 12_000).Take(40).Select(File.ReadAllBytes)];
        Gen.Select(Gen.Int[0, files.Length - 1], Gen.Select(Gen.Int[0, 12_000], Gen.Byte).Array[1, 8]).Sample(
            (file, changes) =>
            {
                byte[] bytes = [.. files[file]];
                foreach ((int at, byte value) in changes) bytes[at % bytes.Length] = value;
                Exercise(bytes);
            },
            iter: 5_000);
    }

    [Fact]
    public void Random_bytes_are_refused() => Gen.Byte.Array[0, 400].Sample(bytes => Exercise([.. "DICM"u8, .. bytes]), iter: 5_000);

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        byte[] level = [0x08, 0x00, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
        byte[] bytes = [.. Enumerable.Repeat(level, 100_000).SelectMany(l => l)];
        Assert.Contains("MaximumDepth", Assert.Throws<DicomLimitException>(() => DicomFile.Open(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deflate_bomb_is_refused()
    {
        DicomDataset dataset = Samples().First();
        dataset.AddOrUpdate(new DicomElement(DicomTag.PixelData, DicomVR.OW, new byte[8_000_000]));
        byte[] bomb = Bytes((dataset, DicomTransferSyntax.DeflatedExplicitVRLittleEndian));
        Assert.True(bomb.Length < 50_000);
        DicomReadOptions options = new() { MaximumInflatedBytes = 1_000_000 };
        Assert.Contains("MaximumInflatedBytes", Assert.Throws<DicomLimitException>(() => DicomFile.Open(bomb, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_larger_than_its_bytes_is_refused_before_it_is_allocated()
    {
        DicomDataset dataset = Samples().First().AddOrUpdate(DicomTag.Rows, 65535).AddOrUpdate(DicomTag.Columns, 65535).AddOrUpdate(DicomTag.NumberOfFrames, 2_000_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsAny<DicomException>(() => DicomPixelData.Create(DicomFile.Open(Bytes((dataset, DicomTransferSyntax.ExplicitVRLittleEndian)))));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }

    private static void Exercise(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            DicomFile file = DicomFile.Open(bytes);
            foreach (DicomItem item in file.Dataset.Where(i => i is DicomElement { Length: < 1000 })) file.Dataset.GetStringOrNull(item.Tag);
            DicomPixelData pixels = DicomPixelData.Create(file);
            if ((long)pixels.SamplesPerFrame * pixels.NumberOfFrames < 1 << 22)
                for (int frame = 0; frame < pixels.NumberOfFrames; frame++) pixels.ReadStored(frame);
        }
        catch (DicomException refusal)
        {
            Assert.DoesNotContain('\n', refusal.Message);
        }
        // Doubles take 8 bytes for a pixel that may be a bit; deflated bytes may grow a thousandfold.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000 + 1100L * bytes.Length);
    }

    private static IEnumerable<DicomDataset> Samples()
    {
        DicomDataset item = new DicomDataset().AddOrUpdate(DicomTag.RadionuclideTotalDose, 3.7e8).AddOrUpdate(DicomTag.RadiopharmaceuticalStartDateTime, "20250101100000");
        DicomDataset image = new DicomDataset()
            .AddOrUpdate(DicomTag.SpecificCharacterSet, @"\ISO 2022 IR 87").AddOrUpdate(DicomTag.SOPClassUID, DicomUID.PositronEmissionTomographyImageStorage).AddOrUpdate(DicomTag.SOPInstanceUID, "1.2.3")
            .AddOrUpdate(DicomTag.PatientName, "Doe^J").AddOrUpdate(DicomTag.RadiopharmaceuticalInformationSequence, item)
            .AddOrUpdate(DicomVR.DT, new DicomTag(0x0009, 0x0D, "GEMS_PETD_01"), "20250101110000")
            .AddOrUpdate(DicomTag.SamplesPerPixel, 1).AddOrUpdate(DicomTag.Rows, 8).AddOrUpdate(DicomTag.Columns, 8).AddOrUpdate(DicomTag.BitsAllocated, 16)
            .AddOrUpdate(DicomTag.BitsStored, 12).AddOrUpdate(DicomTag.HighBit, 11).AddOrUpdate(DicomTag.PixelRepresentation, 1)
            .AddOrUpdate(DicomTag.PhotometricInterpretation, "MONOCHROME2").AddOrUpdate(DicomTag.PixelData, [.. Enumerable.Range(0, 64).Select(i => (ushort)i)]);
        yield return image;
        DicomDataset compressed = image.Clone();
        byte[] rle = new byte[64 + 4];
        (rle[0], rle[4], rle[8]) = (2, 64, 66);
        (rle[64], rle[65], rle[66], rle[67]) = (unchecked((byte)-63), 1, unchecked((byte)-63), 7);
        yield return compressed.AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, DicomVR.OB, [], [rle]));
    }

    private static byte[] Bytes(DicomDataset dataset) => Bytes((dataset, dataset.TryGetItem(DicomTag.PixelData, out DicomItem? item) && item is DicomFragmentSequence
        ? DicomTransferSyntax.RLELossless : DicomTransferSyntax.ExplicitVRLittleEndian));

    private static byte[] Bytes((DicomDataset Dataset, DicomTransferSyntax Syntax) sample)
    {
        using MemoryStream stream = new();
        new DicomFile(sample.Dataset, sample.Syntax).Save(stream);
        return stream.ToArray();
    }
}
