using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>Why a party does not go on. Numbers are stable: they are what leaves a hospital.</summary>
public enum RefusalReason
{
    /// <summary>Fewer than three sites, or fewer than three legal entities (two only with both officers' approval).</summary>
    TooFewParties = 1,

    /// <summary>This site's identity key is not in the pinned roster.</summary>
    NotInRoster = 2,

    /// <summary>The roster differs from that of an earlier attempt by one or two parties: the difference of two sums would be theirs.</summary>
    RosterTooClose = 3,

    /// <summary>The attempt's number was used before, or is older than one already taken.</summary>
    AttemptNotNewer = 4,

    /// <summary>A message for a step that has not come yet.</summary>
    OutOfOrder = 10,

    /// <summary>The step was answered for a different message; it is answered once.</summary>
    AlreadyAnswered = 11,

    /// <summary>The aggregation is over here; its secrets are gone.</summary>
    Closed = 12,

    /// <summary>A message says it is from, or for, a site that the roster does not have.</summary>
    SiteUnknown = 13,

    /// <summary>A field has the wrong size, or a list holds what it must not.</summary>
    Malformed = 14,

    /// <summary>Fewer keys than the threshold.</summary>
    TooFewKeys = 20,

    /// <summary>A key's signature is not its site's over this context: unsigned, another roster, another broadcast, replayed.</summary>
    KeyUnsigned = 21,

    /// <summary>A site, or a public key, stands twice.</summary>
    DuplicateKey = 22,

    /// <summary>This site's own keys are missing or not the ones it sent.</summary>
    OwnKeyChanged = 23,

    /// <summary>A public key is not a point of the curve.</summary>
    KeyInvalid = 24,

    /// <summary>Fewer share bundles than the threshold.</summary>
    TooFewShares = 30,

    /// <summary>Shares from a site that sent no keys.</summary>
    ShareFromOutside = 31,

    /// <summary>A share stands twice, or a site that needs one has none.</summary>
    ShareSetWrong = 32,

    /// <summary>A share does not decrypt as one from this sender to this receiver in this context: changed, replayed or re-addressed.</summary>
    ShareUnreadable = 33,

    /// <summary>The vector is not of the length that was agreed.</summary>
    InputLength = 40,

    /// <summary>Another vector was already masked in this context: the difference of the two would be readable.</summary>
    InputChanged = 41,

    /// <summary>Fewer survivors than the threshold.</summary>
    TooFewSurvivors = 50,

    /// <summary>A survivor that shared no keys with this site.</summary>
    SurvivorFromOutside = 51,

    /// <summary>This site sent its vector and is not among the survivors.</summary>
    SelfMissing = 52,

    /// <summary>Another survivor set was already signed in this context.</summary>
    SurvivorSetAlreadySigned = 53,

    /// <summary>The survivors differ by one or two parties from those of an earlier aggregation of the same question.</summary>
    SurvivorsTooClose = 54,

    /// <summary>Fewer signatures than the threshold on exactly this survivor set.</summary>
    TooFewSignatures = 60,

    /// <summary>A signature is not its site's over this context and survivor set.</summary>
    SignatureInvalid = 61,

    /// <summary>Fewer answers with shares than the threshold.</summary>
    TooFewAnswers = 70,

    /// <summary>The shares do not give back a secret that its owner committed to.</summary>
    ReconstructionFailed = 71,

    /// <summary>The vectors added up are not those of the survivors.</summary>
    SumIncomplete = 72,
}

/// <summary>A refusal: why, and which sites (roster numbers) it speaks of.</summary>
public sealed record AggregationRefusal(RefusalReason Reason, ImmutableArray<int> Sites)
{
    /// <summary>A refusal that speaks of these sites.</summary>
    public static AggregationRefusal Of(RefusalReason reason, params ReadOnlySpan<int> sites) => new(reason, [.. sites]);

    /// <inheritdoc/>
    public override string ToString() => Sites.IsEmpty ? $"{Reason}" : $"{Reason} (sites {string.Join(", ", Sites)})";
}

/// <summary>
/// One turn of a state machine: either the next state, which must be stored BEFORE anything else happens, or a refusal and the state as it was.
/// </summary>
public record Turn<TState>(TState State, AggregationRefusal? Refusal);

/// <summary>A turn with a message to send once the state is stored.</summary>
public sealed record Turn<TState, TMessage>(TState State, TMessage? Message, AggregationRefusal? Refusal) : Turn<TState>(State, Refusal)
    where TMessage : class
{
    /// <summary>The message of an accepted turn.</summary>
    /// <exception cref="AggregationRefusedException">The turn was refused.</exception>
    public TMessage Require() => Message ?? throw new AggregationRefusedException(Refusal!);
}

/// <summary>A refusal where the caller asked for an answer.</summary>
public sealed class AggregationRefusedException(AggregationRefusal refusal) : Exception($"The aggregation was refused: {refusal}.")
{
    /// <summary>Why.</summary>
    public AggregationRefusal Refusal { get; } = refusal;
}
