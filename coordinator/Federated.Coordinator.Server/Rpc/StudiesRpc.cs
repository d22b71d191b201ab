using Federated.Contracts.V1;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Service;
using Google.Protobuf;
using Grpc.Core;
using Task = System.Threading.Tasks.Task;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>study.proto.</summary>
public sealed class StudiesRpc(StudyService studies, ClientTrust trust, Heartbeat heartbeat) : Contracts.V1.Studies.StudiesBase
{
    /// <inheritdoc/>
    public override async Task<SyncReply> Sync(SyncRequest request, ServerCallContext context)
    {
        WireMapping.RequireVersion(request.Version);
        return WireMapping.Write(await studies.Sites.SyncAsync(Caller.Of(context).Site, context.CancellationToken));
    }

    /// <inheritdoc/>
    public override async Task Watch(WatchRequest request, IServerStreamWriter<Hint> responseStream, ServerCallContext context)
    {
        Caller caller = Caller.Of(context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, heartbeat.Stopping);
        try
        {
            long beat = heartbeat.Beats.Sequence;
            int told = studies.Sites.Concern(caller.Site);
            await responseStream.WriteAsync(new Hint { Sequence = (ulong)studies.Changes.Sequence }, ended.Token);
            while (true)
            {
                // Beats come when a study changed, when the database did (a site may have been shut out), and every so often to keep the way open.
                beat = await heartbeat.Beats.WaitAsync(beat, ended.Token);
                string? denied = trust.WhyDenied(caller.Certificate);
                if (denied is not null) throw new SiteRefusedException(RefusalCode.CertificateRevoked, $"The open stream of {caller.Site} was cut: {denied}.");
                bool idle = heartbeat.IsKeepAlive(beat);
                int concern = studies.Sites.Concern(caller.Site); // another hospital's answer is no news to this one: a round of K would make K x K calls
                if (concern == told && !idle) continue;
                told = concern;
                await responseStream.WriteAsync(new Hint { Sequence = (ulong)studies.Changes.Sequence }, ended.Token);
            }
        }
        catch (OperationCanceledException) when (heartbeat.Stopping.IsCancellationRequested)
        {
            // The server stops: the stream ends without an error, and the agent comes back when it can.
        }
    }

    /// <inheritdoc/>
    public override async Task<GetPlanReply> GetPlan(GetPlanRequest request, ServerCallContext context)
    {
        byte[] plan = await studies.Sites.GetPlanAsync(
            Caller.Of(context).Site, WireMapping.ReadStudy(request.StudyUid), WireMapping.ReadDigest(request.PlanDigest), context.CancellationToken);
        return new GetPlanReply { Plan = UnsafeByteOperations.UnsafeWrap(plan) };
    }

    /// <inheritdoc/>
    public override async Task<ApproveReply> Approve(ApproveRequest request, ServerCallContext context)
    {
        await studies.Sites.ApproveAsync(
            Caller.Of(context).Site, WireMapping.ReadStudy(request.StudyUid), WireMapping.ReadDigest(request.PlanDigest), WireMapping.ReadDigest(request.ManifestDigest),
            request.RosterDigest.IsEmpty ? null : WireMapping.ReadDigest(request.RosterDigest), request.Signature.Memory, context.CancellationToken);
        return new ApproveReply();
    }

    /// <inheritdoc/>
    public override async Task<WithdrawReply> Withdraw(WithdrawRequest request, ServerCallContext context)
    {
        await studies.Sites.WithdrawAsync(
            Caller.Of(context).Site, WireMapping.ReadStudy(request.StudyUid), WireMapping.ReadDigest(request.PlanDigest), request.Signature.Memory, context.CancellationToken);
        return new WithdrawReply();
    }
}
