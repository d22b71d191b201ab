using System.Collections.Immutable;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.SiteAgent.Ledgers;

/// <summary>A ledger that lives as long as the process, for simulations and tests. Passes the same contract suite as the one on disk.</summary>
public sealed class InMemorySiteLedger : ISiteLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _occasions = new(StringComparer.Ordinal);
    private readonly List<LedgerEntry> _entries = [];
    private readonly SortedDictionary<ulong, string> _checkpoints = [];
    private string? _seen;

    /// <inheritdoc/>
    public long Size
    {
        get
        {
            lock (_gate) return _entries.Count;
        }
    }

    /// <inheritdoc/>
    public long Append(string occasion, Func<LedgerEntry> write)
    {
        lock (_gate)
        {
            if (_occasions.TryGetValue(occasion, out long number)) return number;
            _entries.Add(write());
            _occasions.Add(occasion, _entries.Count - 1);
            return _entries.Count - 1;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<LedgerEntry> Entries(long from = 0)
    {
        lock (_gate) return [.. _entries.Skip((int)from)];
    }

    /// <inheritdoc/>
    public ImmutableArray<MerkleHash> Leaves(long from = 0)
    {
        lock (_gate) return [.. _entries.Skip((int)from).Select(e => e.Leaf)];
    }

    /// <inheritdoc/>
    public void AddCheckpoint(ulong size, string note)
    {
        lock (_gate) _checkpoints.TryAdd(size, note);
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Checkpoints()
    {
        lock (_gate) return [.. _checkpoints.Values];
    }

    /// <inheritdoc/>
    public string? LastSeen()
    {
        lock (_gate) return _seen;
    }

    /// <inheritdoc/>
    public void RecordSeen(string note)
    {
        lock (_gate) _seen = note;
    }
}
