using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Integration;

/// <summary>An agent behind a hospital's proxy: it joins, looks and is diagnosed through CONNECT, and TLS stays between agent and coordinator.</summary>
public sealed class ProxyTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _data = new();
    private RealCoordinator _coordinator = null!;

    public async ValueTask InitializeAsync() => _coordinator = await RealCoordinator.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _data.Dispose();
    }

    [Theory]
    [InlineData]
    [InlineData("--grpc-web")]
    public async Task A_site_that_joined_through_a_proxy_keeps_using_it(params string[] options)
    {
        await using var proxy = new SmallProxy { LeadsTo = _coordinator.Server.Port };
        string coordinator = $"coordinator.invalid:{_coordinator.Server.Port}"; // a name that only the proxy resolves
        CommandOutcome joined = await Site().RunAsync(["join", "-", "--coordinator", coordinator, "--proxy", $"http://{proxy.Address}", .. options], _coordinator.Invite("north"));
        Assert.True(joined.Exit == 0, joined.Error);
        await Site().DoAsync("serve", "--once");
        JsonArray findings = (await Site().DoAsync("doctor", "--json")).Json["findings"]!.AsArray();
        Assert.All(findings, f => Assert.Equal("ok", (string)f!["outcome"]!));
        Assert.Contains(findings, f => ((string)f!["message"]!).Contains("lets connections", StringComparison.Ordinal));
        Assert.All(proxy.Asked, asked => Assert.Equal(coordinator, asked));
        Assert.Equal(4, (await Site().RunAsync("serve", "--once", "--proxy", "none")).Exit); // without it there is no way
    }

    [Fact]
    public async Task The_password_comes_from_the_environment_and_is_not_kept()
    {
        await using var proxy = new SmallProxy { Credentials = "north:open sesame" };
        string[] join = ["join", "-", "--coordinator", _coordinator.Address, "--proxy", $"north@{proxy.Address}"];
        string invitation = _coordinator.Invite("north");
        AssertLine(await Site().RunAsync(join, invitation), 2, "E3012", "FEDERATED_SITE_PROXY_PASSWORD");
        AssertLine(await Site("wrong").RunAsync(join, invitation), 4, "E3101", "does not accept");
        Assert.Equal(0, (await Site("open sesame").RunAsync(join, invitation)).Exit);
        Assert.Equal(0, (await Site("open sesame").RunAsync("serve", "--once")).Exit);
        Assert.DoesNotContain(Directory.EnumerateFiles(_data.Path), f => File.ReadAllText(f).Contains("sesame", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", "status 403")]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "asks for a user")]
    [InlineData("SSH-2.0-OpenSSH_9\r\n\r\n", "no HTTP proxy")]
    [InlineData("", "no HTTP proxy")]
    public async Task A_proxy_that_does_not_open_the_way_is_named(string answer, string says)
    {
        Assert.Equal(0, (await Site().RunAsync(["join", "-", "--coordinator", _coordinator.Address], _coordinator.Invite("north"))).Exit);
        await using var proxy = new SmallProxy { Refusal = answer };
        AssertLine(await Site().RunAsync("serve", "--once", "--proxy", proxy.Address), 4, "E3101", says);
        CommandOutcome doctor = await Site().RunAsync("doctor", "--json", "--proxy", proxy.Address);
        Assert.Equal(4, doctor.Exit);
        JsonNode failed = doctor.Json["findings"]!.AsArray().Single(f => (string)f!["outcome"]! is "failed")!;
        Assert.Equal(("connection", "E3112"), ((string)failed["check"]!, (string)failed["code"]!));
        Assert.Contains(says, (string)failed["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://proxy:21")]
    [InlineData("http://user:secret@proxy:3128")]
    [InlineData("http://proxy:3128/path")]
    [InlineData("proxy:99999")]
    public async Task What_is_no_proxy_is_refused_in_one_line_without_repeating_it(string text)
    {
        CommandOutcome outcome = await Site().RunAsync(["join", "-", "--coordinator", _coordinator.Address, "--proxy", text], _coordinator.Invite("north"));
        AssertLine(outcome, 2, "E3012", "");
        Assert.DoesNotContain("secret", outcome.Error, StringComparison.Ordinal);
    }

    private static void AssertLine(CommandOutcome outcome, int exit, string code, string says)
    {
        Assert.Equal((exit, 1), (outcome.Exit, outcome.Error.Trim().Split('\n').Length));
        Assert.StartsWith(code, outcome.Error, StringComparison.Ordinal);
        Assert.Contains(says, outcome.Error, StringComparison.Ordinal);
    }

    private CommandLine Site(string? password = null) => new(_data) { Environment = name => name == "FEDERATED_SITE_PROXY_PASSWORD" ? password : null };
}
