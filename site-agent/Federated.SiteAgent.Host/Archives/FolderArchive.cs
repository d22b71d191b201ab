using System.Runtime.CompilerServices;
using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>A file that is no image: where, and why.</summary>
/// <param name="File">Path within the folder.</param>
/// <param name="Reason">One line.</param>
public sealed record SkippedFile(string File, string Reason);

/// <summary>
/// A folder with DICOM files, at any depth and under any name. DICOMDIR is ignored, other files that are not DICOM are reported; a directory is entered once
/// however many links lead to it.
/// </summary>
public sealed class FolderArchive(string folder) : IArchive
{
    private const int HeaderBytes = 1 << 16;
    private static readonly DicomReadOptions HeaderOnly = new() { StopBefore = DicomTag.PixelData };

    private readonly List<SkippedFile> _skipped = [];
    private Dictionary<string, Found>? _series;

    /// <summary>Files that are no DICOM objects; known after the first query.</summary>
    public IReadOnlyList<SkippedFile> Skipped => _skipped;

    /// <summary>Files that were looked at.</summary>
    public int Files { get; private set; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SeriesSummary> QueryAsync(ArchiveQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        _series ??= await ScanAsync(cancellation);
        foreach (Found found in _series.Values.OrderBy(f => f.Summary.Series, StringComparer.Ordinal))
            if (query.Matches(found.Summary)) yield return found.Summary with { Instances = found.Files.Count };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>> InstancesAsync(SeriesSummary series, IFetchObserver observer, CancellationToken cancellation)
    {
        _series ??= await ScanAsync(cancellation);
        return _series.TryGetValue(series.Series, out Found? found) ? found.Files.Keys : [];
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RetrievedObject> RetrieveAsync(SeriesSummary series, IReadOnlyCollection<string> wanted, bool singly, [EnumeratorCancellation] CancellationToken cancellation)
    {
        _series ??= await ScanAsync(cancellation);
        if (!_series.TryGetValue(series.Series, out Found? found)) yield break;
        foreach (string instance in wanted)
        {
            if (!found.Files.TryGetValue(instance, out string? path)) continue;
            RetrievedObject one;
            try
            {
                one = new RetrievedObject(await File.ReadAllBytesAsync(path, cancellation), instance);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                one = new RetrievedObject(default, instance, $"{Path.GetRelativePath(folder, path)} cannot be read: check its permissions");
            }

            yield return one;
        }
    }

    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>?> UncompressedAsync(SeriesSummary series, string instance, CancellationToken cancellation) => Task.FromResult<ReadOnlyMemory<byte>?>(null);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private async Task<Dictionary<string, Found>> ScanAsync(CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw new SiteErrorException("E3201", ExitCode.Input, $"{folder}: no such folder; check the name");
        Dictionary<string, Found> series = new(StringComparer.Ordinal);
        foreach (string path in FolderWalk.Files(folder, (at, why) => _skipped.Add(new SkippedFile(Path.GetRelativePath(folder, at), why))))
        {
            cancellation.ThrowIfCancellationRequested();
            if (string.Equals(Path.GetFileName(path), "DICOMDIR", StringComparison.OrdinalIgnoreCase)) continue;
            Files++;
            try
            {
                Add(series, path, await HeaderAsync(path, cancellation));
            }
            catch (Exception failure) when (failure is DicomException or IOException or UnauthorizedAccessException)
            {
                _skipped.Add(new SkippedFile(Path.GetRelativePath(folder, path), failure is DicomException ? failure.Message : "cannot be read: check its permissions"));
            }
        }

        return series;
    }

    private void Add(Dictionary<string, Found> all, string path, DicomDataset header)
    {
        (string? study, string? series, string? instance) = (Text(DicomTag.StudyInstanceUID), Text(DicomTag.SeriesInstanceUID), Text(DicomTag.SOPInstanceUID));
        if (!ImageStore.IsSafe(study) || !ImageStore.IsSafe(series) || !ImageStore.IsSafe(instance))
        {
            _skipped.Add(new SkippedFile(Path.GetRelativePath(folder, path), "StudyInstanceUID, SeriesInstanceUID or SOPInstanceUID is missing or not a UID: correct it at the source"));
            return;
        }

        if (!all.TryGetValue(series!, out Found? found))
        {
            all[series!] = found = new Found(new SeriesSummary(study!, series!)
            {
                Patient = Text(DicomTag.PatientID) ?? "",
                StudyDate = Text(DicomTag.StudyDate) ?? "",
                Accession = Text(DicomTag.AccessionNumber) ?? "",
                Modality = Text(DicomTag.Modality) ?? "",
                Description = Text(DicomTag.SeriesDescription) ?? "",
                StudyDescription = Text(DicomTag.StudyDescription) ?? "",
            });
        }

        if (!found.Files.TryAdd(instance!, path))
            _skipped.Add(new SkippedFile(Path.GetRelativePath(folder, path), $"the object stands in {Path.GetRelativePath(folder, found.Files[instance!])} already"));

        string? Text(DicomTag tag) => header.GetStringOrNull(tag);
    }

    // The header usually lies in the first bytes of a file; where it does not, the whole file is read.
    private static async Task<DicomDataset> HeaderAsync(string path, CancellationToken cancellation)
    {
        await using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        byte[] start = new byte[(int)Math.Min(stream.Length, HeaderBytes)];
        int length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation);
        try
        {
            DicomFile file = DicomFile.Open(start.AsMemory(0, length), HeaderOnly);
            if (file.Dataset.Contains(DicomTag.SOPInstanceUID)) return file.Dataset;
        }
        catch (DicomException) when (stream.Length > length && MayBeDicom(start.AsSpan(0, length)))
        {
            // An element reaches beyond what was read.
        }

        stream.Position = 0;
        return (await DicomFile.OpenAsync(stream, HeaderOnly, cancellation)).Dataset;
    }

    private static bool MayBeDicom(ReadOnlySpan<byte> start) => DicomFile.HasValidHeader(start) || (start.Length > 1 && start[1] == 0 && start[0] is 2 or 8);

    private sealed record Found(SeriesSummary Summary)
    {
        public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);
    }
}
