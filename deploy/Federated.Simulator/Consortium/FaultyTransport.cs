using System.Collections.Immutable;
using Federated.Coordinator;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>
/// The consortium in memory, one call at a time on a clock of its own, with everything that can go wrong drawn from a seed: messages lost, repeated, late and cut, and
/// processes that die before or after any write. The study must end with the same bits as without.
/// </summary>
public sealed class FaultyTransport : ITransport
{
    private readonly MemoryCoordinator _coordinator;

    private FaultyTransport(MemoryCoordinator coordinator, FaultySchedule schedule, ImmutableArray<SimulatedAgent> agents)
    {
        _coordinator = coordinator;
        Schedule = schedule;
        Agents = agents;
    }

    /// <inheritdoc/>
    public string Name => "memory, with faults";

    /// <inheritdoc/>
    public StudyService Studies => _coordinator.Studies;

    /// <inheritdoc/>
    public ImmutableArray<SimulatedAgent> Agents { get; }

    /// <summary>Runs the agents instead of their own loops.</summary>
    public FaultySchedule Schedule { get; }

    /// <summary>Connects a consortium; everything that will go wrong follows from the seed.</summary>
    public static FaultyTransport Start(ConsortiumSetting setting, int seed)
    {
        var faults = new Faults(seed);
        var clock = new SimulatedClock();
        SiteIdentityKeys keys = SiteIdentityKeys.Create(setting);
        var coordinator = new MemoryCoordinator(keys, new CrashingEventStore(new MemoryEventStore(), faults), clock);
        var late = new List<Func<Task>>();
        ImmutableArray<SimulatedAgent> agents = [.. setting.Sites.Select((site, i) =>
        {
            var store = new InMemorySiteStore();
            var tables = new InMemoryTableSource(plan => site.Build(plan).Table);
            ICoordinatorLink link = new FaultyLink(
                setting.Record(new MemoryLink(() => coordinator.Studies, site.Name, chunk => FaultyLink.Carry(faults, chunk)), site.Label), faults, late, coordinator.Restart);
            return new SimulatedAgent(site, new SiteRuntime(AgentParts.Of(setting, i, keys.Sites[i], keys.CoordinatorIdentity, link, new CrashingSiteStore(store, faults), tables, clock, TimeSpan.Zero)), store, tables);
        })];
        return new FaultyTransport(coordinator, new FaultySchedule(coordinator, agents, late, faults, clock), agents);
    }

    /// <inheritdoc/>
    public async Task OperateAsync(Func<StudyService, Task> operation)
    {
        while (true)
        {
            try
            {
                await operation(Studies);
                return;
            }
            catch (SimulatedCrashException)
            {
                _coordinator.Restart();
            }
            catch (OperatorErrorException done) when (done.Code is "E1001" or "E1003")
            {
                return; // the crash came after the write: what was asked stands
            }
        }
    }

    /// <inheritdoc/>
    public async Task<Study> DriveAsync(string study, Action<Study> changed, CancellationToken cancellation)
    {
        while (true)
        {
            await Schedule.StepAsync(cancellation);
            Study now = await Studies.FindAsync(study, cancellation);
            changed(now);
            if (now.State is Federated.Coordinator.Studies.StudyState.Released or Federated.Coordinator.Studies.StudyState.Paused) return now;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _coordinator.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A clock that moves only when it is told to.</summary>
public sealed class SimulatedClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _now;

    /// <summary>Time passes.</summary>
    public void Advance(TimeSpan by) => _now += by;
}

/// <summary>Who moves next is drawn too: agents run one pass at a time, in any order, while late copies of old messages arrive and processes die.</summary>
public sealed class FaultySchedule(MemoryCoordinator coordinator, ImmutableArray<SimulatedAgent> agents, List<Func<Task>> late, Faults faults, SimulatedClock clock)
{
    /// <summary>What was done to the run, by kind.</summary>
    public IReadOnlyDictionary<string, int> Injected => faults.Injected;

    /// <summary>Lets one process do one thing.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        clock.Advance(TimeSpan.FromMilliseconds(50 + faults.Draw(200)));
        if (late.Count > 0 && faults.Draw(4) == 0)
        {
            int which = faults.Draw(late.Count);
            Func<Task> copy = late[which];
            late.RemoveAt(which);
            await SurviveAsync(copy);
        }

        if (faults.Strikes("coordinator crash", 0.02)) coordinator.Restart();
        SimulatedAgent agent = agents[faults.Draw(agents.Length)];
        await SurviveAsync(() => agent.Runtime.RunOnceAsync(cancellation));
        await SurviveAsync(() => coordinator.Studies.TickAsync(cancellation));
    }

    // A crash of the coordinator looks like a lost reply to the agent; a crash of the agent is a new pass over what it had persisted.
    private async Task SurviveAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (SimulatedCrashException)
        {
            coordinator.Restart();
        }
        catch (Exception lost) when (lost is CoordinatorUnreachableException or CoordinatorRefusedException)
        {
            // The agent would try again later: so does the schedule.
        }
    }
}
