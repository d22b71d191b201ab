using Federated.SiteAgent.Host.Membership;
using Grpc.Net.Client;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>How to get to the coordinator.</summary>
/// <param name="Address">Where it listens.</param>
/// <param name="GrpcWeb">gRPC-Web over HTTP/1.1, for proxies that break HTTP/2.</param>
/// <param name="Proxy">The hospital's proxy, asked for a tunnel; null = straight.</param>
public sealed record CoordinatorPath(CoordinatorAddress Address, bool GrpcWeb, ProxyAddress? Proxy = null)
{
    /// <summary>The way by which a site joined.</summary>
    public static CoordinatorPath Of(SiteMembership membership) => new(CoordinatorAddress.Parse(membership.Coordinator), membership.GrpcWeb, membership.Proxy is { } proxy ? ProxyAddress.Parse(proxy) : null);
}

/// <summary>A member's open line to its coordinator.</summary>
public sealed class SiteConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <summary>A line with these credentials; connects on first use.</summary>
    /// <param name="credentials">As whom.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">Spreads retries.</param>
    /// <param name="options">Time-outs and retries; null = the defaults.</param>
    /// <param name="path">Another way than the one the site joined by; null = that one.</param>
    /// <param name="retried">Told of every call made once more; null = nobody.</param>
    public SiteConnection(SiteCredentials credentials, TimeProvider time, Random jitter, CallOptions? options = null, CoordinatorPath? path = null, Action? retried = null)
    {
        path ??= CoordinatorPath.Of(credentials.Membership);
        var trust = new PinnedTrust(credentials.Membership.CaCertificate, time);
        _channel = SecureChannel.Open(
            path, SecureChannel.CoordinatorName,
            (leaf, sent) => trust.CheckServer(leaf, sent, SecureChannel.CoordinatorName) == TrustVerdict.Trusted,
            () => credentials.Certificate);
        var calls = new CallPolicy(options ?? new CallOptions(), time, jitter, retried);
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
