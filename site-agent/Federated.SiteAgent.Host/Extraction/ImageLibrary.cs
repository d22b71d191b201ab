using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>
/// Images in a folder tree. A series in a folder of its own name is found at once; for anything else the headers of the whole tree are read, once.
/// </summary>
public sealed class ImageLibrary(string root)
{
    private const int HeaderBytes = 1 << 17;
    private static readonly DicomTag AfterIdentity = new(0x0020, 0x0010);
    private static readonly DicomReadOptions IdentityOnly = new() { StopBefore = AfterIdentity };
    private static readonly DicomReadOptions WithoutPixels = new() { StopBefore = DicomTag.PixelData };

    private readonly Lock _indexing = new();
    private (Dictionary<string, List<string>> Series, Dictionary<string, string> Objects)? _index;

    /// <summary>The tree.</summary>
    public string Root => root;

    /// <summary>The files of a series, in ordinal order.</summary>
    /// <param name="series">SeriesInstanceUID, a folder, or a NIfTI image: absolute, or within the tree.</param>
    /// <exception cref="IOException">There is no such series.</exception>
    public IReadOnlyList<string> Series(string series)
    {
        string folder = Path.Combine(root, series);
        if (IsNifti(series) && File.Exists(folder)) return [folder];
        if (series.Length > 0 && Directory.Exists(folder)) return [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        return new DicomUID(series).IsValid && Index().Series.TryGetValue(series, out List<string>? files)
            ? [.. files.Order(StringComparer.Ordinal)]
            : throw new IOException($"no series '{series}' in {root}: fetch it, or correct the list");
    }

    /// <summary>The file of one object.</summary>
    /// <param name="name">SOPInstanceUID; SeriesInstanceUID of a series of one object; or a file: absolute, or within the tree.</param>
    /// <exception cref="IOException">There is no such object.</exception>
    public string RegionFile(string name)
    {
        string file = Path.Combine(root, name);
        if (File.Exists(file)) return file;
        if (Directory.Exists(file) && Directory.GetFiles(file) is [{ } only]) return only;
        if (new DicomUID(name).IsValid)
        {
            if (Index().Objects.TryGetValue(name, out string? found)) return found;
            if (Index().Series.TryGetValue(name, out List<string>? files) && files is [{ } single]) return single;
        }
        throw new IOException($"no object '{name}' in {root}: fetch it, or correct the list");
    }

    private (Dictionary<string, List<string>> Series, Dictionary<string, string> Objects) Index()
    {
        lock (_indexing)
        {
            if (_index is { } known) return known;
            var series = new Dictionary<string, List<string>>(StringComparer.Ordinal);
            var objects = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            {
                if (Header(file, IdentityOnly) is not { } header) continue;
                if (header.GetStringOrNull(DicomTag.SeriesInstanceUID) is { } uid)
                {
                    if (!series.TryGetValue(uid, out List<string>? files)) series.Add(uid, files = []);
                    files.Add(file);
                }
                if (header.GetStringOrNull(DicomTag.SOPInstanceUID) is { } instance) objects[instance] = file;
            }
            _index = (series, objects);
            return _index.Value;
        }
    }

    /// <summary>Whether a name is that of a NIfTI file.</summary>
    public static bool IsNifti(string name) => name.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>All headers of a file, without its pixels; null when it is not DICOM.</summary>
    public static DicomDataset? HeaderOf(string file) => Header(file, WithoutPixels);

    // Headers stand near the start; a file that holds more before its pixels is read whole.
    private static DicomDataset? Header(string file, DicomReadOptions options)
    {
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] start = new byte[Math.Min(HeaderBytes, stream.Length)];
            stream.ReadExactly(start);
            try
            {
                return DicomFile.Open(start, options).Dataset;
            }
            catch (DicomException) when (start.Length < stream.Length && DicomFile.HasValidHeader(start))
            {
                return DicomFile.Open(File.ReadAllBytes(file), options).Dataset;
            }
        }
        catch (Exception unreadable) when (unreadable is DicomException or IOException or UnauthorizedAccessException)
        {
            return null; // not an image; a series that lacks it says so when it is put together
        }
    }
}
