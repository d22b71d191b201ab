using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Federated.Coordinator.Payloads;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>Where a study stands. The numbers are the wire's.</summary>
public enum StudyState
{
    /// <summary>Created, not yet shown to sites.</summary>
    Draft = 1,

    /// <summary>Waits for approvals.</summary>
    Open = 2,

    /// <summary>Rounds are under way.</summary>
    Running = 3,

    /// <summary>Stopped for now.</summary>
    Paused = 4,

    /// <summary>Every analysis concluded or was refused.</summary>
    Released = 5,

    /// <summary>Over.</summary>
    Closed = 6,
}

/// <summary>What a site's officer said. The numbers are the wire's.</summary>
public enum SiteApproval
{
    /// <summary>Nothing yet.</summary>
    Waiting = 1,

    /// <summary>Yes, to this plan.</summary>
    Approved = 2,

    /// <summary>No more.</summary>
    Withdrawn = 3,
}

/// <summary>An officer's word: approved or withdrawn, when, and its signature.</summary>
public sealed record SiteDecision(SiteApproval Approval, DateTimeOffset At, Digest? Manifest, string Signature);

/// <summary>How an analysis ended in the present attempt: with a result, or refused with a code and a line.</summary>
public sealed record AnalysisOutcome(PayloadManifest? Result, string Code, string Reason)
{
    /// <summary>Whether it was refused.</summary>
    public bool IsRefused => Result is null;
}

/// <summary>A study as its events tell it: nothing in it that is not in them. Immutable; <see cref="After"/> is the only way forward.</summary>
public sealed record Study
{
    /// <summary>Its creation.</summary>
    public required StudyCreated Created { get; init; }

    /// <summary>Sequence of the last event.</summary>
    public required long Sequence { get; init; }

    /// <summary>Where it stands.</summary>
    public required StudyState State { get; init; }

    /// <summary>While paused: where it goes on, why it stopped.</summary>
    public (StudyState From, PauseCause Cause, string Reason)? Pause { get; init; }

    /// <summary>Sites it is shown to.</summary>
    public ImmutableSortedSet<string> Invited { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>What their officers said.</summary>
    public ImmutableSortedDictionary<string, SiteDecision> Decisions { get; init; } =
        ImmutableSortedDictionary.Create<string, SiteDecision>(StringComparer.Ordinal);

    /// <summary>The keys of the sites it is shown to, where sums are masked.</summary>
    [JsonIgnore]
    public StudyRoster? Pinned { get; init; }

    /// <summary>
    /// The part of <see cref="Pinned"/> that masks its sums together: the participants of the first start, the same for good, because two sums over rosters that
    /// differ by one or two would tell those apart.
    /// </summary>
    [JsonIgnore]
    public StudyRoster? Masking { get; init; }

    /// <summary>1, 2, ...: how often it was begun; 0 before it started.</summary>
    public int Attempt { get; init; }

    /// <summary>Sites that take part in every round of this attempt.</summary>
    public ImmutableSortedSet<string> Participants { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Sites that took part once and no longer do, and why.</summary>
    public ImmutableSortedDictionary<string, string> Dropped { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>How the analyses of this attempt ended, by id.</summary>
    public ImmutableSortedDictionary<string, AnalysisOutcome> Outcomes { get; init; } =
        ImmutableSortedDictionary.Create<string, AnalysisOutcome>(StringComparer.Ordinal);

    /// <summary>Every round of every attempt, in order; the last may be open.</summary>
    public ImmutableList<Round> Rounds { get; init; } = [];

    /// <summary>Identifier on the wire.</summary>
    public StudyUid Uid => Created.Uid;

    /// <summary>The plan's digest.</summary>
    public Digest Plan => Created.Plan.Digest;

    /// <summary>The round that is under way, or null.</summary>
    public Round? Current => Rounds.Count > 0 && Rounds[^1].State is not (RoundState.Aggregated or RoundState.Abandoned) ? Rounds[^1] : null;

    /// <summary>Whether numbers of this attempt's participants are in a masked sum already.</summary>
    public bool HasMaskedSum => Rounds.Any(r => r.Attempt == Attempt && r is { State: RoundState.Aggregated, Aggregation: not null });

    /// <summary>Sites that have approved, and not withdrawn.</summary>
    public IEnumerable<string> Approving => Invited.Where(HasApproved);

    /// <summary>Sites that were ever asked anything, in ordinal order.</summary>
    public IReadOnlyList<string> Hospitals() => [.. Rounds.SelectMany(r => r.Answers.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The first analysis of this attempt that has not ended, or null when all have.</summary>
    public PlannedAnalysis? NextAnalysis => Created.Analyses.FirstOrDefault(a => !Outcomes.ContainsKey(a.Id));

    /// <summary>What this site's officer said.</summary>
    public SiteApproval ApprovalOf(string site) => Decisions.TryGetValue(site, out SiteDecision? decision) ? decision.Approval : SiteApproval.Waiting;

    /// <summary>Whether this site's officer said yes, and has not withdrawn it.</summary>
    public bool HasApproved(string site) => ApprovalOf(site) == SiteApproval.Approved;

    /// <summary>The round and attempt that a task names, however long ago, or null.</summary>
    public Round? FindRound(int number, int attempt) => Rounds.FindLast(r => r.Is(number, attempt));

    /// <summary>Aggregated rounds of an analysis in the present attempt, in order.</summary>
    public IEnumerable<Round> OutcomesOf(string analysis) => Rounds.Where(r =>
        r.Attempt == Attempt && r.State == RoundState.Aggregated && string.Equals(r.Request.Analysis, analysis, StringComparison.Ordinal));

    /// <summary>The study that a creation begins.</summary>
    public static Study From(StudyCreated created) => new() { Created = created, Sequence = 1, State = StudyState.Draft };

    /// <summary>The study after one more event.</summary>
    /// <exception cref="InvalidDataException">The event cannot follow: the store is not what this release wrote.</exception>
    public Study After(StudyEvent e)
    {
        Study next = e switch
        {
            StudyOpened opened => this with
            {
                State = StudyState.Open,
                Invited = Sorted(opened.Sites),
                Pinned = opened.Roster is { } roster ? new StudyRoster(roster) : null,
            },
            SiteApproved yes => Decided(yes.Site, new SiteDecision(SiteApproval.Approved, yes.At, yes.Manifest, yes.Signature)),
            SiteWithdrew no => Withdrawn(no),
            StudyStarted started => Begun(1, started.Participants) with { State = StudyState.Running, Masking = Pinned?.Of(started.Participants) },
            StudyRestarted again => Restarted(again),
            RoundOpened opened => Opened(opened),
            ContributionSubmitted held => Answered(held.Round, held.Attempt, held.Site, new Answer(AnswerState.Submitted)
            {
                Payload = held.Payload,
                Accepted = held.Accepted,
                Signature = held.Signature,
            }),
            ContributionLost lost => Answered(lost.Round, lost.Attempt, lost.Site, new Answer(AnswerState.Offered)),
            MaskingAnswered said => Masked(said),
            MaskingClosed closed => Closed(closed),
            SiteDeclined declined => Gone(declined.Round, declined.Attempt, declined.Site, AnswerState.Declined, declined.Reason),
            SiteExcluded excluded => Gone(excluded.Round, excluded.Attempt, excluded.Site, AnswerState.Excluded, excluded.Reason),
            RoundAbandoned abandoned => Abandoned(abandoned),
            RoundAggregated aggregated => Aggregated(aggregated),
            AnalysisConcluded concluded => this with { Outcomes = Outcomes.SetItem(concluded.Analysis, new AnalysisOutcome(concluded.Result, "", "")) },
            AnalysisRefused refused => this with { Outcomes = Outcomes.SetItem(refused.Analysis, new AnalysisOutcome(null, refused.Code, refused.Reason)) },
            StudyPaused paused => this with { State = StudyState.Paused, Pause = (State, paused.Cause, paused.Reason) },
            StudyResumed resumed => Resumed(resumed),
            StudyReleased => this with { State = StudyState.Released },
            StudyClosed => this with { State = StudyState.Closed, Pause = null },
            _ => throw new InvalidDataException($"{e.GetType().Name} cannot follow in study {Created.Id}."),
        };
        return next with { Sequence = Sequence + 1 };
    }

    private static ImmutableSortedSet<string> Sorted(IEnumerable<string> sites) => sites.ToImmutableSortedSet(StringComparer.Ordinal);

    private Study Decided(string site, SiteDecision decision) => this with { Decisions = Decisions.SetItem(site, decision) };

    private Study Withdrawn(SiteWithdrew no)
    {
        Study next = Decided(no.Site, new SiteDecision(SiteApproval.Withdrawn, no.At, null, no.Signature));
        return Current is { } round && round.Answers.ContainsKey(no.Site)
            ? next.Gone(round.Number, round.Attempt, no.Site, AnswerState.Excluded, $"{no.Site} withdrew.")
            : next;
    }

    private Study Begun(int attempt, IEnumerable<string> participants) => this with
    {
        Attempt = attempt,
        Participants = Sorted(participants),
        Outcomes = Outcomes.Clear(),
    };

    private Study Restarted(StudyRestarted again)
    {
        ImmutableSortedDictionary<string, string> dropped = Dropped.RemoveRange(again.Participants);
        foreach (string site in Participants.Except(again.Participants))
        {
            string reason = HasApproved(site) && Current is { } round && round.Answers.TryGetValue(site, out Answer? answer) ? answer.Reason : $"{site} withdrew.";
            dropped = dropped.SetItem(site, reason);
        }

        Study next = Begun(again.Attempt, again.Participants) with { Dropped = dropped };
        return Current is { } open ? next.Latest(Over(open)) : next;
    }

    private static Round Over(Round round) => round with { State = RoundState.Abandoned, Aggregation = MaskedRound.Spent(round.Aggregation) };

    private Study Latest(Round round) => this with { Rounds = Rounds.SetItem(Rounds.Count - 1, round) };

    private Study Opened(RoundOpened opened)
    {
        bool masked = MaskedRound.IsMasked(this, opened);
        StudyRoster? roster = masked ? Masking ?? throw new InvalidDataException($"Study {Created.Id} opened a masked round before it started.") : null;
        return this with
        {
            Rounds = Rounds.Add(new Round
            {
                Request = opened,
                Deadline = opened.Deadline,
                Answers = Participants.ToImmutableSortedDictionary(s => s, _ => new Answer(AnswerState.Offered), StringComparer.Ordinal),
                State = masked ? RoundState.Keys : RoundState.Open,
                Roster = roster,
                Aggregation = masked ? CoordinatorAggregation.Start(MaskedRound.Context(this, roster!, opened)) : null,
            }),
        };
    }

    private Study Abandoned(RoundAbandoned abandoned) => Current is { } round && round.Is(abandoned.Round, abandoned.Attempt)
        ? Latest(Over(round))
        : throw new InvalidDataException($"Giving up round {abandoned.Round}.{abandoned.Attempt} cannot follow in study {Created.Id}.");

    private Study Masked(MaskingAnswered said)
    {
        if (Current is not { Aggregation: { } state } round || !round.Is(said.Round, said.Attempt) || round.Roster!.NumberOf(said.Site) < 0)
            throw new InvalidDataException($"A message of {said.Site} in round {said.Round}.{said.Attempt} cannot follow in study {Created.Id}.");
        try
        {
            return Latest(round with { Aggregation = MaskedRound.After(state, SiteMessage.FromBytes(said.Message.Span)) });
        }
        catch (EncodingInvalidException e)
        {
            throw new InvalidDataException($"A message of {said.Site} in round {said.Round}.{said.Attempt} of study {Created.Id} is damaged.", e);
        }
    }

    private Study Closed(MaskingClosed closed)
    {
        if (Current is not { Aggregation: { } state } round || !round.Is(closed.Round, closed.Attempt))
            throw new InvalidDataException($"Closing {closed.Step} of round {closed.Round}.{closed.Attempt} cannot follow in study {Created.Id}.");
        CoordinatorAggregationState next = MaskedRound.After(state, closed.Step, closed.Survivors);
        RoundState phase = next.Step switch
        {
            CoordinatorStep.Keys or CoordinatorStep.Shares => RoundState.Keys,
            CoordinatorStep.Masked => RoundState.Collecting,
            _ => RoundState.Unmasking,
        };
        return Latest(round with { Aggregation = next, State = phase, Deadline = closed.At + Created.RoundDeadline });
    }

    // A site that is gone after its masked vector was announced as part of the sum stays in the sum.
    private Study Gone(int number, int attempt, string site, AnswerState how, string reason)
    {
        bool counted = Current is { } round && round.Survivors.Contains(site) && round.Answers[site].IsHeld;
        return Answered(number, attempt, site, counted ? Current!.Answers[site] with { Left = true, Reason = reason } : new Answer(how) { Reason = reason });
    }

    private Study Answered(int number, int attempt, string site, Answer answer)
    {
        if (Current is not { } round || !round.Is(number, attempt) || !round.Answers.ContainsKey(site))
            throw new InvalidDataException($"An answer of {site} to round {number}.{attempt} cannot follow in study {Created.Id}.");
        Round next = round with { Answers = round.Answers.SetItem(site, answer), State = round.Aggregation is null ? RoundState.Collecting : round.State };
        if (round.Aggregation is { } state && answer.Payload is { } held)
        {
            var arrival = new MaskedArrival(round.Roster!.NumberOf(site), [.. held.Digest.ToBytes()]);
            next = next with { Aggregation = state with { Arrivals = state.Arrivals.SetItem(arrival.Site, arrival) } };
        }

        return Latest(next);
    }

    private Study Aggregated(RoundAggregated aggregated)
    {
        if (Current is not { } round || !round.Is(aggregated.Round, aggregated.Attempt)
            || !round.Answers.All(a => a.Value.IsHeld || (round.Aggregation is not null && !round.Survivors.Contains(a.Key))))
            throw new InvalidDataException($"The aggregation of round {aggregated.Round}.{aggregated.Attempt} cannot follow in study {Created.Id}.");
        ImmutableSortedSet<string> counted = round.Aggregation is null ? Sorted(round.Answers.Keys) : round.Survivors;
        Round next = round with
        {
            State = RoundState.Aggregated,
            Sum = aggregated.Sum,
            Aggregation = MaskedRound.Spent(round.Aggregation),
            Answers = round.Answers.ToImmutableSortedDictionary(a => a.Key, a => counted.Contains(a.Key) ? a.Value with { State = AnswerState.Verified } : a.Value, StringComparer.Ordinal),
        };

        // Whoever was not in the first masked sum has told nothing yet, and takes no part in what follows.
        ImmutableSortedSet<string> left = Participants.Except(counted);
        return Latest(next) with
        {
            Participants = counted,
            Dropped = Dropped.SetItems(left.Select(s => KeyValuePair.Create(s, round.Answers[s].Reason.Length > 0 ? round.Answers[s].Reason : $"{s} was not in the masked sum."))),
        };
    }

    private Study Resumed(StudyResumed resumed)
    {
        if (Pause is not { } pause) throw new InvalidDataException($"Study {Created.Id} was resumed but not paused.");
        Study next = this with { State = pause.From, Pause = null };
        return Current is { } round ? next.Latest(round with { Deadline = resumed.At + Created.RoundDeadline }) : next;
    }
}
