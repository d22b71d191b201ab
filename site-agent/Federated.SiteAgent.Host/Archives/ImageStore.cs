using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>
/// Fetched objects: images/SeriesInstanceUID/SOPInstanceUID.dcm in the data directory, readable by the agent's user alone. An object is written under another
/// name, brought to disk and renamed: what bears its name is whole.
/// </summary>
public sealed class ImageStore(string dataDirectory)
{
    private const string Extension = ".dcm";
    private const int LongestUid = 64;

    /// <summary>Where everything lies.</summary>
    public string Root { get; } = Path.Combine(dataDirectory, "images");

    /// <summary>Digits and single dots, beginning and ending with a digit: such a UID can be part of a path or an address. Leading zeros, which PS3.5 forbids, do no harm.</summary>
    public static bool IsSafe(string? uid) =>
        uid is { Length: > 0 and <= LongestUid } && uid.All(c => char.IsAsciiDigit(c) || c == '.')
        && uid[0] != '.' && uid[^1] != '.' && !uid.Contains("..", StringComparison.Ordinal);

    /// <summary>The folder of a series.</summary>
    /// <exception cref="ArgumentException">The UID cannot be part of a path.</exception>
    public string Folder(string series) => Path.Combine(Root, Checked(series));

    /// <summary>The file of an object.</summary>
    /// <exception cref="ArgumentException">A UID cannot be part of a path.</exception>
    public string FilePath(string series, string instance) => Path.Combine(Folder(series), Checked(instance) + Extension);

    /// <summary>SOPInstanceUIDs that are here.</summary>
    public IReadOnlySet<string> Instances(string series)
    {
        string folder = Folder(series);
        if (!Directory.Exists(folder)) return new HashSet<string>(StringComparer.Ordinal);
        return Directory.EnumerateFiles(folder, "*" + Extension).Select(f => Path.GetFileNameWithoutExtension(f)!).Where(IsSafe).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>SeriesInstanceUIDs that are here.</summary>
    public IEnumerable<string> Series() =>
        Directory.Exists(Root) ? Directory.EnumerateDirectories(Root).Select(f => Path.GetFileName(f)!).Where(IsSafe).Order(StringComparer.Ordinal) : [];

    /// <summary>Keeps an object; one of the same name is replaced.</summary>
    /// <exception cref="SiteErrorException">E3004 when it cannot be written.</exception>
    public void Put(string series, string instance, ReadOnlySpan<byte> bytes)
    {
        string file = FilePath(series, instance);
        PrivateFiles.CreateDirectory(dataDirectory);
        PrivateFiles.CreateDirectory(Root);
        PrivateFiles.CreateDirectory(Folder(series));
        PrivateFiles.Replace(file, bytes);
    }

    private static string Checked(string uid) => IsSafe(uid) ? uid : throw new ArgumentException($"'{Analyses.PlainText.Shown(uid)}' is not a UID", nameof(uid));
}
