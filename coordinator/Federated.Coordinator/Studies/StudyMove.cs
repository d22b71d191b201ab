using System.Collections.Immutable;

namespace Federated.Coordinator.Studies;

/// <summary>What the coordinator does next by itself. A function of the study alone, so a restart takes up exactly where the last process stopped.</summary>
public abstract record StudyMove
{
    /// <summary>Somebody else must act.</summary>
    public static StudyMove Wait { get; } = new Waiting();

    /// <summary>Decided already: these events.</summary>
    public sealed record Record(ImmutableArray<StudyEvent> Events) : StudyMove;

    /// <summary>Every participant answered: add up.</summary>
    public sealed record Aggregate(Round Round) : StudyMove;

    /// <summary>No round is open: let the analysis take its next step.</summary>
    public sealed record Advance(PlannedAnalysis Analysis) : StudyMove;

    private sealed record Waiting : StudyMove;

    /// <summary>The next move.</summary>
    public static StudyMove Next(Study study, DateTimeOffset now) => study.State switch
    {
        StudyState.Open => NextOpen(study, now),
        StudyState.Running => NextRunning(study, now),
        _ => Wait,
    };

    /// <summary>Closes an overdue round to those who have not answered: everybody after the deadline, before it those in <paramref name="silent"/>.</summary>
    public static ImmutableArray<StudyEvent> Overdue(Study study, IReadOnlySet<string> silent, DateTimeOffset now)
    {
        if (study.State != StudyState.Running || study.Current is not { } round) return [];
        bool late = now >= round.Deadline;
        return
        [
            .. round.Outstanding.Where(site => late || silent.Contains(site)).Select(site => new SiteExcluded(now, round.Number, round.Attempt, site,
                late ? $"{site} did not answer {round.Request.Analysis}/{round.Request.Step} before the round's deadline."
                    : $"{site} was not heard of while {round.Request.Analysis}/{round.Request.Step} waited for it.")),
        ];
    }

    // The first start needs no word from the operator once every invited site has spoken: waiting longer would change nothing.
    private static StudyMove NextOpen(Study study, DateTimeOffset now)
    {
        bool everyoneSpoke = study.Invited.All(s => study.ApprovalOf(s) != SiteApproval.Waiting);
        ImmutableArray<string> approving = [.. study.Approving];
        bool enough = study.Created.Masked ? MaskedMove.TooFew(study, approving) is null : approving.Length >= study.Created.QuorumSites;
        return everyoneSpoke && enough ? new Record([new StudyStarted(now, approving)]) : Wait;
    }

    private static StudyMove NextRunning(Study study, DateTimeOffset now)
    {
        ImmutableArray<string> remaining = [.. study.Participants.Where(s => Remains(study, s))];
        if (study.Masking is not null) return MaskedMove.Next(study, remaining, Losses(study), now);
        if (remaining.Length < study.Created.QuorumSites)
        {
            return new Record([new StudyPaused(now, PauseCause.QuorumLost,
                $"{remaining.Length} of at least {study.Created.QuorumSites} sites are left. {Losses(study)}".TrimEnd())]);
        }

        if (study.Current is { } round)
        {
            // Waiting for the others before starting over makes the number of attempts independent of the order of arrival.
            if (!round.IsAnswered) return Wait;
            if (remaining.Length == study.Participants.Count) return new Aggregate(round);
        }

        if (remaining.Length < study.Participants.Count)
            return new Record([new StudyRestarted(now, study.Attempt + 1, remaining, Losses(study))]);
        return study.NextAnalysis is { } next ? new Advance(next) : new Record([new StudyReleased(now)]);
    }

    private static bool Remains(Study study, string site) =>
        study.HasApproved(site) && (study.Current is not { } round || round.Answers[site].State is not (AnswerState.Declined or AnswerState.Excluded));

    private static string Losses(Study study) => string.Join(" ", study.Participants.Where(s => !Remains(study, s)).Select(s =>
        study.HasApproved(s) ? study.Current!.Answers[s].Reason : $"{s} withdrew."));
}
