using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Grpc.Net.Client;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>A new certificate for a new key at two thirds of the present one's life, asked for with the present one; no restart is needed.</summary>
public sealed class CertificateRenewal(GrpcChannel channel, CallPolicy calls, SiteCredentials credentials, TimeProvider time)
{
    private readonly Wire.Enrolment.EnrolmentClient _enrolment = new(channel);

    /// <summary>When the present certificate is due.</summary>
    public DateTimeOffset Due => DueOf(credentials.Certificate);

    /// <summary>Two thirds of a certificate's life.</summary>
    public static DateTimeOffset DueOf(X509Certificate2 certificate)
    {
        var from = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        var until = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        return from + ((until - from) * (2.0 / 3));
    }

    /// <summary>Renews when it is due.</summary>
    /// <returns>Whether it was.</returns>
    public async Task<bool> RenewIfDueAsync(CancellationToken cancellation)
    {
        if (time.GetUtcNow() < Due) return false;
        await RenewAsync(cancellation);
        return true;
    }

    /// <summary>Renews now.</summary>
    /// <exception cref="CoordinatorUnreachableException">No, or no valid, answer; the present certificate stays.</exception>
    /// <exception cref="CoordinatorRefusedException">The coordinator said no.</exception>
    public async Task RenewAsync(CancellationToken cancellation)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificateRequest = new CertificateRequest($"CN={credentials.Membership.Site}", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var request = new Wire.RenewRequest
        {
            CertificateRequest = UnsafeByteOperations.UnsafeWrap(certificateRequest),
            IdentitySignature = UnsafeByteOperations.UnsafeWrap(credentials.Identity.Sign(SignedStatement.Renewal(certificateRequest))),
        };
        Wire.RenewReply reply = await calls.CallAsync(token => _enrolment.RenewAsync(request, cancellationToken: token), cancellation);
        using X509Certificate2 certificate = OwnCertificate.Read(reply.Certificate, key, new PinnedTrust(credentials.Membership.CaCertificate, time));
        credentials.Replace(certificate, key);
    }
}

/// <summary>Certificates that the coordinator issued to this site.</summary>
internal static class OwnCertificate
{
    /// <summary>Reads one and checks that it is for this key, from this CA, for clients, and valid now.</summary>
    public static X509Certificate2 Read(ByteString bytes, ECDsa key, PinnedTrust trust)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(bytes.Span);
        }
        catch (CryptographicException damage)
        {
            throw new CoordinatorUnreachableException("The coordinator issued a certificate that cannot be read.", damage);
        }

        using ECDsa? issuedFor = certificate.GetECDsaPublicKey();
        bool ours = issuedFor is not null && issuedFor.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());
        TrustVerdict verdict = trust.CheckOwn(certificate);
        if (ours && verdict == TrustVerdict.Trusted) return certificate;
        certificate.Dispose();
        throw new CoordinatorUnreachableException(ours
            ? $"The coordinator issued a certificate that does not hold ({verdict}); compare the clocks of both computers."
            : "The coordinator issued a certificate for another key.");
    }
}
