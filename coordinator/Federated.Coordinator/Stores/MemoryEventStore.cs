using System.Collections.Immutable;

namespace Federated.Coordinator.Stores;

/// <summary>Streams in memory: for the simulator's memory transport and for tests.</summary>
public sealed class MemoryEventStore : IEventStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, List<StoredEvent>> _streams = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<bool> TryAppendAsync(string stream, long expected, ImmutableArray<ReadOnlyMemory<byte>> events, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfZero(events.Length, nameof(events));
        lock (_lock)
        {
            List<StoredEvent> kept = _streams.TryGetValue(stream, out List<StoredEvent>? found) ? found : [];
            if (kept.Count != expected) return Task.FromResult(false);
            foreach (ReadOnlyMemory<byte> data in events) kept.Add(new StoredEvent(kept.Count + 1, data.ToArray()));
            _streams[stream] = kept;
            return Task.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredEvent>> ReadAsync(string stream, long after, CancellationToken cancellation)
    {
        lock (_lock)
        {
            ImmutableArray<StoredEvent> events = _streams.TryGetValue(stream, out List<StoredEvent>? kept) ? [.. kept.Skip((int)after)] : [];
            return Task.FromResult(events);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<StreamHead>> HeadsAsync(CancellationToken cancellation)
    {
        lock (_lock) return Task.FromResult<ImmutableArray<StreamHead>>([.. _streams.Select(s => new StreamHead(s.Key, s.Value.Count))]);
    }
}
