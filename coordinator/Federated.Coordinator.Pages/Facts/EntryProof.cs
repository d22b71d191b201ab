using System.Collections.Immutable;
using Federated.Coordinator.Ledgers;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>An entry with everything by which a reader can check it: its leaf, the way to the root, the signed checkpoint, who cosigned.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Leaf">Hash of its bytes.</param>
/// <param name="Path">Hashes beside the way to the root (RFC 6962, section 2.1.1).</param>
/// <param name="Checkpoint">What was signed; null where the ledger has none.</param>
/// <param name="Included">Whether the way leads from leaf to root.</param>
/// <param name="SignatureHolds">Whether the coordinator's signature under the checkpoint holds.</param>
/// <param name="Witnesses">Hospitals whose cosignature under it holds.</param>
public sealed record EntryProof(
    NumberedEntry Entry, MerkleHash Leaf, ImmutableArray<MerkleHash> Path, Checkpoint? Checkpoint, bool Included, bool SignatureHolds, ImmutableArray<string> Witnesses)
{
    /// <summary>Of an entry; null where there is none of that number, or no checkpoint covers it.</summary>
    public static async Task<EntryProof?> OfAsync(LedgerService ledger, long index, CancellationToken cancellation)
    {
        await ledger.RefreshAsync(cancellation);
        if (ledger.Checkpoints() is not [.., var newest] || !Checkpoint.TryParse(newest.Text, out Checkpoint? checkpoint)) return null;
        LedgerEntry[] entries = [.. ledger.Entries().Take((int)checkpoint.Size)];
        if (index < 0 || index >= entries.Length) return null;
        MerkleHash[] leaves = [.. entries.Select(e => e.Leaf)];
        ImmutableArray<MerkleHash> path = MerkleTree.InclusionProof(leaves, (int)index);
        ImmutableArray<NoteKey> witnesses = await ledger.WitnessesAsync(cancellation);
        string note = newest.ToString();
        return new EntryProof(
            new NumberedEntry(index, entries[index]), leaves[index], path, checkpoint,
            MerkleProof.VerifyInclusion(leaves[index], (ulong)index, checkpoint.Size, path.AsSpan(), checkpoint.Root),
            Checkpoint.TryOpen(note, ledger.Key, out _, out _),
            [.. witnesses.Where(w => w.WhenCosigned(newest) is not null).Select(w => w.Name)]);
    }
}
