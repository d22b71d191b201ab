using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>
/// A gRPC channel to the coordinator: TLS 1.3 only, the server name says what is wanted (enrolment or membership), wherever the address points to.
/// </summary>
public static class SecureChannel
{
    /// <summary>Server name of the services that need no client certificate.</summary>
    public const string EnrolmentName = "enrolment.federated";

    /// <summary>Server name of everything else.</summary>
    public const string CoordinatorName = "coordinator.federated";

    private const int LargestMessage = 64 << 20;

    /// <summary>Opens no connection yet; dispose the channel to close what it opened.</summary>
    /// <param name="path">Where to connect, and how.</param>
    /// <param name="serverName">One of the two names above.</param>
    /// <param name="trusts">Whether a server's certificate, with what else it sent, is the right one.</param>
    /// <param name="certificate">The client certificate at the time of each new connection; null = none.</param>
    public static GrpcChannel Open(
        CoordinatorPath path, string serverName, Func<X509Certificate2, IReadOnlyList<X509Certificate2>, bool> trusts,
        Func<X509Certificate2>? certificate)
    {
        var sockets = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(30), // so that a renewed certificate is in use soon, without a restart
            ConnectCallback = (_, cancellation) => Route.ConnectAsync(path.Address, path.Proxy, cancellation),
            ActivityHeadersPropagator = null, // nothing leaves for telemetry's sake
            SslOptions = TlsOptions(serverName, trusts, certificate),
        };
        HttpMessageHandler handler = path.GrpcWeb ? new GrpcWebHandler(GrpcWebMode.GrpcWeb, sockets) : sockets;
        return GrpcChannel.ForAddress(new UriBuilder("https", serverName, path.Address.Port).Uri, new GrpcChannelOptions
        {
            HttpHandler = handler,
            HttpVersion = path.GrpcWeb ? HttpVersion.Version11 : HttpVersion.Version20,
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = LargestMessage,
            MaxRetryAttempts = null, // the one place for retries is CallPolicy
        });
    }

    /// <summary>The TLS settings of every connection this agent makes.</summary>
    public static SslClientAuthenticationOptions TlsOptions(
        string serverName, Func<X509Certificate2, IReadOnlyList<X509Certificate2>, bool> trusts, Func<X509Certificate2>? certificate)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, leaf, chain, _) => leaf is X509Certificate2 found && trusts(found, [.. chain?.ChainPolicy.ExtraStore ?? []]),
        };
        if (certificate is not null) options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate();
        return options;
    }
}
