using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Federated.Ledger.Merkle;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>
/// The RPCs of proto/federated/v1 over one channel. Payloads travel in chunks of 1 MiB, up to four in flight, and are wrapped, never copied, on their way out.
/// </summary>
public sealed class GrpcCoordinatorLink : ICoordinatorLink, ICoordinatorLedgerLink
{
    /// <summary>Bytes of a chunk; the last of a payload may be shorter.</summary>
    public const int ChunkBytes = 1 << 20;

    /// <summary>The largest broadcast this agent makes room for: 1 GiB.</summary>
    public const long LargestBroadcast = 1L << 30;

    private const int InFlight = 4;
    private const int MostProofHashes = 130; // twice the depth of the deepest log

    private readonly Wire.Studies.StudiesClient _studies;
    private readonly Wire.Exchange.ExchangeClient _exchange;
    private readonly Wire.Masking.MaskingClient _masking;
    private readonly Wire.Ledger.LedgerClient _ledger;
    private readonly CallPolicy _calls;

    /// <summary>A link over an open channel, which stays the caller's.</summary>
    public GrpcCoordinatorLink(GrpcChannel channel, CallPolicy calls)
    {
        _studies = new Wire.Studies.StudiesClient(channel);
        _exchange = new Wire.Exchange.ExchangeClient(channel);
        _masking = new Wire.Masking.MaskingClient(channel);
        _ledger = new Wire.Ledger.LedgerClient(channel);
        _calls = calls;
    }

    /// <inheritdoc/>
    public async Task<SyncResult> SyncAsync(CancellationToken cancellation)
    {
        var request = new Wire.SyncRequest { Version = AgentVersion.OnTheWire };
        return WireMapping.Read(await _calls.CallAsync(token => _studies.SyncAsync(request, cancellationToken: token), cancellation));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<long> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using AsyncServerStreamingCall<Wire.Hint> watch = _studies.Watch(new Wire.WatchRequest(), cancellationToken: cancellation);
        while (true)
        {
            try
            {
                if (!await watch.ResponseStream.MoveNext(cancellation)) yield break;
            }
            catch (Exception failure) when (CallPolicy.IsOfTheWay(failure))
            {
                throw CallPolicy.Translate(failure, cancellation);
            }

            yield return unchecked((long)watch.ResponseStream.Current.Sequence);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation)
    {
        var request = new Wire.GetPlanRequest { StudyUid = WireMapping.Bytes(study), PlanDigest = WireMapping.Bytes(plan) };
        Wire.GetPlanReply reply = await _calls.CallAsync(token => _studies.GetPlanAsync(request, cancellationToken: token), cancellation);
        return reply.Plan.ToByteArray();
    }

    /// <inheritdoc/>
    public async Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation)
    {
        var request = new Wire.GetRosterRequest { StudyUid = WireMapping.Bytes(study), RosterDigest = WireMapping.Bytes(roster) };
        return MaskingMapping.Read(await _calls.CallAsync(token => _masking.GetRosterAsync(request, cancellationToken: token), cancellation));
    }

    /// <inheritdoc/>
    public Task SendAsync(MaskingMessage message, CancellationToken cancellation)
    {
        Wire.TaskKey task = WireMapping.Write(message.Task);
        ByteString plan = WireMapping.Bytes(message.Plan);
        switch (message.Content)
        {
            case KeyAdvertisement keys:
                var advertise = new Wire.AdvertiseRequest { Task = task, PlanDigest = plan, Keys = MaskingMapping.Write(keys) };
                return _calls.CallAsync(token => _masking.AdvertiseAsync(advertise, cancellationToken: token), cancellation);
            case ShareBundle bundle:
                Wire.ShareRequest share = MaskingMapping.Write(task, plan, bundle);
                return _calls.CallAsync(token => _masking.ShareAsync(share, cancellationToken: token), cancellation);
            case SurvivorSignature signature:
                var agree = new Wire.AgreeRequest { Task = task, PlanDigest = plan, Signature = MaskingMapping.Write(signature) };
                return _calls.CallAsync(token => _masking.AgreeAsync(agree, cancellationToken: token), cancellation);
            case UnmaskingAnswer answer:
                Wire.UnmaskRequest unmask = MaskingMapping.Write(task, plan, answer);
                return _calls.CallAsync(token => _masking.UnmaskAsync(unmask, cancellationToken: token), cancellation);
            default:
                throw new ArgumentException($"{message.Content.GetType().Name} is no message of a site.", nameof(message));
        }
    }

    /// <inheritdoc/>
    public async Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation)
    {
        var request = new Wire.GetMaskingRequest { Task = WireMapping.Write(task), PlanDigest = WireMapping.Bytes(plan), WaitMilliseconds = (uint)patience.TotalMilliseconds };
        return step switch
        {
            CoordinatorStep.Shares => MaskingMapping.Read(await _calls.CallAsync(token => _masking.GetKeysAsync(request, cancellationToken: token), cancellation)),
            CoordinatorStep.Masked => MaskingMapping.Read(await _calls.CallAsync(token => _masking.GetSharesAsync(request, cancellationToken: token), cancellation)),
            CoordinatorStep.Consistency => MaskingMapping.Read(await _calls.CallAsync(token => _masking.GetSurvivorsAsync(request, cancellationToken: token), cancellation)),
            CoordinatorStep.Unmasking => MaskingMapping.Read(await _calls.CallAsync(token => _masking.GetSignaturesAsync(request, cancellationToken: token), cancellation)),
            _ => throw new ArgumentException($"Step {step} begins with no message of the coordinator.", nameof(step)),
        };
    }

    /// <inheritdoc/>
    public Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation)
    {
        var request = new Wire.ApproveRequest
        {
            StudyUid = WireMapping.Bytes(study),
            PlanDigest = WireMapping.Bytes(plan),
            ManifestDigest = WireMapping.Bytes(manifest),
            RosterDigest = roster is { } hospitals ? WireMapping.Bytes(hospitals) : ByteString.Empty,
            Signature = UnsafeByteOperations.UnsafeWrap(signature),
        };
        return _calls.CallAsync(token => _studies.ApproveAsync(request, cancellationToken: token), cancellation);
    }

    /// <inheritdoc/>
    public Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation)
    {
        var request = new Wire.WithdrawRequest
        {
            StudyUid = WireMapping.Bytes(study),
            PlanDigest = WireMapping.Bytes(plan),
            Signature = UnsafeByteOperations.UnsafeWrap(signature),
        };
        return _calls.CallAsync(token => _studies.WithdrawAsync(request, cancellationToken: token), cancellation);
    }

    /// <inheritdoc/>
    public async Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation)
    {
        if (bytes is < 0 or > LargestBroadcast) throw new CoordinatorUnreachableException($"The coordinator announces a broadcast of {bytes} bytes; at most 1 GiB is read.");
        byte[] whole = new byte[bytes];
        int chunks = (int)((bytes + ChunkBytes - 1) / ChunkBytes);
        await Parallel.ForAsync(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellation }, async (index, token) =>
        {
            var request = new Wire.FetchChunkRequest { PayloadDigest = WireMapping.Bytes(payload), Index = (uint)index };
            Wire.FetchChunkReply reply = await _calls.CallAsync(attempt => _exchange.FetchChunkAsync(request, cancellationToken: attempt), token);
            Memory<byte> place = whole.AsMemory(index * ChunkBytes, (int)Math.Min(ChunkBytes, bytes - ((long)index * ChunkBytes)));
            if (reply.Data.Length != place.Length)
                throw new CoordinatorUnreachableException($"Chunk {index} of a broadcast has {reply.Data.Length} bytes instead of {place.Length}.");
            reply.Data.Span.CopyTo(place.Span);
        });
        if (Digest.Of(whole) != payload) throw new CoordinatorUnreachableException("A broadcast arrived with other bytes than announced; it is fetched again.");
        return whole;
    }

    /// <inheritdoc/>
    public async Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte>[] chunks = Cut(payload.Bytes);
        ByteString[] digests = Array.ConvertAll(chunks, chunk => WireMapping.Bytes(Digest.Of(chunk.Span)));
        var offer = new Wire.OfferRequest
        {
            Task = WireMapping.Write(payload.Task),
            PlanDigest = WireMapping.Bytes(payload.Plan),
            PayloadDigest = WireMapping.Bytes(payload.Digest),
            PayloadBytes = (ulong)payload.Bytes.Length,
        };
        offer.ChunkDigests.AddRange(digests);
        Wire.OfferReply offered = await _calls.CallAsync(token => _exchange.OfferAsync(offer, cancellationToken: token), cancellation);
        if (offered.Receipt is not null) return WireMapping.Read(offered.Receipt);

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellation };
        await Parallel.ForEachAsync(offered.Missing.Where(index => index < chunks.Length).Distinct(), parallel, async (index, token) =>
        {
            var put = new Wire.PutChunkRequest
            {
                Task = offer.Task,
                Index = index,
                Digest = digests[index],
                Data = UnsafeByteOperations.UnsafeWrap(chunks[index]),
            };
            await _calls.CallAsync(attempt => _exchange.PutChunkAsync(put, cancellationToken: attempt), token);
        });

        var submit = new Wire.SubmitRequest
        {
            Task = offer.Task,
            PlanDigest = offer.PlanDigest,
            PayloadDigest = offer.PayloadDigest,
            PayloadBytes = offer.PayloadBytes,
        };
        submit.ChunkDigests.AddRange(digests);
        Wire.SubmitReply reply = await _calls.CallAsync(token => _exchange.SubmitAsync(submit, cancellationToken: token), cancellation);
        return reply.Receipt is null ? throw new CoordinatorUnreachableException("The coordinator accepted a payload without a receipt.") : WireMapping.Read(reply.Receipt);
    }

    /// <inheritdoc/>
    public Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation)
    {
        Wire.DeclineRequest request = WireMapping.Write(task, plan, decline);
        return _calls.CallAsync(token => _exchange.DeclineAsync(request, cancellationToken: token), cancellation);
    }

    /// <inheritdoc/>
    public async Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation)
    {
        var request = new Wire.ProgressRequest { Task = WireMapping.Write(task), Done = (ulong)Math.Max(done, 0), Total = (ulong)Math.Max(total, 0) };
        return (await _calls.CallAsync(token => _exchange.ProgressAsync(request, cancellationToken: token), cancellation)).StillWanted;
    }

    /// <inheritdoc/>
    public async Task<CheckpointShown?> GetCheckpointAsync(ulong seen, CancellationToken cancellation)
    {
        var request = new Wire.GetCheckpointRequest { SeenSize = seen };
        Wire.GetCheckpointReply reply = await _calls.CallAsync(token => _ledger.GetCheckpointAsync(request, cancellationToken: token), cancellation);
        if (reply.Checkpoint.Length == 0) return null;
        var proof = ImmutableArray.CreateBuilder<MerkleHash>();
        foreach (ByteString hash in reply.Proof.Take(MostProofHashes))
            if (MerkleHash.TryRead(hash.Span, out MerkleHash read)) proof.Add(read); // one left out makes the proof a wrong one
        return new CheckpointShown(reply.Checkpoint, proof.ToImmutable());
    }

    /// <inheritdoc/>
    public Task CosignAsync(ulong size, MerkleHash root, byte[] signature, CancellationToken cancellation)
    {
        var request = new Wire.CosignRequest { Size = size, Root = ByteString.CopyFrom(root.ToArray()), Signature = UnsafeByteOperations.UnsafeWrap(signature) };
        return _calls.CallAsync(token => _ledger.CosignAsync(request, cancellationToken: token), cancellation);
    }

    private static ReadOnlyMemory<byte>[] Cut(ReadOnlyMemory<byte> payload)
    {
        var chunks = new ReadOnlyMemory<byte>[(payload.Length + ChunkBytes - 1) / ChunkBytes];
        for (int i = 0; i < chunks.Length; i++) chunks[i] = payload.Slice(i * ChunkBytes, Math.Min(ChunkBytes, payload.Length - (i * ChunkBytes)));
        return chunks;
    }
}
