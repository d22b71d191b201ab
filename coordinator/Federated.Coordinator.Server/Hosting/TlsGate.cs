using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Server.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Federated.Coordinator.Server.Hosting;

/// <summary>
/// The TLS settings of each connection: TLS 1.3 only; without a client certificate for the server name "enrolment.federated", with one for every other. The reason of
/// each refusal is one line in the log; the other side learns nothing.
/// </summary>
public sealed partial class TlsGate(ServerCertificate certificate, ClientTrust trust, ILogger<TlsGate> log)
{
    /// <summary>Server name of the services that need no client certificate.</summary>
    public const string EnrolmentName = "enrolment.federated";

    private static readonly object Greeted = new();
    private static readonly object Settled = new();

    /// <summary>Chooses the settings.</summary>
    public ValueTask<SslServerAuthenticationOptions> SettingsAsync(TlsHandshakeCallbackContext context)
    {
        ConnectionContext connection = context.Connection;
        connection.Items[Greeted] = true;
        bool enrolment = string.Equals(context.ClientHelloInfo.ServerName, EnrolmentName, StringComparison.OrdinalIgnoreCase);
        return ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Present(),
#pragma warning disable CA5398 // the one version we speak is named on purpose
            EnabledSslProtocols = SslProtocols.Tls13,
#pragma warning restore CA5398
            AllowRenegotiation = false,
            AllowTlsResume = false, // a resumed session would skip the look at the deny-list
            ClientCertificateRequired = !enrolment,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, shown, _, _) => enrolment || IsLetIn(connection, shown as X509Certificate2),
        });
    }

    /// <summary>Stands before TLS: says why a handshake that began did not end, where nobody else said it.</summary>
    public ConnectionDelegate Outside(ConnectionDelegate next) => async connection =>
    {
        await next(connection);
        if (connection.Items.ContainsKey(Greeted) && !connection.Items.ContainsKey(Settled))
            Refused(log, Peer(connection), "no TLS 1.3 handshake came about: it does not offer TLS 1.3, or it does not trust this coordinator's CA");
    };

    /// <summary>Stands behind TLS: only connections that were let in get here.</summary>
    public ConnectionDelegate Inside(ConnectionDelegate next) => connection =>
    {
        connection.Items[Settled] = true;
        return next(connection);
    };

    private bool IsLetIn(ConnectionContext connection, X509Certificate2? shown)
    {
        string? reason = trust.WhyRefused(shown);
        if (reason is null) return true;
        connection.Items[Settled] = true;
        string name = shown?.GetNameInfo(X509NameType.SimpleName, forIssuer: false) ?? "";
        string peer = Peer(connection);
        Refused(log, SiteName.IsValid(name) ? $"{peer} (calling itself {name})" : peer, reason);
        return false;
    }

    private static string Peer(ConnectionContext connection) => connection.RemoteEndPoint?.ToString() ?? "?";

    [LoggerMessage(6, LogLevel.Warning, "Refused the connection from {Peer}: {Reason}")]
    private static partial void Refused(ILogger log, string peer, string reason);
}
