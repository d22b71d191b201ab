using System.Security.Cryptography.X509Certificates;
using Federated.Analyses;
using Federated.Contracts.V1;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Tests.Kit;
using Google.Protobuf;
using Grpc.Net.Client;
using Broadcast = Federated.Analyses.Exchange.Broadcast;
using Tensor = Federated.Analyses.Exchange.Tensor;
using Wire = Federated.Contracts.V1;

namespace Federated.Coordinator.Server.Tests.Kit;

/// <summary>A test hospital that has joined and speaks the wire, in as few words as it takes.</summary>
public sealed class Member : IDisposable
{
    private readonly TestHospital _hospital;
    private readonly X509Certificate2 _certificate;
    private readonly GrpcChannel _channel;

    private Member(TestHospital hospital, X509Certificate2 certificate, GrpcChannel channel)
    {
        _hospital = hospital;
        _certificate = certificate;
        _channel = channel;
        Studies = new Wire.Studies.StudiesClient(channel);
        Exchange = new Exchange.ExchangeClient(channel);
    }

    public Wire.Studies.StudiesClient Studies { get; }

    public Exchange.ExchangeClient Exchange { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Member> JoinAsync(RunningCoordinator coordinator, int index, bool grpcWeb = false)
    {
        var hospital = new TestHospital(index);
        X509Certificate2 certificate = await new Newcomer(hospital.Key).JoinAsync(coordinator, hospital.Name);
        return new Member(hospital, certificate, coordinator.Connect(RunningCoordinator.Member, certificate, grpcWeb));
    }

    public async Task<SyncReply> SyncAsync() => await Studies.SyncAsync(new SyncRequest { Version = Newcomer.Version }, cancellationToken: Cancellation);

    public async Task ApproveAsync()
    {
        StudyNotice study = Assert.Single((await SyncAsync()).Studies);
        var uid = StudyUid.From(study.StudyUid.Span);
        var plan = Digest.From(study.PlanDigest.Span);
        GetPlanReply bytes = await Studies.GetPlanAsync(new GetPlanRequest { StudyUid = study.StudyUid, PlanDigest = study.PlanDigest }, cancellationToken: Cancellation);
        Assert.Equal(plan, Digest.Of(bytes.Plan.Span));
        Digest manifest = Digest.Of("manifest"u8);
        await Studies.ApproveAsync(
            new ApproveRequest
            {
                StudyUid = study.StudyUid,
                PlanDigest = study.PlanDigest,
                ManifestDigest = ByteString.CopyFrom(manifest.ToBytes()),
                Signature = ByteString.CopyFrom(_hospital.SignApproval(uid, plan, manifest)),
            },
            cancellationToken: Cancellation);
    }

    /// <summary>Answers the task that waits; false when none does.</summary>
    public async Task<bool> AnswerAsync()
    {
        Wire.Task? task = (await SyncAsync()).Tasks.SingleOrDefault();
        if (task is null) return false;
        byte[] payload = await PayloadAsync(task);
        var manifest = PayloadManifest.Of(payload);
        var offer = new OfferRequest { Task = task.Key, PlanDigest = task.PlanDigest, PayloadDigest = Bytes(manifest.Digest), PayloadBytes = (ulong)payload.Length };
        offer.ChunkDigests.AddRange(manifest.Chunks.Select(Bytes));
        foreach (uint i in (await Exchange.OfferAsync(offer, cancellationToken: Cancellation)).Missing)
        {
            var chunk = new PutChunkRequest
            {
                Task = task.Key,
                Index = i,
                Digest = Bytes(manifest.Chunks[(int)i]),
                Data = ByteString.CopyFrom(payload.AsSpan((int)i * PayloadManifest.ChunkBytes, manifest.BytesOf((int)i))),
            };
            await Exchange.PutChunkAsync(chunk, cancellationToken: Cancellation);
        }

        var submit = new SubmitRequest { Task = task.Key, PlanDigest = task.PlanDigest, PayloadDigest = offer.PayloadDigest, PayloadBytes = offer.PayloadBytes };
        submit.ChunkDigests.AddRange(offer.ChunkDigests);
        SubmitReply reply = await Exchange.SubmitAsync(submit, cancellationToken: Cancellation);
        Assert.Equal(64, reply.Receipt.Signature.Length);
        return true;
    }

    public void Dispose()
    {
        _channel.Dispose();
        _certificate.Dispose();
    }

    private async Task<byte[]> PayloadAsync(Wire.Task task)
    {
        using var broadcast = new MemoryStream();
        for (uint i = 0; i < PayloadManifest.CountFor((long)task.BroadcastBytes); i++)
        {
            FetchChunkReply chunk = await Exchange.FetchChunkAsync(new FetchChunkRequest { PayloadDigest = task.BroadcastDigest, Index = i }, cancellationToken: Cancellation);
            chunk.Data.WriteTo(broadcast);
        }

        GetPlanReply plan = await Studies.GetPlanAsync(new GetPlanRequest { StudyUid = task.Key.StudyUid, PlanDigest = task.PlanDigest }, cancellationToken: Cancellation);
        SiteAnswer answer = _hospital.Compute(TestPlans.Read(plan.Plan.Memory), task.Analysis, task.Step, (int)task.Sites, Read(broadcast.ToArray()));
        if (answer.Sum is { } sum) return sum.ToPayload();
        return new Wire.Report { Rows = new Wire.EffectiveRows { Used = (ulong)answer.Report!.Rows.Used } }.ToByteArray();
    }

    private static Broadcast Read(byte[] bytes) => new([.. Wire.Broadcast.Parser.ParseFrom(bytes).Tensors.Select(t => new Tensor(
        t.Name, [.. t.Shape.Select(e => (int)e)], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(t.Values.Span).ToArray()))]);

    private static ByteString Bytes(Digest digest) => ByteString.CopyFrom(digest.ToBytes());
}
