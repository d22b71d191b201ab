using System.Net;
using System.Text.Json.Serialization;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>How an archive is spoken to.</summary>
public enum ArchiveKind
{
    /// <summary>Any archive with DICOMweb: QIDO-RS, WADO-RS, STOW-RS.</summary>
    [JsonStringEnumMemberName("dicomweb")]
    DicomWeb,

    /// <summary>An Orthanc by its own REST: the way to archives behind it that speak DIMSE only.</summary>
    Orthanc,

    /// <summary>A folder of DICOM files.</summary>
    Folder,
}

/// <summary>Where an archive's secret is kept: never in an argument, never in the register itself.</summary>
/// <param name="Place">File, environment variable, or the data directory.</param>
/// <param name="Name">Path or variable; empty for the data directory.</param>
public sealed record SecretSource(SecretPlace Place, string Name = "")
{
    /// <inheritdoc/>
    public override string ToString() => Place switch
    {
        SecretPlace.File => $"file {Name}",
        SecretPlace.Environment => $"environment variable {Name}",
        _ => "data directory",
    };
}

/// <summary>Kinds of places for a secret.</summary>
public enum SecretPlace
{
    /// <summary>A file, read at each use.</summary>
    File,

    /// <summary>An environment variable, read at each use.</summary>
    Environment,

    /// <summary>A file of mode 0600 in the data directory.</summary>
    DataDirectory,
}

/// <summary>An archive that this site may read from.</summary>
/// <param name="Name">What commands call it: 1 to 40 of a-z, 0-9 and '-'.</param>
/// <param name="Kind">How it is spoken to.</param>
/// <param name="Address">DICOMweb: the root of its services; Orthanc: the root of its REST; folder: an absolute path.</param>
/// <param name="User">Name for basic authentication; null with a secret means that the secret is a bearer token.</param>
/// <param name="Secret">Where password or token is kept; null = none is needed.</param>
/// <param name="CaFile">PEM file of the authority that issued the archive's certificate; null = the operating system's authorities.</param>
/// <param name="Modality">Orthanc only: the name under which it knows the archive behind it; null = its own objects.</param>
public sealed record ArchiveEntry(string Name, ArchiveKind Kind, string Address, string? User = null, SecretSource? Secret = null, string? CaFile = null, string? Modality = null)
{
    private const int LongestName = 40;

    /// <summary>The root of a network archive, ending in a slash.</summary>
    public Uri Root => new(Address.EndsWith('/') ? Address : Address + "/");

    /// <summary>The DICOMweb root: the address itself, or the plugin's place under an Orthanc.</summary>
    public Uri DicomWebRoot => Kind == ArchiveKind.Orthanc ? new Uri(Root, "dicom-web/") : Root;

    /// <summary>True when name and password would cross a network unprotected.</summary>
    public bool SendsSecretInClear => Kind != ArchiveKind.Folder && Secret is not null && Root.Scheme == Uri.UriSchemeHttp && !IsLoopback(Root.Host);

    /// <summary>Reads what `archive add` was given.</summary>
    /// <param name="name">The name.</param>
    /// <param name="address">URL or folder.</param>
    /// <param name="kind">Null: a folder for a path, DICOMweb for a URL.</param>
    /// <exception cref="SiteErrorException">E3401 for the name, E3402 for the rest.</exception>
    public static ArchiveEntry Parse(string name, string address, ArchiveKind? kind)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') || name[0] == '-')
            throw new SiteErrorException("E3401", ExitCode.Input, $"'{Analyses.PlainText.Shown(name)}' cannot name an archive; use 1 to {LongestName} of a-z, 0-9 and '-', for instance pacs");
        bool isUrl = address.Contains("://", StringComparison.Ordinal);
        ArchiveKind chosen = kind ?? (isUrl ? ArchiveKind.DicomWeb : ArchiveKind.Folder);
        if (chosen == ArchiveKind.Folder)
        {
            if (isUrl || address.Length == 0) throw Unusable(address, "a folder is a path, without ://");
            return new ArchiveEntry(name, chosen, Path.GetFullPath(address));
        }

        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
            throw Unusable(address, "write for instance https://pacs.example.org:8443/dicom-web");
        if (url.UserInfo.Length > 0) throw Unusable(url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped), "no name or password belongs in an address; use --user and --secret-file");
        if (url.Query.Length > 0 || url.Fragment.Length > 0) throw Unusable(address, "leave out everything from '?' or '#' on");
        return new ArchiveEntry(name, chosen, url.AbsoluteUri);
    }

    private static bool IsLoopback(string host) => host is "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static SiteErrorException Unusable(string address, string mend) =>
        new("E3402", ExitCode.Input, $"'{Analyses.PlainText.Shown(address, 200)}' is not the address of an archive; {mend}");
}
