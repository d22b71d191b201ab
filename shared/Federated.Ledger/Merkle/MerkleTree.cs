using System.Collections.Immutable;
using System.Numerics;

namespace Federated.Ledger.Merkle;

/// <summary>
/// Root and proofs of a log, from the leaf hashes of all its entries: the recursive definitions of RFC 6962, section 2.1, word for word. Every function
/// reads each leaf once at most; what must be fast while a log grows is <see cref="CompactRange"/>.
/// </summary>
public static class MerkleTree
{
    /// <summary>The root: MTH of section 2.1.</summary>
    public static MerkleHash Root(ReadOnlySpan<MerkleHash> leaves)
    {
        if (leaves.IsEmpty) return MerkleHash.EmptyRoot;
        if (leaves.Length == 1) return leaves[0];
        int split = Split(leaves.Length);
        return MerkleHash.OfNode(Root(leaves[..split]), Root(leaves[split..]));
    }

    /// <summary>The audit path of one entry: PATH of section 2.1.1, from the leaf's sibling up to the root's child.</summary>
    /// <param name="leaves">Leaf hashes of the log.</param>
    /// <param name="index">Position of the entry, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such entry.</exception>
    public static ImmutableArray<MerkleHash> InclusionProof(ReadOnlySpan<MerkleHash> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        var path = ImmutableArray.CreateBuilder<MerkleHash>();
        while (leaves.Length > 1)
        {
            int split = Split(leaves.Length);
            if (index < split)
            {
                path.Add(Root(leaves[split..]));
                leaves = leaves[..split];
            }
            else
            {
                path.Add(Root(leaves[..split]));
                leaves = leaves[split..];
                index -= split;
            }
        }

        path.Reverse();
        return path.ToImmutable();
    }

    /// <summary>The proof that the first <paramref name="oldSize"/> entries are what the log was at that size: PROOF of section 2.1.2.</summary>
    /// <param name="leaves">Leaf hashes of the log as it is.</param>
    /// <param name="oldSize">Size of the older log, from 1: nothing can be proved about the log without entries.</param>
    /// <returns>Hashes from the deepest up; none when the sizes are equal.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The older log is empty, or longer than this one.</exception>
    public static ImmutableArray<MerkleHash> ConsistencyProof(ReadOnlySpan<MerkleHash> leaves, int oldSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, leaves.Length);
        var proof = ImmutableArray.CreateBuilder<MerkleHash>();
        bool wholeOldTree = true; // b of section 2.1.2: the subtree at hand is the old tree itself, whose root the verifier knows
        while (oldSize < leaves.Length)
        {
            int split = Split(leaves.Length);
            if (oldSize <= split)
            {
                proof.Add(Root(leaves[split..]));
                leaves = leaves[..split];
            }
            else
            {
                proof.Add(Root(leaves[..split]));
                leaves = leaves[split..];
                oldSize -= split;
                wholeOldTree = false;
            }
        }

        if (!wholeOldTree) proof.Add(Root(leaves));
        proof.Reverse();
        return proof.ToImmutable();
    }

    /// <summary>k of section 2.1: the largest power of two smaller than n, for n of 2 and more.</summary>
    private static int Split(int n) => 1 << BitOperations.Log2((uint)(n - 1));
}
