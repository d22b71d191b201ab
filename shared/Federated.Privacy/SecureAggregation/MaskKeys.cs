using System.Security.Cryptography;

namespace Federated.Privacy.SecureAggregation;

/// <summary>The keys of the two kinds of masks, derived alike by the site that adds a mask and by the coordinator that takes it off.</summary>
internal static class MaskKeys
{
    /// <summary>PRG key of a site's own mask, from its seed b.</summary>
    public static byte[] OfSeed(AggregationContext context, int site, ReadOnlySpan<byte> seed) =>
        P256.DeriveKey(seed, context.Digest, context.Message("fed-secagg-self-mask-v1").Number(site).ToArray());

    /// <summary>PRG key of the mask that two sites share.</summary>
    public static byte[] OfPair(AggregationContext context, int site, int peer, ECDiffieHellman mine, ECDiffieHellman theirs) =>
        P256.AgreeKey(mine, theirs, context.Digest, context.Message("fed-secagg-pair-mask-v1").Number(Math.Min(site, peer)).Number(Math.Max(site, peer)).ToArray());

    /// <summary>Whether <paramref name="site"/> subtracts the mask it shares with <paramref name="peer"/>: the lower number adds, so each pair cancels.</summary>
    public static bool Subtracts(int site, int peer) => site > peer;
}
