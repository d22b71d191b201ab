using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Federated.SiteAgent.Host.Membership;
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
    /// <param name="address">Where to connect.</param>
    /// <param name="serverName">One of the two names above.</param>
    /// <param name="trusts">Whether a server's certificate, with what else it sent, is the right one.</param>
    /// <param name="certificate">The client certificate at the time of each new connection; null = none.</param>
    /// <param name="grpcWeb">gRPC-Web over HTTP/1.1, for proxies that break HTTP/2.</param>
    public static GrpcChannel Open(
        CoordinatorAddress address, string serverName, Func<X509Certificate2, IReadOnlyList<X509Certificate2>, bool> trusts,
        Func<X509Certificate2>? certificate, bool grpcWeb)
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
            ConnectCallback = (_, cancellation) => ConnectAsync(address, cancellation),
            SslOptions = TlsOptions(serverName, trusts, certificate),
        };
        HttpMessageHandler handler = grpcWeb ? new GrpcWebHandler(GrpcWebMode.GrpcWeb, sockets) : sockets;
        return GrpcChannel.ForAddress(new UriBuilder("https", serverName, address.Port).Uri, new GrpcChannelOptions
        {
            HttpHandler = handler,
            HttpVersion = grpcWeb ? HttpVersion.Version11 : HttpVersion.Version20,
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

    private static async ValueTask<Stream> ConnectAsync(CoordinatorAddress address, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
