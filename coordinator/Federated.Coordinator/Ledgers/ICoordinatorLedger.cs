using System.Collections.Immutable;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.Coordinator.Ledgers;

/// <summary>
/// Where the coordinator's ledger lies. It only grows; every write is durable when it returns. Safe to use from several threads and, if it is durable, from several
/// processes.
/// </summary>
public interface ICoordinatorLedger
{
    /// <summary>How many entries there are.</summary>
    long Size { get; }

    /// <summary>The last event of each stream that has its entry.</summary>
    IReadOnlyDictionary<string, long> Heads();

    /// <summary>Appends the entries of a stream's events, sequences ascending, all of them or none: a long history becomes durable at once. An event that has its entry is passed over.</summary>
    void Append(string stream, IReadOnlyList<(long Sequence, LedgerEntry Entry)> entries);

    /// <summary>Every entry, oldest first.</summary>
    IEnumerable<LedgerEntry> Entries();

    /// <summary>Leaf hashes from a number on, as they were computed when the entries were appended.</summary>
    ImmutableArray<MerkleHash> Leaves(long from = 0);

    /// <summary>Keeps a signed checkpoint; the first one of a size stays.</summary>
    void AddCheckpoint(ulong size, SignedNote note);

    /// <summary>Keeps a site's signature under a checkpoint; its first one stays.</summary>
    void AddCosignature(ulong size, NoteSignature signature);

    /// <summary>Signed checkpoints with the cosignatures under them, sizes ascending.</summary>
    ImmutableArray<SignedNote> Checkpoints();
}
