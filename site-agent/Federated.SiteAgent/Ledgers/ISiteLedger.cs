using System.Collections.Immutable;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.SiteAgent.Ledgers;

/// <summary>
/// Where a site's ledger lies. It only grows; every write is durable when it returns. Safe to use from several threads, and the SQLite implementation from several
/// processes (the running agent and the officer's commands).
/// </summary>
public interface ISiteLedger
{
    /// <summary>How many entries there are.</summary>
    long Size { get; }

    /// <summary>Appends an entry, once per occasion.</summary>
    /// <param name="occasion">What is written down, in a form that a repeat of the same thing has too; kept beside the entry, not in it.</param>
    /// <param name="write">Makes the entry; not called when the occasion is in the ledger already.</param>
    /// <returns>The entry's number, from 0.</returns>
    long Append(string occasion, Func<LedgerEntry> write);

    /// <summary>Entries from a number on, oldest first.</summary>
    IEnumerable<LedgerEntry> Entries(long from = 0);

    /// <summary>Leaf hashes from a number on, as they were computed when the entries were appended.</summary>
    ImmutableArray<MerkleHash> Leaves(long from = 0);

    /// <summary>Keeps a signed checkpoint; the first one of a size stays.</summary>
    void AddCheckpoint(ulong size, string note);

    /// <summary>Signed checkpoints, sizes ascending.</summary>
    ImmutableArray<string> Checkpoints();

    /// <summary>The last checkpoint of the coordinator's ledger that continued everything before it; null = none yet.</summary>
    string? LastSeen();

    /// <summary>Remembers it.</summary>
    void RecordSeen(string note);
}
