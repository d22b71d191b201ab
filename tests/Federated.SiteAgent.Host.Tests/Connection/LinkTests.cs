using System.Security.Cryptography;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Google.Protobuf;
using Grpc.Core;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Tests.Connection;

/// <summary>The link over real mutual TLS: chunks, retries, refusals, and answers that are not what the protocol says.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private static readonly StudyUid Study = new("000102030405060708090a0b0c0d0e0f");
    private readonly TemporaryDirectory _directory = new();
    private LoopbackCoordinator _coordinator = null!;
    private SiteCredentials _credentials = null!;
    private SiteConnection _connection = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _coordinator = await LoopbackCoordinator.StartAsync();
        _credentials = await _coordinator.JoinAsync(_directory);
        _connection = new SiteConnection(
            _credentials, TimeProvider.System, new Random(1), new Host.Connection.CallOptions { Retries = 2, FirstPause = TimeSpan.FromMilliseconds(1) });
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        _credentials.Dispose();
        await _coordinator.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_broadcast_of_several_chunks_arrives_whole()
    {
        byte[] broadcast = Bytes((3 * GrpcCoordinatorLink.ChunkBytes) + 17);
        _coordinator.Services.Broadcast = broadcast;
        Assert.Equal(broadcast, await _connection.Link.FetchAsync(Digest.Of(broadcast), broadcast.Length, Cancellation));
        Assert.Empty(await _connection.Link.FetchAsync(Digest.Of([]), 0, Cancellation));
    }

    [Fact]
    public async Task A_broadcast_with_other_bytes_is_not_handed_on()
    {
        byte[] broadcast = Bytes(5000);
        _coordinator.Services.Broadcast = Bytes(5000, seed: 2);
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => _connection.Link.FetchAsync(Digest.Of(broadcast), broadcast.Length, Cancellation));
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => _connection.Link.FetchAsync(Digest.Of(broadcast), GrpcCoordinatorLink.LargestBroadcast + 1, Cancellation));
    }

    [Fact]
    public async Task A_payload_of_several_chunks_is_sent_once_and_a_repeat_sends_none()
    {
        ApprovedPayload payload = Payload(elements: (2 * GrpcCoordinatorLink.ChunkBytes / 16) + 5);
        Receipt first = await _connection.Link.SubmitAsync(payload, Cancellation);
        Assert.True(_credentials.Coordinator.Vouches(first, payload.Task, payload.Digest));
        Assert.Equal(payload.Bytes.ToArray(), Assert.Single(_coordinator.Services.Accepted).Value.Payload);
        Assert.Equal(3, _coordinator.Services.ChunksReceived);

        Receipt again = await _connection.Link.SubmitAsync(payload, Cancellation);
        Assert.Equal(first.Signature, again.Signature);
        Assert.Equal(3, _coordinator.Services.ChunksReceived);
    }

    [Fact]
    public async Task Only_missing_chunks_are_sent_after_an_interruption()
    {
        ApprovedPayload payload = Payload(elements: (3 * GrpcCoordinatorLink.ChunkBytes / 16) + 5);
        int admitted = 0;
        _coordinator.Services.Break = call =>
        {
            if (call is "PutChunkRequest" && Interlocked.Increment(ref admitted) > 2) throw new RpcException(new Status(StatusCode.Unimplemented, "cut"));
        };
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => _connection.Link.SubmitAsync(payload, Cancellation));
        // A chunk may still be on its way to the store when the caller hears of the other's failure.
        while (Volatile.Read(ref _coordinator.Services.ChunksReceived) < 2) await Task.Delay(1, Cancellation);
        _coordinator.Services.Break = _ => { };
        await _connection.Link.SubmitAsync(payload, Cancellation);
        Assert.Equal(4, _coordinator.Services.ChunksReceived);
    }

    [Fact]
    public async Task A_call_that_failed_on_the_way_is_repeated()
    {
        int calls = 0;
        _coordinator.Services.Break = _ =>
        {
            if (Interlocked.Increment(ref calls) < 3) throw new RpcException(new Status(StatusCode.Unavailable, "restarting"));
        };
        await _connection.Link.SyncAsync(Cancellation);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_refusal_is_never_repeated()
    {
        int calls = 0;
        _coordinator.Services.Break = _ =>
        {
            Interlocked.Increment(ref calls);
            throw ScriptedServices.Refuse(RefusalCodes.CertificateRevoked);
        };
        CoordinatorRefusedException refused = await Assert.ThrowsAsync<CoordinatorRefusedException>(() => _connection.Link.SyncAsync(Cancellation));
        Assert.Equal((RefusalCodes.CertificateRevoked, 1), (refused.Code, calls));
    }

    [Fact]
    public async Task A_watch_hears_hints_and_a_refusal_by_its_number()
    {
        await foreach (long hint in _connection.Link.WatchAsync(Cancellation))
        {
            Assert.Equal(1, hint);
            break;
        }

        _coordinator.Services.Break = _ => throw ScriptedServices.Refuse(RefusalCodes.CertificateRevoked);
        CoordinatorRefusedException refused = await Assert.ThrowsAsync<CoordinatorRefusedException>(async () =>
        {
            await foreach (long hint in _connection.Link.WatchAsync(Cancellation)) Assert.Fail($"heard {hint}");
        });
        Assert.Equal(RefusalCodes.CertificateRevoked, refused.Code);
    }

    [Fact]
    public async Task An_answer_that_is_not_what_the_protocol_says_is_refused()
    {
        foreach (Wire.Task wrong in (Wire.Task[])[WireTask(t => t.Key.Round = 0), WireTask(t => t.PlanDigest = ByteString.Empty), WireTask(t => t.Key = null),
            WireTask(t => t.Sites = 0), WireTask(t => t.Kind = (Wire.ExchangeKind)9), WireTask(t => t.BroadcastBytes = 1UL << 40), WireTask(t => t.Step = "a\u001b[2J")])
        {
            _coordinator.Services.Sync = new Wire.SyncReply { Tasks = { wrong } };
            await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => _connection.Link.SyncAsync(Cancellation));
        }

        _coordinator.Services.Sync = new Wire.SyncReply { Tasks = { WireTask(_ => { }) } };
        SiteTask task = Assert.Single((await _connection.Link.SyncAsync(Cancellation)).Tasks);
        Assert.Equal((Study, 3, 1, "survey", "sizes"), (task.Key.Study, task.Key.Round, task.Key.Attempt, task.Analysis, task.Step));
    }

    [Fact]
    public async Task A_decline_carries_its_numbers()
    {
        await _connection.Link.DeclineAsync(new TaskKey(Study, 3, 2), Digest.Of("p"u8), new Decline(DeclineCode.TooFewRows, [4], [10]), Cancellation);
        Wire.DeclineRequest heard = Assert.Single(_coordinator.Services.Heard.OfType<Wire.DeclineRequest>());
        Assert.Equal((3u, 2u, Wire.DeclineCode.TooFewRows), (heard.Task.Round, heard.Task.Attempt, heard.Code));
        Assert.Equal([4u], heard.Where);
        Assert.Equal([10ul], heard.Counts);
    }

    [Fact]
    public async Task The_whole_agent_answers_over_the_wire_and_out_of_a_database()
    {
        using var elsewhere = new TemporaryDirectory();
        var database = new SiteDatabase(elsewhere.Path);
        var store = new SqliteSiteStore(database, () => new StateSeal(_credentials.Identity, new Federated.Privacy.Randomness.SystemRandomness()));
        var tables = new LocalTables(database);
        string[] ids = [.. Enumerable.Range(0, 24).Select(i => $"r{i:D2}")];
        tables.Import(new FeatureTable("f.csv", [.. ids], ["f1"], [.. Enumerable.Range(0, 24).Select(i => i + 0.5)]), false);
        tables.Import(new CohortTable("c.csv", [.. ids], ["scanner"], [[.. ids.Select((_, i) => i < 12 ? "A" : "B")]]), false);
        var plan = new StudyPlan { Id = "s", Title = "S", Scanners = ["A", "B"], Features = ["f1"], Analyses = [], Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain } };
        byte[] planBytes = "canonical"u8.ToArray();
        byte[] broadcast = new Wire.Broadcast().ToByteArray();
        _coordinator.Services.Plan = planBytes;
        _coordinator.Services.Broadcast = broadcast;
        Wire.Task task = WireTask(t =>
        {
            t.PlanDigest = ByteString.CopyFrom(SHA256.HashData(planBytes));
            t.BroadcastDigest = ByteString.CopyFrom(SHA256.HashData(broadcast));
            t.BroadcastBytes = (ulong)broadcast.Length;
        });
        _coordinator.Services.Sync = new Wire.SyncReply
        {
            Studies =
            {
                new Wire.StudyNotice
                {
                    StudyUid = task.Key.StudyUid, StudyId = "s", Title = "S", PlanDigest = task.PlanDigest, State = Wire.StudyState.Running,
                    Approval = Wire.SiteApproval.Waiting, SitesRequired = 1,
                },
            },
            Tasks = { task },
        };
        var runtime = new SiteRuntime(new SiteParts
        {
            Link = _connection.Link,
            Store = store,
            Tables = tables,
            Identity = _credentials.Identity,
            Coordinator = _credentials.Coordinator,
            Codec = new ProtobufPayloadCodec(),
            Vocabulary = new AgentVocabulary(_ => plan, AnalysisCatalogue.Find, _ => Digest.Of("manifest"u8)),
            Policy = SitePolicy.Default,
            Approver = (_, _) => true,
            Time = TimeProvider.System,
            Jitter = new Random(1),
        });
        Assert.Equal(new RunSummary(1, 1, 0, 1, 0), await runtime.RunOnceAsync(Cancellation));
        var layout = Analyses.Survey.SurveyAnalysis.Layout(plan);
        SumVector sum = SumVector.FromPayload(layout, Assert.Single(_coordinator.Services.Accepted).Value.Payload);
        Assert.Equal([12.0, 12], sum.Block("rows"));
        Assert.Equal(DeliveryState.Delivered, Assert.Single(store.Outbox()).Entry.State);
    }

    private static byte[] Bytes(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static Wire.Task WireTask(Action<Wire.Task> change)
    {
        var task = new Wire.Task
        {
            Key = new Wire.TaskKey { StudyUid = ByteString.CopyFrom(Study.ToBytes()), Round = 3, Attempt = 1 },
            PlanDigest = ByteString.CopyFrom(new byte[32]),
            Analysis = "survey",
            Step = "sizes",
            Kind = Wire.ExchangeKind.Sum,
            BroadcastDigest = ByteString.CopyFrom(new byte[32]),
            Sites = 3,
        };
        change(task);
        return task;
    }

    /// <summary>Bytes can only leave through the gate, in a test too.</summary>
    private ApprovedPayload Payload(int elements)
    {
        var plan = new StudyPlan { Id = "s", Title = "S", Scanners = ["A"], Features = ["f"], Analyses = [new AnalysisSpecification("large", "large", [])] };
        var layout = new SumLayout(SumBlock.Counts("x", elements));
        var sum = new SumVector(layout);
        for (int i = 0; i < elements; i += 1000) sum.Add("x", i, i);
        Digest digest = Digest.Of("p"u8);
        OfficerDecision yes = OfficerDecision.Approve(_credentials.Identity, Study, digest, digest, TimeProvider.System.GetUtcNow());
        var task = new SiteTask(new TaskKey(Study, 1, 1), digest, "large", "x", ExchangeKind.Sum, digest, 0, 3, TimeProvider.System.GetUtcNow());
        var table = new StudyTable(plan, ["r"], [0], [], [1.0], [true], System.Collections.Immutable.ImmutableSortedDictionary<ExclusionReason, long>.Empty);
        var gate = new ApprovedPayload.Gate(SitePolicy.Permissive, _credentials.Identity, new ProtobufPayloadCodec());
        (GateRecord record, SealedPayload? payload) = gate.Release(new GateRequest(task, yes, plan, plan.Analyses[0], new Large(elements), table), new SiteAnswer { Sum = sum });
        return gate.Reopen(new OutboxEntry(task, record.Checks, payload!, TimeProvider.System.GetUtcNow()), yes)!;
    }

    private sealed class Large(int elements) : IAnalysis
    {
        public string Kind => "large";

        public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) =>
            [new StepDeclaration("x", ExchangeKind.Sum, "Fill.", [new DeclaredItem("x", [elements], "Numbers.")])];

        public IEnumerable<Step> Coordinate(CoordinatorContext context) => [];

        public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => new();
    }
}
