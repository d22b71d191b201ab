using Federated.Contracts.V1;
using Federated.Coordinator.Ledgers;
using Federated.Ledger.Merkle;
using Google.Protobuf;
using Grpc.Core;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>ledger.proto.</summary>
public sealed class LedgerRpc(LedgerService ledger) : Contracts.V1.Ledger.LedgerBase
{
    /// <inheritdoc/>
    public override async Task<GetCheckpointReply> GetCheckpoint(GetCheckpointRequest request, ServerCallContext context)
    {
        CheckpointShown shown = await ledger.ShowAsync(request.SeenSize, context.CancellationToken);
        var reply = new GetCheckpointReply { Checkpoint = shown.Note?.ToString() ?? "" };
        reply.Proof.AddRange(shown.Proof.Select(hash => ByteString.CopyFrom(hash.ToArray())));
        return reply;
    }

    /// <inheritdoc/>
    public override async Task<CosignReply> Cosign(CosignRequest request, ServerCallContext context)
    {
        string site = Caller.Of(context).Site;
        if (!MerkleHash.TryRead(request.Root.Span, out MerkleHash root)) throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} cosigned a root of {request.Root.Length} bytes.");
        await ledger.CosignAsync(site, request.Size, root, request.Signature.Memory, context.CancellationToken);
        return new CosignReply();
    }
}
