using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Payloads;

/// <summary>Whole payloads over a store of chunks.</summary>
public sealed class PayloadStore(IBlobStore blobs)
{
    /// <summary>Stores all chunks; on return they are durable.</summary>
    public async Task<PayloadManifest> PutAsync(BlobScope scope, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        ImmutableArray<Digest> chunks = await blobs.PutPiecesAsync(scope, payload, PayloadManifest.ChunkBytes, cancellation);
        return new PayloadManifest(chunks.Length == 1 ? chunks[0] : Digest.Of(payload.Span), payload.Length, chunks);
    }

    /// <summary>Hands each chunk in order to <paramref name="chunk"/> (position of its first byte, bytes; not to be kept): one chunk in memory at a time.</summary>
    /// <returns>False when a chunk is absent or damaged, or the whole does not have its digest; what was handed over is then worthless.</returns>
    public async Task<bool> TryReadAsync(BlobScope scope, PayloadManifest manifest, Action<long, ReadOnlyMemory<byte>> chunk, CancellationToken cancellation)
    {
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(manifest.Bytes, PayloadManifest.ChunkBytes));
        try
        {
            for (int i = 0; i < manifest.Chunks.Length; i++)
            {
                int length = manifest.BytesOf(i);
                if (await blobs.ReadAsync(scope, manifest.Chunks[i], buffer.AsMemory(0, length), cancellation) != length) return false;
                whole.AppendData(buffer, 0, length);
                chunk((long)i * PayloadManifest.ChunkBytes, buffer.AsMemory(0, length));
            }

            return Digest.From(whole.GetHashAndReset()) == manifest.Digest;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true); // a hospital's numbers do not linger
        }
    }

    /// <summary>The whole payload, or null when it is absent or damaged.</summary>
    public async Task<byte[]?> FindAsync(BlobScope scope, PayloadManifest manifest, CancellationToken cancellation)
    {
        byte[] payload = new byte[checked((int)manifest.Bytes)];
        bool whole = await TryReadAsync(scope, manifest, (start, bytes) => bytes.CopyTo(payload.AsMemory((int)start)), cancellation);
        return whole ? payload : null;
    }
}
