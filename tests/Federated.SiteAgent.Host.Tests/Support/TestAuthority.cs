using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>A private CA for tests.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "Consortium CA")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-40), TimeProvider.System.GetUtcNow().AddYears(1));
    }

    public byte[] Certificate => _certificate.RawData;

    public byte[] Pin => SHA256.HashData(Certificate);

    public X509Certificate2 Public => X509CertificateLoader.LoadCertificate(Certificate);

    public X509Certificate2 Server(string usage = ServerAuthentication, params string[] names)
    {
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Issue(key.ExportSubjectPublicKeyInfo(), "coordinator", usage, -1, 30, names is [] ? ["enrolment.federated", "coordinator.federated"] : names).CopyWithPrivateKey(key);
    }

    public X509Certificate2 ForClient(byte[] publicKey, string site, double fromDays = -0.01, double untilDays = 30) =>
        Issue(publicKey, site, ClientAuthentication, fromDays, untilDays, []);

    public X509Certificate2 ForClient(ECDsa key, double fromDays, double untilDays) => ForClient(key.ExportSubjectPublicKeyInfo(), "north", fromDays, untilDays);

    public void Dispose()
    {
        _key.Dispose();
        _certificate.Dispose();
    }

    private X509Certificate2 Issue(byte[] publicKey, string name, string usage, double fromDays, double untilDays, string[] names)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), PublicKey.CreateFromSubjectPublicKeyInfo(publicKey, out _), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (names.Length > 0)
        {
            var alternative = new SubjectAlternativeNameBuilder();
            foreach (string dns in names) alternative.AddDnsName(dns);
            request.CertificateExtensions.Add(alternative.Build());
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.Create(
            _certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now.AddDays(fromDays), now.AddDays(untilDays), RandomNumberGenerator.GetBytes(12));
    }
}
