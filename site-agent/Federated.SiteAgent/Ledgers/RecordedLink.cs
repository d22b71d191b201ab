using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Ledgers;

/// <summary>
/// The way to the coordinator past the ledger: whatever leaves is written down, durably, before its first byte does; a repeat of the same bytes is the same entry. What
/// only asks (Sync, plans, rosters, broadcasts) tells nothing and is not written down; what arrives as an answer to it is.
/// </summary>
public sealed class RecordedLink(ICoordinatorLink inner, SiteRecorder ledger) : ICoordinatorLink
{
    /// <inheritdoc/>
    public Task<SyncResult> SyncAsync(CancellationToken cancellation) => inner.SyncAsync(cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<long> WatchAsync(CancellationToken cancellation) => inner.WatchAsync(cancellation);

    /// <inheritdoc/>
    public async Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation)
    {
        byte[] bytes = await inner.GetPlanAsync(study, plan, cancellation);
        if (Digest.Of(bytes) == plan) ledger.PlanReceived(study, plan, bytes);
        else ledger.Rejected(study, plan, "plan", plan, Digest.Of(bytes));
        return bytes;
    }

    /// <inheritdoc/>
    public async Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation)
    {
        PinnedRoster hospitals = await inner.GetRosterAsync(study, roster, cancellation);
        if (hospitals.Digest == roster) ledger.RosterReceived(study, hospitals);
        else ledger.Rejected(study, null, "roster", roster, hospitals.Digest);
        return hospitals;
    }

    /// <inheritdoc/>
    public Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation)
    {
        ledger.Decision(study, plan, OfficerVerdict.Approved, signature);
        return inner.ApproveAsync(study, plan, manifest, roster, signature, cancellation);
    }

    /// <inheritdoc/>
    public Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation)
    {
        ledger.Decision(study, plan, OfficerVerdict.Withdrawn, signature);
        return inner.WithdrawAsync(study, plan, signature, cancellation);
    }

    /// <inheritdoc/>
    public Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation) => inner.FetchAsync(payload, bytes, cancellation);

    /// <inheritdoc/>
    public async Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation)
    {
        ledger.Answer(payload.Entry);
        try
        {
            return await inner.SubmitAsync(payload, cancellation); // its receipt is written down with the state that it settles
        }
        catch (CoordinatorRefusedException refused) when (RefusalCodes.IsFinalForTask(refused.Code))
        {
            ledger.Refused(payload.Task, payload.Plan, refused.Code);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task SendAsync(MaskingMessage message, CancellationToken cancellation)
    {
        ledger.Masking(message);
        return inner.SendAsync(message, cancellation);
    }

    /// <inheritdoc/>
    public Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation) =>
        inner.ReceiveAsync(task, plan, step, patience, cancellation);

    /// <inheritdoc/>
    public Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation)
    {
        ledger.Decline(task, plan, decline);
        return inner.DeclineAsync(task, plan, decline, cancellation);
    }

    /// <inheritdoc/>
    public Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation)
    {
        ledger.Progress(task);
        return inner.ProgressAsync(task, done, total, cancellation);
    }
}
