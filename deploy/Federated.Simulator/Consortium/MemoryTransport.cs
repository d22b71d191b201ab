using System.Collections.Immutable;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>Coordinator and agents in this process, with stores in memory and calls instead of a network. Keys, signatures, the gate and the outbox are real.</summary>
public sealed class MemoryTransport : ITransport
{
    private readonly MemoryCoordinator _coordinator;

    private MemoryTransport(MemoryCoordinator coordinator, ImmutableArray<SimulatedAgent> agents)
    {
        _coordinator = coordinator;
        Agents = agents;
    }

    /// <inheritdoc/>
    public string Name => "memory";

    /// <inheritdoc/>
    public StudyService Studies => _coordinator.Studies;

    /// <inheritdoc/>
    public ImmutableArray<SimulatedAgent> Agents { get; }

    /// <summary>Connects a consortium.</summary>
    public static MemoryTransport Start(ConsortiumSetting setting)
    {
        SiteIdentityKeys keys = SiteIdentityKeys.Create(setting);
        var coordinator = new MemoryCoordinator(keys, new MemoryEventStore(), TimeProvider.System);
        return new MemoryTransport(coordinator, [.. setting.Sites.Select((site, i) =>
        {
            var store = new InMemorySiteStore();
            var tables = new InMemoryTableSource(plan => site.Build(plan).Table);
            ICoordinatorLink link = setting.Record(new MemoryLink(() => coordinator.Studies, site.Name), site.Label);
            return new SimulatedAgent(site, new SiteRuntime(AgentParts.Of(setting, i, keys.Sites[i], keys.CoordinatorIdentity, link, store, tables, TimeProvider.System, AgentParts.LivePatience)), store, tables);
        })]);
    }

    /// <inheritdoc/>
    public Task OperateAsync(Func<StudyService, Task> operation) => operation(Studies);

    /// <inheritdoc/>
    public Task<Study> DriveAsync(string study, Action<Study> changed, CancellationToken cancellation) => LiveConsortium.DriveAsync(this, study, changed, cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _coordinator.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A coordinator's service over in-memory stores; <see cref="Restart"/> is what a crash and a new process would leave.</summary>
public sealed class MemoryCoordinator : IDisposable
{
    private readonly StudyServiceOptions _options;

    /// <summary>A coordinator whose roster is these sites.</summary>
    public MemoryCoordinator(SiteIdentityKeys keys, IEventStore events, TimeProvider time)
    {
        _options = new StudyServiceOptions
        {
            Events = events,
            Blobs = new MemoryBlobStore(),
            Sites = new FixedSiteDirectory(keys.Roster),
            Signer = new ReceiptSigner(keys.Coordinator),
            Time = time,
            Codec = new Coordinator.Server.Rpc.ProtobufPayloadCodec(),
            ReadPlan = bytes => Analyses.Study.PlanDocument.Read(bytes.Span),
        };
        Studies = new StudyService(_options);
    }

    /// <summary>How long a site may be silent.</summary>
    public TimeSpan IdleLimit => _options.IdleLimit;

    /// <summary>The service as it is now.</summary>
    public StudyService Studies { get; private set; }

    /// <summary>Forgets everything that was not persisted.</summary>
    public void Restart()
    {
        Studies.Dispose();
        Studies = new StudyService(_options);
    }

    /// <inheritdoc/>
    public void Dispose() => Studies.Dispose();
}
