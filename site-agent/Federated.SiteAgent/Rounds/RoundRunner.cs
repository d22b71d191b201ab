using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Rounds;

/// <summary>
/// Answers one task, and delivers one answer. The order of writes is the whole of its safety: an answer is in the outbox before its first byte leaves, and
/// only what is in the outbox leaves; so a crash at any point costs work, never a number, and a repeat sends the same bytes.
/// </summary>
internal sealed class RoundRunner(SiteParts parts)
{
    private static readonly TimeSpan LeaseRenewal = TimeSpan.FromSeconds(15);

    private readonly ApprovedPayload.Gate _gate = new(parts.Policy, parts.Identity, parts.Codec);

    /// <summary>Computes the answer, passes it through the gate and writes it to the outbox, as a payload or a decline.</summary>
    /// <returns>Whether a payload, rather than a decline, was written.</returns>
    public async Task<bool> AnswerAsync(SiteTask task, CancellationToken cancellation) => Write(task, await PrepareAsync(task, cancellation));

    /// <summary>Computes the answer and passes it through the gate; nothing is written, and nothing leaves.</summary>
    public async Task<Outcome> PrepareAsync(SiteTask task, CancellationToken cancellation)
    {
        OfficerDecision? decision = parts.Store.FindDecision(task.Key.Study, task.Plan);
        if (decision is not { LetsOut: true } || parts.Store.FindPlan(task.Plan) is not { } planBytes)
            return Outcome.Declined([new GateCheck(GateRule.PlanApproved, false)], DeclineCode.PlanNotApproved);

        parts.Observer.Observe(new SiteEvent.TaskStarted(task));
        (GateRequest? request, Outcome? obstacle) = Admit(task, decision, planBytes);
        if (request is null) return obstacle!;

        // Reading from the network and the store stays outside of what may turn into a decline: a lost connection says nothing about the task.
        byte[] broadcast = await parts.Link.FetchAsync(task.Broadcast, task.BroadcastBytes, cancellation);
        IReadOnlyDictionary<string, HarmonizedTable> harmonized = parts.Store.Harmonized(task.Key.Study, task.Plan);
        return await AnswerAsync(request, broadcast, harmonized, cancellation);
    }

    /// <summary>The gate of this runner.</summary>
    public ApprovedPayload.Gate Gate => _gate;

    /// <summary>Sends what lies in the outbox for a task and keeps the coordinator's word on it.</summary>
    /// <returns>Whether it arrived.</returns>
    public async Task<bool> DeliverAsync(TaskKey task, CancellationToken cancellation)
    {
        OutboxEntry entry = parts.Store.FindOutbox(task) ?? throw new InvalidOperationException($"Round {task.Round} has no answer to deliver.");
        try
        {
            if (entry.Decline is { } decline)
            {
                await parts.Link.DeclineAsync(task, entry.Plan, decline, cancellation);
                parts.Store.RecordAcknowledgement(task, parts.Time.GetUtcNow());
                return true;
            }

            OfficerDecision? decision = parts.Store.FindDecision(task.Study, entry.Plan);
            ApprovedPayload? payload = _gate.Reopen(entry, decision);
            if (payload is null)
            {
                // A withdrawal is for good: the entry stays for the record and is not tried again. A pause, or damage, may be mended.
                if (decision is { Verdict: OfficerVerdict.Withdrawn })
                    parts.Store.RecordRefusal(task, RefusalCodes.NotApproved, parts.Time.GetUtcNow());
                parts.Recorder.Withheld(entry, decision);
                parts.Observer.Observe(new SiteEvent.AnswerWithheld(task));
                return false;
            }

            Receipt receipt = await parts.Link.SubmitAsync(payload, cancellation);
            if (!parts.Coordinator.Vouches(receipt, task, payload.Digest))
            {
                parts.Observer.Observe(new SiteEvent.ReceiptInvalid(task));
                return false;
            }

            parts.Recorder.Together(() =>
            {
                parts.Recorder.Delivered(entry, receipt);
                parts.Store.RecordReceipt(receipt, parts.Time.GetUtcNow());
                if (entry.Clear is null) parts.Recorder.SignCheckpoint(); // a masked round goes on
            });
            parts.Observer.Observe(new SiteEvent.AnswerDelivered(task, payload.Bytes.Length));
            return true;
        }
        catch (CoordinatorRefusedException refused) when (RefusalCodes.IsFinalForTask(refused.Code))
        {
            parts.Store.RecordRefusal(task, refused.Code, parts.Time.GetUtcNow());
            parts.Observer.Observe(new SiteEvent.AnswerRefused(task, refused.Code));
            return false;
        }
    }

    /// <summary>The question with everything the gate needs, when it lets it in; otherwise what to write instead.</summary>
    private (GateRequest? Request, Outcome? Obstacle) Admit(SiteTask task, OfficerDecision decision, byte[] planBytes)
    {
        try
        {
            StudyPlan plan = parts.Vocabulary.ReadPlan(planBytes);
            AnalysisSpecification? specification = AgentVocabulary.Find(plan, task.Analysis);
            IAnalysis? analysis = specification is null ? null : parts.Vocabulary.FindAnalysis(specification.Kind);
            var request = new GateRequest(task, decision, plan, specification, analysis, parts.Tables.Read(task.Plan, plan))
            {
                Roster = decision.Roster is { } roster ? parts.Store.FindRoster(roster) : null,
            };
            request = request with { Released = new DifferencingLedger(parts.Store.Released(request.Variables)), Charged = request.Noise is null ? [] : parts.Account.Charges() };
            GateRecord admitted = _gate.Admit(request);
            return admitted.Decline is { } decline ? (null, new Outcome(admitted.Checks, null, decline, null)) : (request, null);
        }
        catch (TableInvalidException unusable)
        {
            // The site's own tables do not fit the plan: no row of this study until they do. The line that says why may quote a cell, so only its number is told.
            parts.Observer.Observe(new SiteEvent.TableUnusable(task, unusable.Code));
            return (null, Outcome.Declined([new GateCheck(GateRule.RowsHeld, false, 1, 0)], DeclineCode.NoData));
        }
        catch (Exception defect) when (defect is not (OperationCanceledException or SiteStoreException))
        {
            return (null, Failed(task, [], defect));
        }
    }

    private async Task<Outcome> AnswerAsync(
        GateRequest request, byte[] broadcastBytes, IReadOnlyDictionary<string, HarmonizedTable> harmonized, CancellationToken cancellation)
    {
        SiteTask task = request.Task;
        ImmutableArray<GateCheck> checks = _gate.Admit(request).Checks;
        try
        {
            if (Digest.Of(broadcastBytes) != task.Broadcast) throw new BroadcastInvalidException("The broadcast's bytes do not have the digest that was announced.");
            Broadcast broadcast = parts.Codec.DecodeBroadcast(broadcastBytes);
            var context = new SiteContext(request.Plan, request.Specification!, request.Table, task.Sites, harmonized)
            {
                OfficersLeastCount = parts.Policy.LeastBin == 0 ? null : parts.Policy.LeastBin,
            };
            SiteAnswer answer = await ComputeAsync(request, context, broadcast, cancellation);
            (GateRecord record, SealedPayload? payload) = _gate.Release(request, answer);
            return new Outcome(record.Checks, payload, record.Decline, payload is null ? null : answer.Harmonized) { Request = request, Layout = answer.Sum is { } sum ? new OutboxLayout(sum.Layout.Blocks, [.. answer.Packed]) : null };
        }
        catch (OutOfRangeException tooLarge)
        {
            Decline decline = ApprovedPayload.Gate.OutOfRange(request, tooLarge);
            GateCheck room = new(GateRule.RoomForSites, false, task.Sites, null, decline.Where is [int feature] ? feature : null);
            return new Outcome([.. checks, room], null, decline, null);
        }
        catch (BroadcastInvalidException)
        {
            return Outcome.Declined(checks, DeclineCode.BroadcastInvalid);
        }
        catch (AnalysisRefusedException)
        {
            return Outcome.Declined(checks, DeclineCode.Policy);
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            return Failed(task, checks, defect);
        }
    }

    /// <summary>Runs the site half beside a heartbeat that renews the lease while it computes.</summary>
    private async Task<SiteAnswer> ComputeAsync(GateRequest request, SiteContext context, Broadcast broadcast, CancellationToken cancellation)
    {
        using var finished = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task heartbeat = RenewLeaseAsync(request.Task.Key, finished.Token);
        try
        {
            return await Task.Run(() => request.Analysis!.Answer(context, request.Task.Step, broadcast), cancellation);
        }
        finally
        {
            await finished.CancelAsync();
            await heartbeat;
        }
    }

    private async Task RenewLeaseAsync(TaskKey task, CancellationToken finished)
    {
        try
        {
            using var timer = new PeriodicTimer(LeaseRenewal, parts.Time);
            while (await timer.WaitForNextTickAsync(finished)) await parts.Link.ProgressAsync(task, 0, 1, finished); // never a number of rows: it would be a count that no manifest lists
        }
        catch (Exception lost) when (lost is OperationCanceledException or CoordinatorUnreachableException or CoordinatorRefusedException)
        {
            // The heartbeat is a courtesy: what it could not say, the submission will.
        }
    }

    private Outcome Failed(SiteTask task, ImmutableArray<GateCheck> checks, Exception defect)
    {
        parts.Observer.Observe(new SiteEvent.TaskFailed(task, defect));
        return Outcome.Declined(checks, DeclineCode.Internal);
    }

    /// <summary>Writes what was prepared to the outbox; with a decline, the state that ends a masking.</summary>
    public bool Write(SiteTask task, Outcome outcome, MaskingStep? masking = null)
    {
        DateTimeOffset now = parts.Time.GetUtcNow();
        if (outcome.Payload is { } payload)
        {
            var entry = new OutboxEntry(task, outcome.Checks, payload, now) { Clear = outcome.Clear, Layout = outcome.Layout };
            parts.Recorder.Together(() =>
            {
                if (outcome.Request is { } request && parts.Policy.LeastDifference > 0) parts.Store.RecordRelease(_gate.CohortOf(request)); // first: what may leave is on record
                if (outcome.Request?.Charge is { } charge)
                    parts.Recorder.NoiseCharged(charge, outcome.Checks.First(c => c.Rule == GateRule.PrivacyBudget).Found ?? 0, parts.Policy.CapDelta);
                parts.Store.AddToOutbox(entry, outcome.Harmonized, masking);
                if (parts.Store.FindDecision(task.Key.Study, task.Plan) is { LetsOut: true }) parts.Recorder.Answer(entry); // it leaves next; what the officer holds back is entered when it does
            });
            parts.Observer.Observe(new SiteEvent.AnswerWritten(task, payload.Bytes.Length));
            return true;
        }

        parts.Store.AddToOutbox(new OutboxEntry(task, outcome.Checks, outcome.Decline!, now), null, masking);
        parts.Observer.Observe(new SiteEvent.TaskDeclined(task, outcome.Decline!.Code, outcome.Checks.FirstOrDefault(c => !c.Passed)));
        return false;
    }

    /// <summary>What is to be written: a payload with the table that stays here, or a decline.</summary>
    internal sealed record Outcome(ImmutableArray<GateCheck> Checks, SealedPayload? Payload, Decline? Decline, HarmonizedTable? Harmonized)
    {
        /// <summary>What the gate looked at, when a payload passed it.</summary>
        public GateRequest? Request { get; init; }

        /// <summary>What the numbers of a sum mean.</summary>
        public OutboxLayout? Layout { get; init; }

        /// <summary>Behind a masked payload: the clear one, encrypted.</summary>
        public ReadOnlyMemory<byte>? Clear { get; init; }

        public static Outcome Declined(ImmutableArray<GateCheck> checks, DeclineCode code) => new(checks, null, new Decline(code, [], []), null);
    }
}
