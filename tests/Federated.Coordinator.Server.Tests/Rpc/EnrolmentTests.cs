using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Contracts.V1;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Server.Tests.Kit;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Federated.Coordinator.Server.Tests.Rpc;

public sealed class EnrolmentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_come_from_the_invitation_and_never_from_the_request()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        var newcomer = new Newcomer();
        var forged = new CertificateRequest("CN=hospital-b, O=Admin", newcomer.Tls, HashAlgorithmName.SHA256);
        forged.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        forged.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: true));
        JoinReply reply = await Newcomer.AskAsync(coordinator, newcomer.Request(coordinator.Invite("hospital-a"), forged.CreateSigningRequest()));

        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(reply.Certificate.Span);
        Assert.Equal("CN=hospital-a", certificate.Subject);
        Assert.Equal("1.3.6.1.5.5.7.3.2", Assert.Single(certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>()).Value);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Contains("urn:federated:site:hospital-a", System.Text.Encoding.ASCII.GetString(certificate.Extensions["2.5.29.17"]!.RawData), StringComparison.Ordinal);
        Assert.Equal(30, (certificate.NotAfter.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime).TotalDays, 0.1);
        Assert.Equal(coordinator.Server.Directory.Authority.CertificateDer, reply.CaCertificate.ToByteArray());
        Assert.Equal(coordinator.Server.Directory.IdentityPublicKey, reply.CoordinatorIdentityPublicKey.ToByteArray());
        Assert.NotNull(await coordinator.Server.Directory.Roster.FindAsync("hospital-a", Cancellation));
    }

    [Fact]
    public async Task A_token_is_good_once_except_for_the_very_same_request()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        InvitationToken token = coordinator.Invite("hospital-a");
        var first = new Newcomer();
        JoinRequest request = first.Request(token);
        JoinReply reply = await Newcomer.AskAsync(coordinator, request);
        Assert.Equal(reply.Certificate, (await Newcomer.AskAsync(coordinator, request)).Certificate);

        var thief = new Newcomer();
        Assert.Equal(RefusalCode.TokenUsed, await Newcomer.RefusedAsync(() => Newcomer.AskAsync(coordinator, thief.Request(token))));
        Assert.Contains(coordinator.Log, line => line.Contains("for hospital-a was used before", StringComparison.Ordinal));
        Assert.DoesNotContain(coordinator.Log, line => line.Contains(token.Reveal(), StringComparison.Ordinal) || line.Contains(Convert.ToHexStringLower(token.Secret.Span), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_does_not_add_up_is_refused_and_does_not_use_the_token_up()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        InvitationToken token = coordinator.Invite("hospital-a");
        var newcomer = new Newcomer();
        async Task<RefusalCode> Refused(Action<JoinRequest> spoil)
        {
            JoinRequest request = newcomer.Request(token);
            spoil(request);
            return await Newcomer.RefusedAsync(() => Newcomer.AskAsync(coordinator, request));
        }

        Assert.Equal(RefusalCode.TokenUnknown, await Refused(r => r.TokenId = ByteString.CopyFrom(new byte[8])));
        Assert.Equal(RefusalCode.TokenUnknown, await Refused(r => r.TokenId = ByteString.Empty));
        Assert.Equal(RefusalCode.ProofWrong, await Refused(r => r.Proof = ByteString.CopyFrom(new byte[32])));
        Assert.Equal(RefusalCode.ProofWrong, await Refused(r => r.Proof = ByteString.Empty));
        Assert.Equal(RefusalCode.ProofWrong, await Refused(r => r.IdentityPublicKey = ByteString.CopyFrom(new Newcomer().Identity.ExportSubjectPublicKeyInfo())));
        Assert.Equal(RefusalCode.ProofWrong, await Refused(r => r.CertificateRequest = ByteString.CopyFrom(Newcomer.CertificateRequest(new Newcomer().Tls))));
        Assert.Equal(RefusalCode.VersionUnsupported, await Refused(r => r.Version = new ProtocolVersion { Major = 2 }));
        Assert.Equal(RefusalCode.VersionUnsupported, await Refused(r => r.Version = null));

        byte[] tampered = Newcomer.CertificateRequest(newcomer.Tls);
        tampered[^1] ^= 1; // its own signature no longer fits
        using ECDsa otherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        foreach (byte[] bad in new[] { tampered, [], [0x30, 0x00], Newcomer.CertificateRequest(otherCurve), new byte[100_000] })
            Assert.Equal(RefusalCode.CertificateRequestInvalid, await Newcomer.RefusedAsync(() => Newcomer.AskAsync(coordinator, newcomer.Request(token, bad))));
        var wrongIdentity = new Newcomer(otherCurve);
        Assert.Equal(RefusalCode.CertificateRequestInvalid, await Newcomer.RefusedAsync(() => Newcomer.AskAsync(coordinator, wrongIdentity.Request(token))));

        Assert.Equal("hospital-a", (await Newcomer.AskAsync(coordinator, newcomer.Request(token))).Site);
    }

    [Fact]
    public async Task An_old_invitation_is_refused()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        var longAgo = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-8));
        var newcomer = new Newcomer();
        JoinRequest request = newcomer.Request(coordinator.Invite("hospital-a", longAgo));
        Assert.Equal(RefusalCode.TokenExpired, await Newcomer.RefusedAsync(() => Newcomer.AskAsync(coordinator, request)));
    }

    [Fact]
    public async Task A_renewal_needs_the_certificate_and_the_identity_key()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        var newcomer = new Newcomer();
        using X509Certificate2 first = await newcomer.JoinAsync(coordinator, "hospital-a");
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Member, first);
        var client = new Enrolment.EnrolmentClient(channel);
        using ECDsa nextKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] certificateRequest = Newcomer.CertificateRequest(nextKey);
        RenewRequest Signed(ECDsa key) => new()
        {
            CertificateRequest = ByteString.CopyFrom(certificateRequest),
            IdentitySignature = ByteString.CopyFrom(key.SignHash(SignedStatement.Renewal(certificateRequest))),
        };

        Assert.Equal(RefusalCode.SignatureWrong, await Newcomer.RefusedAsync(() => client.RenewAsync(Signed(nextKey), cancellationToken: Cancellation).ResponseAsync));
        RenewReply reply = await client.RenewAsync(Signed(newcomer.Identity), cancellationToken: Cancellation);

        using X509Certificate2 next = Newcomer.Usable(reply.Certificate, nextKey);
        Assert.Equal("CN=hospital-a", next.Subject);
        using GrpcChannel renewed = coordinator.Connect(RunningCoordinator.Member, next);
        foreach (GrpcChannel both in new[] { renewed, channel })
            await new Contracts.V1.Studies.StudiesClient(both).SyncAsync(new SyncRequest { Version = Newcomer.Version }, cancellationToken: Cancellation);
        Assert.Equal(CertificateStatus.Replaced, await StatusAsync(coordinator, first));
        Assert.Equal(CertificateStatus.Valid, await StatusAsync(coordinator, next));
        coordinator.Server.Directory.Roster.TryRevoke("hospital-a", TimeProvider.System.GetUtcNow());
        Assert.Equal(CertificateStatus.Revoked, await StatusAsync(coordinator, first));
    }

    [Fact]
    public async Task Revoking_cuts_open_connections_and_streams_even_from_another_process()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using X509Certificate2 certificate = await new Newcomer().JoinAsync(coordinator, "hospital-a");
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Member, certificate);
        var client = new Contracts.V1.Studies.StudiesClient(channel);
        using AsyncServerStreamingCall<Hint> watch = client.Watch(new WatchRequest(), cancellationToken: Cancellation);
        Assert.True(await watch.ResponseStream.MoveNext(Cancellation));

        using (CoordinatorDirectory commandLine = CoordinatorDirectory.Open(coordinator.DataDirectory))
            Assert.True(commandLine.Roster.TryRevoke("hospital-a", TimeProvider.System.GetUtcNow()));

        Assert.Equal(RefusalCode.CertificateRevoked, await Newcomer.RefusedAsync(async () =>
        {
            while (await watch.ResponseStream.MoveNext(Cancellation)) { }
        }));
        Assert.Equal(RefusalCode.CertificateRevoked, await Newcomer.RefusedAsync(
            () => client.SyncAsync(new SyncRequest { Version = Newcomer.Version }, cancellationToken: Cancellation).ResponseAsync));
        Assert.Contains(coordinator.Log, line => line.Contains("The open stream of hospital-a was cut: the certificate of hospital-a was revoked on", StringComparison.Ordinal));
    }

    [Fact]
    public void The_server_certificate_is_made_anew_at_two_thirds_of_its_life_without_a_restart()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));
        using var authority = CertificateAuthority.Create("Test", time.GetUtcNow());
        var certificate = new ServerCertificate(authority, ["fed.example.org", "10.1.2.3"], time);
        X509Certificate2 first = certificate.Present().TargetCertificate;
        Assert.True(first.MatchesHostname("fed.example.org", false, false) && first.MatchesHostname("10.1.2.3", false, false));
        time.Advance(TimeSpan.FromDays(59));
        Assert.Same(first, certificate.Present().TargetCertificate);
        time.Advance(TimeSpan.FromDays(2));
        X509Certificate2 second = certificate.Present().TargetCertificate;
        Assert.False(first.GetPublicKey().AsSpan().SequenceEqual(second.GetPublicKey()));
        time.Advance(TimeSpan.FromDays(3570));
        Assert.True(certificate.Present().TargetCertificate.NotAfter <= authority.Certificate.NotAfter);
    }

    private static async Task<CertificateStatus> StatusAsync(RunningCoordinator coordinator, X509Certificate2 certificate)
    {
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Enrolment);
        var request = new CertificateStatusRequest { CertificateSha256 = ByteString.CopyFrom(SHA256.HashData(certificate.RawData)) };
        return (await new Enrolment.EnrolmentClient(channel).CertificateStatusAsync(request, cancellationToken: Cancellation)).Status;
    }
}
