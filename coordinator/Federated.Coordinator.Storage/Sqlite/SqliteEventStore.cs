using System.Collections.Immutable;
using Dapper;
using Federated.Coordinator.Stores;
using Microsoft.Data.Sqlite;

namespace Federated.Coordinator.Storage.Sqlite;

/// <summary>Streams of events in SQLite. Several processes may write: the expected sequence is checked under the database's write lock.</summary>
public sealed class SqliteEventStore(CoordinatorDatabase database) : IEventStore
{
    /// <inheritdoc/>
    public Task<bool> TryAppendAsync(string stream, long expected, ImmutableArray<ReadOnlyMemory<byte>> events, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfZero(events.Length, nameof(events));
        using SqliteConnection connection = database.Connect();
        using SqliteTransaction transaction = connection.BeginTransaction(deferred: false); // takes the write lock now, so the head read below stays the head
        long head = connection.ExecuteScalar<long?>("SELECT head FROM streams WHERE name = @stream", new { stream }, transaction) ?? 0;
        if (head != expected) return Task.FromResult(false);
        foreach (ReadOnlyMemory<byte> data in events)
            connection.Execute("INSERT INTO events (stream, sequence, data) VALUES (@stream, @sequence, @data)", new { stream, sequence = ++head, data = data.ToArray() }, transaction);
        connection.Execute("INSERT INTO streams (name, head) VALUES (@stream, @head) ON CONFLICT (name) DO UPDATE SET head = excluded.head", new { stream, head }, transaction);
        transaction.Commit();
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredEvent>> ReadAsync(string stream, long after, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using SqliteConnection connection = database.Connect();
        IEnumerable<(long Sequence, byte[] Data)> rows = connection.Query<(long, byte[])>(
            "SELECT sequence, data FROM events WHERE stream = @stream AND sequence > @after ORDER BY sequence", new { stream, after });
        return Task.FromResult<ImmutableArray<StoredEvent>>([.. rows.Select(r => new StoredEvent(r.Sequence, r.Data))]);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<StreamHead>> HeadsAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using SqliteConnection connection = database.Connect();
        IEnumerable<(string Name, long Head)> rows = connection.Query<(string, long)>("SELECT name, head FROM streams ORDER BY name");
        return Task.FromResult<ImmutableArray<StreamHead>>([.. rows.Select(r => new StreamHead(r.Name, r.Head))]);
    }
}
