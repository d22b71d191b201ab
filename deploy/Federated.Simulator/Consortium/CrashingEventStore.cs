using System.Collections.Immutable;
using Federated.Coordinator.Stores;

namespace Federated.Simulator.Consortium;

/// <summary>An event store whose process dies just before or just after a write.</summary>
public sealed class CrashingEventStore(IEventStore inner, Faults faults) : IEventStore
{
    /// <inheritdoc/>
    public async Task<bool> TryAppendAsync(string stream, long expected, ImmutableArray<ReadOnlyMemory<byte>> events, CancellationToken cancellation)
    {
        if (faults.Strikes("coordinator crash before a write", 0.03)) throw new SimulatedCrashException("before an event was kept");
        bool kept = await inner.TryAppendAsync(stream, expected, events, cancellation);
        return faults.Strikes("coordinator crash after a write", 0.03) ? throw new SimulatedCrashException("after an event was kept") : kept;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredEvent>> ReadAsync(string stream, long after, CancellationToken cancellation) => inner.ReadAsync(stream, after, cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<StreamHead>> HeadsAsync(CancellationToken cancellation) => inner.HeadsAsync(cancellation);
}
