using System.Numerics;

namespace Federated.Ledger.Merkle;

/// <summary>
/// Verification of proofs by someone who holds nothing but roots (RFC 9162, sections 2.1.3.2 and 2.1.4.2). The inputs come from the other side and are
/// untrusted: every combination of sizes and lengths, however absurd, gives an answer; a proof of the wrong length is a wrong proof.
/// </summary>
public static class MerkleProof
{
    /// <summary>Whether an entry is in a log.</summary>
    /// <param name="leaf">Leaf hash of the entry.</param>
    /// <param name="index">Its position, from 0.</param>
    /// <param name="size">Entries of the log.</param>
    /// <param name="proof">Audit path, from the leaf's sibling up.</param>
    /// <param name="root">Root of the log of that size.</param>
    public static bool VerifyInclusion(MerkleHash leaf, ulong index, ulong size, ReadOnlySpan<MerkleHash> proof, MerkleHash root)
    {
        if (index >= size) return false;
        ulong node = index;
        ulong last = size - 1;
        MerkleHash hash = leaf;
        foreach (MerkleHash sibling in proof)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleHash.OfNode(sibling, hash);
                if ((node & 1) == 0) SkipMissingSiblings(ref node, ref last);
            }
            else
            {
                hash = MerkleHash.OfNode(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && hash == root;
    }

    /// <summary>Whether a log is the continuation of what it was before: nothing that stood then has been changed, moved or removed.</summary>
    /// <param name="oldSize">Entries then; the log without entries proves nothing and is refused.</param>
    /// <param name="oldRoot">Root then.</param>
    /// <param name="size">Entries now.</param>
    /// <param name="root">Root now.</param>
    /// <param name="proof">Hashes from the deepest up; none when the sizes are equal.</param>
    public static bool VerifyConsistency(ulong oldSize, MerkleHash oldRoot, ulong size, MerkleHash root, ReadOnlySpan<MerkleHash> proof)
    {
        if (oldSize == 0 || oldSize > size) return false;
        if (oldSize == size) return proof.IsEmpty && oldRoot == root;
        if (proof.IsEmpty) return false;

        // A perfect old tree is itself a node of the new one, so its root need not be sent.
        bool oldRootIsNode = BitOperations.IsPow2(oldSize);
        ReadOnlySpan<MerkleHash> rest = oldRootIsNode ? proof : proof[1..];
        MerkleHash oldHash = oldRootIsNode ? oldRoot : proof[0];
        MerkleHash hash = oldHash;

        ulong node = oldSize - 1;
        ulong last = size - 1;
        int perfect = BitOperations.TrailingZeroCount(~node);
        node >>= perfect;
        last >>= perfect;
        foreach (MerkleHash sibling in rest)
        {
            if (last == 0) return false;
            if ((node & 1) == 1 || node == last)
            {
                oldHash = MerkleHash.OfNode(sibling, oldHash);
                hash = MerkleHash.OfNode(sibling, hash);
                if ((node & 1) == 0) SkipMissingSiblings(ref node, ref last);
            }
            else
            {
                hash = MerkleHash.OfNode(hash, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && oldHash == oldRoot && hash == root;
    }

    /// <summary>
    /// At the right edge a node without a sibling is its own parent: climb to where it is a right child. Called below the root only, so the node, being
    /// the last of its level, is not node 0.
    /// </summary>
    private static void SkipMissingSiblings(ref ulong node, ref ulong last)
    {
        int levels = BitOperations.TrailingZeroCount(node);
        node >>= levels;
        last >>= levels;
    }
}
