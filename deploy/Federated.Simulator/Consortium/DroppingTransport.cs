using System.Collections.Immutable;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>
/// The consortium in memory, on a clock of its own, with hospitals that fall silent where they were told to. When nobody who is left has anything to do, time passes until
/// the coordinator no longer waits for them. When the study waits for one, because its numbers are in a sum already, everyone comes back and the operator resumes.
/// </summary>
public sealed class DroppingTransport : ITransport
{
    private static readonly TimeSpan Pass = TimeSpan.FromSeconds(1);
    private readonly MemoryCoordinator _coordinator;
    private readonly SimulatedClock _clock;
    private readonly ImmutableArray<DroppingLink> _links;

    private DroppingTransport(MemoryCoordinator coordinator, SimulatedClock clock, ImmutableArray<DroppingLink> links, ImmutableArray<SimulatedAgent> agents)
    {
        _coordinator = coordinator;
        _clock = clock;
        _links = links;
        Agents = agents;
    }

    /// <inheritdoc/>
    public string Name => "memory, with hospitals that fall silent";

    /// <inheritdoc/>
    public StudyService Studies => _coordinator.Studies;

    /// <inheritdoc/>
    public ImmutableArray<SimulatedAgent> Agents { get; }

    /// <summary>What became of the hospitals that were to fall silent.</summary>
    public ImmutableArray<DropOutcome> Drops => [.. _links.Select(l => l.Outcome).OfType<DropOutcome>()];

    /// <summary>Connects a consortium.</summary>
    public static DroppingTransport Start(ConsortiumSetting setting, ImmutableArray<Drop> drops)
    {
        var clock = new SimulatedClock();
        SiteIdentityKeys keys = SiteIdentityKeys.Create(setting);
        var coordinator = new MemoryCoordinator(keys, new MemoryEventStore(), clock);
        ImmutableArray<DroppingLink> links =
        [
            .. setting.Sites.Select(site => new DroppingLink(
                setting.Record(new MemoryLink(() => coordinator.Studies, site.Name), site.Label), drops.FirstOrDefault(d => d.Site == site.Label))),
        ];
        ImmutableArray<SimulatedAgent> agents =
        [
            .. setting.Sites.Select((site, i) =>
            {
                var store = new InMemorySiteStore();
                var tables = new InMemoryTableSource(plan => site.Build(plan).Table);
                return new SimulatedAgent(site, new SiteRuntime(AgentParts.Of(setting, i, keys.Sites[i], keys.CoordinatorIdentity, links[i], store, tables, clock, TimeSpan.Zero)), store, tables);
            }),
        ];
        return new DroppingTransport(coordinator, clock, links, agents);
    }

    /// <inheritdoc/>
    public Task OperateAsync(Func<StudyService, Task> operation) => operation(Studies);

    /// <inheritdoc/>
    public async Task<Study> DriveAsync(string study, Action<Study> changed, CancellationToken cancellation)
    {
        long seen = -1;
        bool waited = false; // the hospitals that are left were heard after the limit, and the silent ones were not
        while (true)
        {
            await PassAsync(cancellation);
            await Studies.TickAsync(cancellation);
            Study now = await Studies.FindAsync(study, cancellation);
            changed(now);
            bool moved = now.Sequence != seen;
            seen = now.Sequence;
            if (now.State == Federated.Coordinator.Studies.StudyState.Released) return now;
            if (now is { State: Federated.Coordinator.Studies.StudyState.Paused, Pause.Cause: PauseCause.SiteMissing } && _links.Any(l => l.IsSilent))
            {
                foreach (DroppingLink link in _links) link.Return();
                await Studies.ResumeAsync(study, cancellation);
            }
            else if (now.State == Federated.Coordinator.Studies.StudyState.Paused || (!moved && waited))
            {
                return now.State == Federated.Coordinator.Studies.StudyState.Paused ? now : throw new StudyStoppedException("Nobody who is left has anything to do, and the study is not over.");
            }

            waited = !moved && !waited;
            _clock.Advance(waited ? _coordinator.IdleLimit + Pass : Pass);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _coordinator.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task PassAsync(CancellationToken cancellation)
    {
        foreach (SimulatedAgent agent in Agents)
        {
            try
            {
                await agent.Runtime.RunOnceAsync(cancellation);
            }
            catch (CoordinatorUnreachableException)
            {
                // It fell silent; the others go on.
            }
        }
    }
}
