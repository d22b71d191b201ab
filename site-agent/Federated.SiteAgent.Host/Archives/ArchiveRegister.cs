using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>archives.json in the data directory: what this site may read from. Secrets stand beside it, each in a file of its own with mode 0600, or elsewhere.</summary>
public sealed class ArchiveRegister(string directory)
{
    private const int LongestSecret = 16 << 10;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    private string FilePath => Path.Combine(directory, "archives.json");

    /// <summary>Every archive, by name.</summary>
    /// <exception cref="SiteErrorException">E3413 when the file is damaged.</exception>
    public ImmutableArray<ArchiveEntry> All()
    {
        if (PrivateFiles.Read(FilePath) is not { } bytes) return [];
        try
        {
            ArchiveEntry[] entries = JsonSerializer.Deserialize<ArchiveEntry[]>(bytes, Format) ?? throw new JsonException("the file is empty");
            foreach (ArchiveEntry entry in entries) _ = ArchiveEntry.Parse(entry.Name ?? "", entry.Address ?? "", entry.Kind);
            return [.. entries.OrderBy(e => e.Name, StringComparer.Ordinal)];
        }
        catch (Exception damage) when (damage is JsonException or SiteErrorException)
        {
            throw new SiteErrorException("E3413", ExitCode.Input, $"{FilePath}: not a list of archives ({OneLine(damage.Message)}); move the file away and add the archives again", damage);
        }
    }

    /// <summary>The archive of a name.</summary>
    /// <exception cref="SiteErrorException">E3401 when there is none.</exception>
    public ArchiveEntry Find(string name)
    {
        ImmutableArray<ArchiveEntry> all = All();
        return all.FirstOrDefault(e => string.Equals(e.Name, name, StringComparison.Ordinal))
            ?? throw new SiteErrorException("E3401", ExitCode.Input, all.IsEmpty
                ? $"No archive '{Analyses.PlainText.Shown(name)}': none was added yet; federated-site archive add --help shows how"
                : $"No archive '{Analyses.PlainText.Shown(name)}'; there are: {string.Join(", ", all.Select(e => e.Name))}");
    }

    /// <summary>Adds an archive, or puts it in the place of one of the same name.</summary>
    /// <param name="entry">The archive.</param>
    /// <param name="secret">Kept in the data directory when the entry says so.</param>
    /// <param name="replace">Whether the name may be taken.</param>
    /// <exception cref="SiteErrorException">E3401 when the name is taken.</exception>
    public void Add(ArchiveEntry entry, string? secret, bool replace)
    {
        ImmutableArray<ArchiveEntry> all = All();
        bool taken = all.Any(e => string.Equals(e.Name, entry.Name, StringComparison.Ordinal));
        if (taken && !replace) throw new SiteErrorException("E3401", ExitCode.Input, $"An archive '{entry.Name}' is there already; choose another name, or add --replace");
        PrivateFiles.CreateDirectory(directory);
        if (entry.Secret is { Place: SecretPlace.DataDirectory }) PrivateFiles.Replace(SecretPath(entry.Name), secret ?? throw new ArgumentNullException(nameof(secret)));
        else File.Delete(SecretPath(entry.Name));
        Save([.. all.Where(e => !string.Equals(e.Name, entry.Name, StringComparison.Ordinal)), entry]);
    }

    /// <summary>Forgets an archive and the secret that was kept for it; fetched objects stay.</summary>
    /// <exception cref="SiteErrorException">E3401 when there is none.</exception>
    public void Remove(string name)
    {
        ArchiveEntry entry = Find(name);
        Save([.. All().Where(e => !string.Equals(e.Name, entry.Name, StringComparison.Ordinal))]);
        File.Delete(SecretPath(entry.Name));
    }

    /// <summary>The password or token of an archive; null when it needs none.</summary>
    /// <exception cref="SiteErrorException">E3408 when it cannot be had.</exception>
    public string? Secret(ArchiveEntry entry, Func<string, string?> environment)
    {
        if (entry.Secret is not { } source) return null;
        string? secret = source.Place switch
        {
            SecretPlace.Environment => environment(source.Name),
            SecretPlace.File => Read(entry, source.Name),
            _ => Read(entry, SecretPath(entry.Name)),
        };
        return CheckedSecret(secret, $"{entry.Name}: the secret from the {source}");
    }

    /// <summary>A secret without the line break that editors add at its end.</summary>
    /// <exception cref="SiteErrorException">E3408 when it is empty, long, or holds control characters.</exception>
    public static string CheckedSecret(string? text, string what)
    {
        string secret = text?.TrimEnd('\r', '\n') ?? "";
        if (secret.Length == 0) throw new SiteErrorException("E3408", ExitCode.Input, $"{what} is missing or empty; put the password or token there");
        if (secret.Length > LongestSecret || secret.Any(char.IsControl))
            throw new SiteErrorException("E3408", ExitCode.Input, $"{what} is not one line of at most {LongestSecret} characters; put only the password or token there");
        return secret;
    }

    private static string Read(ArchiveEntry entry, string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = new byte[LongestSecret + 2];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(bytes, 0, length);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3408", ExitCode.Input, $"{entry.Name}: the secret in {path} cannot be read ({failure.Message}); check the name and the permissions", failure);
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private void Save(IEnumerable<ArchiveEntry> entries) => PrivateFiles.Replace(FilePath, JsonSerializer.SerializeToUtf8Bytes(entries.OrderBy(e => e.Name, StringComparer.Ordinal), Writable));

    private static JsonSerializerOptions Writable { get; } = new(Format) { IgnoreReadOnlyProperties = true };

    private string SecretPath(string name) => Path.Combine(directory, $"archive-{name}.secret");
}
