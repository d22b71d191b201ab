using System.Collections.Immutable;

namespace Federated.Coordinator.Stores;

/// <summary>
/// What blobs belong to: kept, and dropped, together. Two scopes never share a blob, so dropping one hospital's contributions cannot touch another's.
/// </summary>
public readonly record struct BlobScope
{
    private BlobScope(string path) => Path = path;

    /// <summary>Relative path, segments of a-z, 0-9, '-' and '.' separated by '/'.</summary>
    public string Path { get => field ?? ""; }

    /// <summary>What everyone in the study may see or the operator keeps: plan, broadcasts, sums, results.</summary>
    public static BlobScope Shared(StudyUid study) => new($"{study.Hex}/shared");

    /// <summary>What one site sent for one round.</summary>
    public static BlobScope Contribution(TaskKey task, string site) => new($"{RoundPath(task)}/{site}");

    /// <summary>What all sites sent for one round.</summary>
    public static BlobScope Round(TaskKey task) => new(RoundPath(task));

    private static string RoundPath(TaskKey task) => $"{task.Study.Hex}/round-{task.Round}.{task.Attempt}";
}

/// <summary>
/// Content-addressed blobs of at most a chunk. A blob is there whole or not at all, and is checked against its digest each time it is read. Every
/// implementation passes the shared suite in Federated.Coordinator.Tests.
/// </summary>
public interface IBlobStore
{
    /// <summary>Stores the bytes; on return they are durable. Storing them again changes nothing, and mends a damaged blob.</summary>
    /// <exception cref="ArgumentException">The bytes do not have that digest.</exception>
    Task PutAsync(BlobScope scope, Digest digest, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Stores bytes in pieces of at most <paramref name="most"/>; on return all are durable.</summary>
    /// <returns>The pieces' digests, in order.</returns>
    async Task<ImmutableArray<Digest>> PutPiecesAsync(BlobScope scope, ReadOnlyMemory<byte> bytes, int most, CancellationToken cancellation)
    {
        var digests = ImmutableArray.CreateBuilder<Digest>((bytes.Length + most - 1) / most);
        for (int start = 0; start < bytes.Length; start += most)
        {
            ReadOnlyMemory<byte> piece = bytes.Slice(start, Math.Min(most, bytes.Length - start));
            var digest = Digest.Of(piece.Span);
            await PutAsync(scope, digest, piece, cancellation);
            digests.Add(digest);
        }

        return digests.MoveToImmutable();
    }

    /// <summary>The bytes, or null when they are absent or damaged.</summary>
    Task<byte[]?> FindAsync(BlobScope scope, Digest digest, CancellationToken cancellation);

    /// <summary>The bytes, into the caller's buffer: what is read chunk by chunk needs one chunk of memory.</summary>
    /// <returns>How many bytes there are, or null when they are absent, damaged or more than <paramref name="buffer"/> holds.</returns>
    Task<int?> ReadAsync(BlobScope scope, Digest digest, Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>Whether a blob of that digest is there; damage shows only when it is read.</summary>
    Task<bool> ContainsAsync(BlobScope scope, Digest digest, CancellationToken cancellation);

    /// <summary>How many blobs the scope itself holds.</summary>
    Task<int> CountAsync(BlobScope scope, CancellationToken cancellation);

    /// <summary>Removes a scope and everything under it. Nothing happens when it is not there.</summary>
    Task DropAsync(BlobScope scope, CancellationToken cancellation);
}
