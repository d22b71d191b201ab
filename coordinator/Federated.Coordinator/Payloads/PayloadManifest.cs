using System.Collections.Immutable;

namespace Federated.Coordinator.Payloads;

/// <summary>What a payload is made of: its digest, its length, and the digests of its chunks.</summary>
/// <param name="Digest">SHA-256 over all bytes.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Chunks">SHA-256 of each chunk of <see cref="ChunkBytes"/>; the last chunk may be shorter.</param>
public sealed record PayloadManifest(Digest Digest, long Bytes, ImmutableArray<Digest> Chunks)
{
    /// <summary>Bytes of every chunk but the last.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>Whether there are as many chunks as the length asks for.</summary>
    public bool IsConsistent => Bytes >= 0 && !Chunks.IsDefault && Chunks.Length == CountFor(Bytes);

    /// <summary>How many chunks a payload of this length has.</summary>
    public static long CountFor(long bytes) => (bytes / ChunkBytes) + (bytes % ChunkBytes == 0 ? 0 : 1);

    /// <summary>Length of the chunk at <paramref name="index"/>.</summary>
    public int BytesOf(int index) => (int)Math.Min(ChunkBytes, Bytes - ((long)index * ChunkBytes));

    /// <summary>The manifest of bytes at hand.</summary>
    public static PayloadManifest Of(ReadOnlySpan<byte> bytes)
    {
        var chunks = ImmutableArray.CreateBuilder<Digest>(checked((int)CountFor(bytes.Length)));
        for (int start = 0; start < bytes.Length; start += ChunkBytes)
            chunks.Add(Digest.Of(bytes.Slice(start, Math.Min(ChunkBytes, bytes.Length - start))));
        return new PayloadManifest(Digest.Of(bytes), bytes.Length, chunks.MoveToImmutable());
    }

    /// <inheritdoc/>
    public bool Equals(PayloadManifest? other) =>
        other is not null && Digest == other.Digest && Bytes == other.Bytes && Chunks.AsSpan().SequenceEqual(other.Chunks.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Digest, Bytes);
}
