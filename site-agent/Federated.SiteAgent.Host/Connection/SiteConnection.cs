using Federated.SiteAgent.Host.Membership;
using Grpc.Net.Client;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>A member's open line to its coordinator.</summary>
public sealed class SiteConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>A line with these credentials; connects on first use.</summary>
    public SiteConnection(SiteCredentials credentials, TimeProvider time, Random jitter, CallOptions? options = null)
    {
        var trust = new PinnedTrust(credentials.Membership.CaCertificate, time);
        _channel = SecureChannel.Open(
            CoordinatorAddress.Parse(credentials.Membership.Coordinator), SecureChannel.CoordinatorName,
            (leaf, sent) => trust.CheckServer(leaf, sent, SecureChannel.CoordinatorName) == TrustVerdict.Trusted,
            () => credentials.Certificate, credentials.Membership.GrpcWeb);
        var calls = new CallPolicy(options ?? new CallOptions(), time, jitter);
        Link = new GrpcCoordinatorLink(_channel, calls);
        Renewal = new CertificateRenewal(_channel, calls, credentials, time);
    }

    /// <summary>What the agent can say.</summary>
    public GrpcCoordinatorLink Link { get; }

    /// <summary>Keeps the certificate young.</summary>
    public CertificateRenewal Renewal { get; }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
