using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Federated.SiteAgent.Host.Connection;

namespace Federated.SiteAgent.Host.Diagnosis;

/// <summary>What one TLS handshake showed.</summary>
/// <param name="Completed">Whether it came to an end.</param>
/// <param name="Verdict">What to think of the server's certificate; null = none was seen.</param>
/// <param name="Issuer">Who issued it.</param>
/// <param name="SpeaksHttp2">Whether the path agreed to HTTP/2.</param>
public sealed record Handshake(bool Completed, TrustVerdict? Verdict, string? Issuer, bool SpeaksHttp2);

/// <summary>Handshakes made only to look at them: nothing is sent afterwards.</summary>
public static class HandshakeProbe
{
    /// <summary>Shakes hands with the enrolment name, which asks for no client certificate.</summary>
    /// <param name="path">Where, and how.</param>
    /// <param name="protocols">TLS versions to offer.</param>
    /// <param name="trust">What to think of the certificate.</param>
    /// <param name="cancellation">Bounds the wait.</param>
    public static async Task<Handshake> ShakeAsync(CoordinatorPath path, SslProtocols protocols, PinnedTrust trust, CancellationToken cancellation)
    {
        TrustVerdict? verdict = null;
        string? issuer = null;
        SslClientAuthenticationOptions options = SecureChannel.TlsOptions(
            SecureChannel.EnrolmentName,
            (leaf, sent) =>
            {
                verdict = trust.CheckServer(leaf, sent, SecureChannel.EnrolmentName);
                issuer = leaf.IssuerName.Name;
                return true; // to look at, not to talk to
            },
            null);
        options.EnabledSslProtocols = protocols;
        options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        try
        {
            await using var tls = new SslStream(await Route.ConnectAsync(path.Address, path.Proxy, cancellation));
            await tls.AuthenticateAsClientAsync(options, cancellation);
            return new Handshake(true, verdict, issuer, tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2);
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException or SocketException)
        {
            return new Handshake(false, verdict, issuer, false);
        }
    }
}
