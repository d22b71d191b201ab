using Federated.Coordinator.Payloads;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Service;

/// <summary>The exchange for a caller in the same process, which has whole payloads at hand and no wire to cut them up for.</summary>
public static class WholePayloads
{
    /// <summary>A task's broadcast.</summary>
    public static async Task<byte[]> FetchAsync(this SiteService service, string site, Digest payload, long bytes, CancellationToken cancellation)
    {
        byte[] whole = new byte[checked((int)bytes)];
        for (int i = 0; i < PayloadManifest.CountFor(bytes); i++)
            (await service.FetchChunkAsync(site, payload, i, cancellation)).CopyTo(whole.AsSpan(i * PayloadManifest.ChunkBytes));
        return whole;
    }

    /// <summary>Offers, puts what is missing, submits.</summary>
    public static async Task<Receipt> SubmitAsync(
        this SiteService service, string site, TaskKey task, Digest plan, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var manifest = PayloadManifest.Of(payload.Span);
        OfferResult offer = await service.OfferAsync(site, task, plan, manifest, cancellation);
        if (offer.Receipt is { } receipt) return receipt;
        foreach (int i in offer.Missing)
            await service.PutChunkAsync(site, task, i, manifest.Chunks[i], payload.Slice(i * PayloadManifest.ChunkBytes, manifest.BytesOf(i)), cancellation);
        return await service.SubmitAsync(site, task, plan, manifest, cancellation);
    }
}
