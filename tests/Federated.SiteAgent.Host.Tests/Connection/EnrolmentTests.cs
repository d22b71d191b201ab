using System.Security.Cryptography;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Host.Tests.Connection;

/// <summary>Joining over real TLS on loopback, and everything that must make it fail without a trace.</summary>
public sealed class EnrolmentTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_member_calls_with_its_own_certificate(bool grpcWeb)
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        using SiteCredentials credentials = await coordinator.JoinAsync(_directory, grpcWeb);
        using var connection = Open(credentials);
        await connection.Link.SyncAsync(Cancellation);

        Assert.Equal("north", credentials.Membership.Site);
        Assert.Equal(ScriptedServices.Sha(credentials.Certificate.RawData), Assert.Single(coordinator.Services.Callers));
        Assert.Equal(grpcWeb ? "HTTP/1.1" : "HTTP/2", coordinator.Services.Protocols.Last());
        Assert.Equal(coordinator.Services.IdentityKey, credentials.Identity.PublicKey);
    }

    [Fact]
    public async Task Keys_can_be_read_by_their_owner_only_and_the_secret_is_kept_nowhere()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        string token = coordinator.Invite();
        using SiteCredentials credentials = await JoinAsync(coordinator, token);
        string secret = Convert.ToHexStringLower(System.Buffers.Text.Base64Url.DecodeFromChars(token).AsSpan(8, 32));
        Assert.Equal("certificate.pem identity.pem membership.json", string.Join(' ', Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        foreach (string file in Directory.GetFiles(_directory.Path))
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, Cancellation);
            Assert.DoesNotContain(secret, Convert.ToHexStringLower(bytes), StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Another_CA_than_the_invitations_is_refused_and_nothing_is_kept()
    {
        using var proxy = new TestAuthority("Proxy CA");
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync(new LoopbackFaults { AnotherAuthority = proxy });
        SiteErrorException refused = await Assert.ThrowsAsync<SiteErrorException>(() => JoinAsync(coordinator, coordinator.Invite()));
        Assert.Equal(("E3102", ExitCode.Unreachable), (refused.Code, refused.Exit));
        Assert.Contains("proxy that opens TLS", refused.Message, StringComparison.Ordinal);
        Assert.Empty(coordinator.Services.Heard.OfType<Contracts.V1.JoinRequest>()); // the invitation is still good
        Assert.False(SiteCredentials.Exist(_directory.Path));
    }

    [Fact]
    public async Task A_certificate_of_the_right_CA_for_another_name_or_use_is_refused()
    {
        foreach (Func<TestAuthority, System.Security.Cryptography.X509Certificates.X509Certificate2> wrong in
            (Func<TestAuthority, System.Security.Cryptography.X509Certificates.X509Certificate2>[])[ca => ca.Server(names: "coordinator.federated"), ca => ca.Server("1.3.6.1.5.5.7.3.2")])
        {
            await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync(new LoopbackFaults { ServerCertificate = wrong });
            SiteErrorException refused = await Assert.ThrowsAsync<SiteErrorException>(() => JoinAsync(coordinator, coordinator.Invite()));
            Assert.Equal("E3102", refused.Code);
            Assert.Empty(coordinator.Services.Heard.OfType<Contracts.V1.JoinRequest>());
        }
    }

    [Fact]
    public async Task A_token_is_good_for_one_site()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        string token = coordinator.Invite();
        using SiteCredentials first = await JoinAsync(coordinator, token);
        using var elsewhere = new TemporaryDirectory();
        SiteErrorException refused = await Assert.ThrowsAsync<SiteErrorException>(() => JoinAsync(coordinator, token, elsewhere));
        Assert.Equal(("E3103", ExitCode.Refused), (refused.Code, refused.Exit));
        Assert.Contains("used before", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_and_named()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        byte[] token = System.Buffers.Text.Base64Url.DecodeFromChars(coordinator.Invite());
        token[20] ^= 1;
        SiteErrorException refused = await Assert.ThrowsAsync<SiteErrorException>(() => JoinAsync(coordinator, System.Buffers.Text.Base64Url.EncodeToString(token)));
        Assert.Contains("secret is wrong", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_reply_is_asked_for_with_the_same_keys()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        string token = coordinator.Invite();
        coordinator.Services.Break = call =>
        {
            if (call is "JoinRequest") throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unimplemented, "broken"));
        };
        await Assert.ThrowsAsync<SiteErrorException>(() => JoinAsync(coordinator, token));
        coordinator.Services.Break = _ => { };
        using SiteCredentials credentials = await JoinAsync(coordinator, token);
        Assert.Single(coordinator.Services.Heard.OfType<Contracts.V1.JoinRequest>().Select(r => (r.CertificateRequest, r.IdentityPublicKey)).Distinct());
    }

    [Fact]
    public async Task A_member_does_not_join_twice_over_itself()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        using SiteCredentials credentials = await coordinator.JoinAsync(_directory);
        Assert.Equal("E3002", (await Assert.ThrowsAsync<SiteErrorException>(() => coordinator.JoinAsync(_directory))).Code);
    }

    [Fact]
    public async Task A_certificate_renews_with_a_new_key_while_the_line_is_open()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        coordinator.Services.Life = (-21, 9); // 30 days, 21 gone
        using SiteCredentials credentials = await coordinator.JoinAsync(_directory);
        byte[] before = credentials.Certificate.RawData;
        using (var connection = Open(credentials))
        {
            await connection.Link.SyncAsync(Cancellation);
            coordinator.Services.Life = (-0.01, 30);
            Assert.True(await connection.Renewal.RenewIfDueAsync(Cancellation));
            Assert.False(await connection.Renewal.RenewIfDueAsync(Cancellation));
            await connection.Link.SyncAsync(Cancellation);
        }

        Assert.NotEqual(before, credentials.Certificate.RawData);
        using SiteCredentials restarted = SiteCredentials.Load(_directory.Path);
        Assert.Equal(credentials.Certificate.RawData, restarted.Certificate.RawData);
        using var again = Open(restarted);
        await again.Link.SyncAsync(Cancellation);
        Assert.Equal(ScriptedServices.Sha(restarted.Certificate.RawData), coordinator.Services.Callers.Last());
    }

    [Fact]
    public async Task A_revoked_certificate_reaches_nothing()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        using SiteCredentials credentials = await coordinator.JoinAsync(_directory);
        coordinator.Services.Revoked[ScriptedServices.Sha(credentials.Certificate.RawData)] = true;
        using var connection = Open(credentials);
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => connection.Link.SyncAsync(Cancellation));
    }

    [Fact]
    public async Task A_member_trusts_its_CA_only()
    {
        await using LoopbackCoordinator coordinator = await LoopbackCoordinator.StartAsync();
        using (await coordinator.JoinAsync(_directory))
        {
        }

        using var proxy = new TestAuthority("Proxy CA");
        await using LoopbackCoordinator other = await LoopbackCoordinator.StartAsync(new LoopbackFaults { AnotherAuthority = proxy });
        string membership = await File.ReadAllTextAsync(_directory.File("membership.json"), Cancellation);
        _directory.Write("membership.json", membership.Replace(coordinator.Address.ToString(), other.Address.ToString(), StringComparison.Ordinal));
        using SiteCredentials credentials = SiteCredentials.Load(_directory.Path);
        using var connection = Open(credentials);
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => connection.Link.SyncAsync(Cancellation));
        Assert.Empty(other.Services.Heard);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    public void What_is_not_a_token_is_named_without_repeating_it(string text)
    {
        SiteErrorException refused = Assert.Throws<SiteErrorException>(() => InvitationToken.Parse(text));
        Assert.Equal("E3001", refused.Code);
        if (text.Length > 0) Assert.DoesNotContain(text, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void White_space_around_a_token_does_not_matter()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(72);
        InvitationToken token = InvitationToken.Parse($"  {System.Buffers.Text.Base64Url.EncodeToString(bytes)}\n");
        Assert.Equal(bytes[..8], token.Id.ToArray());
        Assert.Equal(bytes[40..], token.AuthorityPin.ToArray());
        Assert.DoesNotContain(Convert.ToHexStringLower(bytes.AsSpan(8, 32)), token.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private static SiteConnection Open(SiteCredentials credentials) => new(credentials, TimeProvider.System, new Random(1), Quick);

    private static Host.Connection.CallOptions Quick => new() { Retries = 1, FirstPause = TimeSpan.FromMilliseconds(1) };

    private Task<SiteCredentials> JoinAsync(LoopbackCoordinator coordinator, string token, TemporaryDirectory? directory = null) => SiteEnrolment.JoinAsync(
        new JoinOptions(InvitationToken.Parse(token), coordinator.Address, (directory ?? _directory).Path), TimeProvider.System, new Random(1), Cancellation);
}
