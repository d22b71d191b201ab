using System.Collections.Immutable;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Rounds;

/// <summary>One thing to do next. Every action is safe to repeat.</summary>
public abstract record SiteAction
{
    private SiteAction()
    {
    }

    /// <summary>Fetch a plan that is not here yet.</summary>
    public sealed record FetchPlan(StudyNotice Study) : SiteAction;

    /// <summary>Fetch the hospitals behind masked sums that are not here yet.</summary>
    public sealed record FetchRoster(StudyNotice Study) : SiteAction;

    /// <summary>Ask the standing approver, where the runner has one, about a plan no officer has spoken on.</summary>
    public sealed record ConsiderApproval(StudyNotice Study) : SiteAction;

    /// <summary>The coordinator does not know the officer's word yet.</summary>
    public sealed record SendDecision(OfficerDecision Decision) : SiteAction;

    /// <summary>An answer is written and not known to have arrived.</summary>
    public sealed record Deliver(TaskKey Task) : SiteAction;

    /// <summary>A task without an answer.</summary>
    public sealed record Answer(SiteTask Task) : SiteAction;

    /// <summary>A step of a masked Sum.</summary>
    public sealed record Mask(SiteTask Task) : SiteAction;
}

/// <summary>What the store knows that bears on the next actions.</summary>
/// <param name="Plans">Plans that are here.</param>
/// <param name="Decisions">The officer's words, by study and plan.</param>
/// <param name="Answered">Tasks of the present Sync that have an answer, and how far it got.</param>
/// <param name="Pending">Answers not known to have arrived, oldest first.</param>
public sealed record SiteSnapshot(
    ImmutableHashSet<Digest> Plans, ImmutableDictionary<(StudyUid Study, Digest Plan), OfficerDecision> Decisions,
    ImmutableDictionary<TaskKey, DeliveryState> Answered, ImmutableArray<TaskKey> Pending)
{
    /// <summary>Rosters that are here.</summary>
    public ImmutableHashSet<Digest> Rosters { get; init; } = [];

    /// <summary>Tasks of the present Sync that were declined.</summary>
    public ImmutableHashSet<TaskKey> Declined { get; init; } = [];

    /// <summary>What a store knows about the studies and tasks that the coordinator speaks of.</summary>
    public static SiteSnapshot Of(ISiteStore store, SyncResult sync)
    {
        IEnumerable<(StudyUid Study, Digest Plan)> spokenOf =
            [.. sync.Studies.Select(s => (s.Uid, s.Plan)), .. sync.Tasks.Select(t => (t.Key.Study, t.Plan))];
        ImmutableArray<OfficerDecision> decisions = [.. spokenOf.Distinct().Select(s => store.FindDecision(s.Study, s.Plan)).OfType<OfficerDecision>()];
        ImmutableArray<OutboxEntry> answered = [.. sync.Tasks.Select(t => t.Key).Distinct().Select(store.FindOutbox).OfType<OutboxEntry>()];
        return new SiteSnapshot(
            [.. spokenOf.Select(s => s.Plan).Distinct().Where(plan => store.FindPlan(plan) is not null)],
            decisions.ToImmutableDictionary(d => (d.Study, d.Plan)),
            answered.ToImmutableDictionary(e => e.Task, e => e.State),
            store.PendingDeliveries())
        {
            Rosters = [.. sync.Studies.Select(s => s.Roster).OfType<Digest>().Distinct().Where(roster => store.FindRoster(roster) is not null)],
            Declined = [.. answered.Where(e => e.Decline is not null).Select(e => e.Task)],
        };
    }
}
