namespace Federated.Coordinator.Stores;

/// <summary>Blobs in memory: for the simulator's memory transport and for tests.</summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<Digest, byte[]>> _scopes = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task PutAsync(BlobScope scope, Digest digest, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Digest.Of(bytes.Span) != digest) throw new ArgumentException("The bytes do not have the digest they are stored under.", nameof(digest));
        lock (_lock)
        {
            if (!_scopes.TryGetValue(scope.Path, out Dictionary<Digest, byte[]>? blobs)) _scopes[scope.Path] = blobs = [];
            blobs[digest] = bytes.ToArray();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<byte[]?> FindAsync(BlobScope scope, Digest digest, CancellationToken cancellation)
    {
        byte[]? bytes = null;
        lock (_lock)
        {
            if (_scopes.TryGetValue(scope.Path, out Dictionary<Digest, byte[]>? blobs)) blobs.TryGetValue(digest, out bytes);
        }

        return Task.FromResult(bytes);
    }

    /// <inheritdoc/>
    public async Task<int?> ReadAsync(BlobScope scope, Digest digest, Memory<byte> buffer, CancellationToken cancellation)
    {
        if (await FindAsync(scope, digest, cancellation) is not { } bytes || bytes.Length > buffer.Length) return null;
        bytes.CopyTo(buffer);
        return bytes.Length;
    }

    /// <inheritdoc/>
    public Task<bool> ContainsAsync(BlobScope scope, Digest digest, CancellationToken cancellation)
    {
        lock (_lock) return Task.FromResult(_scopes.TryGetValue(scope.Path, out Dictionary<Digest, byte[]>? blobs) && blobs.ContainsKey(digest));
    }

    /// <inheritdoc/>
    public Task<int> CountAsync(BlobScope scope, CancellationToken cancellation)
    {
        lock (_lock) return Task.FromResult(_scopes.TryGetValue(scope.Path, out Dictionary<Digest, byte[]>? blobs) ? blobs.Count : 0);
    }

    /// <inheritdoc/>
    public Task DropAsync(BlobScope scope, CancellationToken cancellation)
    {
        lock (_lock)
        {
            string under = scope.Path + "/";
            foreach (string path in _scopes.Keys.Where(p => string.Equals(p, scope.Path, StringComparison.Ordinal) || p.StartsWith(under, StringComparison.Ordinal)).ToList())
                _scopes.Remove(path);
        }

        return Task.CompletedTask;
    }
}
