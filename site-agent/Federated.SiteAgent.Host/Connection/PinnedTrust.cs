using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>What became of a server's certificate.</summary>
public enum TrustVerdict
{
    /// <summary>Issued by the consortium's CA, for this name and use, and valid now.</summary>
    Trusted,

    /// <summary>Issued by another CA: somebody else answers, for instance a proxy that opens TLS.</summary>
    AnotherAuthority,

    /// <summary>Issued by the right CA, for another name.</summary>
    WrongName,

    /// <summary>Issued by the right CA, not for servers.</summary>
    WrongUsage,

    /// <summary>Not valid yet, or no longer: the server's certificate, or this computer's clock.</summary>
    WrongTime,
}

/// <summary>
/// Trust in exactly one CA. The operating system's list of authorities plays no part, and nothing is downloaded.
/// </summary>
public sealed class PinnedTrust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _authority;
    private readonly TimeProvider _time;

    /// <summary>Trust in the CA with this certificate, DER.</summary>
    public PinnedTrust(byte[] caCertificate, TimeProvider time)
    {
        _authority = X509CertificateLoader.LoadCertificate(caCertificate);
        _time = time;
    }

    /// <summary>What to think of a server.</summary>
    /// <param name="leaf">Its certificate.</param>
    /// <param name="sent">Whatever else came in the handshake.</param>
    /// <param name="name">The name it must be for.</param>
    public TrustVerdict CheckServer(X509Certificate2 leaf, IEnumerable<X509Certificate2> sent, string name)
    {
        TrustVerdict verdict = CheckChain(leaf, sent, ServerAuthentication);
        return verdict == TrustVerdict.Trusted && !leaf.MatchesHostname(name, allowWildcards: false, allowCommonName: false) ? TrustVerdict.WrongName : verdict;
    }

    /// <summary>What to think of a certificate issued to this site.</summary>
    public TrustVerdict CheckOwn(X509Certificate2 certificate) => CheckChain(certificate, [], ClientAuthentication);

    private TrustVerdict CheckChain(X509Certificate2 leaf, IEnumerable<X509Certificate2> others, string usage)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        foreach (X509Certificate2 other in others) chain.ChainPolicy.ExtraStore.Add(other);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(usage));
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = _time.GetUtcNow().UtcDateTime;
        if (chain.Build(leaf)) return TrustVerdict.Trusted;

        X509ChainStatusFlags status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if ((status & ~(X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotValidForUsage)) != X509ChainStatusFlags.NoError)
            return TrustVerdict.AnotherAuthority;
        return status.HasFlag(X509ChainStatusFlags.NotTimeValid) ? TrustVerdict.WrongTime : TrustVerdict.WrongUsage;
    }
}
