using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federated.Coordinator.Server.Identity;

/// <summary>
/// The consortium's private CA: one P-256 key, ten years. It issues server certificates to this coordinator and client certificates to sites, and never takes a
/// name, an extension or a life span from a request.
/// </summary>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>How long the CA lasts.</summary>
    public const int Years = 10;

    /// <summary>How long a site's certificate lasts.</summary>
    public static readonly TimeSpan SiteLife = TimeSpan.FromDays(30);

    /// <summary>How long a server certificate lasts.</summary>
    public static readonly TimeSpan ServerLife = TimeSpan.FromDays(90);

    // Clocks differ: a certificate is good a little before it was made.
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(5);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private const int LongestRequest = 8192;
    private readonly X509Certificate2 _certificate;

    /// <summary>Takes over the CA's certificate with its private key.</summary>
    public CertificateAuthority(X509Certificate2 certificate) => _certificate = certificate;

    /// <summary>X.509 DER.</summary>
    public byte[] CertificateDer => _certificate.RawData;

    /// <summary>SHA-256 of the DER: what invitations pin.</summary>
    public Digest Fingerprint => Digest.Of(_certificate.RawData);

    /// <summary>The CA's certificate; stays this object's.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>A new CA.</summary>
    public static CertificateAuthority Create(string consortium, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName($"{consortium} CA");
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return new CertificateAuthority(request.CreateSelfSigned(now - Backdate, now.AddYears(Years)));
    }

    /// <summary>A certificate for this coordinator under a new key, with these names and addresses.</summary>
    public X509Certificate2 IssueServer(IEnumerable<string> hosts, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=coordinator.federated", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = Issue(request, ServerAuthentication, now, Earlier(now + ServerLife));
        using X509Certificate2 usable = issued.CopyWithPrivateKey(key);

        // Windows' TLS cannot use a key that lives in memory only; a round trip through PKCS #12 serves it and harms nobody.
        return X509CertificateLoader.LoadPkcs12(usable.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>A certificate for a site: CN and URI are the site's name, whatever the request says.</summary>
    /// <param name="site">The site's name.</param>
    /// <param name="certificateRequest">PKCS #10, DER, signed with the P-256 key it holds.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="SiteRefusedException">CertificateRequestInvalid.</exception>
    public X509Certificate2 IssueSite(string site, ReadOnlySpan<byte> certificateRequest, DateTimeOffset now)
    {
        PublicKey key = ReadKey(site, certificateRequest);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(site);
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri($"urn:federated:site:{site}"));
        request.CertificateExtensions.Add(names.Build());
        return Issue(request, ClientAuthentication, now, Earlier(now + SiteLife));
    }

    /// <inheritdoc/>
    public void Dispose() => _certificate.Dispose();

    /// <summary>Whether these bytes are a public key on P-256.</summary>
    public static bool IsP256(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out int read);
            return read == subjectPublicKeyInfo.Length && IsP256(key);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static bool IsP256(ECDsa key)
    {
        ECCurve curve = key.ExportParameters(includePrivateParameters: false).Curve;
        return key.KeySize == 256 && curve.IsNamed && (curve.Oid.Value is "1.2.840.10045.3.1.7" || curve.Oid.FriendlyName is "nistP256" or "ECDSA_P256");
    }

    // Loading checks that the request was signed with the key it holds.
    private static PublicKey ReadKey(string site, ReadOnlySpan<byte> certificateRequest)
    {
        if (certificateRequest.Length <= LongestRequest)
        {
            try
            {
                var request = CertificateRequest.LoadSigningRequest(certificateRequest, HashAlgorithmName.SHA256, out int read);
                using ECDsa? key = request.PublicKey.GetECDsaPublicKey();
                if (read == certificateRequest.Length && key is not null && IsP256(key)) return request.PublicKey;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
            {
                // Falls through to the refusal: which of the many ways to be malformed this is interests nobody.
            }
        }

        throw new SiteRefusedException(RefusalCode.CertificateRequestInvalid, $"{site} sent a certificate request that is not a PKCS #10 signed by its own P-256 key.");
    }

    private X509Certificate2 Issue(CertificateRequest request, Oid usage, DateTimeOffset now, DateTimeOffset until)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([usage], critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x01); // positive, and never shorter than it looks
        using ECDsa key = _certificate.GetECDsaPrivateKey()!;
        return request.Create(_certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - Backdate, until, serial);
    }

    // Nothing outlives its issuer.
    private DateTimeOffset Earlier(DateTimeOffset until)
    {
        var end = new DateTimeOffset(_certificate.NotAfter.ToUniversalTime());
        return until < end ? until : end;
    }
}
