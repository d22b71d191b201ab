using System.Text.Json.Nodes;
using CsCheck;
using Federated.Contracts.V1;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Rpc;
using Federated.Coordinator.Server.Tests.Kit;
using Federated.Coordinator.Service;
using Federated.Coordinator.Tests.Kit;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federated.Coordinator.Server.Tests.Rpc;

/// <summary>A whole study over mutual TLS.</summary>
public sealed class StudyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_study_runs_over_the_wire(bool grpcWeb)
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using Member a = await Member.JoinAsync(coordinator, 0);
        using Member b = await Member.JoinAsync(coordinator, 1, grpcWeb);
        await coordinator.Studies.CreateAsync(StudyUid.From(new byte[16]), TestPlans.Bytes("trial", 2, 2, "m:mean", "r:reporting"), Cancellation);
        await coordinator.Studies.OpenAsync("trial", null, Cancellation);
        await a.ApproveAsync();
        await b.ApproveAsync();
        while (await a.AnswerAsync() | await b.AnswerAsync()) { }

        Assert.Equal(Coordinator.Studies.StudyState.Released, (await coordinator.Studies.FindAsync("trial", Cancellation)).State);
        AnalysisFinding mean = (await coordinator.Studies.ResultsAsync("trial", Cancellation))[1];
        double[] values = [.. new TestHospital(0).Values, .. new TestHospital(1).Values];
        Assert.Equal(values.Average(), (double)JsonNode.Parse(mean.Document!.Json)!["mean"]!, 1e-12);
        Assert.Equal(StudyState.Released, Assert.Single((await b.SyncAsync()).Studies).State);
        Assert.DoesNotContain(coordinator.Log, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_command_line_does_beside_the_server_reaches_the_sites_as_a_hint()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using Member a = await Member.JoinAsync(coordinator, 0, grpcWeb: true);
        using AsyncServerStreamingCall<Hint> watch = a.Studies.Watch(new WatchRequest(), cancellationToken: Cancellation);
        Assert.True(await watch.ResponseStream.MoveNext(Cancellation));
        Assert.Empty((await a.SyncAsync()).Studies);

        using (CoordinatorDirectory directory = CoordinatorDirectory.Open(coordinator.DataDirectory))
        using (StudyService commandLine = CoordinatorServer.StudiesOf(directory, Options(coordinator), drives: false, NullLogger.Instance))
        {
            await commandLine.CreateAsync(StudyUid.From(new byte[16]), TestPlans.Bytes("trial", 1, 1, "m:mean"), Cancellation);
            await commandLine.OpenAsync("trial", ["hospital-00"], Cancellation);
        }

        while ((await a.SyncAsync()).Studies.Count == 0) Assert.True(await watch.ResponseStream.MoveNext(Cancellation));
        await a.ApproveAsync();
        while (await a.AnswerAsync()) { }
        Assert.Equal(Coordinator.Studies.StudyState.Released, (await coordinator.Studies.FindAsync("trial", Cancellation)).State);
    }

    [Fact]
    public async Task Refusals_are_a_number_and_defects_are_nothing_at_all()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        using Member a = await Member.JoinAsync(coordinator, 0);
        Task<GetPlanReply> Ask(int bytes) => a.Studies.GetPlanAsync(
            new GetPlanRequest { StudyUid = ByteString.CopyFrom(new byte[bytes]), PlanDigest = ByteString.CopyFrom(new byte[32]) }, cancellationToken: Cancellation).ResponseAsync;
        Assert.Equal(RefusalCode.StudyUnknown, await Newcomer.RefusedAsync(() => Ask(16)));
        Assert.Equal(RefusalCode.PayloadInvalid, await Newcomer.RefusedAsync(() => Ask(15)));

        await coordinator.Studies.CreateAsync(StudyUid.From(new byte[16]), TestPlans.Bytes("trial", 1, 1, "m:mean"), Cancellation);
        await coordinator.Studies.OpenAsync("trial", null, Cancellation);
        Directory.Delete(Path.Combine(coordinator.DataDirectory, "blobs"), recursive: true);
        Contracts.V1.StudyNotice study = Assert.Single((await a.SyncAsync()).Studies);
        RpcException failed = await Assert.ThrowsAsync<RpcException>(
            () => a.Studies.GetPlanAsync(new GetPlanRequest { StudyUid = study.StudyUid, PlanDigest = study.PlanDigest }, cancellationToken: Cancellation).ResponseAsync);
        Assert.Equal((StatusCode.Internal, "The coordinator failed; its log has the details."), (failed.StatusCode, failed.Status.Detail));
        Assert.Contains(coordinator.Log, line => line.Contains("/federated.v1.Studies/GetPlan failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_directory_is_served_by_one_process_and_a_port_by_one_program()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync();
        async Task<string> Refused(CoordinatorServerOptions options) =>
            (await Assert.ThrowsAsync<OperatorErrorException>(() => CoordinatorServer.StartAsync(options, Cancellation))).Code;
        Assert.Equal("E1108", await Refused(Options(coordinator)));
        using var other = new TemporaryFolder();
        Assert.Equal("E1101", await Refused(Options(coordinator) with { DataDirectory = other["data"] }));
        CoordinatorDirectory.Initialise(other["data"], "Other", TimeProvider.System).Dispose();
        Assert.Equal("E1107", await Refused(Options(coordinator) with { DataDirectory = other["data"], Listen = coordinator.Server.EndPoint }));
        await File.WriteAllTextAsync(other["data/ca.key"], "not a key", Cancellation);
        Assert.Equal("E1110", await Refused(Options(coordinator) with { DataDirectory = other["data"] }));
        Assert.Equal("E1102", Assert.Throws<OperatorErrorException>(() => CoordinatorDirectory.Initialise(other["data"], "Other", TimeProvider.System)).Code);
    }

    [Fact]
    public void Nobody_else_on_the_machine_can_read_the_keys()
    {
        if (OperatingSystem.IsWindows()) return; // file modes are Unix's
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data"], (UnixFileMode)0b111_101_101);
        CoordinatorDirectory.Initialise(folder["data"], "Test", TimeProvider.System).Dispose();
        foreach (string key in new[] { "ca.key", "identity.key" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder[$"data/{key}"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder["data"]));
    }

    [Fact]
    public void Bytes_that_are_not_a_report_are_said_to_be_none()
    {
        var codec = new ProtobufPayloadCodec();
        var report = new Report { Rows = new EffectiveRows { Used = 7 } };
        report.ScannerEffects.Add(new ScannerEffects { Scanner = 1, GammaStar = ByteString.CopyFrom(new byte[16]), DeltaStar = ByteString.CopyFrom(new byte[16]) });
        byte[] good = report.ToByteArray();
        Assert.Equal(7, codec.DecodeReport(good).Rows.Used);
        Assert.Equal(2, codec.DecodeReport(good).ScannerEffects[0].GammaStar.Length);

        void Refuse(Action<Report> spoil)
        {
            Report bad = report.Clone();
            spoil(bad);
            Assert.Throws<FormatException>(() => codec.DecodeReport(bad.ToByteArray()));
        }

        Refuse(r => r.Rows = null);
        Refuse(r => r.Rows.Used = ulong.MaxValue);
        Refuse(r => r.Rows.Excluded.Add(new ExcludedRows { Reason = (ExclusionReason)77, Rows = 1 }));
        Refuse(r => r.ScannerEffects[0].GammaStar = ByteString.CopyFrom(new byte[15]));
        Refuse(r => r.ScannerEffects[0].DeltaStar = ByteString.CopyFrom(new byte[8]));
        Refuse(r => r.ScannerEffects[0].Scanner = uint.MaxValue);
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            try
            {
                codec.DecodeReport(bytes);
            }
            catch (FormatException)
            {
                // the only way out
            }
        });
        Assert.Empty(codec.EncodeBroadcast(Analyses.Exchange.Broadcast.Empty));
        Assert.Equal(0, PayloadManifest.CountFor(0));
    }

    private static CoordinatorServerOptions Options(RunningCoordinator coordinator) => new()
    {
        DataDirectory = coordinator.DataDirectory,
        Listen = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
        Catalogue = TestAnalyses.Find,
        ReadPlan = TestPlans.Read,
    };
}
