using Federated.Contracts.V1;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Federated.Privacy.SecureAggregation;
using Google.Protobuf;
using Grpc.Core;
using Wire = Federated.Contracts.V1;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>masking.proto.</summary>
public sealed class MaskingRpc(StudyService studies) : Wire.Masking.MaskingBase
{
    /// <inheritdoc/>
    public override async Task<GetRosterReply> GetRoster(GetRosterRequest request, ServerCallContext context)
    {
        var reply = new GetRosterReply();
        foreach (RosterSite site in await studies.Masking.RosterAsync(
            Caller.Of(context).Site, WireMapping.ReadStudy(request.StudyUid), WireMapping.ReadDigest(request.RosterDigest), context.CancellationToken))
        {
            reply.Members.Add(new Wire.RosterMember
            {
                Site = site.Site,
                IdentityPublicKey = UnsafeByteOperations.UnsafeWrap(Convert.FromHexString(site.IdentityKey)),
                Entity = site.Entity,
            });
        }

        return reply;
    }

    /// <inheritdoc/>
    public override async Task<AdvertiseReply> Advertise(AdvertiseRequest request, ServerCallContext context)
    {
        await AcceptAsync(request.Task, request.PlanDigest, MaskingMapping.Read(request.Keys), context);
        return new AdvertiseReply();
    }

    /// <inheritdoc/>
    public override async Task<ShareReply> Share(ShareRequest request, ServerCallContext context)
    {
        await AcceptAsync(request.Task, request.PlanDigest, MaskingMapping.Read(request), context);
        return new ShareReply();
    }

    /// <inheritdoc/>
    public override async Task<AgreeReply> Agree(AgreeRequest request, ServerCallContext context)
    {
        await AcceptAsync(request.Task, request.PlanDigest, MaskingMapping.Read(request.Signature), context);
        return new AgreeReply();
    }

    /// <inheritdoc/>
    public override async Task<UnmaskReply> Unmask(UnmaskRequest request, ServerCallContext context)
    {
        await AcceptAsync(request.Task, request.PlanDigest, MaskingMapping.Read(request), context);
        return new UnmaskReply();
    }

    /// <inheritdoc/>
    public override async Task<GetKeysReply> GetKeys(GetMaskingRequest request, ServerCallContext context) =>
        MaskingMapping.WriteKeys((KeyList?)await RequestAsync(request, CoordinatorStep.Shares, context));

    /// <inheritdoc/>
    public override async Task<GetSharesReply> GetShares(GetMaskingRequest request, ServerCallContext context) =>
        MaskingMapping.WriteShares((ShareDelivery?)await RequestAsync(request, CoordinatorStep.Masked, context));

    /// <inheritdoc/>
    public override async Task<GetSurvivorsReply> GetSurvivors(GetMaskingRequest request, ServerCallContext context) =>
        MaskingMapping.WriteSurvivors((SurvivorNotice?)await RequestAsync(request, CoordinatorStep.Consistency, context));

    /// <inheritdoc/>
    public override async Task<GetSignaturesReply> GetSignatures(GetMaskingRequest request, ServerCallContext context) =>
        MaskingMapping.WriteSignatures((SignatureList?)await RequestAsync(request, CoordinatorStep.Unmasking, context));

    private System.Threading.Tasks.Task AcceptAsync(Wire.TaskKey? task, ByteString plan, SiteMessage message, ServerCallContext context) =>
        studies.Masking.AcceptAsync(Caller.Of(context).Site, WireMapping.Read(task), WireMapping.ReadDigest(plan), message, context.CancellationToken);

    private Task<CoordinatorMessage?> RequestAsync(GetMaskingRequest request, CoordinatorStep step, ServerCallContext context) =>
        studies.Masking.RequestAsync(
            Caller.Of(context).Site, WireMapping.Read(request.Task), WireMapping.ReadDigest(request.PlanDigest), step, TimeSpan.FromMilliseconds(request.WaitMilliseconds),
            context.CancellationToken);
}
