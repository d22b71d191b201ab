using System.Net;
using System.Text.Json.Nodes;
using Federated.Coordinator.Server.Commands;
using Federated.Coordinator.Server.Diagnosis;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Tests.Kit;
using Federated.Coordinator.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Federated.Coordinator.Server.Tests.Diagnosis;

/// <summary>What a supervisor and an operator are told of a coordinator's health, each thing that can be wrong with it at a time.</summary>
public sealed class HealthTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_coordinator_is_alive_and_ready_and_says_no_more_than_names_of_checks()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using var visitor = new HttpClient { BaseAddress = coordinator.Server.Pages };
        Assert.Equal("alive\n", await visitor.GetStringAsync(new Uri("/health/live", UriKind.Relative), Cancellation));
        JsonNode ready = JsonNode.Parse(await visitor.GetStringAsync(new Uri("/health/ready", UriKind.Relative), Cancellation))!;
        Assert.Equal("ready", (string)ready["status"]!);
        Assert.Equal(["authority", "database", "disk", "ledger", "members"], ready["checks"]!.AsObject().Select(c => c.Key).Order(StringComparer.Ordinal));
        Assert.All(ready["checks"]!.AsObject(), c => Assert.Contains((string)c.Value!, (string[])["ok", "warning"]));
    }

    [Fact]
    public async Task When_its_authority_has_expired_it_is_alive_but_not_ready()
    {
        using var folder = new TemporaryFolder();
        CoordinatorDirectory.Initialise(folder["data"], "Test consortium", new FakeTimeProvider(new DateTimeOffset(2010, 1, 1, 0, 0, 0, TimeSpan.Zero))).Dispose();
        var loopback = new IPEndPoint(IPAddress.Loopback, 0);
        await using CoordinatorServer server = await CoordinatorServer.StartAsync(new CoordinatorServerOptions { DataDirectory = folder["data"], Listen = loopback, Pages = loopback }, Cancellation);
        using var visitor = new HttpClient { BaseAddress = server.Pages };
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(new Uri("/health/live", UriKind.Relative), Cancellation)).StatusCode);
        HttpResponseMessage ready = await visitor.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("failed", (string)JsonNode.Parse(await ready.Content.ReadAsStringAsync(Cancellation))!["checks"]!["authority"]!);
    }

    [Theory]
    [InlineData(2L << 30, Outcome.Ok)]
    [InlineData(500L << 20, Outcome.Warning)]
    [InlineData(10L << 20, Outcome.Failed)]
    public void A_full_disk_is_said_before_it_is_full(long free, Outcome expected)
    {
        using var folder = new TemporaryFolder();
        using CoordinatorDirectory directory = CoordinatorDirectory.Initialise(folder["data"], "Test consortium", TimeProvider.System);
        var examination = new Examination(directory, directory.Ledger(), TimeProvider.System, _ => free);
        Assert.Equal(expected, examination.Look().Single(f => f.Check == "disk").Outcome);
    }

    [Fact]
    public async Task The_doctor_looks_beside_a_running_server_and_without_one()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        (int exit, JsonArray findings) = await DoctorAsync(coordinator.DataDirectory);
        Assert.Equal(0, exit);
        Assert.Equal("is running", (string)findings.Single(f => (string)f!["check"]! == "server")!["message"]!);
        using var folder = new TemporaryFolder();
        CoordinatorDirectory.Initialise(folder["data"], "Test consortium", TimeProvider.System).Dispose();
        (exit, findings) = await DoctorAsync(folder["data"]);
        Assert.Equal(0, exit);
        Assert.Equal("warning", (string)findings.Single(f => (string)f!["check"]! == "server")!["outcome"]!);
    }

    [Fact]
    public async Task The_doctor_names_what_is_missing_or_damaged()
    {
        using var folder = new TemporaryFolder();
        (int exit, JsonArray findings) = await DoctorAsync(folder["nowhere"]);
        Assert.Equal((2, "E1101"), (exit, (string)findings.Single()!["code"]!));
        CoordinatorDirectory.Initialise(folder["data"], "Test consortium", TimeProvider.System).Dispose();
        File.WriteAllText(Path.Combine(folder["data"], "ca.key"), "not a key");
        (exit, findings) = await DoctorAsync(folder["data"]);
        Assert.Equal((2, "E1110"), (exit, (string)findings.Single()!["code"]!));
    }

    private static async Task<(int Exit, JsonArray Findings)> DoctorAsync(string data)
    {
        using var output = new StringWriter();
        int exit = await CoordinatorProgram.RunAsync(["doctor", "--json", "--data", data], new CommandConsole(output, TextWriter.Null, _ => null, IsTerminal: false), TimeProvider.System, Cancellation);
        return (exit, JsonNode.Parse(output.ToString())!["findings"]!.AsArray());
    }
}
