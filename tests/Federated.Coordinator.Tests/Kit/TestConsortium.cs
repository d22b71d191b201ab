using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Microsoft.Extensions.Time.Testing;

namespace Federated.Coordinator.Tests.Kit;

/// <summary>A coordinator over stores that outlive it, its hospitals, and one fake clock.</summary>
public sealed class TestConsortium : IDisposable
{
    public static readonly Digest Manifest = Digest.Of("what the officer read"u8);
    private static readonly ECDsa CoordinatorKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestConsortium(int hospitals, IEventStore? events = null, IBlobStore? blobs = null)
    {
        Hospitals = [.. Enumerable.Range(0, hospitals).Select(i => new TestHospital(i))];
        Events = events ?? new MemoryEventStore();
        Blobs = blobs ?? new MemoryBlobStore();
        Service = Begin();
    }

    public ImmutableArray<TestHospital> Hospitals { get; }

    public IEventStore Events { get; }

    public IBlobStore Blobs { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 5, 4, 8, 0, 0, TimeSpan.Zero));

    public StudyService Service { get; private set; }

    public SiteService Sites => Service.Sites;

    public Func<string, IAnalysis?> Catalogue { get; set; } = TestAnalyses.Find;

    public List<string> Defects { get; } = [];

    public static ECDsa ReceiptKey => CoordinatorKey;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A new process over the same stores.</summary>
    public void Restart()
    {
        Service.Dispose();
        Service = Begin();
    }

    public StudyService Begin(bool drives = true) => new(new StudyServiceOptions
    {
        Events = Events,
        Blobs = Blobs,
        Sites = new FixedSiteDirectory(Hospitals.Select(h => h.Identity)),
        Signer = new ReceiptSigner(CoordinatorKey),
        Time = Time,
        Codec = new TestCodec(),
        ReadPlan = TestPlans.Read,
        Catalogue = kind => Catalogue(kind),
        Drives = drives,
        IdleLimit = TimeSpan.FromMinutes(30),
        Version = "0.0.0",
        Defect = (line, _) => Defects.Add(line),
    });

    public static StudyUid Uid(byte first) => StudyUid.From([first, .. new byte[15]]);

    public async Task<Study> CreateAsync(int quorum, params string[] analyses) =>
        await Service.CreateAsync(Uid(1), TestPlans.Bytes("trial", quorum, Hospitals.Length, analyses), Cancellation);

    public async Task<Study> OpenAsync(int quorum, params string[] analyses)
    {
        await CreateAsync(quorum, analyses);
        return await Service.OpenAsync("trial", null, Cancellation);
    }

    public async Task<Study> StartAsync(int quorum, params string[] analyses)
    {
        await OpenAsync(quorum, analyses);
        foreach (TestHospital hospital in Hospitals) await ApproveAsync(hospital);
        return await StudyAsync();
    }

    public Task<Study> StudyAsync() => Service.FindAsync("trial", Cancellation);

    public async Task ApproveAsync(TestHospital hospital)
    {
        Study study = await StudyAsync();
        Digest? roster = study.Pinned?.Digest;
        await Sites.ApproveAsync(hospital.Name, study.Uid, study.Plan, Manifest, roster, hospital.SignApproval(study.Uid, study.Plan, Manifest, roster), Cancellation);
    }

    public async Task WithdrawAsync(TestHospital hospital)
    {
        Study study = await StudyAsync();
        await Sites.WithdrawAsync(hospital.Name, study.Uid, study.Plan, hospital.SignWithdrawal(study.Uid, study.Plan), Cancellation);
    }

    public async Task<SiteTask?> TaskAsync(TestHospital hospital) => (await Sites.SyncAsync(hospital.Name, Cancellation)).Tasks.SingleOrDefault();

    /// <summary>Answers the task that waits for this hospital; null when none does.</summary>
    public async Task<Receipt?> AnswerAsync(TestHospital hospital)
    {
        if (await TaskAsync(hospital) is not { } task) return null;
        return await Sites.SubmitAsync(hospital.Name, task.Key, task.Plan, await PayloadAsync(hospital, task), Cancellation);
    }

    public async Task<byte[]> PayloadAsync(TestHospital hospital, SiteTask task)
    {
        byte[] broadcast = await Sites.FetchAsync(hospital.Name, task.Broadcast, task.BroadcastBytes, Cancellation);
        (StudyPlan plan, _) = await Service.PlanAsync("trial", Cancellation);
        return hospital.Answer(plan, task, broadcast);
    }

    public async Task DeclineAsync(TestHospital hospital, Decline decline)
    {
        SiteTask task = await TaskAsync(hospital) ?? throw new InvalidOperationException($"{hospital.Name} has no task.");
        await Sites.DeclineAsync(hospital.Name, task.Key, task.Plan, decline, Cancellation);
    }

    /// <summary>Lets every hospital answer until none has a task.</summary>
    public async Task<Study> RunAsync()
    {
        bool moved = true;
        while (moved)
        {
            moved = false;
            foreach (TestHospital hospital in Hospitals) moved |= await AnswerAsync(hospital) is not null;
        }

        return await StudyAsync();
    }

    public async Task<ImmutableArray<AnalysisFinding>> ResultsAsync() => await Service.ResultsAsync("trial", Cancellation);

    public void Dispose() => Service.Dispose();
}
