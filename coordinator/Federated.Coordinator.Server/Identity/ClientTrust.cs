using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Storage.Sqlite;

namespace Federated.Coordinator.Server.Identity;

/// <summary>
/// Which client certificates are let in: issued by this CA, for clients, valid now, known here and not revoked. The operating system's authorities play no part
/// and nothing is downloaded.
/// </summary>
public sealed class ClientTrust(X509Certificate2 authority, Roster roster, TimeProvider time)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Why a certificate is not let in, in words for the log; null when it is. For handshakes: builds the chain.</summary>
    public string? WhyRefused(X509Certificate2? certificate)
    {
        if (certificate is null) return "it showed no certificate";
        DateTimeOffset now = time.GetUtcNow();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // the deny-list below is the revocation check
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        bool sound = chain.Build(certificate);
        X509ChainStatusFlags status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        const X509ChainStatusFlags Usage = X509ChainStatusFlags.NotValidForUsage | X509ChainStatusFlags.InvalidExtension;
        const X509ChainStatusFlags Time = X509ChainStatusFlags.NotTimeValid;
        if (sound) return WhyDenied(Digest.Of(certificate.RawData));
        if ((status & ~(Usage | Time)) != X509ChainStatusFlags.NoError)
        {
            return certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                ? "its certificate is self-signed"
                : "its certificate was issued by another CA";
        }

        if (status.HasFlag(Time))
            return now.UtcDateTime < certificate.NotBefore.ToUniversalTime() ? $"its certificate is not valid before {certificate.NotBefore.ToUniversalTime():u}" : $"its certificate expired on {certificate.NotAfter.ToUniversalTime():u}";
        return "its certificate is not for clients (extended key usage)";
    }

    /// <summary>Why a certificate that was let in once is not let in any more; null when it is. For calls: one look into the database.</summary>
    public string? WhyDenied(Digest certificate) => roster.FindCertificate(certificate) switch
    {
        null => "its certificate was never issued here",
        { Revoked: { } since } issued => $"the certificate of {issued.Site} was revoked on {since:u}",
        { } issued when issued.Expires <= time.GetUtcNow() => $"the certificate of {issued.Site} expired on {issued.Expires:u}",
        _ => null,
    };
}
