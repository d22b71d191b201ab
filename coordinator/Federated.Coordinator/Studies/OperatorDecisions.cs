using System.Collections.Immutable;
using Federated.Coordinator.Identity;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>What an operator may ask of a study, decided: the events that follow, or one line that says why not. Pure.</summary>
public static class OperatorDecisions
{
    /// <summary>Shows a draft to these sites.</summary>
    /// <exception cref="OperatorErrorException">E1003: not a draft. E1005: fewer sites than the quorum. E1007: too few for masked sums.</exception>
    public static ImmutableArray<StudyEvent> Open(Study study, IReadOnlyCollection<SiteIdentity> sites, DateTimeOffset now)
    {
        if (study.State != StudyState.Draft) throw NotNow(study, "opened", "only a draft can be opened");
        ImmutableArray<SiteIdentity> members = [.. sites.DistinctBy(s => s.Name, StringComparer.Ordinal).OrderBy(s => s.Name, StringComparer.Ordinal)];
        ImmutableArray<string> named = [.. members.Select(s => s.Name)];
        if (named.Length < study.Created.QuorumSites)
        {
            throw new OperatorErrorException("E1005",
                $"Study {study.Created.Id} needs {study.Created.QuorumSites} sites and {named.Length} would see it: invite more sites, name more with --sites, or lower quorum.sites in the plan.");
        }

        if (!study.Created.Masked) return [new StudyOpened(now, named)];
        RequireParties(study, [.. members.Select(m => m.Entity)]);
        if (members.Length > Roster.MostMembers)
        {
            throw new OperatorErrorException("E1007",
                $"Study {study.Created.Id} masks its sums, which at most {Roster.MostMembers} sites can do together, and {members.Length} would see it: name fewer with --sites.");
        }

        return [new StudyOpened(now, named) { Roster = [.. members.Select(m => new RosterSite(m.Name, Convert.ToHexStringLower(m.IdentityPublicKey.Span), m.Entity))] }];
    }

    /// <summary>Starts an open study without waiting for the sites that have not answered.</summary>
    /// <exception cref="OperatorErrorException">E1003: not open. E1005: fewer approvals than the quorum.</exception>
    public static ImmutableArray<StudyEvent> Start(Study study, DateTimeOffset now)
    {
        if (study.State != StudyState.Open) throw NotNow(study, "started", "only an open study can be started");
        ImmutableArray<string> approving = RequireQuorum(study);
        if (study.Pinned is { } pinned) RequireParties(study, [.. approving.Select(s => pinned.Sites[pinned.NumberOf(s)].Entity)]);
        return [new StudyStarted(now, approving)];
    }

    /// <summary>Stops asking.</summary>
    /// <exception cref="OperatorErrorException">E1003: nothing to pause.</exception>
    public static ImmutableArray<StudyEvent> Pause(Study study, string reason, DateTimeOffset now) => study.State switch
    {
        StudyState.Paused => [],
        StudyState.Draft or StudyState.Open or StudyState.Running => [new StudyPaused(now, PauseCause.Operator, reason)],
        _ => throw NotNow(study, "paused", "nothing is asked of any site any more"),
    };

    /// <summary>Goes on where the study was; after a lost quorum, starts over with every site that has approved.</summary>
    /// <exception cref="OperatorErrorException">E1003: not paused. E1005: still fewer approvals than the quorum.</exception>
    public static ImmutableArray<StudyEvent> Resume(Study study, DateTimeOffset now)
    {
        if (study.Pause is not { } pause) throw NotNow(study, "resumed", "it is not paused");
        if (study.Masking is not null && pause.Cause is PauseCause.QuorumLost or PauseCause.SiteMissing) return ResumeMasked(study, now);
        return pause.Cause == PauseCause.QuorumLost
            ? [new StudyResumed(now), new StudyRestarted(now, study.Attempt + 1, RequireQuorum(study), "Resumed after too few sites were left.")]
            : [new StudyResumed(now)];
    }

    /// <summary>Ends a study for good. Closing twice changes nothing.</summary>
    public static ImmutableArray<StudyEvent> Close(Study study, DateTimeOffset now) => study.State == StudyState.Closed ? [] : [new StudyClosed(now)];

    // Before the first masked sum anybody may stay away; after it, whoever is in it is asked again.
    private static ImmutableArray<StudyEvent> ResumeMasked(Study study, DateTimeOffset now)
    {
        ImmutableArray<string> approving = [.. study.Masking!.Sites.Select(s => s.Site).Where(study.HasApproved).Order(StringComparer.Ordinal)];
        bool announced = study.Rounds.Any(r => r.Attempt == study.Attempt && r.Aggregation is { Survivors.IsEmpty: false });
        string? withdrawn = announced ? study.Participants.FirstOrDefault(s => !study.HasApproved(s)) : null;
        if (withdrawn is not null)
        {
            throw new OperatorErrorException("E1011",
                $"{withdrawn} withdrew from study {study.Created.Id} after its numbers went into a masked sum, and the others cannot be asked without it: it may approve again, or close the study and make a new one.");
        }

        if (!announced && MaskedMove.TooFew(study, approving) is { } tooFew)
            throw new OperatorErrorException("E1005", $"Study {study.Created.Id} cannot go on: {tooFew} Wait until the others have approved again, or make a study without them.");
        if (!announced && !study.Participants.SetEquals(approving))
            return [new StudyResumed(now), new StudyRestarted(now, study.Attempt + 1, approving, "Resumed after too few sites were left.")];
        return study.Current is { } round
            ? [new StudyResumed(now), new RoundAbandoned(now, round.Number, round.Attempt, "Resumed: its step is asked again.")]
            : [new StudyResumed(now)];
    }

    private static void RequireParties(Study study, ImmutableArray<string> entities)
    {
        int parties = entities.Distinct(StringComparer.Ordinal).Count();
        if (parties >= MaskedMove.LeastParties) return;
        throw new OperatorErrorException("E1007",
            $"Study {study.Created.Id} masks its sums, which hides a hospital among {MaskedMove.LeastParties} legal entities or more, and there would be {parties}: "
            + "name more sites, or write privacy: { aggregation: plain } into the study file, and every officer is told that the coordinator sees each hospital's own sums.");
    }

    private static ImmutableArray<string> RequireQuorum(Study study)
    {
        ImmutableArray<string> approving = [.. study.Approving];
        return approving.Length >= study.Created.QuorumSites
            ? approving
            : throw new OperatorErrorException("E1005",
                $"Study {study.Created.Id} needs {study.Created.QuorumSites} sites and {approving.Length} have approved: wait for more approvals, or make a study with a lower quorum.sites.");
    }

    private static OperatorErrorException NotNow(Study study, string verb, string why) =>
        new("E1003", $"Study {study.Created.Id} is {study.State.ToString().ToLowerInvariant()} and cannot be {verb}: {why}.");
}
