using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Link;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace Federated.SiteAgent.Host.Tests.Commands;

/// <summary>Each thing that can block the way, and the doctor's name for it.</summary>
public sealed class DoctorTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private LoopbackCoordinator _coordinator = null!;

    public async ValueTask InitializeAsync()
    {
        _coordinator = await LoopbackCoordinator.StartAsync();
        (await _coordinator.JoinAsync(_directory)).Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData]
    [InlineData("--grpc-web")]
    public async Task All_is_well(params string[] options)
    {
        (int exit, JsonArray findings) = await ExamineAsync(options);
        Assert.Equal(0, exit);
        Assert.All(findings, f => Assert.Equal("ok", (string)f!["outcome"]!));
        Assert.Equal(10, findings.Count);
    }

    [Fact]
    public async Task A_site_that_never_joined()
    {
        using var empty = new TemporaryDirectory();
        CommandOutcome outcome = await new CommandLine(empty).RunAsync("doctor", "--json");
        Assert.Equal(2, outcome.Exit);
        Failed(outcome.Json["findings"]!.AsArray(), "membership", "E3003");
    }

    [Fact]
    public async Task A_damaged_certificate_file()
    {
        _directory.Write("certificate.pem", "not a certificate");
        (int exit, JsonArray findings) = await ExamineAsync();
        Assert.Equal(2, exit);
        Failed(findings, "membership", "E3005");
    }

    [Fact]
    public async Task A_name_without_an_address()
    {
        (int exit, JsonArray findings) = await ExamineAsync("--coordinator", "coordinator.invalid:7443");
        Assert.Equal(4, exit);
        Failed(findings, "name", "E3108");
    }

    [Fact]
    public async Task A_port_where_nothing_listens()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        (int exit, JsonArray findings) = await ExamineAsync("--coordinator", $"127.0.0.1:{port}");
        Assert.Equal(4, exit);
        Failed(findings, "connection", "E3109");
    }

    [Fact]
    public async Task A_path_that_only_speaks_TLS_1_2()
    {
#pragma warning disable CA5398 // the fault under test
        string message = await FailsAtAsync(new LoopbackFaults { Protocols = SslProtocols.Tls12 }, "TLS", "E3110");
#pragma warning restore CA5398
        Assert.Contains("TLS 1.2", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_that_does_not_speak_TLS()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        Task hangUp = HangUpAsync(mute);
        (int exit, JsonArray findings) = await ExamineAsync("--coordinator", $"127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}");
        Assert.Equal(4, exit);
        Failed(findings, "TLS", "E3110");
        mute.Stop();
        await hangUp;
    }

    [Fact]
    public async Task Another_CA()
    {
        using var proxy = new TestAuthority("Hospital Proxy");
        string message = await FailsAtAsync(new LoopbackFaults { AnotherAuthority = proxy }, "TLS", "E3102");
        Assert.Contains("another CA answers (CN=Hospital Proxy)", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_without_HTTP_2()
    {
        using SiteCredentials credentials = SiteCredentials.Load(_directory.Path);
        await using LoopbackCoordinator other = await LoopbackCoordinator.StartAsync(new LoopbackFaults { Http = HttpProtocols.Http1, ServerCertificate = _ => _coordinator.Authority.Server() });
        (int exit, JsonArray findings) = await ExamineAsync("--coordinator", other.Address.ToString());
        Assert.Equal(4, exit);
        Failed(findings, "HTTP", "E3111");
    }

    [Fact]
    public async Task A_revoked_certificate()
    {
        using SiteCredentials credentials = SiteCredentials.Load(_directory.Path);
        _coordinator.Services.Revoked[ScriptedServices.Sha(credentials.Certificate.RawData)] = true;
        (int exit, JsonArray findings) = await ExamineAsync();
        Assert.Equal(3, exit);
        Failed(findings, "certificate at the coordinator", "E3104");
    }

    [Fact]
    public async Task A_coordinator_that_never_issued_the_certificate()
    {
        await using LoopbackCoordinator other = await LoopbackCoordinator.StartAsync(new LoopbackFaults { ServerCertificate = _ => _coordinator.Authority.Server() });
        (int exit, JsonArray findings) = await ExamineAsync("--coordinator", other.Address.ToString());
        Assert.Equal(3, exit);
        Assert.Contains("never issued", Failed(findings, "certificate at the coordinator", "E3104"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_has_expired()
    {
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(31));
        CommandOutcome outcome = await new CommandLine(_directory, later).RunAsync("doctor", "--json");
        Assert.Equal(3, outcome.Exit);
        Failed(outcome.Json["findings"]!.AsArray(), "certificate", "E3106");
    }

    [Fact]
    public async Task Clocks_that_disagree()
    {
        _coordinator.Services.Sync = new Contracts.V1.SyncReply { CoordinatorUnixMilliseconds = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeMilliseconds() };
        (int exit, JsonArray findings) = await ExamineAsync();
        Assert.Equal(0, exit);
        JsonNode warning = Assert.Single(findings, f => (string)f!["outcome"]! is "warning")!;
        Assert.Equal("E3107", (string)warning["code"]!);
    }

    [Fact]
    public async Task A_release_that_the_coordinator_does_not_speak()
    {
        _coordinator.Services.Break = call =>
        {
            if (call is "SyncRequest") throw ScriptedServices.Refuse(RefusalCodes.VersionUnsupported);
        };
        (int exit, JsonArray findings) = await ExamineAsync();
        Assert.Equal(3, exit);
        Failed(findings, "membership at the coordinator", "E3105");
    }

    private static string Failed(JsonArray findings, string check, string code)
    {
        JsonNode failed = Assert.Single(findings, f => (string)f!["outcome"]! is "failed")!;
        Assert.Equal((check, code), ((string)failed["check"]!, (string)failed["code"]!));
        int at = findings.IndexOf(failed);
        Assert.All(findings.Skip(at + 1).SkipLast(1), f => Assert.Equal("skipped", (string)f!["outcome"]!));
        return (string)failed["message"]!;
    }

    private static async Task HangUpAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("HTTP/1.0 400 no\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or IOException)
        {
            // The test is over.
        }
    }

    private async Task<string> FailsAtAsync(LoopbackFaults faults, string check, string code)
    {
        await using LoopbackCoordinator other = await LoopbackCoordinator.StartAsync(faults);
        (int exit, JsonArray findings) = await ExamineAsync("--coordinator", other.Address.ToString());
        Assert.Equal(4, exit);
        return Failed(findings, check, code);
    }

    private async Task<(int Exit, JsonArray Findings)> ExamineAsync(params string[] options)
    {
        CommandOutcome outcome = await new CommandLine(_directory).RunAsync(["doctor", "--json", .. options], "");
        return (outcome.Exit, outcome.Json["findings"]!.AsArray());
    }
}
