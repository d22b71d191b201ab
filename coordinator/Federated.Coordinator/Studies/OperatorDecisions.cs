using System.Collections.Immutable;

namespace Federated.Coordinator.Studies;

/// <summary>What an operator may ask of a study, decided: the events that follow, or one line that says why not. Pure.</summary>
public static class OperatorDecisions
{
    /// <summary>Shows a draft to these sites.</summary>
    /// <exception cref="OperatorErrorException">E1003: not a draft. E1005: fewer sites than the quorum.</exception>
    public static ImmutableArray<StudyEvent> Open(Study study, IReadOnlyCollection<string> sites, DateTimeOffset now)
    {
        if (study.State != StudyState.Draft) throw NotNow(study, "opened", "only a draft can be opened");
        ImmutableArray<string> named = [.. sites.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (named.Length < study.Created.QuorumSites)
        {
            throw new OperatorErrorException("E1005",
                $"Study {study.Created.Id} needs {study.Created.QuorumSites} sites and {named.Length} would see it: invite more sites, name more with --sites, or lower quorum.sites in the plan.");
        }

        return [new StudyOpened(now, named)];
    }

    /// <summary>Starts an open study without waiting for the sites that have not answered.</summary>
    /// <exception cref="OperatorErrorException">E1003: not open. E1005: fewer approvals than the quorum.</exception>
    public static ImmutableArray<StudyEvent> Start(Study study, DateTimeOffset now)
    {
        if (study.State != StudyState.Open) throw NotNow(study, "started", "only an open study can be started");
        return [new StudyStarted(now, RequireQuorum(study))];
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
        return pause.Cause == PauseCause.QuorumLost
            ? [new StudyResumed(now), new StudyRestarted(now, study.Attempt + 1, RequireQuorum(study), "Resumed after too few sites were left.")]
            : [new StudyResumed(now)];
    }

    /// <summary>Ends a study for good. Closing twice changes nothing.</summary>
    public static ImmutableArray<StudyEvent> Close(Study study, DateTimeOffset now) => study.State == StudyState.Closed ? [] : [new StudyClosed(now)];

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
