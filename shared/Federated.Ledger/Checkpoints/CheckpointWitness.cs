using System.Collections.Immutable;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Checkpoints;

/// <summary>What a witness found when it was shown a log's next checkpoint. Numbers are kept in ledgers and travel: never reused.</summary>
public enum WitnessFinding
{
    /// <summary>The log is the continuation of what the witness saw before.</summary>
    Consistent = 1,

    /// <summary>Not a checkpoint of this log, or not signed with its key.</summary>
    NotSigned = 2,

    /// <summary>The log is shorter than it was: entries were taken away.</summary>
    Shorter = 3,

    /// <summary>As long as before with another root: two logs are shown to different people.</summary>
    Forked = 4,

    /// <summary>Longer, and not the continuation: what stood there before was changed.</summary>
    Rewritten = 5,
}

/// <summary>
/// Compares the checkpoints of somebody else's log with what was seen of it before. Pure: the caller keeps the last checkpoint and the evidence. A signed
/// checkpoint that is not consistent is kept, for it proves the owner's fault to everybody.
/// </summary>
public static class CheckpointWitness
{
    /// <summary>Judges the next checkpoint.</summary>
    /// <param name="log">The log's key.</param>
    /// <param name="last">The last checkpoint that was found consistent; null = none yet.</param>
    /// <param name="note">The note that was shown.</param>
    /// <param name="proof">Consistency proof from <paramref name="last"/> to it; none where there is no earlier one, it was empty, or the sizes are equal.</param>
    /// <returns>The finding, and the checkpoint wherever the note is one that the log signed.</returns>
    public static (WitnessFinding Finding, Checkpoint? Shown) Judge(NoteKey log, Checkpoint? last, string? note, ReadOnlySpan<MerkleHash> proof)
    {
        if (!Checkpoint.TryOpen(note, log, out Checkpoint? shown, out _)) return (WitnessFinding.NotSigned, null);
        if (last is null) return (WitnessFinding.Consistent, shown); // trust on first use: from here on nothing may change
        if (shown.Size < last.Size) return (WitnessFinding.Shorter, shown);
        if (shown.Size == last.Size) return (shown.Root == last.Root ? WitnessFinding.Consistent : WitnessFinding.Forked, shown);
        if (last.Size == 0) return (WitnessFinding.Consistent, shown);
        return (MerkleProof.VerifyConsistency(last.Size, last.Root, shown.Size, shown.Root, proof) ? WitnessFinding.Consistent : WitnessFinding.Rewritten, shown);
    }

    /// <summary>The proof that a witness who saw the log at an earlier size needs; none where nothing can or need be proved.</summary>
    /// <param name="leaves">Leaf hashes of the log as it is.</param>
    /// <param name="seen">Size at which the witness last saw it.</param>
    public static ImmutableArray<MerkleHash> ProofFor(ReadOnlySpan<MerkleHash> leaves, ulong seen) =>
        seen == 0 || seen >= (ulong)leaves.Length ? [] : MerkleTree.ConsistencyProof(leaves, (int)seen);
}
