using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Federated.Analyses;
using Federated.Coordinator.Payloads;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>Where a round stands.</summary>
public enum RoundState
{
    /// <summary>Nobody has answered yet.</summary>
    Open,

    /// <summary>Some have.</summary>
    Collecting,

    /// <summary>Masked vectors only: keys and shares are exchanged first.</summary>
    Keys,

    /// <summary>Masked vectors only: all that count are here, and the shares that take the masks off the sum are asked for.</summary>
    Unmasking,

    /// <summary>All have, and the outcome is kept.</summary>
    Aggregated,

    /// <summary>The study started over, or its step is asked again, before all had.</summary>
    Abandoned,
}

/// <summary>What one site did about one round.</summary>
public enum AnswerState
{
    /// <summary>Asked.</summary>
    Offered,

    /// <summary>Its answer is held and a receipt was given.</summary>
    Submitted,

    /// <summary>Its answer was read back whole and is in the outcome.</summary>
    Verified,

    /// <summary>It said that it cannot or will not.</summary>
    Declined,

    /// <summary>It is no longer waited for.</summary>
    Excluded,
}

/// <summary>One site's part in a round.</summary>
public sealed record Answer(AnswerState State)
{
    /// <summary>What it sent; kept when the answer is <see cref="AnswerState.Submitted"/> or <see cref="AnswerState.Verified"/>.</summary>
    public PayloadManifest? Payload { get; init; }

    /// <summary>When it was accepted.</summary>
    public DateTimeOffset Accepted { get; init; }

    /// <summary>The receipt's signature, hexadecimal.</summary>
    public string Signature { get; init; } = "";

    /// <summary>Why it declined or was excluded.</summary>
    public string Reason { get; init; } = "";

    /// <summary>
    /// It sent its masked vector and then no longer answered: its numbers are in the sum, its shares are not. <see cref="Reason"/> says why.
    /// </summary>
    public bool Left { get; init; }

    /// <summary>Whether nothing more is expected of it in this round.</summary>
    public bool IsGone => Left || State is AnswerState.Declined or AnswerState.Excluded;

    /// <summary>Whether the round's outcome has, or will have, this site in it.</summary>
    public bool IsHeld => State is AnswerState.Submitted or AnswerState.Verified;
}

/// <summary>One step asked of every participant.</summary>
public sealed record Round
{
    /// <summary>What was asked.</summary>
    public required RoundOpened Request { get; init; }

    /// <summary>When the round is closed: later than first said if the study was paused meanwhile.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Every participant's part, by site name in ordinal order.</summary>
    public required ImmutableSortedDictionary<string, Answer> Answers { get; init; }

    /// <summary>The sum over sites, once aggregated; null for a Report.</summary>
    public PayloadManifest? Sum { get; init; }

    /// <summary>Where it stands.</summary>
    public RoundState State { get; init; }

    /// <summary>Number within the attempt.</summary>
    public int Number => Request.Round;

    /// <summary>The study's attempt.</summary>
    public int Attempt => Request.Attempt;

    /// <summary>Where a masked Sum stands; null for a plain one and for a Report.</summary>
    [JsonIgnore]
    public CoordinatorAggregationState? Aggregation { get; init; }

    /// <summary>The numbers under which sites take part in a masked Sum.</summary>
    [JsonIgnore]
    public StudyRoster? Roster { get; init; }

    /// <summary>Sites that are still waited for: in a masked Sum, in the step under way.</summary>
    public IEnumerable<string> Outstanding => Aggregation is null
        ? Answers.Where(a => a.Value.State == AnswerState.Offered).Select(a => a.Key)
        : Answers.Keys.Where(s => MaskedRound.Awaited(this, s) is not null);

    /// <summary>Whether this site is still waited for.</summary>
    public bool WaitsFor(string site) => Aggregation is null ? Answers.TryGetValue(site, out Answer? answer) && answer.State == AnswerState.Offered : MaskedRound.Awaited(this, site) is not null;

    /// <summary>Whether nobody is waited for.</summary>
    public bool IsAnswered => !Outstanding.Any();

    /// <summary>Sites whose masked vectors are in the sum, once that was announced; empty before.</summary>
    [JsonIgnore]
    public ImmutableSortedSet<string> Survivors =>
        Roster?.Names(Aggregation?.Survivors ?? []) ?? ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Whether this is the round and attempt that a task names.</summary>
    public bool Is(int round, int attempt) => Number == round && Attempt == attempt;

    /// <summary>How long a payload may be for a Report.</summary>
    public const long MostReportBytes = 16 << 20;

    /// <summary>Whether a payload of this length can be an answer.</summary>
    public bool Fits(long bytes) => Request.Kind == ExchangeKind.Sum ? bytes == Request.PayloadBytes : bytes >= 0 && bytes <= Request.PayloadBytes;
}
