using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Federated.Coordinator.Server.Identity;

/// <summary>
/// The certificate this server shows: made anew, with a new key that never touches the disk, at the start and at two thirds of its life. Connections that are open
/// keep theirs; the next handshake gets the new one.
/// </summary>
public sealed class ServerCertificate(CertificateAuthority authority, IEnumerable<string> hosts, TimeProvider time)
{
    /// <summary>Names every server certificate holds, besides those the operator names.</summary>
    public static readonly IReadOnlyList<string> OwnNames = ["coordinator.federated", "enrolment.federated", "localhost", "127.0.0.1", "::1"];

    private readonly string[] _hosts = [.. OwnNames.Concat(hosts).Distinct(StringComparer.OrdinalIgnoreCase)];
    private readonly Lock _lock = new();

    // Written under the lock; read under it too, as handshakes are rare beside calls.
    private SslStreamCertificateContext? _context;
    private DateTimeOffset _renewAt;

    /// <summary>What to show now.</summary>
    public SslStreamCertificateContext Present()
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (_context is not null && now < _renewAt) return _context;
            X509Certificate2 certificate = authority.IssueServer(_hosts, now);
            _renewAt = now + ((new DateTimeOffset(certificate.NotAfter.ToUniversalTime()) - now) * (2.0 / 3));
            return _context = SslStreamCertificateContext.Create(certificate, [authority.Certificate], offline: true);
        }
    }
}
