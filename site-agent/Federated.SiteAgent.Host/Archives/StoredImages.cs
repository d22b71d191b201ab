using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>The one way the host opens images that are to be measured: read whole, and decoded where they are compressed.</summary>
public sealed class StoredImages(IPixelTranscoder transcoder)
{
    /// <summary>Objects of a folder that can be read, in the order of their names; what cannot is listed with its reason.</summary>
    /// <exception cref="SiteErrorException">E3201 when the folder is not there.</exception>
    public async Task<(IReadOnlyList<DicomFile> Files, IReadOnlyList<SkippedFile> Skipped)> OpenFolderAsync(string folder, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw new SiteErrorException("E3201", ExitCode.Input, $"{folder}: no such folder; fetch the series first");
        List<DicomFile> files = [];
        List<SkippedFile> skipped = [];
        foreach (string path in Directory.EnumerateFiles(folder, "*.dcm").Order(StringComparer.Ordinal))
        {
            try
            {
                files.Add(await OpenAsync(path, cancellation));
            }
            catch (Exception failure) when (failure is DicomException or IOException or UnauthorizedAccessException)
            {
                skipped.Add(new SkippedFile(Path.GetFileName(path), failure is DicomException ? failure.Message : "cannot be read: check its permissions"));
            }
        }

        return (files, skipped);
    }

    /// <summary>One file.</summary>
    /// <exception cref="DicomException">It cannot be read or decoded; the message says why.</exception>
    public async Task<DicomFile> OpenAsync(string path, CancellationToken cancellation) => await DecodedAsync(DicomFile.Open(await File.ReadAllBytesAsync(path, cancellation)), cancellation);

    /// <summary>The same object with pixels that can be read.</summary>
    /// <exception cref="DicomException">They cannot be decoded; the message says why.</exception>
    public async Task<DicomFile> DecodedAsync(DicomFile file, CancellationToken cancellation) =>
        DicomPixelData.CanDecode(file.TransferSyntax) || !file.Dataset.Contains(DicomTag.PixelData) ? file : await transcoder.DecodeAsync(file, cancellation);
}
