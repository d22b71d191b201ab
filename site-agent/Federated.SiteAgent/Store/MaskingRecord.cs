using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Store;

/// <summary>How far this site is in masking one round: written before the message that follows from it leaves. A step is never taken back.</summary>
/// <param name="Task">The round.</param>
/// <param name="Question">What is asked, whoever is asked and however often: rounds with one question are judged together.</param>
/// <param name="Step">The last step answered; in clear, so that the store can see to it that no step is taken back.</param>
/// <param name="Sealed">The state, encrypted with a key of this site.</param>
public sealed record MaskingRecord(TaskKey Task, Digest Question, SiteStep Step, ReadOnlyMemory<byte> Sealed);

/// <summary>What a message between this site and the coordinator is. Numbers are on disk for good.</summary>
public enum MessageKind
{
    /// <summary>Out: public keys for a round.</summary>
    Keys = 1,

    /// <summary>In: everyone's keys.</summary>
    KeyList = 2,

    /// <summary>Out: sealed shares for the others.</summary>
    Shares = 3,

    /// <summary>In: the others' sealed shares.</summary>
    ShareDelivery = 4,

    /// <summary>Out: the masked vector; its bytes are in the outbox.</summary>
    MaskedVector = 5,

    /// <summary>In: whose vectors are in the sum.</summary>
    Survivors = 6,

    /// <summary>Out: this site's signature over them.</summary>
    SurvivorSignature = 7,

    /// <summary>In: the signatures over them.</summary>
    Signatures = 8,

    /// <summary>Out: shares that take the masks off the sum.</summary>
    UnmaskingShares = 9,

    /// <summary>Out: a refusal in numbers.</summary>
    Decline = 10,
}

/// <summary>
/// One message of a masked round, in the order in which they crossed: an outgoing one is written with the state that it follows from, before it leaves; an incoming
/// one with what was done about it.
/// </summary>
/// <param name="Task">The round.</param>
/// <param name="Kind">What it is; odd numbers leave, even ones but the decline arrive.</param>
/// <param name="Content">SHA-256 of what it says (<see cref="SiteMessage.ToBytes"/>, <see cref="CoordinatorMessage.Digest"/>), or of the payload.</param>
/// <param name="Bytes">Length of what it says, where it leaves; 0 where it arrives.</param>
/// <param name="At">When it was written down.</param>
public sealed record MessageRecord(TaskKey Task, MessageKind Kind, Digest Content, long Bytes, DateTimeOffset At);
