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
        string[] paths = [.. Directory.EnumerateFiles(folder, "*.dcm").Order(StringComparer.Ordinal)];
        var opened = new (DicomFile? File, SkippedFile? Skipped)[paths.Length];
        await Parallel.ForAsync(0, paths.Length, cancellation, async (i, token) =>
        {
            try
            {
                opened[i].File = await OpenAsync(paths[i], token);
            }
            catch (Exception failure) when (failure is DicomException or IOException or UnauthorizedAccessException)
            {
                opened[i].Skipped = new SkippedFile(Path.GetFileName(paths[i]), failure is DicomException ? failure.Message : "cannot be read: check its permissions");
            }
        });
        return ([.. opened.Where(o => o.File is not null).Select(o => o.File!)], [.. opened.Where(o => o.Skipped is not null).Select(o => o.Skipped!)]);
    }

    /// <summary>One file.</summary>
    /// <exception cref="DicomException">It cannot be read or decoded; the message says why.</exception>
    public async Task<DicomFile> OpenAsync(string path, CancellationToken cancellation) => await DecodedAsync(DicomFile.Open(File.ReadAllBytes(path)), cancellation); // read at once: asynchronous reads of small files cost more than they free

    /// <summary>The same object with pixels that can be read.</summary>
    /// <exception cref="DicomException">They cannot be decoded; the message says why.</exception>
    public async Task<DicomFile> DecodedAsync(DicomFile file, CancellationToken cancellation) =>
        DicomPixelData.CanDecode(file.TransferSyntax) || !file.Dataset.Contains(DicomTag.PixelData) ? file : await transcoder.DecodeAsync(file, cancellation);
}
