using System.Collections.Immutable;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Tests.Kit;

/// <summary>The process ended here.</summary>
public sealed class CrashException() : Exception("The process ended here.");

/// <summary>Counts every write to the stores, and ends the process just before or just after the one chosen.</summary>
public sealed class CrashPoint(int at, bool after)
{
    private int _writes;

    public bool Reached { get; private set; }

    public async Task<T> AroundAsync<T>(Func<Task<T>> write)
    {
        bool here = _writes++ == at;
        Reached |= here;
        if (here && !after) throw new CrashException();
        T result = await write();
        if (here) throw new CrashException();
        return result;
    }
}

public sealed class CrashingEventStore(IEventStore inner, CrashPoint crash) : IEventStore
{
    public Task<bool> TryAppendAsync(string stream, long expected, ImmutableArray<ReadOnlyMemory<byte>> events, CancellationToken cancellation) =>
        crash.AroundAsync(() => inner.TryAppendAsync(stream, expected, events, cancellation));

    public Task<ImmutableArray<StoredEvent>> ReadAsync(string stream, long after, CancellationToken cancellation) => inner.ReadAsync(stream, after, cancellation);

    public Task<ImmutableArray<StreamHead>> HeadsAsync(CancellationToken cancellation) => inner.HeadsAsync(cancellation);
}

public sealed class CrashingBlobStore(IBlobStore inner, CrashPoint crash) : IBlobStore
{
    public Task PutAsync(BlobScope scope, Digest digest, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        crash.AroundAsync(async () => { await inner.PutAsync(scope, digest, bytes, cancellation); return true; });

    public Task<byte[]?> FindAsync(BlobScope scope, Digest digest, CancellationToken cancellation) => inner.FindAsync(scope, digest, cancellation);

    public Task<int?> ReadAsync(BlobScope scope, Digest digest, Memory<byte> buffer, CancellationToken cancellation) => inner.ReadAsync(scope, digest, buffer, cancellation);

    public Task<bool> ContainsAsync(BlobScope scope, Digest digest, CancellationToken cancellation) => inner.ContainsAsync(scope, digest, cancellation);

    public Task<int> CountAsync(BlobScope scope, CancellationToken cancellation) => inner.CountAsync(scope, cancellation);

    public Task DropAsync(BlobScope scope, CancellationToken cancellation) =>
        crash.AroundAsync(async () => { await inner.DropAsync(scope, cancellation); return true; });
}
