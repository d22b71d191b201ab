using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Dicom;

/// <summary>Images of the corpus as DCMTK and GDCM write them in other syntaxes: the pixels stay the same, whoever wrote the file.</summary>
public class ConvertedFileTests
{
    public static TheoryData<string, string[]> Conversions => new()
    {
        { "dcmconv", ["+te"] }, // explicit little endian
        { "dcmconv", ["+ti"] }, // implicit little endian
        { "dcmconv", ["+tb"] }, // explicit big endian
        { "dcmconv", ["+td"] }, // deflated
        { "dcmconv", ["+te", "-e"] }, // sequences of undefined length
        { "dcmconv", ["-F", "+te"] }, // dataset without meta information
        { "dcmconv", ["-F", "+ti"] },
        { "dcmconv", ["-F", "+tb"] },
        { "dcmcrle", [] },
        { "gdcmconv", ["--rle"] },
        { "gdcmconv", ["--deflated"] },
    };

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Pixels_stay_as_they_were(string program, string[] arguments)
    {
        string root = ImagingReference.Require("dicom/visible");
        Assert.SkipUnless(ImagingReference.Installed(program), $"needs {program} of the packages dcmtk and libgdcm-tools");
        string converted = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        List<string> failures = [];
        int compared = 0;
        try
        {
            foreach (string path in Sources(root))
            {
                DicomFile original = DicomFile.Open(File.ReadAllBytes(path));
                ImagingReference.Run(program, [.. arguments, path, converted]);
                if (!File.Exists(converted) || new FileInfo(converted).Length == 0) continue; // what a program cannot convert is no case
                string name = Path.GetFileName(path);
                try
                {
                    DicomFile read = DicomFile.Open(File.ReadAllBytes(converted));
                    string difference = Difference(DicomPixelData.Create(original), DicomPixelData.Create(read));
                    if (difference.Length > 0) failures.Add($"{name}: {difference}");
                    compared++;
                }
                catch (DicomException refusal)
                {
                    // The order of 32-bit cells in big endian is a refusal by rule; every other one is a failure.
                    if (!refusal.Message.Contains("two orders", StringComparison.Ordinal)) failures.Add($"{name}: {refusal.Message}");
                }
                File.Delete(converted);
            }
        }
        finally
        {
            File.Delete(converted);
        }
        Assert.Empty(failures);
        Assert.True(compared >= 8, $"only {compared} images were compared");
    }

    [Fact]
    public void Cells_of_32_bits_in_big_endian_are_refused_as_their_words_have_two_orders()
    {
        DicomDataset image = new DicomDataset().AddOrUpdate(DicomTag.SOPClassUID, "1.2").AddOrUpdate(DicomTag.SOPInstanceUID, "1.3")
            .AddOrUpdate(DicomTag.Rows, 1).AddOrUpdate(DicomTag.Columns, 1).AddOrUpdate(DicomTag.BitsAllocated, 32).AddOrUpdate(new DicomElement(DicomTag.PixelData, DicomVR.OW, new byte[] { 1, 2, 3, 4 }));
        using MemoryStream stream = new();
        new DicomFile(image, DicomTransferSyntax.ExplicitVRBigEndian).Save(stream);
        Assert.Contains("two orders", Assert.Throws<DicomUnsupportedException>(() => DicomPixelData.Create(DicomFile.Open(stream.ToArray()))).Message, StringComparison.Ordinal);
        Assert.Equal([0x04030201], DicomPixelData.Create(new DicomFile(image)).ReadStored(0));
    }

    // One file per folder of slices, and every other image that is read without help.
    private static IEnumerable<string> Sources(string root)
    {
        foreach (string folder in Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string[] images = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Where(IsImage)];
            foreach (string path in images.Length > 30 ? images[..1] : images) yield return path;
        }
    }

    private static bool IsImage(string path)
    {
        try
        {
            DicomFile file = DicomFile.Open(File.ReadAllBytes(path));
            return file.FileMetaInfo.Count > 0 && !file.TransferSyntax.IsEncapsulated && DicomPixelData.Create(file).BitsAllocated > 1;
        }
        catch (DicomException)
        {
            return false;
        }
    }

    private static string Difference(DicomPixelData expected, DicomPixelData read)
    {
        if ((expected.NumberOfFrames, expected.SamplesPerFrame) != (read.NumberOfFrames, read.SamplesPerFrame)) return $"{read.NumberOfFrames} frames of {read.SamplesPerFrame}, not {expected.NumberOfFrames} of {expected.SamplesPerFrame}";
        for (int frame = 0; frame < expected.NumberOfFrames; frame++)
        {
            // RLE stores colours together or apart, so that samples are compared as a set.
            double[] wanted = expected.ReadStored(frame), found = read.ReadStored(frame);
            if (expected.SamplesPerPixel > 1)
            {
                Array.Sort(wanted);
                Array.Sort(found);
            }
            if (!wanted.AsSpan().SequenceEqual(found)) return $"frame {frame + 1} differs";
        }
        return "";
    }
}
