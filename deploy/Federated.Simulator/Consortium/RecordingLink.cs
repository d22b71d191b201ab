using System.Collections.Concurrent;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Privacy.SecureAggregation;
using Federated.Simulator.Output;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;

namespace Federated.Simulator.Consortium;

/// <summary>Writes down every payload that crosses a link, with what the plan says it is. Changes nothing.</summary>
public sealed class RecordingLink(ICoordinatorLink inner, string site, StudyPlan studyPlan, ConcurrentQueue<ExchangedMessage> record) : ICoordinatorLink
{
    private readonly ConcurrentDictionary<TaskKey, SiteTask> _tasks = new();

    /// <inheritdoc/>
    public async Task<SyncResult> SyncAsync(CancellationToken cancellation)
    {
        SyncResult sync = await inner.SyncAsync(cancellation);
        foreach (SiteTask task in sync.Tasks) _tasks[task.Key] = task;
        return sync;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<long> WatchAsync(CancellationToken cancellation) => inner.WatchAsync(cancellation);

    /// <inheritdoc/>
    public async Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation)
    {
        byte[] bytes = await inner.GetPlanAsync(study, plan, cancellation);
        Add(0, 0, toCoordinator: false, "plan", "", "", "", bytes.Length);
        return bytes;
    }

    /// <inheritdoc/>
    public async Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation)
    {
        PinnedRoster hospitals = await inner.GetRosterAsync(study, roster, cancellation);
        Add(0, 0, toCoordinator: false, "roster", "", "", "", hospitals.Hospitals.Sum(h => (long)h.IdentityKey.Length));
        return hospitals;
    }

    /// <inheritdoc/>
    public async Task SendAsync(MaskingMessage message, CancellationToken cancellation)
    {
        await inner.SendAsync(message, cancellation);
        string kind = message.Content switch
        {
            KeyAdvertisement => "keys",
            ShareBundle => "sealed-shares",
            SurvivorSignature => "survivor-signature",
            _ => "unmasking-shares",
        };
        SiteTask? task = _tasks.GetValueOrDefault(message.Task);
        Add(message.Task.Round, message.Task.Attempt, toCoordinator: true, kind, task?.Analysis ?? "", task?.Step ?? "", "", message.Content.ToBytes().Length);
    }

    /// <inheritdoc/>
    public async Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation)
    {
        CoordinatorMessage? message = await inner.ReceiveAsync(task, plan, step, patience, cancellation);
        (string kind, long bytes) = message switch
        {
            KeyList list => ("key-list", 226L * list.Keys.Length),
            ShareDelivery delivery => ("share-delivery", 92L * delivery.Shares.Length),
            SurvivorNotice notice => ("survivors", notice.Survivors.Length),
            SignatureList list => ("survivor-signatures", 64L * list.Signatures.Length),
            _ => ("", 0),
        };
        SiteTask? asked = _tasks.GetValueOrDefault(task);
        if (message is not null) Add(task.Round, task.Attempt, toCoordinator: false, kind, asked?.Analysis ?? "", asked?.Step ?? "", "", bytes);
        return message;
    }

    /// <inheritdoc/>
    public async Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation)
    {
        await inner.ApproveAsync(study, plan, manifest, roster, signature, cancellation);
        Add(0, 0, toCoordinator: true, "approval", "", "", "", signature.Length);
    }

    /// <inheritdoc/>
    public async Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation)
    {
        await inner.WithdrawAsync(study, plan, signature, cancellation);
        Add(0, 0, toCoordinator: true, "withdrawal", "", "", "", signature.Length);
    }

    /// <inheritdoc/>
    public async Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation)
    {
        byte[] whole = await inner.FetchAsync(payload, bytes, cancellation);
        if (_tasks.Values.Where(t => t.Broadcast == payload).OrderByDescending(t => (t.Key.Attempt, t.Key.Round)).FirstOrDefault() is { } task)
            Add(task.Key.Round, task.Key.Attempt, toCoordinator: false, "broadcast", task.Analysis, task.Step, "", whole.Length);
        return whole;
    }

    /// <inheritdoc/>
    public async Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation)
    {
        Receipt receipt = await inner.SubmitAsync(payload, cancellation);
        SiteTask? task = _tasks.GetValueOrDefault(payload.Task);
        Add(payload.Task.Round, payload.Task.Attempt, toCoordinator: true, task?.Masking is not null ? "masked-sum" : payload.Kind == ExchangeKind.Sum ? "sum" : "report", task?.Analysis ?? "", task?.Step ?? "", Shape(task), payload.Bytes.Length);
        return receipt;
    }

    /// <inheritdoc/>
    public async Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation)
    {
        await inner.DeclineAsync(task, plan, decline, cancellation);
        SiteTask? asked = _tasks.GetValueOrDefault(task);
        Add(task.Round, task.Attempt, toCoordinator: true, "decline", asked?.Analysis ?? "", asked?.Step ?? "", "", sizeof(int) * (1L + decline.Where.Length + (2 * decline.Counts.Length)));
    }

    /// <inheritdoc/>
    public Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation) => inner.ProgressAsync(task, done, total, cancellation);

    private void Add(int round, int attempt, bool toCoordinator, string kind, string analysis, string step, string shape, long bytes) =>
        record.Enqueue(new ExchangedMessage(round, attempt, site, toCoordinator, kind, analysis, step, shape, bytes));

    private string Shape(SiteTask? task)
    {
        if (task is null) return "";
        AnalysisSpecification? specification = task.Analysis == SurveyAnalysis.Name ? SurveyAnalysis.Specification : studyPlan.Analyses.FirstOrDefault(a => a.Id == task.Analysis);
        StepDeclaration? declared = specification is null ? null : AnalysisCatalogue.Find(specification.Kind)?.Declare(studyPlan, specification).FirstOrDefault(d => d.Name == task.Step);
        return declared is null ? "" : string.Join(' ', declared.Items.Select(i => i.Name + "[" + string.Join('x', i.Shape.Select(e => e < 0 ? "?" : $"{e}")) + "]"));
    }
}
