using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>How far a site is in an aggregation: the last message it answered.</summary>
public enum SiteStep
{
    /// <summary>Its keys are made (step 0).</summary>
    Advertised = 0,

    /// <summary>Its shares are made (step 1).</summary>
    Shared = 1,

    /// <summary>Its vector is masked (step 2).</summary>
    Masked = 2,

    /// <summary>It signed the survivors (step 3).</summary>
    Agreed = 3,

    /// <summary>It opened its shares (step 4).</summary>
    Unmasked = 4,

    /// <summary>Over: the secrets are erased, nothing is answered any more.</summary>
    Closed = 5,
}

/// <summary>What one peer shared with this site, decrypted.</summary>
internal sealed record ReceivedShare(int Sender, ImmutableArray<byte> SeedShare, ImmutableArray<byte> KeyShare);

/// <summary>
/// All that a site must remember of one aggregation. It holds secrets: keep <see cref="ToBytes"/> encrypted at rest, write it before the message of the turn
/// leaves, and replace it by the closed state at the end. A crash between the two loses nothing: the same request then gets the same answer from it.
/// </summary>
public sealed record SiteAggregationState
{
    /// <summary>What the parties agreed on.</summary>
    public required AggregationContext Context { get; init; }

    /// <summary>This site's roster number.</summary>
    public required int Site { get; init; }

    /// <summary>The last step answered.</summary>
    public required SiteStep Step { get; init; }

    /// <summary>Least number of legal entities: 3, or 2 where both officers approved that.</summary>
    public required int LeastParties { get; init; }

    /// <summary>The message of step 0.</summary>
    public required KeyAdvertisement Advertisement { get; init; }

    /// <summary>The message of step 1, once made.</summary>
    public ShareBundle? Bundle { get; init; }

    /// <summary>U2, ascending: known from step 2.</summary>
    public ImmutableArray<int> Sharers { get; init; } = [];

    /// <summary>SHA-256 of the masked vector, from step 2: no other vector is ever masked in this context.</summary>
    public ImmutableArray<byte> MaskedDigest { get; init; } = [];

    /// <summary>U3, ascending: what this site signed, from step 3.</summary>
    public ImmutableArray<int> Survivors { get; init; } = [];

    /// <summary>The message of step 3, once made.</summary>
    public SurvivorSignature? Signature { get; init; }

    /// <summary>The message of step 4, once made.</summary>
    public UnmaskingAnswer? Answer { get; init; }

    /// <summary>U1 with its keys, ascending by site: from step 1.</summary>
    internal ImmutableArray<KeyAdvertisement> Keys { get; init; } = [];

    internal ImmutableArray<byte> CipherScalar { get; init; } = [];

    internal ImmutableArray<byte> MaskScalar { get; init; } = [];

    internal ImmutableArray<byte> Seed { get; init; } = [];

    internal ImmutableArray<byte> OwnSeedShare { get; init; } = [];

    internal ImmutableArray<ReceivedShare> Received { get; init; } = [];

    /// <summary>What to hold against a later attempt at the same question.</summary>
    public EarlierAttempt AsEarlier() => new([.. Context.Digest], Context.Round, Context.Attempt, Context.Roster, Survivors);

    /// <summary>The record to store.</summary>
    public byte[] ToBytes() => SiteStateCodec.Write(this);

    /// <summary>A stored record read back.</summary>
    /// <exception cref="EncodingInvalidException">The bytes are not such a record.</exception>
    public static SiteAggregationState FromBytes(ReadOnlySpan<byte> bytes) => SiteStateCodec.Read(bytes);

    /// <summary>Names the step only: secrets never reach a log by accident.</summary>
    public override string ToString() => $"Aggregation {Convert.ToHexStringLower(Context.Digest[..4])}, site {Site}, {Step}";
}
