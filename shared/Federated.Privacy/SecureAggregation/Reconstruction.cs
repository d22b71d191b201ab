using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// Rebuilds secrets from shares and holds them against their owners' commitments. With more than t answers a wrong share is tolerated: sets of t answers are
/// tried until one gives the committed secret.
/// </summary>
internal static class Reconstruction
{
    /// <summary>How many sets of answers are tried before giving up: bounds the work that faulty sites can cause.</summary>
    private const int MaximumTrials = 4096;

    /// <summary>b of a survivor, or null.</summary>
    public static byte[]? Seed(CoordinatorAggregationState state, int owner) => Rebuild(state, owner, static a => a.SeedShares, seed =>
        KeyAdvertisement.Commitment(state.Context, owner, seed).AsSpan().SequenceEqual(state.Keys[owner].SeedCommitment.AsSpan()));

    /// <summary>s_sk of a site that dropped out, or null.</summary>
    public static byte[]? MaskScalar(CoordinatorAggregationState state, int owner) => Rebuild(state, owner, static a => a.KeyShares, scalar =>
        P256.IsScalar(scalar) && P256.PublicPoint(scalar).AsSpan().SequenceEqual(state.Keys[owner].MaskKey.AsSpan()));

    private static byte[]? Rebuild(CoordinatorAggregationState state, int owner, Func<UnmaskingAnswer, ImmutableArray<OpenShare>> which, Func<byte[], bool> isCommitted)
    {
        (int Holder, ReadOnlyMemory<byte> Share)[] shares =
            [.. state.Answers.Values.Select(a => (a.Site + 1, (ReadOnlyMemory<byte>)which(a).First(s => s.Owner == owner).Value.AsMemory()))];
        foreach (int[] chosen in Subsets(shares.Length, state.Context.Roster.Threshold).Take(MaximumTrials))
        {
            byte[] secret = Shamir.Combine([.. chosen.Select(c => shares[c])]);
            if (isCommitted(secret)) return secret;
        }

        return null;
    }

    /// <summary>
    /// Sets of <paramref name="size"/> out of <paramref name="count"/>: first the runs of neighbours in a circle, one of which avoids any single wrong share, then all
    /// in lexicographic order.
    /// </summary>
    private static IEnumerable<int[]> Subsets(int count, int size)
    {
        if (size > count) yield break;
        for (int start = 0; start < count; start++) yield return [.. Enumerable.Range(start, size).Select(i => i % count)];
        int[] chosen = [.. Enumerable.Range(0, size)];
        while (true)
        {
            yield return chosen;
            int i = size - 1;
            while (i >= 0 && chosen[i] == count - size + i) i--;
            if (i < 0) yield break;
            chosen[i]++;
            for (int j = i + 1; j < size; j++) chosen[j] = chosen[j - 1] + 1;
        }
    }
}
