using Federated.Contracts.V1;
using Federated.Coordinator.Service;
using Google.Protobuf;
using Grpc.Core;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>exchange.proto.</summary>
public sealed class ExchangeRpc(StudyService studies) : Exchange.ExchangeBase
{
    /// <inheritdoc/>
    public override async Task<FetchChunkReply> FetchChunk(FetchChunkRequest request, ServerCallContext context)
    {
        byte[] chunk = await studies.Sites.FetchChunkAsync(
            Caller.Of(context).Site, WireMapping.ReadDigest(request.PayloadDigest), WireMapping.ReadIndex(request.Index), context.CancellationToken);
        return new FetchChunkReply { Data = UnsafeByteOperations.UnsafeWrap(chunk) };
    }

    /// <inheritdoc/>
    public override async Task<OfferReply> Offer(OfferRequest request, ServerCallContext context)
    {
        OfferResult result = await studies.Sites.OfferAsync(
            Caller.Of(context).Site, WireMapping.Read(request.Task), WireMapping.ReadDigest(request.PlanDigest),
            WireMapping.ReadManifest(request.PayloadDigest, request.PayloadBytes, request.ChunkDigests), context.CancellationToken);
        var reply = new OfferReply();
        if (result.Receipt is { } receipt) reply.Receipt = WireMapping.Write(receipt);
        reply.Missing.AddRange(result.Missing.Select(i => (uint)i));
        return reply;
    }

    /// <inheritdoc/>
    public override async Task<PutChunkReply> PutChunk(PutChunkRequest request, ServerCallContext context)
    {
        await studies.Sites.PutChunkAsync(
            Caller.Of(context).Site, WireMapping.Read(request.Task), WireMapping.ReadIndex(request.Index), WireMapping.ReadDigest(request.Digest), request.Data.Memory,
            context.CancellationToken);
        return new PutChunkReply();
    }

    /// <inheritdoc/>
    public override async Task<SubmitReply> Submit(SubmitRequest request, ServerCallContext context)
    {
        Coordinator.Studies.Receipt receipt = await studies.Sites.SubmitAsync(
            Caller.Of(context).Site, WireMapping.Read(request.Task), WireMapping.ReadDigest(request.PlanDigest),
            WireMapping.ReadManifest(request.PayloadDigest, request.PayloadBytes, request.ChunkDigests), context.CancellationToken);
        return new SubmitReply { Receipt = WireMapping.Write(receipt) };
    }

    /// <inheritdoc/>
    public override async Task<DeclineReply> Decline(DeclineRequest request, ServerCallContext context)
    {
        await studies.Sites.DeclineAsync(
            Caller.Of(context).Site, WireMapping.Read(request.Task), WireMapping.ReadDigest(request.PlanDigest), WireMapping.Read(request), context.CancellationToken);
        return new DeclineReply();
    }

    /// <inheritdoc/>
    public override async Task<ProgressReply> Progress(ProgressRequest request, ServerCallContext context) => new()
    {
        StillWanted = await studies.Sites.ProgressAsync(Caller.Of(context).Site, WireMapping.Read(request.Task), context.CancellationToken),
    };
}
