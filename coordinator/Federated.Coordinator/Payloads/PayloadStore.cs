using System.Security.Cryptography;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Payloads;

/// <summary>Whole payloads over a store of chunks.</summary>
public sealed class PayloadStore(IBlobStore blobs)
{
    /// <summary>Stores all chunks; on return they are durable.</summary>
    public async Task<PayloadManifest> PutAsync(BlobScope scope, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var manifest = PayloadManifest.Of(payload.Span);
        for (int i = 0; i < manifest.Chunks.Length; i++)
            await blobs.PutAsync(scope, manifest.Chunks[i], payload.Slice(i * PayloadManifest.ChunkBytes, manifest.BytesOf(i)), cancellation);
        return manifest;
    }

    /// <summary>Hands each chunk in order to <paramref name="chunk"/> (position of its first byte, bytes): one chunk in memory at a time.</summary>
    /// <returns>False when a chunk is absent or damaged, or the whole does not have its digest; what was handed over is then worthless.</returns>
    public async Task<bool> TryReadAsync(BlobScope scope, PayloadManifest manifest, Action<long, ReadOnlyMemory<byte>> chunk, CancellationToken cancellation)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < manifest.Chunks.Length; i++)
        {
            byte[]? bytes = await blobs.FindAsync(scope, manifest.Chunks[i], cancellation);
            if (bytes is null || bytes.Length != manifest.BytesOf(i)) return false;
            whole.AppendData(bytes);
            chunk((long)i * PayloadManifest.ChunkBytes, bytes);
        }

        return Digest.From(whole.GetHashAndReset()) == manifest.Digest;
    }

    /// <summary>The whole payload, or null when it is absent or damaged.</summary>
    public async Task<byte[]?> FindAsync(BlobScope scope, PayloadManifest manifest, CancellationToken cancellation)
    {
        byte[] payload = new byte[checked((int)manifest.Bytes)];
        bool whole = await TryReadAsync(scope, manifest, (start, bytes) => bytes.CopyTo(payload.AsMemory((int)start)), cancellation);
        return whole ? payload : null;
    }
}
