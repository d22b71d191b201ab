using System.Net;
using Federated.Analyses.Study;
using Federated.Coordinator;
using Federated.Coordinator.Server.Hosting;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.Telemetry;

namespace Federated.SiteAgent.Host.Tests.Integration;

/// <summary>The real coordinator on loopback, with its own data directory.</summary>
internal sealed class RealCoordinator : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;

    private RealCoordinator(TemporaryDirectory directory, CoordinatorServer server)
    {
        _directory = directory;
        Server = server;
    }

    public CoordinatorServer Server { get; }

    public string Address => $"127.0.0.1:{Server.Port}";

    public static async Task<RealCoordinator> StartAsync(TelemetryTarget? telemetry = null)
    {
        var directory = new TemporaryDirectory();
        CoordinatorDirectory.Initialise(directory.File("data"), "Test consortium", TimeProvider.System).Dispose();
        CoordinatorServer server = await CoordinatorServer.StartAsync(
            new CoordinatorServerOptions { DataDirectory = directory.File("data"), Listen = new IPEndPoint(IPAddress.Loopback, 0), ReadPlan = bytes => PlanDocument.Read(bytes.Span), Telemetry = telemetry },
            TestContext.Current.CancellationToken);
        return new RealCoordinator(directory, server);
    }

    public string Invite(string site) => Server.Directory.Invite(site, TimeSpan.FromDays(7), TimeProvider.System).Reveal();

    public bool Revoke(string site) => Server.Directory.Roster.TryRevoke(site, TimeProvider.System.GetUtcNow());

    /// <summary>A study that these sites are asked to approve.</summary>
    public async Task OpenStudyAsync(StudyPlan plan, params string[] sites)
    {
        await Server.Studies.CreateAsync(StudyUid.From(new byte[16]), PlanDocument.Write(plan), TestContext.Current.CancellationToken);
        await Server.Studies.OpenAsync(plan.Id, sites, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
