using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// The coordinator's side of Bonawitz et al. 2017: collects, closes each step as soon as at least t sites answered, and takes the masks off the sum. It checks
/// what it can on arrival, so that one faulty site is dropped instead of stopping the others. Pure functions; a refusal leaves the state as it was.
/// </summary>
public static class CoordinatorAggregation
{
    /// <summary>An aggregation that waits for keys.</summary>
    public static CoordinatorAggregationState Start(AggregationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Validate();
        return new CoordinatorAggregationState { Context = context };
    }

    /// <summary>Step 0: a site's keys. The same message again changes nothing.</summary>
    public static Turn<CoordinatorAggregationState> Accept(CoordinatorAggregationState state, KeyAdvertisement key)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(key);
        Roster roster = state.Context.Roster;
        if (key.Site < 0 || key.Site >= roster.Count) return Refuse(state, RefusalReason.SiteUnknown, key.Site);
        if (state.Keys.TryGetValue(key.Site, out KeyAdvertisement? before))
            return before.IsSameAs(key) ? new(state, null) : Refuse(state, RefusalReason.DuplicateKey, key.Site);
        if (state.Step != CoordinatorStep.Keys) return Refuse(state, RefusalReason.AlreadyAnswered, key.Site);
        if (!key.HasValidSizes) return Refuse(state, RefusalReason.Malformed, key.Site);
        if (!key.IsSignedBy(state.Context, roster.Members[key.Site])) return Refuse(state, RefusalReason.KeyUnsigned, key.Site);
        if (!P256.IsPoint(key.CipherKey.AsSpan()) || !P256.IsPoint(key.MaskKey.AsSpan())) return Refuse(state, RefusalReason.KeyInvalid, key.Site);
        if (state.Keys.Values.Any(k => SharesAPoint(k, key))) return Refuse(state, RefusalReason.DuplicateKey, key.Site);
        return new(state with { Keys = state.Keys.Add(key.Site, key) }, null);
    }

    /// <summary>Ends step 0: everyone's keys, for every site of U1. Asked again later, gives the same.</summary>
    public static Turn<CoordinatorAggregationState, KeyList> CloseKeys(CoordinatorAggregationState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Keys.Count < state.Context.Roster.Threshold) return new(state, null, AggregationRefusal.Of(RefusalReason.TooFewKeys));
        return new(state.Step > CoordinatorStep.Keys ? state : state with { Step = CoordinatorStep.Shares }, new KeyList([.. state.Keys.Values]), null);
    }

    /// <summary>Step 1: a site's sealed shares.</summary>
    public static Turn<CoordinatorAggregationState> Accept(CoordinatorAggregationState state, ShareBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(bundle);
        if (!state.Keys.ContainsKey(bundle.Site)) return Refuse(state, RefusalReason.ShareFromOutside, bundle.Site);
        if (state.Bundles.TryGetValue(bundle.Site, out ShareBundle? before))
            return Same(MessageCodec.Write, before, bundle) ? new(state, null) : Refuse(state, RefusalReason.AlreadyAnswered, bundle.Site);
        if (state.Step < CoordinatorStep.Shares) return Refuse(state, RefusalReason.OutOfOrder, bundle.Site);
        if (state.Step > CoordinatorStep.Shares) return Refuse(state, RefusalReason.AlreadyAnswered, bundle.Site);
        if (bundle.Shares.IsDefault || bundle.Shares.Any(s => s.Sealed.IsDefault || s.Sealed.Length != ShareSeal.SealedBytes || s.Sender != bundle.Site))
            return Refuse(state, RefusalReason.Malformed, bundle.Site);
        IEnumerable<int> receivers = state.Keys.Keys.Where(s => s != bundle.Site);
        if (!bundle.Shares.Select(s => s.Receiver).Order().SequenceEqual(receivers)) return Refuse(state, RefusalReason.ShareSetWrong, bundle.Site);
        return new(state with { Bundles = state.Bundles.Add(bundle.Site, bundle) }, null);
    }

    /// <summary>Ends step 1: for each site of U2, who shared and what was sealed for it.</summary>
    public static Turn<CoordinatorAggregationState, ImmutableSortedDictionary<int, ShareDelivery>> CloseShares(CoordinatorAggregationState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Step < CoordinatorStep.Shares) return new(state, null, AggregationRefusal.Of(RefusalReason.OutOfOrder));
        if (state.Bundles.Count < state.Context.Roster.Threshold) return new(state, null, AggregationRefusal.Of(RefusalReason.TooFewShares));
        ImmutableArray<int> sharers = [.. state.Bundles.Keys];
        ILookup<int, SealedShare> byReceiver = state.Bundles.Values.SelectMany(b => b.Shares).ToLookup(s => s.Receiver);
        ImmutableSortedDictionary<int, ShareDelivery> deliveries = sharers.ToImmutableSortedDictionary(s => s, s => new ShareDelivery(sharers, [.. byReceiver[s]]));
        return new(state.Step > CoordinatorStep.Shares ? state : state with { Step = CoordinatorStep.Masked }, deliveries, null);
    }

    /// <summary>Step 2: a site's masked vector is stored; only its digest is kept here.</summary>
    public static Turn<CoordinatorAggregationState> Accept(CoordinatorAggregationState state, MaskedArrival arrival)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(arrival);
        if (!state.Bundles.ContainsKey(arrival.Site)) return Refuse(state, RefusalReason.ShareFromOutside, arrival.Site);
        if (arrival.PayloadDigest.IsDefault || arrival.PayloadDigest.Length != 32) return Refuse(state, RefusalReason.Malformed, arrival.Site);
        if (state.Arrivals.TryGetValue(arrival.Site, out MaskedArrival? before))
        {
            return before.PayloadDigest.AsSpan().SequenceEqual(arrival.PayloadDigest.AsSpan())
                ? new(state, null)
                : Refuse(state, RefusalReason.InputChanged, arrival.Site);
        }

        if (state.Step < CoordinatorStep.Masked) return Refuse(state, RefusalReason.OutOfOrder, arrival.Site);
        if (state.Step > CoordinatorStep.Masked) return Refuse(state, RefusalReason.AlreadyAnswered, arrival.Site);
        return new(state with { Arrivals = state.Arrivals.Add(arrival.Site, arrival) }, null);
    }

    /// <summary>Ends step 2: the survivors.</summary>
    /// <param name="state">Collecting masked vectors.</param>
    /// <param name="only">
    /// After a broken attempt at the same question: the survivors that were announced then, since sites sign no set that differs from it by a few. Null: everyone who sent.
    /// </param>
    public static Turn<CoordinatorAggregationState, SurvivorNotice> CloseMasked(CoordinatorAggregationState state, IReadOnlyCollection<int>? only = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Step < CoordinatorStep.Masked) return new(state, null, AggregationRefusal.Of(RefusalReason.OutOfOrder));
        if (state.Step > CoordinatorStep.Masked) return new(state, new SurvivorNotice(state.Survivors), null);
        ImmutableArray<int> survivors = [.. state.Arrivals.Keys.Where(s => only is null || only.Contains(s))];
        if (survivors.Length < state.Context.Roster.Threshold) return new(state, null, AggregationRefusal.Of(RefusalReason.TooFewSurvivors));
        return new(state with { Step = CoordinatorStep.Consistency, Survivors = survivors }, new SurvivorNotice(survivors), null);
    }

    /// <summary>Step 3: a site's signature over the survivors.</summary>
    public static Turn<CoordinatorAggregationState> Accept(CoordinatorAggregationState state, SurvivorSignature signature)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(signature);
        if (state.Step < CoordinatorStep.Consistency) return Refuse(state, RefusalReason.OutOfOrder, signature.Site);
        if (!state.Survivors.Contains(signature.Site)) return Refuse(state, RefusalReason.SurvivorFromOutside, signature.Site);
        if (!signature.IsSignedBy(state.Context, state.Survivors, state.Context.Roster.Members[signature.Site]))
            return Refuse(state, RefusalReason.SignatureInvalid, signature.Site);
        if (state.Signatures.ContainsKey(signature.Site)) return new(state, null);
        if (state.Step > CoordinatorStep.Consistency) return Refuse(state, RefusalReason.AlreadyAnswered, signature.Site);
        return new(state with { Signatures = state.Signatures.Add(signature.Site, signature) }, null);
    }

    /// <summary>Ends step 3: the signatures, for every site that gave one.</summary>
    public static Turn<CoordinatorAggregationState, SignatureList> CloseConsistency(CoordinatorAggregationState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Step < CoordinatorStep.Consistency) return new(state, null, AggregationRefusal.Of(RefusalReason.OutOfOrder));
        if (state.Signatures.Count < state.Context.Roster.Threshold) return new(state, null, AggregationRefusal.Of(RefusalReason.TooFewSignatures));
        return new(
            state.Step > CoordinatorStep.Consistency ? state : state with { Step = CoordinatorStep.Unmasking }, new SignatureList([.. state.Signatures.Values]), null);
    }

    /// <summary>Step 4: a site's shares: of the seeds of all survivors, of the mask keys of all who dropped out after sharing.</summary>
    public static Turn<CoordinatorAggregationState> Accept(CoordinatorAggregationState state, UnmaskingAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(answer);
        if (state.Step < CoordinatorStep.Unmasking) return Refuse(state, RefusalReason.OutOfOrder, answer.Site);
        if (!state.Signatures.ContainsKey(answer.Site)) return Refuse(state, RefusalReason.SurvivorFromOutside, answer.Site);
        if (answer.SeedShares.IsDefault || answer.KeyShares.IsDefault || answer.SeedShares.Concat(answer.KeyShares).Any(s => s.Value.IsDefault || s.Value.Length != ShareSeal.ShareBytes))
            return Refuse(state, RefusalReason.Malformed, answer.Site);
        if (!answer.SeedShares.Select(s => s.Owner).SequenceEqual(state.Survivors) || !answer.KeyShares.Select(s => s.Owner).SequenceEqual(Dropped(state)))
            return Refuse(state, RefusalReason.ShareSetWrong, answer.Site);
        if (state.Answers.TryGetValue(answer.Site, out UnmaskingAnswer? before))
            return Same(MessageCodec.Write, before, answer) ? new(state, null) : Refuse(state, RefusalReason.AlreadyAnswered, answer.Site);
        return new(state with { Answers = state.Answers.Add(answer.Site, answer) }, null);
    }

    /// <summary>
    /// The sum of the survivors' vectors, in the ring's little-endian elements. Every secret that is rebuilt is held against what its owner committed to, so a
    /// wrong share is found and left out, never used.
    /// </summary>
    /// <param name="state">With at least t answers.</param>
    /// <param name="masked">The masked vectors of exactly the survivors; the masks are taken off in place.</param>
    /// <param name="threads">Threads to use; the bits do not depend on it.</param>
    public static Turn<CoordinatorAggregationState, byte[]> Unmask(CoordinatorAggregationState state, MaskedSum masked, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(masked);
        if (state.Step < CoordinatorStep.Unmasking) return new(state, null, AggregationRefusal.Of(RefusalReason.OutOfOrder));
        if (state.Answers.Count < state.Context.Roster.Threshold) return new(state, null, AggregationRefusal.Of(RefusalReason.TooFewAnswers));
        if (masked.Partial.Count > 0 || !masked.Complete.SequenceEqual(state.Survivors) || masked.Ring != state.Context.Ring || masked.Total.Length != state.Context.PayloadBytes)
            return new(state, null, AggregationRefusal.Of(RefusalReason.SumIncomplete, [.. state.Survivors.Except(masked.Complete)]));

        var masks = new List<Mask>();
        foreach (int survivor in state.Survivors)
        {
            if (Reconstruction.Seed(state, survivor) is not { } seed) return new(state, null, AggregationRefusal.Of(RefusalReason.ReconstructionFailed, survivor));
            masks.Add(new Mask(MaskKeys.OfSeed(state.Context, survivor, seed), Subtract: true));
        }

        foreach (int dropped in Dropped(state))
        {
            if (Reconstruction.MaskScalar(state, dropped) is not { } scalar) return new(state, null, AggregationRefusal.Of(RefusalReason.ReconstructionFailed, dropped));
            using ECDiffieHellman theirs = P256.OpenPrivate(scalar);
            foreach (int survivor in state.Survivors)
            {
                P256.TryOpenPublic(state.Keys[survivor].MaskKey.AsSpan(), out ECDiffieHellman? key);
                using (key) masks.Add(new Mask(MaskKeys.OfPair(state.Context, survivor, dropped, theirs, key!), !MaskKeys.Subtracts(survivor, dropped)));
            }
        }

        byte[] total = masked.Release();
        MaskStream.Apply(state.Context.Ring, total, masks, threads);
        return new(state, total, null);
    }

    /// <summary>Sites that shared and sent no vector: U2 without U3, ascending.</summary>
    private static IEnumerable<int> Dropped(CoordinatorAggregationState state) => state.Bundles.Keys.Where(s => !state.Survivors.Contains(s));

    private static bool SharesAPoint(KeyAdvertisement a, KeyAdvertisement b)
    {
        ReadOnlySpan<byte> cipher = b.CipherKey.AsSpan(), mask = b.MaskKey.AsSpan();
        return a.CipherKey.AsSpan().SequenceEqual(cipher) || a.CipherKey.AsSpan().SequenceEqual(mask) || a.MaskKey.AsSpan().SequenceEqual(cipher)
            || a.MaskKey.AsSpan().SequenceEqual(mask) || cipher.SequenceEqual(mask);
    }

    private static bool Same<T>(Action<CanonicalWriter, T> write, T first, T second)
    {
        var a = new CanonicalWriter();
        var b = new CanonicalWriter();
        write(a, first);
        write(b, second);
        return a.ToArray().AsSpan().SequenceEqual(b.ToArray());
    }

    private static Turn<CoordinatorAggregationState> Refuse(CoordinatorAggregationState state, RefusalReason reason, params ReadOnlySpan<int> sites) =>
        new(state, AggregationRefusal.Of(reason, sites));
}
