using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Tests.Support;

/// <summary>
/// A coordinator in memory with the idempotence of the real one: the first payload of a task counts, a repeat gets the stored receipt, other bytes are
/// refused. Calls can be broken before or after they took effect.
/// </summary>
internal sealed class ScriptedCoordinator : ICoordinatorLink, IDisposable
{
    public static readonly byte[] BroadcastBytes = "public numbers"u8.ToArray();

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Dictionary<TaskKey, (byte[] Bytes, Receipt Receipt)> _accepted = [];
    private readonly Dictionary<TaskKey, Decline> _declined = [];
    private readonly Channel<long> _hints = Channel.CreateUnbounded<long>();

    public ScriptedCoordinator() => Identity = new CoordinatorIdentity(_key.ExportSubjectPublicKeyInfo());

    public CoordinatorIdentity Identity { get; }

    public StudyState State { get; set; } = StudyState.Running;

    public SiteApproval Approval { get; set; } = SiteApproval.Waiting;

    public List<SiteTask> Tasks { get; } = [];

    /// <summary>Every payload that arrived, repeats included, in order.</summary>
    public List<(TaskKey Task, byte[] Bytes)> Arrived { get; } = [];

    public IReadOnlyDictionary<TaskKey, Decline> Declined => _declined;

    public IReadOnlyDictionary<TaskKey, (byte[] Bytes, Receipt Receipt)> Accepted => _accepted;

    public List<(long Done, long Total)> ProgressSaid { get; } = [];

    public int Syncs { get; private set; }

    public int WatchesOpened { get; private set; }

    /// <summary>Called with the call's name and whether it already took effect; may throw.</summary>
    public Action<string, bool> Break { get; set; } = (_, _) => { };

    /// <summary>Whether a task is still listed after it was answered.</summary>
    public bool KeepsListing { get; set; }

    public Func<Receipt, Receipt> Tamper { get; set; } = receipt => receipt;

    public byte[] Broadcast { get; set; } = BroadcastBytes;

    public byte[] Plan { get; set; } = TestStudy.PlanBytes;

    public byte[] Sign(byte[] hash) => _key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Hint() => _hints.Writer.TryWrite(1);

    public Task<SyncResult> SyncAsync(CancellationToken cancellation) => Call("Sync", () =>
    {
        Syncs++;
        var notice = new StudyNotice(TestStudy.Uid, "probe-study", "Probe", TestStudy.PlanDigest, State, Approval, 3, 3);
        IEnumerable<SiteTask> open = Tasks.Where(t => KeepsListing || (!_accepted.ContainsKey(t.Key) && !_declined.ContainsKey(t.Key)));
        return new SyncResult([notice], [.. open]);
    });

    public async IAsyncEnumerable<long> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        WatchesOpened++;
        Break("Watch", false);
        await foreach (long hint in _hints.Reader.ReadAllAsync(cancellation)) yield return hint;
    }

    public Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation) => Call("GetPlan", () => Plan);

    public Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation) =>
        throw new CoordinatorRefusedException(RefusalCodes.PlanDiffers, "sums are plain here");

    public Task SendAsync(MaskingMessage message, CancellationToken cancellation) => throw new CoordinatorRefusedException(RefusalCodes.TaskClosed, "sums are plain here");

    public Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation) =>
        throw new CoordinatorRefusedException(RefusalCodes.TaskClosed, "sums are plain here");

    public Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation) =>
        Call("Approve", () => Approval = SiteApproval.Approved);

    public Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation) =>
        Call("Withdraw", () => Approval = SiteApproval.Withdrawn);

    public Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation) => Call("Fetch", () => Broadcast);

    public Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation) => Call("Submit", () =>
    {
        byte[] bytes = payload.Bytes.ToArray();
        Arrived.Add((payload.Task, bytes));
        if (_accepted.TryGetValue(payload.Task, out var stored))
            return stored.Bytes.AsSpan().SequenceEqual(bytes) ? stored.Receipt : throw new CoordinatorRefusedException(RefusalCodes.PayloadDiffers, "differs");
        DateTimeOffset at = TestStudy.Start.AddMinutes(_accepted.Count + 1);
        byte[] signature = _key.SignHash(SignedStatement.Receipt(payload.Task, payload.Digest, at), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        Receipt receipt = Tamper(new Receipt(payload.Task, payload.Digest, at, signature));
        _accepted.Add(payload.Task, (bytes, receipt));
        return receipt;
    });

    public Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation) =>
        Call("Decline", () => _declined[task] = decline);

    public Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation) => Call("Progress", () =>
    {
        lock (ProgressSaid) ProgressSaid.Add((done, total));
        return true;
    });

    public void Dispose() => _key.Dispose();

    private Task<T> Call<T>(string name, Func<T> effect)
    {
        try
        {
            Break(name, false);
            T result = effect();
            Break(name, true);
            return Task.FromResult(result);
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(failure);
        }
    }
}
