using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Coordinator.Payloads;

namespace Federated.Coordinator.Studies;

/// <summary>Where a round stands.</summary>
public enum RoundState
{
    /// <summary>Nobody has answered yet.</summary>
    Open,

    /// <summary>Some have.</summary>
    Collecting,

    /// <summary>All have, and the outcome is kept.</summary>
    Aggregated,

    /// <summary>The study started over before all had.</summary>
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

    /// <summary>Sites that are still waited for.</summary>
    public IEnumerable<string> Outstanding => Answers.Where(a => a.Value.State == AnswerState.Offered).Select(a => a.Key);

    /// <summary>Whether nobody is waited for.</summary>
    public bool IsAnswered => Answers.Values.All(a => a.State != AnswerState.Offered);

    /// <summary>Whether this is the round and attempt that a task names.</summary>
    public bool Is(int round, int attempt) => Number == round && Attempt == attempt;

    /// <summary>How long a payload may be for a Report.</summary>
    public const long MostReportBytes = 16 << 20;

    /// <summary>Whether a payload of this length can be an answer.</summary>
    public bool Fits(long bytes) => Request.Kind == ExchangeKind.Sum ? bytes == Request.PayloadBytes : bytes >= 0 && bytes <= Request.PayloadBytes;
}
