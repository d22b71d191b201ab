using Federated.Imaging.Dicom;
using Federated.SiteAgent.Host.Archives;

namespace Federated.Simulator.Hospitals;

/// <summary>Sends written hospitals to an archive by STOW-RS, as a modality would.</summary>
public static class ArchiveSender
{
    private const int BatchObjects = 100;

    /// <summary>The environment variable that holds the archive's password.</summary>
    public const string PasswordVariable = "FEDERATED_ORTHANC_PASSWORD";

    /// <summary>Sends every DICOM file below a directory; one that was cut short on purpose stays behind, as a request that holds it may be refused as a whole.</summary>
    /// <param name="directory">Where the hospitals are.</param>
    /// <param name="address">Root of the Orthanc.</param>
    /// <param name="password">Of its user; null: none is needed.</param>
    /// <param name="done">Hears how many objects of how many are sent.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Objects stored, and objects that were refused or cut short.</returns>
    public static async Task<(int Stored, int Refused)> SendAsync(string directory, Uri address, string? password, Action<int, int> done, CancellationToken cancellation)
    {
        string user = Uri.UnescapeDataString(address.UserInfo);
        string root = new UriBuilder(address) { UserName = "", Password = "" }.Uri.ToString();
        ArchiveEntry entry = ArchiveEntry.Parse("orthanc", root, ArchiveKind.Orthanc) with { User = user.Length == 0 ? null : user, Secret = password is null ? null : new SecretSource(SecretPlace.Environment, PasswordVariable) };
        if (entry.SendsSecretInClear) throw new InputException($"{root} would carry a password in clear: use https.");
        using var http = new ArchiveHttp(entry, password, TimeProvider.System, SeededJitter(directory));
        var client = new DicomWebClient(http, entry.DicomWebRoot);
        string[] files = [.. Directory.EnumerateFiles(directory, "*.dcm", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        int stored = 0, refused = 0;
        foreach (string[] batch in files.Chunk(BatchObjects))
        {
            var objects = new List<ReadOnlyMemory<byte>>(batch.Length);
            foreach (string file in batch)
            {
                byte[] bytes = await File.ReadAllBytesAsync(file, cancellation);
                if (IsWhole(bytes)) objects.Add(bytes);
                else refused++;
            }
            foreach (StoreOutcome outcome in await client.StoreAsync(objects, cancellation))
                _ = outcome.FailureReason is null ? stored++ : refused++;
            done(stored + refused, files.Length);
        }
        return (stored, refused);
    }

    private static bool IsWhole(byte[] bytes)
    {
        try
        {
            return DicomFile.Open(bytes).Dataset.Contains(DicomTag.SOPInstanceUID);
        }
        catch (DicomException)
        {
            return false;
        }
    }

    // When a call is tried again is no part of any result.
    private static Random SeededJitter(string directory) => new(directory.Length);
}
