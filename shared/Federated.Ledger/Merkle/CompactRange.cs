using System.Collections.Immutable;
using System.Numerics;

namespace Federated.Ledger.Merkle;

/// <summary>
/// All that must be remembered of a log to append to it and to know its root: the roots of its perfect subtrees, at most 64 hashes for any size. A value:
/// appending gives a new range, the old one still stands for the old log.
/// </summary>
public sealed class CompactRange : IEquatable<CompactRange>
{
    private CompactRange(ulong size, ImmutableArray<MerkleHash> peaks)
    {
        Size = size;
        Peaks = peaks;
    }

    /// <summary>The log without entries.</summary>
    public static CompactRange Empty { get; } = new(0, []);

    /// <summary>Entries so far.</summary>
    public ulong Size { get; }

    /// <summary>Roots of the perfect subtrees, the largest (and oldest) first: one per one-bit of <see cref="Size"/>.</summary>
    public ImmutableArray<MerkleHash> Peaks { get; }

    /// <summary>The root of the whole log (RFC 6962, section 2.1).</summary>
    public MerkleHash Root
    {
        get
        {
            if (Peaks.IsEmpty) return MerkleHash.EmptyRoot;
            MerkleHash root = Peaks[^1];
            for (int i = Peaks.Length - 2; i >= 0; i--) root = MerkleHash.OfNode(Peaks[i], root);
            return root;
        }
    }

    /// <summary>Takes up a log again where it was left.</summary>
    /// <param name="size">Entries.</param>
    /// <param name="peaks">What <see cref="Peaks"/> was then.</param>
    /// <exception cref="ArgumentException">That size has another number of perfect subtrees.</exception>
    public static CompactRange Resume(ulong size, ImmutableArray<MerkleHash> peaks)
    {
        int expected = BitOperations.PopCount(size);
        if (peaks.Length != expected) throw new ArgumentException($"A log of {size} entries has {expected} perfect subtrees, not {peaks.Length}.", nameof(peaks));
        return new CompactRange(size, peaks);
    }

    /// <summary>The range over these entries.</summary>
    public static CompactRange Of(ReadOnlySpan<MerkleHash> leaves)
    {
        CompactRange range = Empty;
        foreach (MerkleHash leaf in leaves) range = range.Append(leaf);
        return range;
    }

    /// <summary>The range with one more entry.</summary>
    /// <param name="leaf">Its leaf hash (<see cref="MerkleHash.OfLeaf"/>).</param>
    public CompactRange Append(MerkleHash leaf)
    {
        // Adding one to the size carries through its trailing ones; each carry joins two perfect subtrees of equal size.
        int joined = BitOperations.TrailingZeroCount(~Size);
        MerkleHash peak = leaf;
        for (int i = 1; i <= joined; i++) peak = MerkleHash.OfNode(Peaks[^i], peak);
        return new CompactRange(checked(Size + 1), Peaks[..^joined].Add(peak));
    }

    /// <inheritdoc/>
    public bool Equals(CompactRange? other) => other is not null && Size == other.Size && Peaks.AsSpan().SequenceEqual(other.Peaks.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CompactRange);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Size, Root);
}
