using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Identity;

namespace Federated.SiteAgent.Host.Membership;

/// <summary>What joining a consortium left behind, besides the keys.</summary>
/// <param name="Site">The name the invitation was made for.</param>
/// <param name="Coordinator">HOST:PORT.</param>
/// <param name="GrpcWeb">Whether calls go as gRPC-Web over HTTP/1.1.</param>
/// <param name="CaCertificate">X.509 DER: every server certificate must be issued by it.</param>
/// <param name="CoordinatorIdentity">SubjectPublicKeyInfo, DER: signs receipts.</param>
/// <param name="Proxy">The proxy it was joined through, without a password; null = none.</param>
public sealed record SiteMembership(string Site, string Coordinator, bool GrpcWeb, byte[] CaCertificate, byte[] CoordinatorIdentity, string? Proxy = null);

/// <summary>
/// A site's membership, its identity key and its present certificate, as they lie in the data directory. Certificate and key are one file, so that they never
/// disagree; membership.json is written last, so that a join is complete or did not happen.
/// </summary>
public sealed class SiteCredentials : IDisposable
{
    internal const string MembershipFile = "membership.json";
    internal const string IdentityFile = "identity.pem";
    internal const string CertificateFile = "certificate.pem";

    private readonly string _directory;

    // Written by renewal, read by every new connection.
    private volatile X509Certificate2 _certificate;

    private SiteCredentials(string directory, SiteMembership membership, SiteIdentity identity, X509Certificate2 certificate)
    {
        _directory = directory;
        Membership = membership;
        Identity = identity;
        _certificate = certificate;
        Coordinator = new CoordinatorIdentity(membership.CoordinatorIdentity);
    }

    /// <summary>Where, and as whom, this site is a member.</summary>
    public SiteMembership Membership { get; }

    /// <summary>The site's identity key.</summary>
    public SiteIdentity Identity { get; }

    /// <summary>The key that signs receipts.</summary>
    public CoordinatorIdentity Coordinator { get; }

    /// <summary>The present client certificate with its private key; replaced on renewal.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>Whether this directory belongs to a member.</summary>
    public static bool Exist(string directory) => File.Exists(Path.Combine(directory, MembershipFile));

    /// <summary>Reads them.</summary>
    /// <exception cref="SiteErrorException">E3003 when the site has not joined, E3005 when a file is damaged.</exception>
    public static SiteCredentials Load(string directory)
    {
        byte[] membership = PrivateFiles.Read(Path.Combine(directory, MembershipFile))
            ?? throw new SiteErrorException("E3003", ExitCode.Input, $"{directory}: this site has not joined a consortium; run: federated-site join --token-file FILE --coordinator HOST:PORT --data {directory}");
        string at = MembershipFile;
        try
        {
            SiteMembership read = JsonSerializer.Deserialize<SiteMembership>(membership) ?? throw new JsonException("empty");
            _ = CoordinatorPath.Of(read);
            at = IdentityFile;
            SiteIdentity identity = LoadIdentity(directory) ?? throw new CryptographicException("the file is missing");
            at = CertificateFile;
            string pem = Encoding.ASCII.GetString(PrivateFiles.Read(Path.Combine(directory, CertificateFile)) ?? throw new CryptographicException("the file is missing"));
            return new SiteCredentials(directory, read, identity, X509Certificate2.CreateFromPem(pem, pem));
        }
        catch (Exception damage) when (damage is JsonException or CryptographicException or ArgumentException or NullReferenceException or SiteErrorException { Code: "E3009" or "E3012" })
        {
            throw new SiteErrorException("E3005", ExitCode.Input, $"{Path.Combine(directory, at)}: damaged ({damage.Message}); restore the data directory from a backup, or join again with a new invitation", damage);
        }
    }

    /// <summary>Puts a renewed certificate and its key in the place of the present ones: on disk first, then for every new connection.</summary>
    public void Replace(X509Certificate2 certificate, ECDsa key)
    {
        PrivateFiles.Replace(Path.Combine(_directory, CertificateFile), Pem(certificate, key));
        _certificate = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Identity.Dispose();
        _certificate.Dispose();
    }

    internal static void Save(string directory, SiteMembership membership, X509Certificate2 certificate, ECDsa key)
    {
        PrivateFiles.Replace(Path.Combine(directory, CertificateFile), Pem(certificate, key));
        PrivateFiles.Replace(Path.Combine(directory, MembershipFile), JsonSerializer.SerializeToUtf8Bytes(membership));
    }

    /// <summary>The identity key of this directory, made on first use.</summary>
    internal static SiteIdentity LoadOrCreateIdentity(string directory)
    {
        if (LoadIdentity(directory) is { } kept) return kept;
        SiteIdentity made = SiteIdentity.Create();
        PrivateFiles.Replace(Path.Combine(directory, IdentityFile), PemEncoding.WriteString("PRIVATE KEY", made.ExportPrivateKey()));
        return made;
    }

    private static SiteIdentity? LoadIdentity(string directory)
    {
        if (PrivateFiles.Read(Path.Combine(directory, IdentityFile)) is not { } pem) return null;
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Encoding.ASCII.GetString(pem));
            return new SiteIdentity(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    private static string Pem(X509Certificate2 certificate, ECDsa key) => certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n";
}
