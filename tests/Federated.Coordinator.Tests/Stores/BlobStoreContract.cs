using System.Collections.Immutable;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Stores;

namespace Federated.Coordinator.Tests.Stores;

/// <summary>What every blob store does. Derive once per implementation.</summary>
public abstract class BlobStoreContract
{
    protected static readonly StudyUid Study = StudyUid.From(new byte[16]);
    protected static readonly byte[] Bytes = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
    protected static readonly Digest Name = Digest.Of(Bytes);
    protected static readonly BlobScope Shared = BlobScope.Shared(Study);

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected abstract IBlobStore Store { get; }

    [Fact]
    public async Task What_was_put_is_found()
    {
        Assert.Null(await Store.FindAsync(Shared, Name, Cancellation));
        Assert.False(await Store.ContainsAsync(Shared, Name, Cancellation));
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        Assert.Equal(Bytes, await Store.FindAsync(Shared, Name, Cancellation));
        Assert.True(await Store.ContainsAsync(Shared, Name, Cancellation));
        Assert.Equal(1, await Store.CountAsync(Shared, Cancellation));
    }

    [Fact]
    public async Task What_was_put_is_read_into_a_buffer_that_holds_it()
    {
        byte[] buffer = new byte[Bytes.Length + 1];
        Assert.Null(await Store.ReadAsync(Shared, Name, buffer, Cancellation));
        await Store.PutAsync(Shared, Name, Bytes, Cancellation);
        Assert.Equal(Bytes.Length, await Store.ReadAsync(Shared, Name, buffer, Cancellation));
        Assert.Equal(Bytes, buffer[..^1]);
        Assert.Equal(Bytes.Length, await Store.ReadAsync(Shared, Name, buffer.AsMemory(0, Bytes.Length), Cancellation));
        Assert.Null(await Store.ReadAsync(Shared, Name, buffer.AsMemory(0, Bytes.Length - 1), Cancellation));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1 << 20)]
    public async Task What_was_put_in_pieces_is_found_piece_by_piece(int most)
    {
        for (int i = 0; i < 2; i++) // again: nothing changes
        {
            ImmutableArray<Digest> pieces = await Store.PutPiecesAsync(Shared, Bytes, most, Cancellation);
            Assert.Equal((Bytes.Length + most - 1) / most, pieces.Length);
            var found = new List<byte>();
            foreach (Digest piece in pieces) found.AddRange((await Store.FindAsync(Shared, piece, Cancellation))!);
            Assert.Equal(Bytes, found);
            Assert.Equal(pieces.Distinct().Count(), await Store.CountAsync(Shared, Cancellation));
        }

        Assert.Empty(await Store.PutPiecesAsync(Shared, ReadOnlyMemory<byte>.Empty, most, Cancellation));
    }

    [Fact]
    public async Task Bytes_under_another_digest_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.PutAsync(Shared, Digest.Of("other"u8), Bytes, Cancellation));
        Assert.Equal(0, await Store.CountAsync(Shared, Cancellation));
    }

    [Fact]
    public async Task Scopes_do_not_share_and_are_dropped_with_all_that_is_under_them()
    {
        var task = new TaskKey(Study, 1, 1);
        BlobScope a = BlobScope.Contribution(task, "a"), b = BlobScope.Contribution(task, "b"), next = BlobScope.Contribution(task with { Attempt = 12 }, "a");
        foreach (BlobScope scope in new[] { a, b, next, Shared }) await Store.PutAsync(scope, Name, Bytes, Cancellation);
        await Store.DropAsync(a, Cancellation);
        Assert.False(await Store.ContainsAsync(a, Name, Cancellation));
        Assert.True(await Store.ContainsAsync(b, Name, Cancellation));
        await Store.DropAsync(BlobScope.Round(task), Cancellation);
        await Store.DropAsync(BlobScope.Round(task), Cancellation);
        Assert.False(await Store.ContainsAsync(b, Name, Cancellation));
        Assert.True(await Store.ContainsAsync(next, Name, Cancellation));
        Assert.True(await Store.ContainsAsync(Shared, Name, Cancellation));
    }

    [Fact]
    public async Task A_payload_is_cut_into_chunks_and_read_back_one_by_one()
    {
        var payloads = new PayloadStore(Store);
        byte[] payload = new byte[(2 * PayloadManifest.ChunkBytes) + 5];
        new Random(7).NextBytes(payload);
        PayloadManifest manifest = await payloads.PutAsync(Shared, payload, Cancellation);
        Assert.Equal(3, manifest.Chunks.Length);
        Assert.Equal([PayloadManifest.ChunkBytes, PayloadManifest.ChunkBytes, 5], Enumerable.Range(0, 3).Select(manifest.BytesOf));
        Assert.Equal(payload, await payloads.FindAsync(Shared, manifest, Cancellation));
        Assert.Null(await payloads.FindAsync(Shared, manifest with { Digest = Digest.Of("other"u8) }, Cancellation));
        PayloadManifest nothing = await payloads.PutAsync(Shared, Array.Empty<byte>(), Cancellation);
        Assert.Empty((await payloads.FindAsync(Shared, nothing, Cancellation))!);
    }
}

public sealed class MemoryBlobStoreTests : BlobStoreContract
{
    protected override IBlobStore Store { get; } = new MemoryBlobStore();
}
