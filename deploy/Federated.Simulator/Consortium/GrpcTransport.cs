using System.Collections.Immutable;
using System.Net;
using Federated.Analyses.Study;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>
/// The real thing on loopback: a coordinator that serves a data directory, and agents that joined it with tokens, hold certificates of their own, keep their rows, approvals and outbox in
/// databases of their own, and call out over mutual TLS 1.3. Everything lives in a temporary folder and goes when the run ends.
/// </summary>
public sealed class GrpcTransport : ITransport
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);
    private readonly DirectoryInfo _folder;
    private readonly CoordinatorServer _server;
    private readonly List<IDisposable> _owned;

    private GrpcTransport(DirectoryInfo folder, CoordinatorServer server, ImmutableArray<SimulatedAgent> agents, List<IDisposable> owned)
    {
        _folder = folder;
        _server = server;
        _owned = owned;
        Agents = agents;
    }

    /// <inheritdoc/>
    public string Name => "grpc";

    /// <summary>Where the coordinator (`coordinator`) and every site (by name) keep their data while the run lasts.</summary>
    public string Folder => _folder.FullName;

    /// <summary>The coordinator.</summary>
    public CoordinatorServer Server => _server;

    /// <inheritdoc/>
    public StudyService Studies => _server.Studies;

    /// <inheritdoc/>
    public ImmutableArray<SimulatedAgent> Agents { get; }

    /// <summary>Starts the coordinator, invites and enrols every site, and gives each its rows.</summary>
    public static async Task<GrpcTransport> StartAsync(ConsortiumSetting setting, Progress progress, CancellationToken cancellation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-");
        var owned = new List<IDisposable>();
        CoordinatorServer? server = null;
        try
        {
            string data = Path.Combine(folder.FullName, "coordinator");
            CoordinatorDirectory.Initialise(data, "simulated consortium", TimeProvider.System).Dispose();
            server = await CoordinatorServer.StartAsync(
                new CoordinatorServerOptions { DataDirectory = data, Listen = new IPEndPoint(IPAddress.Loopback, 0), ReadPlan = bytes => PlanDocument.Read(bytes.Span), Pages = setting.Pages }, cancellation);
            var agents = ImmutableArray.CreateBuilder<SimulatedAgent>(setting.Sites.Length);
            for (int i = 0; i < setting.Sites.Length; i++)
            {
                progress.Working($"{setting.Sites[i].Label} joins ({i + 1} of {setting.Sites.Length})");
                agents.Add(await JoinAsync(setting, i, server, Path.Combine(folder.FullName, setting.Sites[i].Name), owned, cancellation));
            }

            return new GrpcTransport(folder, server, agents.MoveToImmutable(), owned);
        }
        catch
        {
            foreach (IDisposable mine in owned) mine.Dispose();
            if (server is not null) await server.DisposeAsync();
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task OperateAsync(Func<StudyService, Task> operation) => operation(Studies);

    /// <inheritdoc/>
    public Task<Study> DriveAsync(string study, Action<Study> changed, CancellationToken cancellation) => LiveConsortium.DriveAsync(this, study, changed, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable mine in _owned) mine.Dispose();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task<SimulatedAgent> JoinAsync(
        ConsortiumSetting setting, int index, CoordinatorServer server, string folder, List<IDisposable> owned, CancellationToken cancellation)
    {
        SimulatedSite site = setting.Sites[index];
        var jitter = new Random(setting.Seed + index);
        string token = server.Directory.Invite(site.Name, TokenLife, TimeProvider.System).Reveal();
        var join = new JoinOptions(InvitationToken.Parse(token), new CoordinatorAddress("127.0.0.1", server.Port), folder);
        SiteCredentials credentials = await SiteEnrolment.JoinAsync(join, TimeProvider.System, jitter, cancellation);
        owned.Add(credentials);
        var connection = new SiteConnection(credentials, TimeProvider.System, jitter);
        owned.Add(connection);

        var database = new SiteDatabase(folder);
        var tables = new LocalTables(database);
        tables.Import(site.Features, replace: false);
        tables.Import(site.Cohort, replace: false);
        var store = new SqliteSiteStore(database, () => new StateSeal(credentials.Identity, new SystemRandomness()));
        SiteParts parts = AgentParts.Of(setting, index, credentials.Identity, credentials.Coordinator, setting.Record(connection.Link, site.Label), store, tables, TimeProvider.System, AgentParts.LivePatience) with { CoordinatorLedger = connection.Link };
        return new SimulatedAgent(site, new SiteRuntime(parts), store, tables);
    }
}
