using System.Collections.Immutable;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.Coordinator.Ledgers;

/// <summary>A ledger in memory: for tests.</summary>
public sealed class MemoryCoordinatorLedger : ICoordinatorLedger
{
    private readonly Lock _lock = new();
    private readonly List<LedgerEntry> _entries = [];
    private readonly Dictionary<string, long> _heads = new(StringComparer.Ordinal);
    private readonly SortedDictionary<ulong, SignedNote> _checkpoints = [];

    /// <inheritdoc/>
    public long Size
    {
        get
        {
            lock (_lock) return _entries.Count;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Heads()
    {
        lock (_lock) return new Dictionary<string, long>(_heads, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Append(string stream, IReadOnlyList<(long Sequence, LedgerEntry Entry)> entries)
    {
        lock (_lock)
        {
            foreach ((long sequence, LedgerEntry entry) in entries)
            {
                if (_heads.GetValueOrDefault(stream) >= sequence) continue;
                _entries.Add(entry);
                _heads[stream] = sequence;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<LedgerEntry> Entries()
    {
        lock (_lock) return [.. _entries];
    }

    /// <inheritdoc/>
    public ImmutableArray<MerkleHash> Leaves(long from = 0)
    {
        lock (_lock) return [.. _entries.Skip((int)from).Select(e => e.Leaf)];
    }

    /// <inheritdoc/>
    public void AddCheckpoint(ulong size, SignedNote note)
    {
        lock (_lock) _checkpoints.TryAdd(size, note);
    }

    /// <inheritdoc/>
    public void AddCosignature(ulong size, NoteSignature signature)
    {
        lock (_lock)
        {
            if (_checkpoints.TryGetValue(size, out SignedNote? note) && !note.Signatures.Any(s => s.Name == signature.Name)) _checkpoints[size] = note.With(signature);
        }
    }

    /// <inheritdoc/>
    public ImmutableArray<SignedNote> Checkpoints()
    {
        lock (_lock) return [.. _checkpoints.Values];
    }
}
