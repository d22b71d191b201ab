using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Contracts.V1;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Server.Tests.Kit;
using Grpc.Core;
using Grpc.Net.Client;

namespace Federated.Coordinator.Server.Tests.Tls;

/// <summary>Who does not get in, and that the log says why.</summary>
public sealed class HandshakeTests
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    [Fact]
    public async Task A_member_gets_in()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using X509Certificate2 certificate = await new Newcomer().JoinAsync(coordinator, "hospital-a");
        X509Certificate2? server = null;
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Member, certificate, seen: shown => server = new X509Certificate2(shown));
        SyncReply reply = await SyncAsync(channel);
        Assert.Empty(reply.Studies);
        Assert.InRange(reply.CoordinatorUnixMilliseconds, TimeProvider.System.GetUtcNow().AddMinutes(-5).ToUnixTimeMilliseconds(), long.MaxValue);
        foreach (string name in new[] { "coordinator.federated", "enrolment.federated", "localhost", "127.0.0.1" })
            Assert.True(server!.MatchesHostname(name, allowWildcards: false, allowCommonName: false), name);
        Assert.DoesNotContain(coordinator.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_certificate() => await RefusedAsync(_ => null, "it showed no certificate");

    [Fact]
    public async Task With_a_certificate_of_another_CA() => await RefusedAsync(
        _ =>
        {
            using var other = CertificateAuthority.Create("Another consortium", TimeProvider.System.GetUtcNow());
            return Issue(other.Certificate, ClientAuthentication);
        },
        "(calling itself hospital-a): its certificate was issued by another CA");

    [Fact]
    public async Task With_a_certificate_of_a_CA_that_took_our_name() => await RefusedAsync(
        _ =>
        {
            using var other = CertificateAuthority.Create("Test consortium", TimeProvider.System.GetUtcNow());
            return Issue(other.Certificate, ClientAuthentication);
        },
        "its certificate was issued by another CA");

    [Fact]
    public async Task With_a_self_signed_certificate() => await RefusedAsync(
        _ =>
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return Request(key, ClientAuthentication).CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        },
        "its certificate is self-signed");

    [Fact]
    public async Task With_an_expired_certificate() => await RefusedAsync(
        coordinator => Issue(coordinator.Server.Directory.Authority.Certificate, ClientAuthentication, Now.AddMinutes(-4), Now.AddMinutes(-1)), "its certificate expired on 20");

    [Fact]
    public async Task With_a_certificate_that_is_not_valid_yet() => await RefusedAsync(
        coordinator => Issue(coordinator.Server.Directory.Authority.Certificate, ClientAuthentication, Now.AddDays(1), Now.AddDays(2)), "its certificate is not valid before 20");

    [Fact]
    public async Task With_a_certificate_for_servers() => await RefusedAsync(
        coordinator => Issue(coordinator.Server.Directory.Authority.Certificate, ServerAuthentication), "its certificate is not for clients (extended key usage)");

    [Fact]
    public async Task With_a_certificate_of_our_CA_that_the_records_do_not_know() => await RefusedAsync(
        coordinator => Issue(coordinator.Server.Directory.Authority.Certificate, ClientAuthentication), "its certificate was never issued here");

    [Fact]
    public async Task After_being_revoked()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using X509Certificate2 certificate = await new Newcomer().JoinAsync(coordinator, "hospital-a");
        Assert.True(coordinator.Server.Directory.Roster.TryRevoke("hospital-a", Now));
        await RefusedAsync(coordinator, certificate, "the certificate of hospital-a was revoked on 20");
    }

    [Theory]
    [InlineData(RunningCoordinator.Member)]
    [InlineData(RunningCoordinator.Enrolment)]
    public async Task With_TLS_1_2(string serverName)
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using X509Certificate2 certificate = await new Newcomer().JoinAsync(coordinator, "hospital-a");
#pragma warning disable CA5398 // the version that must be refused
        using GrpcChannel channel = coordinator.Connect(serverName, certificate, protocols: SslProtocols.Tls12);
#pragma warning restore CA5398
        await Assert.ThrowsAsync<RpcException>(() => SyncAsync(channel));
        await coordinator.Server.DisposeAsync(); // every connection has ended, and its end is in the log
        Assert.Contains(coordinator.Log, line => line.Contains("it does not offer TLS 1.3", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("enrolment.federated", false)]
    [InlineData("localhost", true)]
    [InlineData("Coordinator.Federated", true)]
    public async Task Only_the_enrolment_name_asks_for_no_certificate(string serverName, bool needed)
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using GrpcChannel channel = coordinator.Connect(serverName);
        Task<CertificateStatusReply> ask = new Enrolment.EnrolmentClient(channel).CertificateStatusAsync(
            new CertificateStatusRequest { CertificateSha256 = Google.Protobuf.ByteString.CopyFrom(new byte[32]) }, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync;
        if (needed) await Assert.ThrowsAsync<RpcException>(() => ask);
        else Assert.Equal(CertificateStatus.Unknown, (await ask).Status);
    }

    [Fact]
    public async Task The_enrolment_name_reaches_nothing_else_even_with_a_certificate_in_hand()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Enrolment);
        Assert.Equal(RefusalCode.CertificateMissing, await Newcomer.RefusedAsync(() => SyncAsync(channel)));
        Assert.Equal(RefusalCode.CertificateMissing, await Newcomer.RefusedAsync(
            () => new Enrolment.EnrolmentClient(channel).RenewAsync(new RenewRequest(), cancellationToken: TestContext.Current.CancellationToken).ResponseAsync));
        Assert.Contains(coordinator.Log, line => line.Contains("called /federated.v1.Studies/Sync without a certificate", StringComparison.Ordinal));
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static async Task<SyncReply> SyncAsync(GrpcChannel channel) =>
        await new Contracts.V1.Studies.StudiesClient(channel).SyncAsync(new SyncRequest { Version = Newcomer.Version }, cancellationToken: TestContext.Current.CancellationToken);

    private static async Task RefusedAsync(Func<RunningCoordinator, X509Certificate2?> show, string reason)
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using X509Certificate2? certificate = show(coordinator);
        await RefusedAsync(coordinator, certificate, reason);
    }

    private static async Task RefusedAsync(RunningCoordinator coordinator, X509Certificate2? certificate, string reason)
    {
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Member, certificate);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => SyncAsync(channel));
        Assert.DoesNotContain("Federated", refused.Status.Detail, StringComparison.Ordinal);
        string line = Assert.Single(coordinator.Log, l => l.StartsWith("Warning: Refused the connection from ", StringComparison.Ordinal));
        Assert.Contains(reason, line, StringComparison.Ordinal);
    }

    private static CertificateRequest Request(ECDsa key, Oid usage)
    {
        var request = new CertificateRequest("CN=hospital-a", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([usage], critical: true));
        return request;
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, Oid usage, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa signer = authority.GetECDsaPrivateKey()!;
        using X509Certificate2 bare = Request(key, usage).Create(
            authority.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), from ?? Now.AddMinutes(-1), until ?? Now.AddDays(1), [1, 2, 3, 4]);
        return bare.CopyWithPrivateKey(key);
    }
}
