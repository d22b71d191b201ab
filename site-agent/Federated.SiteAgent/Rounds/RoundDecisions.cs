using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Rounds;

/// <summary>What to do next, from the coordinator's present word and the site's own memory: a pure function, so every situation can be written as a test.</summary>
public static class RoundDecisions
{
    /// <summary>
    /// Actions in the order in which they are done: the officer's words first, so that a withdrawal goes out before any number; then answers that wait for
    /// delivery; then new tasks, by study, round and attempt.
    /// </summary>
    public static ImmutableArray<SiteAction> Next(SyncResult sync, SiteSnapshot known)
    {
        var actions = ImmutableArray.CreateBuilder<SiteAction>();
        foreach (StudyNotice study in sync.Studies)
        {
            if (study.State is not (StudyState.Open or StudyState.Running or StudyState.Paused)) continue;
            if (!known.Plans.Contains(study.Plan)) actions.Add(new SiteAction.FetchPlan(study));
            if (study.Roster is { } roster && !known.Rosters.Contains(roster)) actions.Add(new SiteAction.FetchRoster(study));
            OfficerDecision? decision = known.Decisions.GetValueOrDefault((study.Uid, study.Plan));
            if (decision is null && study.Approval == SiteApproval.Waiting) actions.Add(new SiteAction.ConsiderApproval(study));
            else if (decision is not null && Speaks(study, decision) && !Knows(study, decision)) actions.Add(new SiteAction.SendDecision(decision));
        }

        // A task that the coordinator still lists although its answer was delivered: it was restored from an older state and needs the same bytes again.
        IEnumerable<TaskKey> askedAgain = sync.Tasks.Where(t => t.Masking is null or { Step: CoordinatorStep.Masked } || known.Declined.Contains(t.Key))
            .Select(t => t.Key).Where(k => known.Answered.GetValueOrDefault(k) == DeliveryState.Delivered);
        actions.AddRange(known.Pending.Concat(askedAgain).Distinct().Select(task => new SiteAction.Deliver(task)));

        foreach (SiteTask task in sync.Tasks.OrderBy(t => t.Key.Study.Hex, StringComparer.Ordinal).ThenBy(t => t.Key.Round).ThenBy(t => t.Key.Attempt))
        {
            bool paused = known.Decisions.GetValueOrDefault((task.Key.Study, task.Plan)) is { Paused: true };
            if (paused || known.Declined.Contains(task.Key)) continue;
            bool answered = known.Answered.ContainsKey(task.Key);
            if (task.Masking is null && !answered) actions.Add(new SiteAction.Answer(task));
            else if (task.Masking is { } masking && !(answered && masking.Step == CoordinatorStep.Masked)) actions.Add(new SiteAction.Mask(task));
        }

        return actions.ToImmutable();
    }

    // A yes to other hospitals than those listed now is a yes to something else: the officer is asked anew.
    private static bool Speaks(StudyNotice study, OfficerDecision decision) => decision.Verdict == OfficerVerdict.Withdrawn || decision.Roster == study.Roster;

    private static bool Knows(StudyNotice study, OfficerDecision decision) => decision.Verdict switch
    {
        OfficerVerdict.Approved => study.Approval == SiteApproval.Approved,
        _ => study.Approval == SiteApproval.Withdrawn,
    };
}
