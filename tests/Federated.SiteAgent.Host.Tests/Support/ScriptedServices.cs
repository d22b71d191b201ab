using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Contracts.V1;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Grpc.Core;
using Task = System.Threading.Tasks.Task;
using WireTask = Federated.Contracts.V1.Task;
using WireTaskKey = Federated.Contracts.V1.TaskKey;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>What the scripted services know.</summary>
internal sealed class ScriptedServices(TestAuthority authority) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    public TestAuthority Authority => authority;

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ConcurrentDictionary<string, byte[]> Invitations { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, bool> UsedInvitations { get; } = new(StringComparer.Ordinal);

    public byte[]? IdentityKey { get; set; }

    public ConcurrentDictionary<string, bool> Issued { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, bool> Revoked { get; } = new(StringComparer.Ordinal);

    /// <summary>SHA-256 of the client certificates of the calls, in order.</summary>
    public ConcurrentQueue<string> Callers { get; } = new();

    public ConcurrentQueue<string> Protocols { get; } = new();

    public SyncReply Sync { get; set; } = new() { CoordinatorUnixMilliseconds = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() };

    public byte[] Plan { get; set; } = [];

    public byte[] Broadcast { get; set; } = [];

    public ConcurrentDictionary<string, byte[]> Chunks { get; } = new(StringComparer.Ordinal);

    public int ChunksReceived;

    public ConcurrentDictionary<string, (byte[] Payload, Contracts.V1.Receipt Receipt)> Accepted { get; } = new(StringComparer.Ordinal);

    public ConcurrentQueue<IMessage> Heard { get; } = new();

    /// <summary>Lifetime of the certificates that are issued, in days before and after now.</summary>
    public (double From, double Until) Life { get; set; } = (-0.01, 30);

    /// <summary>Called first in every call.</summary>
    public Action<string> Break { get; set; } = _ => { };

    public CancellationToken Stopping => _stopping.Token;

    public void Stop() => _stopping.Cancel();

    public bool Accepts(X509Certificate2 leaf)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Public);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(leaf) && !Revoked.ContainsKey(Sha(leaf.RawData));
    }

    public static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static RpcException Refuse(int code) => new(new Status(StatusCode.PermissionDenied, "refused"), new Metadata { { "federated-refusal", code.ToString() } });

    public async Task<T> AnswerAsync<T>(ServerCallContext context, IMessage request, Func<T> answer)
    {
        Heard.Enqueue(request);
        if (await context.GetHttpContext().Connection.GetClientCertificateAsync() is { } client) Callers.Enqueue(Sha(client.RawData));
        Break(request.Descriptor.Name);
        return answer();
    }

    public void Dispose()
    {
        Key.Dispose();
        _stopping.Dispose();
    }
}

internal sealed class ScriptedEnrolment(ScriptedServices services) : Enrolment.EnrolmentBase
{
    public override Task<JoinReply> Join(JoinRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        string id = Convert.ToHexStringLower(request.TokenId.Span);
        if (!services.Invitations.TryGetValue(id, out byte[]? secret)) throw ScriptedServices.Refuse(1);
        byte[] csr = request.CertificateRequest.ToByteArray();
        byte[] proof = HMACSHA256.HashData(secret, (byte[])[.. "federated-join-v1"u8, .. SHA256.HashData(csr), .. SHA256.HashData(request.IdentityPublicKey.Span)]);
        if (!proof.AsSpan().SequenceEqual(request.Proof.Span)) throw ScriptedServices.Refuse(4);
        if (!services.UsedInvitations.TryAdd(id, true)) throw ScriptedServices.Refuse(2);
        services.IdentityKey = request.IdentityPublicKey.ToByteArray();
        return new JoinReply
        {
            Certificate = Certificate(csr),
            CaCertificate = ByteString.CopyFrom(services.Authority.Certificate),
            Site = "north",
            CoordinatorIdentityPublicKey = ByteString.CopyFrom(services.Key.ExportSubjectPublicKeyInfo()),
        };
    });

    public override Task<CertificateStatusReply> CertificateStatus(CertificateStatusRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        string sha = Convert.ToHexStringLower(request.CertificateSha256.Span);
        CertificateStatus status = services.Revoked.ContainsKey(sha) ? Contracts.V1.CertificateStatus.Revoked
            : services.Issued.ContainsKey(sha) ? Contracts.V1.CertificateStatus.Valid : Contracts.V1.CertificateStatus.Unknown;
        return new CertificateStatusReply { Status = status, CaCertificate = ByteString.CopyFrom(services.Authority.Certificate) };
    });

    public override Task<RenewReply> Renew(RenewRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        byte[] csr = request.CertificateRequest.ToByteArray();
        using var identity = ECDsa.Create();
        identity.ImportSubjectPublicKeyInfo(services.IdentityKey, out _);
        if (!identity.VerifyHash(SHA256.HashData([.. "federated-renew-v1"u8, .. csr]), request.IdentitySignature.ToByteArray())) throw ScriptedServices.Refuse(15);
        return new RenewReply { Certificate = Certificate(csr) };
    });

    private ByteString Certificate(byte[] csr)
    {
        CertificateRequest request = CertificateRequest.LoadSigningRequest(csr, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = services.Authority.ForClient(request.PublicKey.ExportSubjectPublicKeyInfo(), "north", services.Life.From, services.Life.Until);
        services.Issued[ScriptedServices.Sha(certificate.RawData)] = true;
        return ByteString.CopyFrom(certificate.RawData);
    }
}

internal sealed class ScriptedStudies(ScriptedServices services) : Studies.StudiesBase
{
    public override Task<SyncReply> Sync(SyncRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () => services.Sync);

    public override async Task Watch(WatchRequest request, IServerStreamWriter<Hint> responseStream, ServerCallContext context)
    {
        await services.AnswerAsync(context, request, () => 0);
        await responseStream.WriteAsync(new Hint { Sequence = 1 }, context.CancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, services.Stopping);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override Task<GetPlanReply> GetPlan(GetPlanRequest request, ServerCallContext context) =>
        services.AnswerAsync(context, request, () => new GetPlanReply { Plan = ByteString.CopyFrom(services.Plan) });

    public override Task<ApproveReply> Approve(ApproveRequest request, ServerCallContext context) =>
        services.AnswerAsync(context, request, () => Signed([.. "federated-approve-v1"u8, .. request.StudyUid.Span, .. request.PlanDigest.Span, .. request.ManifestDigest.Span], request.Signature, Contracts.V1.SiteApproval.Approved, new ApproveReply()));

    public override Task<WithdrawReply> Withdraw(WithdrawRequest request, ServerCallContext context) =>
        services.AnswerAsync(context, request, () => Signed([.. "federated-withdraw-v1"u8, .. request.StudyUid.Span, .. request.PlanDigest.Span], request.Signature, Contracts.V1.SiteApproval.Withdrawn, new WithdrawReply()));

    private T Signed<T>(byte[] statement, ByteString signature, Contracts.V1.SiteApproval approval, T reply)
    {
        using var identity = ECDsa.Create();
        identity.ImportSubjectPublicKeyInfo(services.IdentityKey, out _);
        if (!identity.VerifyHash(SHA256.HashData(statement), signature.ToByteArray())) throw ScriptedServices.Refuse(15);
        foreach (Contracts.V1.StudyNotice study in services.Sync.Studies) study.Approval = approval;
        return reply;
    }
}

internal sealed class ScriptedExchange(ScriptedServices services) : Exchange.ExchangeBase
{
    private const int ChunkBytes = 1 << 20;

    public override Task<FetchChunkReply> FetchChunk(FetchChunkRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        int start = (int)request.Index * ChunkBytes;
        return new FetchChunkReply { Data = ByteString.CopyFrom(services.Broadcast, start, Math.Min(ChunkBytes, services.Broadcast.Length - start)) };
    });

    public override Task<OfferReply> Offer(OfferRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        var reply = new OfferReply();
        if (services.Accepted.TryGetValue(Name(request.Task), out var held) && SHA256.HashData(held.Payload).AsSpan().SequenceEqual(request.PayloadDigest.Span))
        {
            reply.Receipt = held.Receipt;
            return reply;
        }

        for (int i = 0; i < request.ChunkDigests.Count; i++)
            if (!services.Chunks.ContainsKey(Convert.ToHexStringLower(request.ChunkDigests[i].Span))) reply.Missing.Add((uint)i);
        return reply;
    });

    public override Task<PutChunkReply> PutChunk(PutChunkRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        byte[] data = request.Data.ToByteArray();
        if (!SHA256.HashData(data).AsSpan().SequenceEqual(request.Digest.Span)) throw ScriptedServices.Refuse(13);
        services.Chunks[ScriptedServices.Sha(data)] = data;
        Interlocked.Increment(ref services.ChunksReceived);
        return new PutChunkReply();
    });

    public override Task<SubmitReply> Submit(SubmitRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () =>
    {
        byte[] payload = [.. request.ChunkDigests.SelectMany(d => services.Chunks[Convert.ToHexStringLower(d.Span)])];
        if (!SHA256.HashData(payload).AsSpan().SequenceEqual(request.PayloadDigest.Span)) throw ScriptedServices.Refuse(13);
        var task = new Link.TaskKey(new StudyUid(Convert.ToHexStringLower(request.Task.StudyUid.Span)), (int)request.Task.Round, (int)request.Task.Attempt);
        DateTimeOffset now = DateTimeOffset.FromUnixTimeMilliseconds(1_780_000_000_000);
        var receipt = new Contracts.V1.Receipt
        {
            Task = request.Task,
            PayloadDigest = request.PayloadDigest,
            AcceptedUnixMilliseconds = now.ToUnixTimeMilliseconds(),
            Signature = ByteString.CopyFrom(services.Key.SignHash(SignedStatement.Receipt(task, Digest.Of(payload), now))),
        };
        services.Accepted.TryAdd(Name(request.Task), (payload, receipt));
        foreach (WireTask open in services.Sync.Tasks.Where(t => t.Key.Equals(request.Task)).ToArray()) services.Sync.Tasks.Remove(open);
        return new SubmitReply { Receipt = services.Accepted[Name(request.Task)].Receipt };
    });

    public override Task<DeclineReply> Decline(DeclineRequest request, ServerCallContext context) => services.AnswerAsync(context, request, () => new DeclineReply());

    public override Task<ProgressReply> Progress(ProgressRequest request, ServerCallContext context) =>
        services.AnswerAsync(context, request, () => new ProgressReply { StillWanted = true });

    private static string Name(WireTaskKey key) => $"{Convert.ToHexStringLower(key.StudyUid.Span)}/{key.Round}/{key.Attempt}";
}
