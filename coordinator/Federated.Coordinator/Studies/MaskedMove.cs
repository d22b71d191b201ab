using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>
/// What follows in a study whose sums are masked. A site that leaves before the first sum is left out; one that leaves later cannot be, unless two others
/// leave with it, because its numbers would be the difference of two sums: the study then waits for it.
/// </summary>
internal static class MaskedMove
{
    /// <summary>Masking hides a hospital among three or more legal entities.</summary>
    public const int LeastParties = 3;

    /// <summary>The next move of a study that has a masked roster and is running.</summary>
    /// <param name="study">The study.</param>
    /// <param name="remaining">Participants that are still there.</param>
    /// <param name="losses">Why the others are not.</param>
    /// <param name="now">The clock.</param>
    public static StudyMove Next(Study study, ImmutableArray<string> remaining, string losses, DateTimeOffset now)
    {
        if (study.Current is { Aggregation.Step: CoordinatorStep.Consistency or CoordinatorStep.Unmasking } announced) return Unmask(announced, now);
        if (TooFew(study, remaining) is { } tooFew) return Pause(now, PauseCause.QuorumLost, $"{tooFew} {losses}");
        if (study.Current is { } round && !round.IsAnswered) return StudyMove.Wait;
        bool complete = remaining.Length == study.Participants.Count;
        if (!complete && (study.HasMaskedSum || study.Current is not { Aggregation: not null })) return Lost(study, remaining, losses, now);
        return study.Current switch
        {
            { Aggregation: { } state } masked => Close(study, masked, state, remaining, losses, now),
            { } plain => new StudyMove.Aggregate(plain),
            _ => study.NextAnalysis is { } next ? new StudyMove.Advance(next) : new StudyMove.Record([new StudyReleased(now)]),
        };
    }

    /// <summary>Why these sites are too few; null = they are enough.</summary>
    public static string? TooFew(Study study, IReadOnlyCollection<string> sites)
    {
        int quorum = study.Created.QuorumSites;
        if (sites.Count < quorum) return $"{sites.Count} of at least {quorum} sites are left.";
        StudyRoster roster = study.Masking ?? study.Pinned!.Of(sites);
        if (sites.Count < roster.Roster.Threshold) return $"{sites.Count} of {roster.Roster.Count} sites are left; {roster.Roster.Threshold} are needed to take the masks off a sum.";
        int entities = roster.Entities(sites);
        return entities < LeastParties ? $"{entities} legal entities are left; masking hides a hospital among {LeastParties} or more." : null;
    }

    // Each step is closed once nobody is waited for: everyone left has answered it.
    private static StudyMove.Record Close(Study study, Round round, CoordinatorAggregationState state, ImmutableArray<string> remaining, string losses, DateTimeOffset now)
    {
        if (state.Step != CoordinatorStep.Masked) return Closed(round, state.Step, [], now);
        ImmutableArray<ImmutableSortedSet<string>> before = [.. Announced(study).Where(r => r.Aggregation!.Context.Question.AsSpan().SequenceEqual(state.Context.Question.AsSpan())).Select(r => r.Survivors)];
        IEnumerable<ImmutableSortedSet<string>> choices = [study.Participants.Intersect(remaining), .. before];
        ImmutableSortedSet<string>? survivors = choices.FirstOrDefault(c => c.IsSubsetOf(remaining) && before.All(b => study.Masking!.FarApart(c, b)) && TooFew(study, c) is null);
        return survivors is null ? Lost(study, remaining, losses, now) : Closed(round, state.Step, [.. survivors.Select(study.Masking!.NumberOf).Order()], now);
    }

    private static StudyMove Unmask(Round round, DateTimeOffset now)
    {
        CoordinatorAggregationState state = round.Aggregation!;
        Roster roster = state.Context.Roster;
        string[] here = [.. round.Survivors.Where(s => !round.Answers[s].IsGone)];
        bool wholeSum = round.Survivors.All(s => round.Answers[s].IsHeld || !round.Answers[s].IsGone);
        int answering = state.Step == CoordinatorStep.Consistency
            ? here.Union(round.Roster!.Names(state.Signatures.Keys), StringComparer.Ordinal).Count()
            : here.Count(s => state.Signatures.ContainsKey(round.Roster!.NumberOf(s))) + state.Answers.Keys.Count(n => round.Answers[round.Roster!.NameOf(n)].IsGone);
        if (!wholeSum || answering < roster.Threshold)
        {
            string gone = string.Join(" ", round.Survivors.Where(s => round.Answers[s].IsGone).Select(s => round.Answers[s].Reason));
            return Pause(now, PauseCause.SiteMissing, $"{answering} of {roster.Threshold} sites that must agree to unmask the sum of {round.Request.Analysis}/{round.Request.Step} are left. {gone}");
        }

        if (!round.IsAnswered) return StudyMove.Wait;
        return state.Step == CoordinatorStep.Consistency ? Closed(round, state.Step, [], now) : new StudyMove.Aggregate(round);
    }

    // Starting over without a site repeats questions that were answered with it.
    private static StudyMove.Record Lost(Study study, ImmutableArray<string> remaining, string losses, DateTimeOffset now)
    {
        bool farEnough = Announced(study).All(r => study.Masking!.FarApart(study.Participants.Intersect(remaining), r.Survivors));
        return farEnough && remaining.Length < study.Participants.Count
            ? new StudyMove.Record([new StudyRestarted(now, study.Attempt + 1, remaining, losses)])
            : Pause(now, PauseCause.SiteMissing, $"{losses} Its numbers are in an earlier sum: asking the others without it would show them. Resume when it is back, and nothing is lost.");
    }

    private static IEnumerable<Round> Announced(Study study) => study.Rounds.Where(r => r.Aggregation is { Survivors.IsEmpty: false });

    private static StudyMove.Record Closed(Round round, CoordinatorStep step, ImmutableArray<int> survivors, DateTimeOffset now) =>
        new([new MaskingClosed(now, round.Number, round.Attempt, step, survivors)]);

    private static StudyMove.Record Pause(DateTimeOffset now, PauseCause cause, string reason) => new([new StudyPaused(now, cause, reason.TrimEnd())]);
}
