using System.Collections.Immutable;

namespace Federated.Coordinator.Stores;

/// <summary>One event as it is kept: its place in its stream, and its bytes.</summary>
public sealed record StoredEvent(long Sequence, ReadOnlyMemory<byte> Data);

/// <summary>
/// Append-only streams of events. Sequences in a stream are 1, 2, 3, ... without a gap. Every implementation passes the shared suite in
/// Federated.Coordinator.Tests. Safe to call from several threads and, if it is durable, from several processes.
/// </summary>
public interface IEventStore
{
    /// <summary>Appends all of <paramref name="events"/> or none; on return they are durable.</summary>
    /// <param name="stream">Name of the stream.</param>
    /// <param name="expected">Sequence of the stream's last event as the writer knows it; 0 = the stream must not exist.</param>
    /// <param name="events">At least one.</param>
    /// <param name="cancellation">Gives up before the append; an append that began ends.</param>
    /// <returns>False when the stream is not where the writer thinks it is: somebody else wrote. Nothing was appended.</returns>
    Task<bool> TryAppendAsync(string stream, long expected, ImmutableArray<ReadOnlyMemory<byte>> events, CancellationToken cancellation);

    /// <summary>The events after <paramref name="after"/>, in order.</summary>
    Task<ImmutableArray<StoredEvent>> ReadAsync(string stream, long after, CancellationToken cancellation);

    /// <summary>Every stream and the sequence of its last event, in ordinal order of the names.</summary>
    Task<ImmutableArray<StreamHead>> HeadsAsync(CancellationToken cancellation);
}

/// <summary>A stream and the sequence of its last event.</summary>
public readonly record struct StreamHead(string Stream, long Sequence);
