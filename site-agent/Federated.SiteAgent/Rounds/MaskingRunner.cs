using Federated.Privacy.FixedPoint;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Rounds;

/// <summary>
/// Takes a masked Sum through its steps. Every step is written down before the message that follows from it leaves, and the state that was written decides what may
/// still be said: after a crash at any point the same request gets the same answer, and any other one is refused. A refusal ends the round for this site.
/// </summary>
internal sealed class MaskingRunner(SiteParts parts)
{
    private readonly RoundRunner _rounds = new(parts);
    private readonly MaskingMemory _memory = new(parts);

    // What was computed and not masked yet: lost with the process, and then computed again, because nothing of it has left.
    private (TaskKey Task, RoundRunner.Outcome Outcome)? _prepared;

    /// <summary>Takes the step that waits for this site, and the ones after it as long as they come soon.</summary>
    public async Task<RunSummary> AdvanceAsync(SiteTask task, RunSummary summary, CancellationToken cancellation)
    {
        if (!MayGoOn(task)) return summary;
        try
        {
            for (CoordinatorStep step = task.Masking!.Step; ; step++)
            {
                CoordinatorMessage? request = step == CoordinatorStep.Keys ? null : await parts.Link.ReceiveAsync(
                    task.Key, task.Plan, step, step == task.Masking.Step ? TimeSpan.Zero : parts.Patience, cancellation);
                if (step != CoordinatorStep.Keys && request is null) return summary;
                (bool goOn, summary) = await TakeAsync(task, step, request, summary, cancellation);
                if (!goOn || step == CoordinatorStep.Unmasking || parts.Patience == TimeSpan.Zero) return summary;
            }
        }
        catch (CoordinatorRefusedException moved) when (moved.Code == RefusalCodes.TaskClosed)
        {
            return summary; // the round went on without this site; what is next, the next Sync says
        }
    }

    private bool MayGoOn(SiteTask task)
    {
        if (parts.Store.FindMasking(task.Key) is null) return true; // the gate decides
        if (parts.Store.FindDecision(task.Key.Study, task.Plan) is { LetsOut: true, Roster: not null } decision && decision.SignedBy(parts.Identity)) return true;
        parts.Observer.Observe(new SiteEvent.AnswerWithheld(task.Key));
        return false;
    }

    private async Task<(bool GoOn, RunSummary Summary)> TakeAsync(SiteTask task, CoordinatorStep step, CoordinatorMessage? request, RunSummary summary, CancellationToken cancellation)
    {
        SiteAggregationState? state = _memory.Find(task.Key);
        if (state is null && step == CoordinatorStep.Keys) return await BeginAsync(task, summary, cancellation);
        if (state is null) return await RefuseAsync(task, step, null, AggregationRefusal.Of(RefusalReason.OutOfOrder), summary, cancellation);
        switch (request)
        {
            case null:
                return await SendAsync(task, state.Advertisement, summary, cancellation);
            case KeyList list:
                return await SayAsync(task, step, request, state, SiteAggregation.Share(state, list, parts.Randomness), summary, cancellation);
            case ShareDelivery delivery:
                return await MaskAsync(task, state, delivery, summary, cancellation);
            case SurvivorNotice notice:
                Turn<SiteAggregationState, SurvivorSignature> agreed = parts.Identity.With(key => SiteAggregation.Agree(state, notice, key, _memory.Earlier(state.Context)));
                return await SayAsync(task, step, request, state, agreed, summary, cancellation);
            case SignatureList signatures:
                (bool said, summary) = await SayAsync(task, step, request, state, SiteAggregation.Unmask(state, signatures), summary, cancellation);
                if (!said) return (said, summary);
                parts.Recorder.Together(() =>
                {
                    _memory.Close(task.Key); // the coordinator holds it: the secrets have done their work
                    parts.Recorder.SignCheckpoint();
                });
                return (said, summary);
            default:
                throw new InvalidOperationException($"{request.GetType().Name} is no request of the masking.");
        }
    }

    // The answer is computed before the keys are sent: a site that cannot answer says so while it costs the others nothing.
    private async Task<(bool GoOn, RunSummary Summary)> BeginAsync(SiteTask task, RunSummary summary, CancellationToken cancellation)
    {
        RoundRunner.Outcome outcome = await _rounds.PrepareAsync(task, cancellation);
        if (outcome.Payload is null) return (false, await DeclineAsync(task, outcome, null, summary, cancellation));
        GateRequest request = outcome.Request!;
        var context = new AggregationContext
        {
            Study = [.. task.Key.Study.ToBytes()],
            Plan = [.. task.Plan.ToBytes()],
            Task = $"{task.Analysis}/{task.Step}",
            Round = task.Key.Round,
            Attempt = task.Key.Attempt,
            Roster = request.Roster!.Part(task.Masking!.Members),
            Broadcast = [.. task.Broadcast.ToBytes()],
            Ring = Ring.Bits128,
            FractionBits = Fixed128.FractionBits,
            Length = outcome.Payload.Bytes.Length / Fixed128.ElementBytes,
        };
        Turn<SiteAggregationState?, KeyAdvertisement> turn = parts.Identity.With(key => SiteAggregation.Start(context, key, parts.Randomness, _memory.Earlier(context)));
        if (turn.Refusal is { } refusal) return await RefuseAsync(task, CoordinatorStep.Keys, null, refusal, summary, cancellation);
        parts.Recorder.Together(() =>
        {
            _memory.CloseOthers(task.Key);
            Keep(task, turn.State!, null, turn.Message!);
        });
        _prepared = (task.Key, outcome);
        return await SendAsync(task, turn.Message!, summary, cancellation);
    }

    private async Task<(bool GoOn, RunSummary Summary)> MaskAsync(SiteTask task, SiteAggregationState state, ShareDelivery delivery, RunSummary summary, CancellationToken cancellation)
    {
        if (parts.Store.FindOutbox(task.Key) is null)
        {
            if (!task.Broadcast.ToBytes().AsSpan().SequenceEqual(state.Context.Broadcast.AsSpan()))
                return await RefuseAsync(task, CoordinatorStep.Masked, state, AggregationRefusal.Of(RefusalReason.InputChanged), summary, cancellation);
            // A sum with noise is weighed again: another study may have spent of the budget since. It gets the same noise.
            RoundRunner.Outcome outcome = _prepared is { Outcome.Request.Noise: null } ready && ready.Task == task.Key ? ready.Outcome : await _rounds.PrepareAsync(task, cancellation);
            if (outcome.Payload is not { } clear) return (false, await DeclineAsync(task, outcome, state, summary, cancellation));
            Turn<SiteAggregationState, MaskedInput> turn = SiteAggregation.Mask(state, delivery, clear.Bytes.Span);
            if (turn.Refusal is { } refusal) return await RefuseAsync(task, CoordinatorStep.Masked, state, refusal, summary, cancellation);
            SealedPayload masked = _rounds.Gate.Masked(outcome.Request!, clear, turn.Message!.Payload);
            _rounds.Write(
                task, outcome with { Payload = masked, Clear = _memory.Seal.Seal(StateSeal.Clear, task.Key, clear.Bytes.Span) },
                _memory.Step(turn.State, task.Key, delivery, MessageKind.MaskedVector, masked.Digest, masked.Bytes.Length));
            _prepared = null;
            summary = summary with { Answered = summary.Answered + 1 };
        }

        bool arrived = await _rounds.DeliverAsync(task.Key, cancellation);
        return (arrived, arrived ? summary with { Delivered = summary.Delivered + 1 } : summary);
    }

    private async Task<(bool GoOn, RunSummary Summary)> SayAsync<TMessage>(
        SiteTask task, CoordinatorStep step, CoordinatorMessage request, SiteAggregationState before, Turn<SiteAggregationState, TMessage> turn, RunSummary summary, CancellationToken cancellation)
        where TMessage : SiteMessage
    {
        if (turn.Refusal is { } refusal) return await RefuseAsync(task, step, before, refusal, summary, cancellation);
        if (!ReferenceEquals(turn.State, before)) parts.Recorder.Together(() => Keep(task, turn.State, request, turn.Message!));
        return await SendAsync(task, turn.Message!, summary, cancellation);
    }

    // The state and the ledger's word on the message that follows from it: one write.
    private void Keep(SiteTask task, SiteAggregationState state, CoordinatorMessage? asked, SiteMessage said)
    {
        _memory.Keep(state, task.Key, asked, said);
        parts.Recorder.Masking(new MaskingMessage(task.Key, task.Plan, said));
    }

    private async Task<(bool GoOn, RunSummary Summary)> SendAsync(SiteTask task, SiteMessage message, RunSummary summary, CancellationToken cancellation)
    {
        await parts.Link.SendAsync(new MaskingMessage(task.Key, task.Plan, message), cancellation);
        parts.Observer.Observe(new SiteEvent.MaskingStepTaken(task.Key, message.Step));
        return (true, summary with { Masked = summary.Masked + 1 });
    }

    // The secrets go first: whatever becomes of the decline, this site says nothing more in this round.
    private async Task<(bool GoOn, RunSummary Summary)> RefuseAsync(
        SiteTask task, CoordinatorStep step, SiteAggregationState? state, AggregationRefusal refusal, RunSummary summary, CancellationToken cancellation)
    {
        parts.Observer.Observe(new SiteEvent.MaskingRefused(task.Key, step, refusal));
        var decline = new Decline(DeclineCode.Masking, refusal.Sites, [(long)refusal.Reason]);
        if (parts.Store.FindOutbox(task.Key) is null)
            return (false, await DeclineAsync(task, new RoundRunner.Outcome([], null, decline, null), state, summary, cancellation));
        _memory.Close(task.Key, MessageKind.Decline);
        await parts.Link.DeclineAsync(task.Key, task.Plan, decline, cancellation);
        return (false, summary with { Declined = summary.Declined + 1 });
    }

    private async Task<RunSummary> DeclineAsync(SiteTask task, RoundRunner.Outcome outcome, SiteAggregationState? state, RunSummary summary, CancellationToken cancellation)
    {
        _rounds.Write(task, outcome, state is null ? null : _memory.Step(SiteAggregation.Close(state), task.Key, null, MessageKind.Decline, Digest.Of([]), 0));
        summary = summary with { Declined = summary.Declined + 1 };
        return await _rounds.DeliverAsync(task.Key, cancellation) ? summary with { Delivered = summary.Delivered + 1 } : summary;
    }
}
