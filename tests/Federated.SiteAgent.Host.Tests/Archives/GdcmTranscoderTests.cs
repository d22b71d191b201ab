using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Archives;

/// <summary>Compressed pixels by a program that may be absent, wrong, hung or greedy.</summary>
public sealed class GdcmTranscoderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_compressed_image_of_the_corpus_has_the_pixels_that_pydicom_found()
    {
        string? manifest = Checkout.OutsideReference is { } root ? Path.Combine(root, "imaging", "dicom", "MANIFEST.csv") : null;
        Assert.SkipUnless(File.Exists(manifest), "needs the outside reference imaging/dicom: set FEDERATED_REFERENCE");
        var transcoder = new GdcmTranscoder(TimeProvider.System);
        Assert.SkipUnless(transcoder.IsInstalled, "needs gdcmconv: apt-get install libgdcm-tools");
        var images = new StoredImages(transcoder);
        List<string> failures = [];
        HashSet<string> syntaxes = new(StringComparer.Ordinal);
        int decoded = 0;
        foreach ((string path, string expected) in Rows(manifest!))
        {
            DicomFile original = DicomFile.Open(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
            if (DicomPixelData.CanDecode(original.TransferSyntax)) continue;
            syntaxes.Add(original.TransferSyntax.Name);
            DicomFile file = await images.OpenAsync(path, TestContext.Current.CancellationToken);
            string found = Statistics(DicomPixelData.Create(file));
            if (!string.Equals(found, expected, StringComparison.Ordinal)) failures.Add($"{path} ({original.TransferSyntax.Name}): {found}, not {expected}");
            if (!string.Equals(file.Dataset.GetStringOrNull(DicomTag.PatientID), original.Dataset.GetStringOrNull(DicomTag.PatientID), StringComparison.Ordinal)) failures.Add($"{path}: another patient");
            decoded++;
        }

        TestContext.Current.SendDiagnosticMessage($"{decoded} images of {string.Join(", ", syntaxes.Order(StringComparer.Ordinal))}");
        Assert.Empty(failures);
        Assert.True(decoded >= 8 && syntaxes.Count >= 5, $"only {decoded} images of {syntaxes.Count} syntaxes were decoded");
    }

    [Fact]
    public async Task Every_compressed_file_of_the_corpus_is_decoded_or_refused_with_a_reason()
    {
        string? folder = Checkout.OutsideReference is { } root ? Path.Combine(root, "imaging", "dicom", "visible") : null;
        Assert.SkipUnless(Directory.Exists(folder), "needs the outside reference imaging/dicom: set FEDERATED_REFERENCE");
        var images = new StoredImages(new GdcmTranscoder(TimeProvider.System, new GdcmOptions { TimeLimit = TimeSpan.FromSeconds(20) }));
        int tried = 0;
        foreach (string path in Directory.EnumerateFiles(folder!, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                DicomFile file = DicomFile.Open(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
                if (DicomPixelData.CanDecode(file.TransferSyntax)) continue;
                tried++;
                _ = await images.DecodedAsync(file, TestContext.Current.CancellationToken);
            }
            catch (DicomException refusal) // anything else fails the test
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }

        Assert.True(tried >= 8, $"only {tried} compressed files");
    }

    [Fact]
    public async Task Without_the_program_the_syntax_and_the_package_are_named()
    {
        var absent = new GdcmTranscoder(TimeProvider.System, new GdcmOptions { Program = "gdcmconv-that-is-not-there" });
        Assert.False(absent.CanDecode(DicomTransferSyntax.FromUID("1.2.840.10008.1.2.4.90")));
        string message = await RefusedAsync(absent);
        Assert.Equal(
            "pixel data is compressed as JPEG 2000 Lossless (1.2.840.10008.1.2.4.90) and gdcmconv-that-is-not-there is not installed: install the package libgdcm-tools (Debian, Ubuntu) or gdcm-applications (Fedora), or let the archive send it uncompressed",
            message);
    }

    [Fact]
    public async Task A_syntax_that_GDCM_does_not_know_is_refused_by_name()
    {
        DicomFile video = Compressed("1.2.840.10008.1.2.4.102");
        DicomUnsupportedException refusal = await Assert.ThrowsAsync<DicomUnsupportedException>(
            () => new GdcmTranscoder(TimeProvider.System).DecodeAsync(video, TestContext.Current.CancellationToken));
        Assert.Contains("MPEG-4 AVC/H.264", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_hangs_is_killed_with_all_it_started()
    {
        string pids = _directory.File("pids");
        var hung = new GdcmTranscoder(TimeProvider.System, new GdcmOptions { Program = Script($"echo $$ >> {pids}; sleep 600 & echo $! >> {pids}; wait"), TimeLimit = TimeSpan.FromSeconds(1) });
        Assert.Contains("within 1 s and was stopped", await RefusedAsync(hung), StringComparison.Ordinal);
        string[] started = await File.ReadAllLinesAsync(pids, TestContext.Current.CancellationToken);
        Assert.Equal(2, started.Length);
        foreach (string pid in started)
            for (int wait = 0; Lives(pid); wait++)
            {
                Assert.True(wait < 100, $"process {pid} still lives");
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
    }

    [Fact]
    public async Task A_program_that_wants_too_much_memory_is_stopped_by_the_system()
    {
        var greedy = new GdcmTranscoder(TimeProvider.System, new GdcmOptions { Program = Script("ulimit -v > " + _directory.File("limit") + "; exit 9"), MemoryBytes = 123L << 20 });
        Assert.Contains("it ended with 9", await RefusedAsync(greedy), StringComparison.Ordinal);
        Assert.Equal($"{123 << 10}", (await File.ReadAllTextAsync(_directory.File("limit"), TestContext.Current.CancellationToken)).Trim());
    }

    [Theory]
    [InlineData("echo 'no such codec' >&2; exit 1", "it ended with 1: no such codec")]
    [InlineData("cp \"$2\" \"$3\"", "did not turn")]
    [InlineData("echo nonsense > \"$3\"", "not a DICOM file")]
    [InlineData("exit 0", "it ended with 0")]
    [InlineData("kill -9 $$", "it ended with 137")]
    public async Task A_program_that_fails_is_quoted_in_one_line(string body, string reason)
    {
        string message = await RefusedAsync(new GdcmTranscoder(TimeProvider.System, new GdcmOptions { Program = Script(body) }));
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static bool Lives(string pid) => File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);

    private static async Task<string> RefusedAsync(GdcmTranscoder transcoder) =>
        (await Assert.ThrowsAnyAsync<DicomException>(() => transcoder.DecodeAsync(Compressed("1.2.840.10008.1.2.4.90"), TestContext.Current.CancellationToken))).Message;

    private static DicomFile Compressed(string syntax)
    {
        DicomDataset dataset = SyntheticSeries.Slice("compressed", 0).Dataset;
        dataset.AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, DicomVR.OB, [], [new byte[] { 1, 2, 3, 4 }]));
        return new DicomFile(dataset, DicomTransferSyntax.FromUID(syntax));
    }

    private static string Statistics(DicomPixelData pixels)
    {
        double minimum = double.MaxValue, maximum = double.MinValue, sum = 0;
        for (int frame = 0; frame < pixels.NumberOfFrames; frame++)
            foreach (double value in pixels.ReadStored(frame))
            {
                minimum = Math.Min(minimum, value);
                maximum = Math.Max(maximum, value);
                sum += value;
            }

        return string.Create(CultureInfo.InvariantCulture, $"{minimum}/{maximum}/{sum}");
    }

    // Fields before the quoted one are free of commas; those after it are counted from the end.
    private static IEnumerable<(string Path, string Expected)> Rows(string manifest)
    {
        string[] header = File.ReadLines(manifest).First().Split(',');
        int fromEnd = header.Length - Array.IndexOf(header, "px_status");
        foreach (string line in File.ReadLines(manifest).Skip(1))
        {
            string[] fields = line.Split(',');
            if (fields.Length < header.Length || fields[^fromEnd] is not "decoded") continue;
            string path = Path.Combine(Path.GetDirectoryName(manifest)!, fields[0]);
            if (File.Exists(path)) yield return (path, $"{fields[^(fromEnd - 1)]}/{fields[^(fromEnd - 2)]}/{fields[^(fromEnd - 3)]}");
        }
    }

    private string Script(string body)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the programs of this test are shell scripts");
        string file = _directory.Write($"fake-{body.Length}", $"#!/bin/sh\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
