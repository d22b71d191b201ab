using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>Everything a site asks of the coordinator's messages before it answers them; null means that nothing is wrong.</summary>
internal static class SiteChecks
{
    public static AggregationRefusal? Keys(SiteAggregationState state, KeyList list)
    {
        Roster roster = state.Context.Roster;
        if (list.Keys.IsDefault) return Refuse(RefusalReason.Malformed);
        var points = new HashSet<string>(StringComparer.Ordinal);
        var sites = new HashSet<int>();
        foreach (KeyAdvertisement key in list.Keys)
        {
            if (key.Site < 0 || key.Site >= roster.Count) return Refuse(RefusalReason.SiteUnknown, key.Site);
            if (!key.HasValidSizes) return Refuse(RefusalReason.Malformed, key.Site);
            if (!sites.Add(key.Site)) return Refuse(RefusalReason.DuplicateKey, key.Site);
            if (key.Site == state.Site && !key.IsSameAs(state.Advertisement)) return Refuse(RefusalReason.OwnKeyChanged, key.Site);
            if (!points.Add(Convert.ToHexString(key.CipherKey.AsSpan())) || !points.Add(Convert.ToHexString(key.MaskKey.AsSpan())))
                return Refuse(RefusalReason.DuplicateKey, key.Site);
        }

        if (!sites.Contains(state.Site)) return Refuse(RefusalReason.OwnKeyChanged, state.Site);
        if (sites.Count < roster.Threshold) return Refuse(RefusalReason.TooFewKeys);
        if (roster.Entities(sites) < state.LeastParties) return Refuse(RefusalReason.TooFewParties);
        foreach (KeyAdvertisement key in list.Keys)
        {
            if (!key.IsSignedBy(state.Context, roster.Members[key.Site])) return Refuse(RefusalReason.KeyUnsigned, key.Site);
            if (!P256.IsPoint(key.CipherKey.AsSpan()) || !P256.IsPoint(key.MaskKey.AsSpan())) return Refuse(RefusalReason.KeyInvalid, key.Site);
        }

        return null;
    }

    public static AggregationRefusal? Delivery(SiteAggregationState state, ShareDelivery delivery)
    {
        if (delivery.Sharers.IsDefault || delivery.Shares.IsDefault) return Refuse(RefusalReason.Malformed);
        foreach (int sharer in delivery.Sharers)
            if (KeyOf(state, sharer) is null) return Refuse(RefusalReason.ShareFromOutside, sharer);
        var sharers = new HashSet<int>(delivery.Sharers);
        if (sharers.Count != delivery.Sharers.Length) return Refuse(RefusalReason.ShareSetWrong);
        if (!sharers.Contains(state.Site)) return Refuse(RefusalReason.ShareSetWrong, state.Site);
        if (sharers.Count < state.Context.Roster.Threshold) return Refuse(RefusalReason.TooFewShares);
        if (state.Context.Roster.Entities(sharers) < state.LeastParties) return Refuse(RefusalReason.TooFewParties);
        var senders = new HashSet<int>();
        foreach (SealedShare share in delivery.Shares)
        {
            if (share.Receiver != state.Site) return Refuse(RefusalReason.ShareUnreadable, share.Sender);
            if (!sharers.Contains(share.Sender) || share.Sender == state.Site || !senders.Add(share.Sender)) return Refuse(RefusalReason.ShareSetWrong, share.Sender);
        }

        return senders.Count == sharers.Count - 1 ? null : Refuse(RefusalReason.ShareSetWrong, [.. sharers.Where(s => s != state.Site && !senders.Contains(s)).Order()]);
    }

    public static AggregationRefusal? Survivors(SiteAggregationState state, SurvivorNotice notice)
    {
        ImmutableArray<int> survivors = notice.Survivors;
        if (survivors.IsDefault) return Refuse(RefusalReason.Malformed);
        for (int i = 1; i < survivors.Length; i++)
            if (survivors[i] <= survivors[i - 1]) return Refuse(RefusalReason.Malformed, survivors[i]);
        foreach (int survivor in survivors)
            if (!state.Sharers.Contains(survivor)) return Refuse(RefusalReason.SurvivorFromOutside, survivor);
        if (!survivors.Contains(state.Site)) return Refuse(RefusalReason.SelfMissing, state.Site);
        if (survivors.Length < state.Context.Roster.Threshold) return Refuse(RefusalReason.TooFewSurvivors);
        return state.Context.Roster.Entities(survivors) < state.LeastParties ? Refuse(RefusalReason.TooFewParties) : null;
    }

    public static AggregationRefusal? Signatures(SiteAggregationState state, SignatureList list)
    {
        if (list.Signatures.IsDefault) return Refuse(RefusalReason.Malformed);
        var signers = new HashSet<int>();
        foreach (SurvivorSignature signature in list.Signatures)
        {
            if (!state.Survivors.Contains(signature.Site) || !signers.Add(signature.Site)) return Refuse(RefusalReason.SignatureInvalid, signature.Site);
            if (!signature.IsSignedBy(state.Context, state.Survivors, state.Context.Roster.Members[signature.Site]))
                return Refuse(RefusalReason.SignatureInvalid, signature.Site);
        }

        return signers.Count < state.Context.Roster.Threshold ? Refuse(RefusalReason.TooFewSignatures) : null;
    }

    public static KeyAdvertisement? KeyOf(SiteAggregationState state, int site) => state.Keys.FirstOrDefault(k => k.Site == site);

    public static bool SameKeys(ImmutableArray<KeyAdvertisement> first, ImmutableArray<KeyAdvertisement> second) =>
        first.Length == second.Length && first.Zip(second).All(pair => pair.First.IsSameAs(pair.Second));

    private static AggregationRefusal Refuse(RefusalReason reason, params ReadOnlySpan<int> sites) => AggregationRefusal.Of(reason, sites);
}
