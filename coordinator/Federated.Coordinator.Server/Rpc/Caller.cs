using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Storage.Sqlite;
using Grpc.Core;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>Who calls: the site its certificate was issued to, by this coordinator's own records rather than by what the certificate says.</summary>
public sealed record Caller(string Site, Digest Certificate)
{
    private static readonly object Key = new();

    /// <summary>The caller of a call that the gate let through.</summary>
    public static Caller Of(ServerCallContext context) => (Caller)context.UserState[Key];

    /// <summary>Establishes the caller, anew for every call.</summary>
    /// <exception cref="SiteRefusedException">CertificateMissing, CertificateRevoked.</exception>
    public static void Establish(ServerCallContext context, ClientTrust trust, Roster roster)
    {
        X509Certificate2? certificate = context.GetHttpContext().Connection.ClientCertificate;
        if (certificate is null)
            throw new SiteRefusedException(RefusalCode.CertificateMissing, $"{context.Peer} called {context.Method} without a certificate.");
        var digest = Digest.Of(certificate.RawData);
        string? denied = trust.WhyDenied(digest);
        if (denied is not null) throw new SiteRefusedException(RefusalCode.CertificateRevoked, $"{context.Peer} called {context.Method}, but {denied}.");
        context.UserState[Key] = new Caller(roster.FindCertificate(digest)!.Site, digest);
    }
}
