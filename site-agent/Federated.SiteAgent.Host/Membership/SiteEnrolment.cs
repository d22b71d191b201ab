using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Grpc.Net.Client;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Membership;

/// <summary>What joining needs.</summary>
/// <param name="Token">The invitation.</param>
/// <param name="Coordinator">Where the coordinator listens.</param>
/// <param name="DataDirectory">Where keys and certificate go.</param>
/// <param name="GrpcWeb">gRPC-Web over HTTP/1.1, for proxies that break HTTP/2.</param>
public sealed record JoinOptions(InvitationToken Token, CoordinatorAddress Coordinator, string DataDirectory, bool GrpcWeb = false)
{
    /// <summary>The hospital's proxy; null = none.</summary>
    public ProxyAddress? Proxy { get; init; }

    internal CoordinatorPath Path => new(Coordinator, GrpcWeb, Proxy);
}

/// <summary>
/// How a site becomes a member: keys are made here, the CA is checked against the invitation's pin, and only then is anything believed or kept.
/// </summary>
public static class SiteEnrolment
{
    private const string PendingFile = "join-pending.json";

    /// <summary>Joins, and leaves the credentials in the data directory.</summary>
    /// <exception cref="SiteErrorException">E3002, E3004, E3101 to E3104: one line each.</exception>
    public static async Task<SiteCredentials> JoinAsync(JoinOptions options, TimeProvider time, Random jitter, CancellationToken cancellation)
    {
        PrivateFiles.CreateDirectory(options.DataDirectory);
        if (SiteCredentials.Exist(options.DataDirectory))
            throw new SiteErrorException("E3002", ExitCode.Input, $"{options.DataDirectory}: this site is a member already; choose another directory with --data, or move this one away");
        using SiteIdentity identity = SiteCredentials.LoadOrCreateIdentity(options.DataDirectory);
        (ECDsa key, byte[] certificateRequest) = PendingRequest(options);
        using (key)
        {
            byte[] authority = await LearnAuthorityAsync(options, time, jitter, cancellation);
            var trust = new PinnedTrust(authority, time);
            Wire.JoinReply reply = await AskAsync(options, identity, certificateRequest, trust, time, jitter, cancellation);
            Keep(options, reply, authority, key, trust);
        }

        File.Delete(Path.Combine(options.DataDirectory, PendingFile));
        return SiteCredentials.Load(options.DataDirectory);
    }

    /// <summary>
    /// The CA's certificate, checked against the invitation's pin together with the server it came from. Nothing of the invitation is sent, so a server that
    /// turns out to be somebody else's has learned nothing and has not used the invitation up. A server need not send a self-signed root in its handshake (.NET's
    /// never does), so it is asked for.
    /// </summary>
    private static async Task<byte[]> LearnAuthorityAsync(JoinOptions options, TimeProvider time, Random jitter, CancellationToken cancellation)
    {
        var seen = new ServerSeen();
        using GrpcChannel channel = SecureChannel.Open(options.Path, SecureChannel.EnrolmentName, seen.Note, null);
        var request = new Wire.CertificateStatusRequest { CertificateSha256 = ByteString.CopyFrom(new byte[SHA256.HashSizeInBytes]) };
        byte[] authority;
        try
        {
            var client = new Wire.Enrolment.EnrolmentClient(channel);
            Wire.CertificateStatusReply reply = await Calls(time, jitter).CallAsync(token => client.CertificateStatusAsync(request, cancellationToken: token), cancellation);
            authority = reply.CaCertificate.ToByteArray();
        }
        catch (Exception failure) when (failure is CoordinatorUnreachableException or CoordinatorRefusedException)
        {
            // What answers with another CA's certificate need not speak gRPC at all: the certificate is then the better explanation.
            throw seen.Leaf is { } shown && IsSurelyForeign(shown, seen.Sent, options.Token) ? WrongServer(options.Coordinator, TrustVerdict.AnotherAuthority, failure) : Unreachable(options, failure);
        }

        if (!options.Token.NamesAuthority(authority)) throw WrongServer(options.Coordinator, TrustVerdict.AnotherAuthority, null);
        TrustVerdict verdict = new PinnedTrust(authority, time).CheckServer(seen.Leaf!, seen.Sent, SecureChannel.EnrolmentName);
        return verdict == TrustVerdict.Trusted ? authority : throw WrongServer(options.Coordinator, verdict, null);
    }

    private static async Task<Wire.JoinReply> AskAsync(
        JoinOptions options, SiteIdentity identity, byte[] certificateRequest, PinnedTrust trust, TimeProvider time, Random jitter, CancellationToken cancellation)
    {
        using GrpcChannel channel = SecureChannel.Open(
            options.Path, SecureChannel.EnrolmentName,
            (leaf, sent) => trust.CheckServer(leaf, sent, SecureChannel.EnrolmentName) == TrustVerdict.Trusted, null);
        var request = new Wire.JoinRequest
        {
            Version = AgentVersion.OnTheWire,
            TokenId = ByteString.CopyFrom(options.Token.Id),
            CertificateRequest = ByteString.CopyFrom(certificateRequest),
            IdentityPublicKey = ByteString.CopyFrom(identity.PublicKey),
            Proof = ByteString.CopyFrom(options.Token.Prove(certificateRequest, identity.PublicKey)),
        };
        try
        {
            var client = new Wire.Enrolment.EnrolmentClient(channel);
            return await Calls(time, jitter).CallAsync(token => client.JoinAsync(request, cancellationToken: token), cancellation);
        }
        catch (CoordinatorRefusedException refused)
        {
            throw new SiteErrorException("E3103", ExitCode.Refused, $"{refused.Message}.", refused);
        }
        catch (CoordinatorUnreachableException unreachable)
        {
            throw Unreachable(options, unreachable);
        }
    }

    private static void Keep(JoinOptions options, Wire.JoinReply reply, byte[] authority, ECDsa key, PinnedTrust trust)
    {
        try
        {
            using X509Certificate2 certificate = OwnCertificate.Read(reply.Certificate, key, trust);
            byte[] coordinatorKey = reply.CoordinatorIdentityPublicKey.ToByteArray();
            _ = new CoordinatorIdentity(coordinatorKey);
            if (!reply.CaCertificate.Span.SequenceEqual(authority)) throw new CoordinatorUnreachableException("The coordinator changed its CA in mid-conversation.");
            if (reply.Site.Length is 0 or > 64 || !Analyses.PlainText.IsOneLine(reply.Site)) throw new CoordinatorUnreachableException("The coordinator gave this site no usable name.");
            SiteCredentials.Save(options.DataDirectory, new SiteMembership(reply.Site, options.Coordinator.ToString(), options.GrpcWeb, authority, coordinatorKey, options.Proxy?.ToString()), certificate, key);
        }
        catch (Exception unusable) when (unusable is CoordinatorUnreachableException or CryptographicException)
        {
            throw new SiteErrorException("E3105", ExitCode.Unreachable, $"{options.Coordinator}: {unusable.Message} Ask for a new invitation once both sides are mended.", unusable);
        }
    }

    private static CallPolicy Calls(TimeProvider time, Random jitter) => new(new CallOptions(), time, jitter);

    // A chain that came complete, with a root of its own, and without the pinned one.
    private static bool IsSurelyForeign(X509Certificate2 leaf, IReadOnlyList<X509Certificate2> sent, InvitationToken token) =>
        leaf.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData)
        || (sent.Any(c => c.SubjectName.RawData.AsSpan().SequenceEqual(c.IssuerName.RawData)) && !sent.Any(c => token.NamesAuthority(c.RawData)));

    private static SiteErrorException Unreachable(JoinOptions options, Exception cause) =>
        new("E3101", ExitCode.Unreachable, $"{options.Coordinator}: {cause.Message} Check the address, the network and the firewall.", cause);

    /// <summary>
    /// The key and request of an earlier try with this very invitation, so that a lost reply does not make the next try look like another site; otherwise new ones.
    /// </summary>
    private static (ECDsa Key, byte[] Request) PendingRequest(JoinOptions options)
    {
        string path = Path.Combine(options.DataDirectory, PendingFile);
        string id = Convert.ToHexStringLower(options.Token.Id);
        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (PrivateFiles.Read(path) is { } bytes)
        {
            try
            {
                if (JsonSerializer.Deserialize<Pending>(bytes) is { } earlier && string.Equals(earlier.TokenId, id, StringComparison.Ordinal))
                {
                    key.ImportPkcs8PrivateKey(earlier.PrivateKey, out _);
                    return (key, earlier.CertificateRequest);
                }
            }
            catch (Exception damage) when (damage is JsonException or CryptographicException or ArgumentNullException)
            {
                key.Dispose();
                key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            }
        }

        byte[] request = new CertificateRequest("CN=site", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        PrivateFiles.Replace(path, JsonSerializer.SerializeToUtf8Bytes(new Pending(id, request, key.ExportPkcs8PrivateKey())));
        return (key, request);
    }

    private static SiteErrorException WrongServer(CoordinatorAddress at, TrustVerdict verdict, Exception? cause) => new(
        "E3102", ExitCode.Unreachable, $"{at}: {Explain(verdict)}", cause);

    private static string Explain(TrustVerdict verdict) => verdict switch
    {
        TrustVerdict.WrongTime => "the coordinator's certificate is not valid at this computer's time; compare the clocks",
        TrustVerdict.WrongName => "the server's certificate is not one of a coordinator; check the address",
        TrustVerdict.WrongUsage => "the server's certificate is not for servers; tell the coordinator's operator",
        _ => "another CA answers than the invitation names: a proxy that opens TLS, or the wrong address; ask the network's operator to let this connection through unopened",
    };

    private sealed record Pending(string TokenId, byte[] CertificateRequest, byte[] PrivateKey);

    /// <summary>What the handshake showed; written by the TLS callback, read after the call.</summary>
    private sealed class ServerSeen
    {
        public X509Certificate2? Leaf { get; private set; }

        public IReadOnlyList<X509Certificate2> Sent { get; private set; } = [];

        public bool Note(X509Certificate2 leaf, IReadOnlyList<X509Certificate2> sent)
        {
            Sent = [.. sent.Select(c => X509CertificateLoader.LoadCertificate(c.RawData))]; // the handshake's own are disposed of with it
            Leaf = X509CertificateLoader.LoadCertificate(leaf.RawData);
            return true;
        }
    }
}
