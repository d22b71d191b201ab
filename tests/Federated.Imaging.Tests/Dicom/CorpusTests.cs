using System.Globalization;
using Federated.Imaging.Dicom;

namespace Federated.Imaging.Tests.Dicom;

/// <summary>Every file of the corpus is read with the pixel statistics pydicom found, or refused with a reason.</summary>
public class CorpusTests
{
    [Fact]
    public void Every_file_is_read_as_pydicom_reads_it_or_refused_with_a_reason()
    {
        string root = ImagingReference.Require("dicom/MANIFEST.csv");
        bool hasTranscoder = ImagingReference.Installed("gdcmconv");
        List<string> failures = [];
        int decoded = 0;
        foreach (Dictionary<string, string> row in ImagingReference.Csv(root).Where(r => r["pydicom"].Length > 0))
        {
            string path = Path.Combine(Path.GetDirectoryName(root)!, row["path"]);
            if (!File.Exists(path)) continue;
            try
            {
                DicomFile file = DicomFile.Open(File.ReadAllBytes(path));
                string stated = file.FileMetaInfo.GetStringOrNull(DicomTag.TransferSyntaxUID) ?? "";
                if (Differ(stated, row["transfer_syntax"])) failures.Add($"{row["path"]}: transfer syntax {stated}, not {row["transfer_syntax"]}");
                if (row["pydicom"] is not "force" && Differ(file.Dataset.GetStringOrNull(DicomTag.Modality) ?? "", row["modality"])) failures.Add($"{row["path"]}: modality");
                if (Differ(file.Dataset.GetStringOrNull(DicomTag.PatientID) ?? "", row["patient_id"])) failures.Add($"{row["path"]}: patient id");
                if (row["px_status"] is not "decoded") continue;
                if (!DicomPixelData.CanDecode(file.TransferSyntax))
                {
                    string refusal = Assert.Throws<DicomUnsupportedException>(() => DicomPixelData.Create(file)).Message;
                    if (!refusal.Contains(file.TransferSyntax.UID.UID, StringComparison.Ordinal)) failures.Add($"{row["path"]}: the refusal does not name the syntax");
                    if (!hasTranscoder) continue;
                    file = Transcode(path);
                }
                DicomPixelData pixels = DicomPixelData.Create(file);
                double minimum = double.MaxValue, maximum = double.MinValue, sum = 0;
                for (int frame = 0; frame < pixels.NumberOfFrames; frame++)
                {
                    foreach (double value in pixels.ReadStored(frame))
                    {
                        minimum = Math.Min(minimum, value);
                        maximum = Math.Max(maximum, value);
                        sum += value;
                    }
                }
                string found = string.Create(CultureInfo.InvariantCulture, $"{minimum}/{maximum}/{sum}");
                if (Differ(found, $"{row["px_min"]}/{row["px_max"]}/{row["px_sum"]}")) failures.Add($"{row["path"]}: pixels {found}, not {row["px_min"]}/{row["px_max"]}/{row["px_sum"]}");
                decoded++;
            }
            catch (DicomException refusal) when (row["px_status"] is not "decoded")
            {
                if (refusal.Message.Contains('\n', StringComparison.Ordinal) || refusal.Message.Length < 20) failures.Add($"{row["path"]}: poor reason '{refusal.Message}'");
                if (row["dcmdump_rc"] is "0") failures.Add($"{row["path"]}: refused although dcmdump reads it: {refusal.Message}");
            }
        }
        TestContext.Current.SendDiagnosticMessage($"{decoded} images decoded");
        Assert.Empty(failures);
        Assert.True(decoded > 100);
    }

    [Fact]
    public void Every_file_survives_being_written_and_read_again()
    {
        string root = ImagingReference.Require("dicom/visible");
        int compared = 0;
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            DicomFile file;
            try
            {
                file = DicomFile.Open(File.ReadAllBytes(path));
            }
            catch (DicomException)
            {
                continue;
            }
            if (!file.Dataset.Contains(DicomTag.SOPInstanceUID)) continue;
            foreach (DicomTransferSyntax syntax in Syntaxes(file))
            {
                using MemoryStream stream = new();
                new DicomFile(file.Dataset, syntax).Save(stream);
                DicomFile again = DicomFile.Open(stream.ToArray());
                Assert.DoesNotContain(again.Remarks, remark => !remark.Contains("character set", StringComparison.Ordinal));
                DatasetAssert.Same(file.Dataset, again.Dataset, path, syntax.IsExplicit);
                compared++;
            }
        }
        Assert.True(compared > 300);
    }

    private static bool Differ(string left, string right) => !string.Equals(left, right, StringComparison.Ordinal);

    private static IEnumerable<DicomTransferSyntax> Syntaxes(DicomFile file) => file.TransferSyntax.IsEncapsulated
        ? [file.TransferSyntax]
        : [DicomTransferSyntax.ExplicitVRLittleEndian, DicomTransferSyntax.ImplicitVRLittleEndian, DicomTransferSyntax.ExplicitVRBigEndian, DicomTransferSyntax.DeflatedExplicitVRLittleEndian];

    private static DicomFile Transcode(string path)
    {
        string raw = Path.GetTempFileName();
        try
        {
            ImagingReference.Run("gdcmconv", "--raw", path, raw);
            return DicomFile.Open(File.ReadAllBytes(raw));
        }
        finally
        {
            File.Delete(raw);
        }
    }
}

internal static class DatasetAssert
{
    public static void Same(DicomDataset expected, DicomDataset actual, string where, bool representationsKept)
    {
        List<DicomItem> left = [.. expected.Where(item => item.Tag.Element != 0)];
        List<DicomItem> right = [.. actual];
        Assert.True(left.Count == right.Count, $"{where}: {left.Count} items became {right.Count}");
        for (int i = 0; i < left.Count; i++)
        {
            Assert.Equal(left[i].Tag, right[i].Tag);
            if (left[i] is DicomSequence sequence)
            {
                // Without representations an unknown private sequence of defined length is only bytes.
                if (right[i] is not DicomSequence other)
                {
                    Assert.False(representationsKept, $"{where}: {left[i]} is no longer a sequence");
                    continue;
                }
                Assert.Equal(sequence.Items.Count, other.Items.Count);
                for (int k = 0; k < sequence.Items.Count; k++) Same(sequence.Items[k], other.Items[k], $"{where} {left[i].Tag}[{k}]", representationsKept);
            }
            else if (left[i] is DicomElement element)
            {
                ReadOnlySpan<byte> found = ((DicomElement)right[i]).Buffer.Span;
                ReadOnlySpan<byte> wanted = element.Buffer.Span;
                Assert.True(found[..wanted.Length].SequenceEqual(wanted) && found.Length - wanted.Length <= 1, $"{where}: {left[i]} changed");
                if (representationsKept && element.Length <= ushort.MaxValue) Assert.Equal(left[i].ValueRepresentation, right[i].ValueRepresentation);
            }
        }
    }
}
