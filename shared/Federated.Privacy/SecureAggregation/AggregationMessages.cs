using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>Step 0, from a site: fresh public keys for this aggregation and a commitment to its self-mask seed.</summary>
/// <param name="Site">Roster number.</param>
/// <param name="CipherKey">P-256 point, 65 bytes: shares are encrypted to it (c_pk).</param>
/// <param name="MaskKey">P-256 point, 65 bytes: pairwise masks are agreed with it (s_pk).</param>
/// <param name="SeedCommitment">H(b), 32 bytes: SHA-256 over the fields "fed-secagg-seed-v1", ctx, site, b.</param>
/// <param name="Signature">ECDSA P-256, IEEE P1363, 64 bytes, by the identity key over SHA-256 of the fields "fed-secagg-keys-v1", ctx, site, and the three above.</param>
public sealed record KeyAdvertisement(
    int Site, ImmutableArray<byte> CipherKey, ImmutableArray<byte> MaskKey, ImmutableArray<byte> SeedCommitment, ImmutableArray<byte> Signature)
    : SiteMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Keys;

    /// <inheritdoc/>
    public override int Sender => Site;

    internal static byte[] SignedDigest(AggregationContext context, int site, ReadOnlySpan<byte> cipherKey, ReadOnlySpan<byte> maskKey, ReadOnlySpan<byte> commitment) =>
        context.Message("fed-secagg-keys-v1").Number(site).Field(cipherKey).Field(maskKey).Field(commitment).Digest();

    internal static byte[] Commitment(AggregationContext context, int site, ReadOnlySpan<byte> seed) =>
        context.Message("fed-secagg-seed-v1").Number(site).Field(seed).Digest();

    internal bool HasValidSizes => Field(CipherKey, P256.PointBytes) && Field(MaskKey, P256.PointBytes) && Field(SeedCommitment, 32) && Field(Signature, P256.SignatureBytes);

    internal bool IsSignedBy(AggregationContext context, RosterMember member) =>
        P256.Verify(member.IdentityKey.AsSpan(), SignedDigest(context, Site, CipherKey.AsSpan(), MaskKey.AsSpan(), SeedCommitment.AsSpan()), Signature.AsSpan());

    internal bool IsSameAs(KeyAdvertisement other) =>
        Site == other.Site && CipherKey.AsSpan().SequenceEqual(other.CipherKey.AsSpan()) && MaskKey.AsSpan().SequenceEqual(other.MaskKey.AsSpan())
        && SeedCommitment.AsSpan().SequenceEqual(other.SeedCommitment.AsSpan()) && Signature.AsSpan().SequenceEqual(other.Signature.AsSpan());

    private static bool Field(ImmutableArray<byte> bytes, int length) => !bytes.IsDefault && bytes.Length == length;
}

/// <summary>Step 0, to every site: everyone's keys (U1).</summary>
public sealed record KeyList(ImmutableArray<KeyAdvertisement> Keys) : CoordinatorMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Shares;
}

/// <summary>A share of b and a share of s_sk, encrypted from one site to another.</summary>
/// <param name="Sender">Roster number.</param>
/// <param name="Receiver">Roster number.</param>
/// <param name="Sealed">nonce (12) | AES-256-GCM ciphertext of b_share (32) and s_share (32) | tag (16): 92 bytes.</param>
public sealed record SealedShare(int Sender, int Receiver, ImmutableArray<byte> Sealed);

/// <summary>Step 1, from a site: one sealed share for each other site of U1.</summary>
public sealed record ShareBundle(int Site, ImmutableArray<SealedShare> Shares) : SiteMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Shares;

    /// <inheritdoc/>
    public override int Sender => Site;
}

/// <summary>Step 1, to one site: who shared (U2, this site included), and what they sealed for it.</summary>
public sealed record ShareDelivery(ImmutableArray<int> Sharers, ImmutableArray<SealedShare> Shares) : CoordinatorMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Masked;
}

/// <summary>Step 2, from a site: its masked vector, in the ring's little-endian elements.</summary>
/// <param name="Site">Roster number.</param>
/// <param name="Payload">The bytes that travel; their SHA-256 is the payload digest.</param>
public sealed record MaskedInput(int Site, ReadOnlyMemory<byte> Payload);

/// <summary>Step 2, to every site: whose vectors arrived (U3), ascending.</summary>
public sealed record SurvivorNotice(ImmutableArray<int> Survivors) : CoordinatorMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Consistency;
}

/// <summary>Step 3, from a site: its signature over the survivor set.</summary>
/// <param name="Site">Roster number.</param>
/// <param name="Signature">ECDSA P-256, IEEE P1363, by the identity key over SHA-256 of the fields "fed-secagg-survivors-v1", ctx, count, and each survivor ascending.</param>
public sealed record SurvivorSignature(int Site, ImmutableArray<byte> Signature) : SiteMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Consistency;

    /// <inheritdoc/>
    public override int Sender => Site;

    internal static byte[] SignedDigest(AggregationContext context, ImmutableArray<int> survivors) =>
        context.Message("fed-secagg-survivors-v1").List(survivors, static (w, s) => w.Number(s)).Digest();

    internal bool IsSignedBy(AggregationContext context, ImmutableArray<int> survivors, RosterMember member) =>
        !Signature.IsDefault && P256.Verify(member.IdentityKey.AsSpan(), SignedDigest(context, survivors), Signature.AsSpan());
}

/// <summary>Step 3, to every site: the signatures that arrived (U4).</summary>
public sealed record SignatureList(ImmutableArray<SurvivorSignature> Signatures) : CoordinatorMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Unmasking;
}

/// <summary>One share of another site's secret, in clear.</summary>
/// <param name="Owner">Whose secret: roster number.</param>
/// <param name="Value">32 bytes.</param>
public sealed record OpenShare(int Owner, ImmutableArray<byte> Value);

/// <summary>Step 4, from a site: for every survivor the share of b, for every site that dropped out after sharing the share of s_sk; never both.</summary>
public sealed record UnmaskingAnswer(int Site, ImmutableArray<OpenShare> SeedShares, ImmutableArray<OpenShare> KeyShares) : SiteMessage
{
    /// <inheritdoc/>
    public override CoordinatorStep Step => CoordinatorStep.Unmasking;

    /// <inheritdoc/>
    public override int Sender => Site;
}
