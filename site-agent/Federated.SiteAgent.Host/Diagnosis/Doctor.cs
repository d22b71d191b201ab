using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;
using Google.Protobuf;
using Grpc.Net.Client;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Diagnosis;

/// <summary>
/// Walks from the data directory to the coordinator, hop by hop, and names the first thing that is wrong and how to mend it. Sends nothing but what any agent
/// sends on connecting.
/// </summary>
public sealed class Doctor(string directory, CoordinatorPath? otherPath, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(60);

    private readonly List<Finding> _findings = [];
    private SiteCredentials? _credentials;

    /// <summary>Every check, in order; those behind a failure are skipped.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellation)
    {
        (string Name, Func<CancellationToken, Task<Finding>> Check)[] checks =
        [
            ("data directory", Here(DataDirectory)),
            ("membership", Here(Membership)),
            ("certificate", Here(Certificate)),
            ("name", NameAsync),
            ("connection", ConnectionAsync),
            ("TLS", TlsAsync),
            ("certificate at the coordinator", StatusAsync),
            ("HTTP", HttpAsync),
            ("membership at the coordinator", SyncAsync),
        ];
        try
        {
            bool blocked = false;
            foreach ((string name, Func<CancellationToken, Task<Finding>> check) in checks)
            {
                Finding finding = blocked ? new Finding(name, Outcome.Skipped, "not reached") : await check(cancellation);
                blocked |= finding.Outcome == Outcome.Failed;
                _findings.Add(finding);
            }

            _findings.Add(new Finding("versions", Outcome.Ok, $"agent {AgentVersion.Agent.ToString(3)}, protocol {AgentVersion.Protocol}"));
            return _findings;
        }
        finally
        {
            _credentials?.Dispose();
        }
    }

    private SiteCredentials Credentials => _credentials ?? throw new InvalidOperationException("The membership is checked first.");

    private CoordinatorPath Path => otherPath ?? CoordinatorPath.Of(Credentials.Membership);

    private string FirstHop => Path.Proxy?.Host ?? Path.Address.Host; // behind a proxy, the proxy looks the coordinator's name up

    private string Where => Path.Proxy is { } proxy ? $"the proxy {proxy}" : $"{Path.Address}";

    private PinnedTrust Trust => new(Credentials.Membership.CaCertificate, time);

    private static Func<CancellationToken, Task<Finding>> Here(Func<Finding> check) => _ => Task.FromResult(check());

    private Finding DataDirectory()
    {
        if (!Directory.Exists(directory))
            return new Finding("data directory", Outcome.Failed, $"{directory} does not exist", "name it with --data, or join a consortium", "E3003", ExitCode.Input);
        try
        {
            _ = new SiteDatabase(directory);
        }
        catch (Exception failure) when (failure is SiteStoreException or SiteErrorException)
        {
            return new Finding("data directory", Outcome.Failed, failure.Message, "run as the user who owns the data directory, and see that its disk has room", "E3301", ExitCode.Input);
        }

        bool open = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(directory) & (UnixFileMode.OtherRead | UnixFileMode.OtherExecute)) != UnixFileMode.None;
        return open
            ? new Finding("data directory", Outcome.Warning, $"{directory} can be entered by every user of this computer", $"chmod 700 {directory}", "E3004")
            : new Finding("data directory", Outcome.Ok, directory);
    }

    private Finding Membership()
    {
        try
        {
            _credentials = SiteCredentials.Load(directory);
            return new Finding("membership", Outcome.Ok, $"{_credentials.Membership.Site} at {Path.Address}{(Path.Proxy is { } proxy ? $", through {proxy}" : "")}");
        }
        catch (SiteErrorException error)
        {
            return new Finding("membership", Outcome.Failed, error.Message, "", error.Code, error.Exit);
        }
    }

    private Finding Certificate()
    {
        X509Certificate2 certificate = Credentials.Certificate;
        DateTimeOffset now = time.GetUtcNow();
        var notBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime());
        var notAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        string until = $"valid until {notAfter:u}";
        if (now > notAfter)
            return new Finding("certificate", Outcome.Failed, $"expired on {notAfter:u}", "ask the coordinator for a new invitation and join again", "E3106", ExitCode.Refused);
        if (now < notBefore)
            return new Finding("certificate", Outcome.Failed, $"not valid before {notBefore:u}", "set this computer's clock", "E3107", ExitCode.Input);
        if (Trust.CheckOwn(certificate) is not TrustVerdict.Trusted and var verdict)
            return new Finding("certificate", Outcome.Failed, $"not issued by the consortium's CA for clients ({verdict})", "restore the data directory, or join again", "E3005", ExitCode.Input);
        return now > CertificateRenewal.DueOf(certificate)
            ? new Finding("certificate", Outcome.Warning, $"{until}, renewal is due", "leave the agent running: it renews by itself", "E3106")
            : new Finding("certificate", Outcome.Ok, until);
    }

    private async Task<Finding> NameAsync(CancellationToken cancellation)
    {
        try
        {
            IPAddress[] found = await Dns.GetHostAddressesAsync(FirstHop, cancellation).WaitAsync(Patience, time, cancellation);
            return new Finding("name", Outcome.Ok, $"{FirstHop} is {string.Join(", ", found.Select(a => a.ToString()))}");
        }
        catch (Exception failure) when (failure is SocketException or TimeoutException)
        {
            return new Finding("name", Outcome.Failed, $"{FirstHop} has no address here", "check the spelling and this network's name server (DNS)", "E3108", ExitCode.Unreachable);
        }
    }

    private async Task<Finding> ConnectionAsync(CancellationToken cancellation)
    {
        try
        {
            await using Stream opened = await Route.ConnectAsync(Path.Address, Path.Proxy, cancellation).AsTask().WaitAsync(Patience, time, cancellation);
            return new Finding("connection", Outcome.Ok, Path.Proxy is { } proxy ? $"{proxy} lets connections to {Path.Address} through" : $"{Path.Address} answers");
        }
        catch (ProxyRefusedException refused)
        {
            return new Finding("connection", Outcome.Failed, refused.Message, "", "E3112", ExitCode.Unreachable);
        }
        catch (SocketException failure)
        {
            return new Finding("connection", Outcome.Failed, $"{Where}: {failure.SocketErrorCode}", "nothing listens there, or a firewall rejects it; allow outgoing TCP to that port", "E3109", ExitCode.Unreachable);
        }
        catch (TimeoutException)
        {
            return new Finding("connection", Outcome.Failed, $"{Where}: no answer in {Patience.TotalSeconds:0} s", "a firewall drops it; allow outgoing TCP to that port", "E3109", ExitCode.Unreachable);
        }
    }

    private async Task<Finding> TlsAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        Handshake modern = await HandshakeProbe.ShakeAsync(Path, SslProtocols.Tls13, Trust, patience.Token);
        if (!modern.Completed)
        {
#pragma warning disable CA5398 // offered only to find out what the path speaks; nothing is sent over it
            Handshake older = await HandshakeProbe.ShakeAsync(Path, SslProtocols.Tls12, Trust, patience.Token);
#pragma warning restore CA5398
            return older.Completed
                ? new Finding("TLS", Outcome.Failed, "the path only speaks TLS 1.2", "a proxy on the way is too old; ask the network's operator to let this connection through unopened", "E3110", ExitCode.Unreachable)
                : new Finding("TLS", Outcome.Failed, "what answers does not speak TLS", "check the address; a proxy or another service may listen there", "E3110", ExitCode.Unreachable);
        }

        return modern.Verdict switch
        {
            TrustVerdict.Trusted => new Finding("TLS", Outcome.Ok, "TLS 1.3, certificate of the consortium's CA"),
            TrustVerdict.WrongTime => new Finding("TLS", Outcome.Failed, "the coordinator's certificate is not valid at this computer's time", "compare this computer's clock with the coordinator's", "E3107", ExitCode.Unreachable),
            TrustVerdict.WrongName or TrustVerdict.WrongUsage => new Finding("TLS", Outcome.Failed, "the certificate is the consortium's, but not a coordinator's", "check the address", "E3102", ExitCode.Unreachable),
            _ => new Finding("TLS", Outcome.Failed, $"another CA answers ({Analyses.PlainText.Shown(modern.Issuer ?? "?")}): a proxy that opens TLS?", "ask the network's operator to let this connection through unopened, or check the address", "E3102", ExitCode.Unreachable),
        };
    }

    private async Task<Finding> StatusAsync(CancellationToken cancellation)
    {
        const string Check = "certificate at the coordinator";
        PinnedTrust trust = Trust;
        using GrpcChannel channel = SecureChannel.Open(
            Path, SecureChannel.EnrolmentName, (leaf, sent) => trust.CheckServer(leaf, sent, SecureChannel.EnrolmentName) == TrustVerdict.Trusted, null);
        var client = new Wire.Enrolment.EnrolmentClient(channel);
        var request = new Wire.CertificateStatusRequest { CertificateSha256 = ByteString.CopyFrom(SHA256.HashData(Credentials.Certificate.RawData)) };
        try
        {
            Wire.CertificateStatusReply reply = await Calls().CallAsync(token => client.CertificateStatusAsync(request, cancellationToken: token), cancellation);
            return reply.Status switch
            {
                Wire.CertificateStatus.Valid or Wire.CertificateStatus.Replaced => new Finding(Check, Outcome.Ok, reply.Status.ToString().ToLowerInvariant()),
                Wire.CertificateStatus.Revoked => new Finding(Check, Outcome.Failed, "revoked", "ask the coordinator's operator why, and for a new invitation", "E3104", ExitCode.Refused),
                Wire.CertificateStatus.Expired => new Finding(Check, Outcome.Failed, "expired", "ask the coordinator for a new invitation and join again", "E3106", ExitCode.Refused),
                _ => new Finding(Check, Outcome.Failed, "never issued there", "check the address: this may be another consortium's coordinator, or one restored from an old backup", "E3104", ExitCode.Refused),
            };
        }
        catch (CoordinatorUnreachableException) when (!Path.GrpcWeb)
        {
            return new Finding(Check, Outcome.Warning, "cannot be asked over HTTP/2", "see the next check", "E3111");
        }
        catch (Exception failure) when (failure is CoordinatorUnreachableException or CoordinatorRefusedException)
        {
            return new Finding(Check, Outcome.Failed, failure.Message, "see whether the coordinator is running", "E3101", ExitCode.Unreachable);
        }
    }

    private async Task<Finding> HttpAsync(CancellationToken cancellation)
    {
        if (Path.GrpcWeb) return new Finding("HTTP", Outcome.Ok, "gRPC-Web over HTTP/1.1, as configured");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        Handshake handshake = await HandshakeProbe.ShakeAsync(Path, SslProtocols.Tls13, Trust, patience.Token);
        bool asked = _findings.Exists(f => f is { Check: "certificate at the coordinator", Outcome: Outcome.Ok });
        return handshake.SpeaksHttp2 && asked
            ? new Finding("HTTP", Outcome.Ok, "HTTP/2")
            : new Finding("HTTP", Outcome.Failed, "the path does not carry HTTP/2", "add --grpc-web to federated-site serve: it speaks HTTP/1.1", "E3111", ExitCode.Unreachable);
    }

    private async Task<Finding> SyncAsync(CancellationToken cancellation)
    {
        const string Check = "membership at the coordinator";
        using var connection = new SiteConnection(Credentials, time, new Random(0), new CallOptions { Retries = 1, AttemptTimeout = Patience }, Path);
        try
        {
            SyncResult sync = await connection.Link.SyncAsync(cancellation);
            TimeSpan apart = sync.CoordinatorTime is { } theirs ? (time.GetUtcNow() - theirs).Duration() : TimeSpan.Zero;
            string found = $"{sync.Studies.Length} studies, {sync.Tasks.Length} tasks waiting";
            return apart > ClockTolerance
                ? new Finding(Check, Outcome.Warning, $"{found}; the clocks are {apart.TotalSeconds:0} s apart", "set this computer's clock (NTP), or tell the coordinator's operator", "E3107")
                : new Finding(Check, Outcome.Ok, found);
        }
        catch (CoordinatorRefusedException refused)
        {
            return new Finding(Check, Outcome.Failed, RefusalMeaning.Of(refused.Code), "", refused.Code == RefusalCodes.VersionUnsupported ? "E3105" : "E3104", ExitCode.Refused);
        }
        catch (CoordinatorUnreachableException unreachable)
        {
            return new Finding(
                Check, Outcome.Failed, $"the handshake with the client certificate failed ({unreachable.Message})",
                "the coordinator does not accept this certificate, or a proxy strips it; ask its operator for the log of this moment", "E3104", ExitCode.Unreachable);
        }
    }

    private CallPolicy Calls() => new(new CallOptions { Retries = 1, AttemptTimeout = Patience }, time, new Random(0));
}
