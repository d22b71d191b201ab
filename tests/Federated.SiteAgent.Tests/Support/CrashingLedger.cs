using System.Collections.Immutable;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Federated.SiteAgent.Ledgers;

namespace Federated.SiteAgent.Tests.Support;

/// <summary>A ledger whose process can die right before and right after each write.</summary>
internal sealed class CrashingLedger(ISiteLedger inner, CrashPoints points) : ISiteLedger
{
    public long Size => inner.Size;

    public long Append(string occasion, Func<LedgerEntry> write)
    {
        points.Pass();
        long number = inner.Append(occasion, write);
        points.Pass();
        return number;
    }

    public IEnumerable<LedgerEntry> Entries(long from = 0) => inner.Entries(from);

    public ImmutableArray<MerkleHash> Leaves(long from = 0) => inner.Leaves(from);

    public void AddCheckpoint(ulong size, string note)
    {
        points.Pass();
        inner.AddCheckpoint(size, note);
        points.Pass();
    }

    public ImmutableArray<string> Checkpoints() => inner.Checkpoints();

    public string? LastSeen() => inner.LastSeen();

    public void RecordSeen(string note)
    {
        points.Pass();
        inner.RecordSeen(note);
        points.Pass();
    }
}
