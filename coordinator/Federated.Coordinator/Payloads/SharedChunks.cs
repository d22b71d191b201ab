using System.Collections.Concurrent;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Payloads;

/// <summary>
/// Chunks of the broadcast that many sites fetch at the same time: read and checked once for all of them. Held weakly, so that they take no memory from anything else.
/// </summary>
internal sealed class SharedChunks(IBlobStore blobs)
{
    private readonly ConcurrentDictionary<Digest, WeakReference<byte[]>> _chunks = new();
    private volatile string _payload = ""; // whose chunks these are; written by whoever asks for another one, and a lost race costs one more reading

    /// <summary>The chunk's bytes, not to be changed; null when they are absent or damaged.</summary>
    public async Task<byte[]?> FindAsync(BlobScope scope, Digest payload, Digest chunk, CancellationToken cancellation)
    {
        if (!string.Equals(_payload, payload.Hex, StringComparison.Ordinal))
        {
            _chunks.Clear();
            _payload = payload.Hex;
        }

        if (_chunks.TryGetValue(chunk, out WeakReference<byte[]>? held) && held.TryGetTarget(out byte[]? known)) return known;
        byte[]? bytes = await blobs.FindAsync(scope, chunk, cancellation);
        if (bytes is not null) _chunks[chunk] = new WeakReference<byte[]>(bytes);
        return bytes;
    }
}
