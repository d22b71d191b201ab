using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Privacy.Randomness;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// A site's side of Bonawitz et al. 2017 ("Practical Secure Aggregation for Privacy-Preserving Machine Learning", figure 4, active adversary): the coordinator
/// learns the sum over at least t sites and nothing else, even if it lies about who is there. Pure functions from a state and the coordinator's message to
/// the next state and this site's message. A refusal leaves the state as it was: each step is bound to the first message that passed every check, the same
/// message again gets the same answer, and any other one is refused.
/// </summary>
public static class SiteAggregation
{
    /// <summary>Step 0: fresh keys and a committed seed.</summary>
    /// <param name="context">What this site believes the aggregation to be, with the broadcast it received and the roster it pinned.</param>
    /// <param name="identity">This site's identity key.</param>
    /// <param name="randomness">Source of all secrets of this aggregation.</param>
    /// <param name="earlier">What this site remembers of earlier attempts at the same <see cref="AggregationContext.Question"/>.</param>
    /// <param name="twoPartiesApproved">Both officers approved two parties: that hides a site from the coordinator, not from the other site.</param>
    public static Turn<SiteAggregationState?, KeyAdvertisement> Start(
        AggregationContext context, ECDsa identity, IRandomness randomness, IReadOnlyList<EarlierAttempt> earlier, bool twoPartiesApproved = false)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(randomness);
        ArgumentNullException.ThrowIfNull(earlier);
        context.Validate();
        int leastParties = twoPartiesApproved ? 2 : 3;
        if (context.Roster.Entities(Enumerable.Range(0, context.Roster.Count)) < leastParties) return Refuse(RefusalReason.TooFewParties);
        int site = context.Roster.IndexOf(identity.ExportSubjectPublicKeyInfo());
        if (site < 0) return Refuse(RefusalReason.NotInRoster);
        if (AttemptRule.Judge(earlier, context) is { } refusal) return new(null, null, refusal);

        (byte[] cipherScalar, byte[] cipherPoint) = P256.Generate(randomness);
        (byte[] maskScalar, byte[] maskPoint) = P256.Generate(randomness);
        byte[] seed = new byte[ShareSeal.ShareBytes];
        randomness.Fill(seed);
        byte[] commitment = KeyAdvertisement.Commitment(context, site, seed);
        byte[] signature = identity.SignHash(KeyAdvertisement.SignedDigest(context, site, cipherPoint, maskPoint, commitment));
        var advertisement = new KeyAdvertisement(site, [.. cipherPoint], [.. maskPoint], [.. commitment], [.. signature]);
        var state = new SiteAggregationState
        {
            Context = context,
            Site = site,
            Step = SiteStep.Advertised,
            LeastParties = leastParties,
            Advertisement = advertisement,
            CipherScalar = [.. cipherScalar],
            MaskScalar = [.. maskScalar],
            Seed = [.. seed],
        };
        return new(state, advertisement, null);

        static Turn<SiteAggregationState?, KeyAdvertisement> Refuse(RefusalReason reason) => new(null, null, AggregationRefusal.Of(reason));
    }

    /// <summary>Step 1: shares of this site's seed and mask key for every peer whose keys are signed by the pinned roster.</summary>
    public static Turn<SiteAggregationState, ShareBundle> Share(SiteAggregationState state, KeyList list, IRandomness randomness)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(randomness);
        if (state.Step == SiteStep.Closed) return Refuse<ShareBundle>(state, RefusalReason.Closed);
        if (SiteChecks.Keys(state, list) is { } refusal) return new(state, null, refusal);
        ImmutableArray<KeyAdvertisement> keys = [.. list.Keys.OrderBy(k => k.Site)];
        if (state.Step >= SiteStep.Shared)
            return SiteChecks.SameKeys(state.Keys, keys) ? new(state, state.Bundle, null) : Refuse<ShareBundle>(state, RefusalReason.AlreadyAnswered);

        Roster roster = state.Context.Roster;
        byte[][] seedShares = Shamir.Share(state.Seed.AsSpan(), roster.Threshold, roster.Count, randomness);
        byte[][] keyShares = Shamir.Share(state.MaskScalar.AsSpan(), roster.Threshold, roster.Count, randomness);
        var shares = ImmutableArray.CreateBuilder<SealedShare>(keys.Length - 1);
        using (ECDiffieHellman mine = P256.OpenPrivate(state.CipherScalar.AsSpan()))
        {
            foreach (KeyAdvertisement peer in keys)
            {
                if (peer.Site == state.Site) continue;
                if (!P256.TryOpenPublic(peer.CipherKey.AsSpan(), out ECDiffieHellman? theirs)) return Refuse<ShareBundle>(state, RefusalReason.KeyInvalid, peer.Site);
                using (theirs) shares.Add(ShareSeal.Seal(state.Context, state.Site, peer.Site, mine, theirs, seedShares[peer.Site], keyShares[peer.Site], randomness));
            }
        }

        var bundle = new ShareBundle(state.Site, shares.ToImmutable());
        return new(state with { Step = SiteStep.Shared, Keys = keys, Bundle = bundle, OwnSeedShare = [.. seedShares[state.Site]] }, bundle, null);
    }

    /// <summary>Step 2: this site's vector under its own mask and the masks it shares with every sharer.</summary>
    /// <param name="state">After step 1.</param>
    /// <param name="delivery">Who shared, and the shares for this site.</param>
    /// <param name="input">The vector: <see cref="AggregationContext.PayloadBytes"/> bytes, little-endian elements of the ring.</param>
    /// <param name="threads">Threads to use; the bits do not depend on it.</param>
    public static Turn<SiteAggregationState, MaskedInput> Mask(SiteAggregationState state, ShareDelivery delivery, ReadOnlySpan<byte> input, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(delivery);
        if (state.Step == SiteStep.Closed) return Refuse<MaskedInput>(state, RefusalReason.Closed);
        if (state.Step < SiteStep.Shared) return Refuse<MaskedInput>(state, RefusalReason.OutOfOrder);
        if (input.Length != state.Context.PayloadBytes) return Refuse<MaskedInput>(state, RefusalReason.InputLength);
        if (SiteChecks.Delivery(state, delivery) is { } refusal) return new(state, null, refusal);
        ImmutableArray<int> sharers = [.. delivery.Sharers.Order()];

        bool again = state.Step >= SiteStep.Masked;
        if (again && !sharers.AsSpan().SequenceEqual(state.Sharers.AsSpan())) return Refuse<MaskedInput>(state, RefusalReason.AlreadyAnswered);
        ImmutableArray<ReceivedShare> received = state.Received;
        if (!again)
        {
            (received, AggregationRefusal? unreadable) = OpenShares(state, delivery);
            if (unreadable is not null) return new(state, null, unreadable);
        }

        byte[] vector = input.ToArray();
        MaskStream.Apply(state.Context.Ring, vector, MasksOf(state, sharers), threads);
        byte[] digest = SHA256.HashData(vector);
        if (again && !digest.AsSpan().SequenceEqual(state.MaskedDigest.AsSpan())) return Refuse<MaskedInput>(state, RefusalReason.InputChanged);
        SiteAggregationState next = again ? state : state with { Step = SiteStep.Masked, Sharers = sharers, Received = received, MaskedDigest = [.. digest] };
        return new(next, new MaskedInput(state.Site, vector), null);
    }

    /// <summary>Step 3: this site's signature over the survivor set, given once per context.</summary>
    /// <param name="state">After step 2.</param>
    /// <param name="notice">Whose vectors arrived, says the coordinator.</param>
    /// <param name="identity">This site's identity key.</param>
    /// <param name="earlier">Earlier attempts at the same question.</param>
    public static Turn<SiteAggregationState, SurvivorSignature> Agree(SiteAggregationState state, SurvivorNotice notice, ECDsa identity, IReadOnlyList<EarlierAttempt> earlier)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(notice);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(earlier);
        if (state.Step == SiteStep.Closed) return Refuse<SurvivorSignature>(state, RefusalReason.Closed);
        if (state.Step < SiteStep.Masked) return Refuse<SurvivorSignature>(state, RefusalReason.OutOfOrder);
        if (SiteChecks.Survivors(state, notice) is { } refusal) return new(state, null, refusal);
        if (state.Step >= SiteStep.Agreed)
        {
            return notice.Survivors.AsSpan().SequenceEqual(state.Survivors.AsSpan())
                ? new(state, state.Signature, null)
                : Refuse<SurvivorSignature>(state, RefusalReason.SurvivorSetAlreadySigned);
        }

        if (AttemptRule.JudgeSurvivors(earlier, state.Context.Roster, notice.Survivors) is { } tooClose) return new(state, null, tooClose);
        if (state.Context.Roster.IndexOf(identity.ExportSubjectPublicKeyInfo()) != state.Site) return Refuse<SurvivorSignature>(state, RefusalReason.NotInRoster);
        var signature = new SurvivorSignature(state.Site, [.. identity.SignHash(SurvivorSignature.SignedDigest(state.Context, notice.Survivors))]);
        return new(state with { Step = SiteStep.Agreed, Survivors = notice.Survivors, Signature = signature }, signature, null);
    }

    /// <summary>
    /// Step 4: once t sites have signed exactly the survivor set that this site signed, the shares that unmask it: of the seed for a survivor, of the mask key for
    /// a site that dropped out. Which of the two was fixed when the set was signed, so no request can obtain both.
    /// </summary>
    public static Turn<SiteAggregationState, UnmaskingAnswer> Unmask(SiteAggregationState state, SignatureList list)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(list);
        if (state.Step == SiteStep.Closed) return Refuse<UnmaskingAnswer>(state, RefusalReason.Closed);
        if (state.Step < SiteStep.Agreed) return Refuse<UnmaskingAnswer>(state, RefusalReason.OutOfOrder);
        if (SiteChecks.Signatures(state, list) is { } refusal) return new(state, null, refusal);
        if (state.Step >= SiteStep.Unmasked) return new(state, state.Answer, null);

        var seedShares = ImmutableArray.CreateBuilder<OpenShare>();
        var keyShares = ImmutableArray.CreateBuilder<OpenShare>();
        seedShares.Add(new OpenShare(state.Site, state.OwnSeedShare));
        foreach (ReceivedShare share in state.Received)
        {
            if (state.Survivors.Contains(share.Sender)) seedShares.Add(new OpenShare(share.Sender, share.SeedShare));
            else keyShares.Add(new OpenShare(share.Sender, share.KeyShare));
        }

        var answer = new UnmaskingAnswer(state.Site, [.. seedShares.OrderBy(s => s.Owner)], [.. keyShares.OrderBy(s => s.Owner)]);
        return new(state with { Step = SiteStep.Unmasked, Answer = answer }, answer, null);
    }

    /// <summary>
    /// Ends the aggregation here, at any step: after the receipt, or when the round was given up. Erases every secret; what remains is what later attempts are
    /// judged by.
    /// </summary>
    public static SiteAggregationState Close(SiteAggregationState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state with
        {
            Step = SiteStep.Closed,
            Bundle = null,
            Answer = null,
            Keys = [],
            CipherScalar = [],
            MaskScalar = [],
            Seed = [],
            OwnSeedShare = [],
            Received = [],
        };
    }

    private static (ImmutableArray<ReceivedShare> Received, AggregationRefusal? Refusal) OpenShares(SiteAggregationState state, ShareDelivery delivery)
    {
        var received = ImmutableArray.CreateBuilder<ReceivedShare>(delivery.Shares.Length);
        using ECDiffieHellman mine = P256.OpenPrivate(state.CipherScalar.AsSpan());
        foreach (SealedShare share in delivery.Shares.OrderBy(s => s.Sender))
        {
            KeyAdvertisement peer = SiteChecks.KeyOf(state, share.Sender)!;
            if (!P256.TryOpenPublic(peer.CipherKey.AsSpan(), out ECDiffieHellman? theirs)) return ([], AggregationRefusal.Of(RefusalReason.KeyInvalid, share.Sender));
            using (theirs)
            {
                if (ShareSeal.Open(state.Context, share, mine, theirs) is not { } opened)
                    return ([], AggregationRefusal.Of(RefusalReason.ShareUnreadable, share.Sender));
                received.Add(new ReceivedShare(share.Sender, opened.SeedShare, opened.KeyShare));
            }
        }

        return (received.ToImmutable(), null);
    }

    private static List<Mask> MasksOf(SiteAggregationState state, ImmutableArray<int> sharers)
    {
        var masks = new List<Mask>(sharers.Length) { new(MaskKeys.OfSeed(state.Context, state.Site, state.Seed.AsSpan()), Subtract: false) };
        using ECDiffieHellman mine = P256.OpenPrivate(state.MaskScalar.AsSpan());
        foreach (int peer in sharers)
        {
            if (peer == state.Site) continue;
            if (!P256.TryOpenPublic(SiteChecks.KeyOf(state, peer)!.MaskKey.AsSpan(), out ECDiffieHellman? theirs))
                throw new CryptographicException("A stored public key is not a point of the curve: the state was changed on disk.");
            using (theirs) masks.Add(new Mask(MaskKeys.OfPair(state.Context, state.Site, peer, mine, theirs), MaskKeys.Subtracts(state.Site, peer)));
        }

        return masks;
    }

    private static Turn<SiteAggregationState, TMessage> Refuse<TMessage>(SiteAggregationState state, RefusalReason reason, params ReadOnlySpan<int> sites)
        where TMessage : class => new(state, null, AggregationRefusal.Of(reason, sites));
}
