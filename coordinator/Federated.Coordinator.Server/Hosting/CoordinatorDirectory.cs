using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Pages;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Storage.Files;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Privacy.Randomness;

namespace Federated.Coordinator.Server.Hosting;

/// <summary>
/// A coordinator's data directory: the CA's key and certificate, the coordinator's own identity key, the database and the blobs. Several processes may have it open;
/// only one may serve.
/// </summary>
public sealed class CoordinatorDirectory : IDisposable
{
    private const string Marker = "coordinator.json";
    private readonly ECDsa _identity;

    private CoordinatorDirectory(string path, string name, CertificateAuthority authority, ECDsa identity)
    {
        Path = path;
        Name = name;
        Authority = authority;
        _identity = identity;
        Database = CoordinatorDatabase.Open(System.IO.Path.Combine(path, "coordinator.db"));
        Roster = new Roster(Database);
        Blobs = new FileBlobStore(System.IO.Path.Combine(path, "blobs"));
        Signer = new ReceiptSigner(identity);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>The consortium's name.</summary>
    public string Name { get; }

    /// <summary>The consortium's CA.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>SubjectPublicKeyInfo, DER, of the key that signs receipts.</summary>
    public byte[] IdentityPublicKey => _identity.ExportSubjectPublicKeyInfo();

    /// <summary>Signs receipts.</summary>
    public IReceiptSigner Signer { get; }

    /// <summary>Events and roster.</summary>
    public CoordinatorDatabase Database { get; }

    /// <summary>Who may come in.</summary>
    public Roster Roster { get; }

    /// <summary>What was sent.</summary>
    public FileBlobStore Blobs { get; }

    /// <summary>Makes a coordinator out of an empty or absent directory: new keys, an empty database.</summary>
    /// <exception cref="OperatorErrorException">E1102: there is one already. E1109: cannot be written.</exception>
    public static CoordinatorDirectory Initialise(string path, string name, TimeProvider time)
    {
        if (File.Exists(System.IO.Path.Combine(path, Marker)))
            throw new OperatorErrorException("E1102", $"{path} is a coordinator's data directory already: choose another with --data.");
        try
        {
            PrivateFiles.CreateDirectory(path);
            using (var authority = CertificateAuthority.Create(name, time.GetUtcNow()))
            {
                using ECDsa key = authority.Certificate.GetECDsaPrivateKey()!;
                PrivateFiles.Write(System.IO.Path.Combine(path, "ca.key"), Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
                PrivateFiles.Write(System.IO.Path.Combine(path, "ca.crt"), Encoding.ASCII.GetBytes(authority.Certificate.ExportCertificatePem()));
            }

            using (ECDsa identity = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                PrivateFiles.Write(System.IO.Path.Combine(path, "identity.key"), Encoding.ASCII.GetBytes(identity.ExportPkcs8PrivateKeyPem()));
            PrivateFiles.Write(System.IO.Path.Combine(path, Marker), JsonSerializer.SerializeToUtf8Bytes(new Description(name))); // last: from here on it counts
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorErrorException("E1109", $"{path} cannot be written ({e.Message}): choose another directory with --data, or mend its permissions.");
        }

        return Open(path);
    }

    /// <summary>Opens a coordinator's data directory.</summary>
    /// <exception cref="OperatorErrorException">E1101: it is not one. E1110: something in it is damaged.</exception>
    public static CoordinatorDirectory Open(string path)
    {
        string marker = System.IO.Path.Combine(path, Marker);
        if (!File.Exists(marker))
            throw new OperatorErrorException("E1101", $"{path} is not a coordinator's data directory: run federated-coordinator init --data {path}, or name the right one.");
        try
        {
            string name = JsonSerializer.Deserialize<Description>(File.ReadAllBytes(marker))?.Name ?? throw new InvalidDataException($"{Marker} is empty");
            var authority = new CertificateAuthority(X509Certificate2.CreateFromPemFile(System.IO.Path.Combine(path, "ca.crt"), System.IO.Path.Combine(path, "ca.key")));
            var identity = ECDsa.Create();
            identity.ImportFromPem(File.ReadAllText(System.IO.Path.Combine(path, "identity.key")));
            return new CoordinatorDirectory(path, name, authority, identity);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or JsonException or ArgumentException)
        {
            throw new OperatorErrorException("E1110", $"{path} cannot be used ({e.Message}): restore it from a backup, or mend its permissions.");
        }
    }

    /// <summary>The ledger over everything in this directory.</summary>
    public LedgerService Ledger() => new(new SqliteEventStore(Database), new SqliteCoordinatorLedger(Database), Signer, IdentityPublicKey, Roster, new SystemRandomness());

    /// <summary>The accounts of the pages.</summary>
    public AccountBook Accounts(TimeProvider time) => new(new SqliteAccountStore(Database), time, new SystemRandomness());

    /// <summary>What the pages need to know of this directory.</summary>
    /// <param name="heard">When a site was heard of last.</param>
    public PagesOptions Pages(Func<string, DateTimeOffset?> heard)
    {
        string keys = System.IO.Path.Combine(Path, "page-keys");
        PrivateFiles.CreateDirectory(keys);
        return new PagesOptions(
            Name, keys, heard, () => [.. Roster.Members().Select(m => new SiteCard(m.Name, m.Fingerprint.Hex, m.Joined, m.Revoked, m.CertificateExpires))]);
    }

    /// <summary>Invites a site.</summary>
    /// <exception cref="OperatorErrorException">E1103, E1104, E1106.</exception>
    public InvitationToken Invite(string site, TimeSpan valid, TimeProvider time) => new Membership(Authority, Roster, time).Invite(site, valid);

    /// <summary>Claims the right to serve this directory until disposed.</summary>
    /// <exception cref="OperatorErrorException">E1108: another process serves it.</exception>
    public IDisposable ClaimServing()
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(Path, "serving.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new OperatorErrorException("E1108", $"Another process serves {Path}: stop it first.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Authority.Dispose();
        _identity.Dispose();
        Database.Release();
    }

    private sealed record Description(string Name);
}
