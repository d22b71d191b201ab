using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Rounds;

/// <summary>What one run did.</summary>
/// <param name="Decisions">Words of the officer sent.</param>
/// <param name="Answered">Payloads written to the outbox.</param>
/// <param name="Declined">Declines written to the outbox.</param>
/// <param name="Delivered">Answers that arrived.</param>
/// <param name="Waiting">Answers that still wait for delivery.</param>
public sealed record RunSummary(int Decisions, int Answered, int Declined, int Delivered, int Waiting)
{
    /// <summary>Steps of the masking that were taken.</summary>
    public int Masked { get; init; }

    /// <summary>Whether the run changed anything at the coordinator.</summary>
    public bool DidSomething => Decisions + Answered + Declined + Delivered + Masked > 0;
}

/// <summary>
/// The agent: asks the coordinator what is wanted, answers what the officer allows, and keeps at it. Runs in a service of its own or inside another program;
/// one instance per site, its two methods not at the same time.
/// </summary>
public sealed class SiteRuntime
{
    private readonly SiteParts _parts;
    private readonly RoundRunner _rounds;
    private readonly MaskingRunner _maskings;
    private readonly CoordinatorWitness _witness;
    private (ImmutableArray<StudyNotice> Studies, DateTimeOffset At)? _remembered;

    /// <summary>An agent of these parts. Whatever it says goes past the site's ledger.</summary>
    public SiteRuntime(SiteParts parts)
    {
        _parts = parts with { Link = new RecordedLink(parts.Link, parts.Recorder) };
        _rounds = new RoundRunner(_parts);
        _maskings = new MaskingRunner(_parts);
        _witness = new CoordinatorWitness(_parts);
    }

    /// <summary>One pass: Sync, then everything that follows from it.</summary>
    /// <exception cref="CoordinatorUnreachableException">The link broke; whatever was done so far stands.</exception>
    /// <exception cref="CoordinatorRefusedException">The coordinator refuses this site, for instance because its certificate was revoked.</exception>
    public async Task<RunSummary> RunOnceAsync(CancellationToken cancellation)
    {
        SyncResult sync = await _parts.Link.SyncAsync(cancellation);
        RememberStudies(sync);
        var summary = new RunSummary(0, 0, 0, 0, 0);
        foreach (SiteAction action in RoundDecisions.Next(sync, SiteSnapshot.Of(_parts.Store, sync)))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                summary = await DoAsync(action, summary, cancellation);
            }
            catch (CoordinatorRefusedException refused) when (!RefusalCodes.ConcernsTheSite(refused.Code))
            {
                // One study's trouble does not keep the others waiting; the action comes up again with the next Sync.
                _parts.Observer.Observe(new SiteEvent.ActionRefused(action, refused.Code));
            }
        }

        await _witness.LookAsync(cancellation);
        _parts.Recorder.SignCheckpoint();
        return summary with { Waiting = _parts.Store.PendingDeliveries().Length };
    }

    /// <summary>Runs until cancelled: at once on every hint, every <paramref name="period"/> without one, and with growing, jittered pauses while the link is down.</summary>
    public Task RunAsync(TimeSpan period, CancellationToken cancellation) => new RunLoop(this, _parts, period).RunAsync(cancellation);

    /// <summary>Writes what the officer's commands show; an unchanged word is written once a minute, not once a hint.</summary>
    private void RememberStudies(SyncResult sync)
    {
        DateTimeOffset now = _parts.Time.GetUtcNow();
        if (_remembered is { } last && now - last.At < TimeSpan.FromMinutes(1) && last.Studies.AsSpan().SequenceEqual(sync.Studies.AsSpan())) return;
        _parts.Store.RecordStudies(sync.Studies, now);
        _remembered = (sync.Studies, now);
    }

    private async Task<RunSummary> DoAsync(SiteAction action, RunSummary summary, CancellationToken cancellation)
    {
        switch (action)
        {
            case SiteAction.FetchPlan fetch:
                await FetchPlanAsync(fetch.Study, cancellation);
                return summary;
            case SiteAction.FetchRoster fetch:
                await FetchRosterAsync(fetch.Study, cancellation);
                return summary;
            case SiteAction.ConsiderApproval consider when _parts.Approver is not null && Consider(consider.Study) is { } decision:
                return await SendAsync(decision, summary, cancellation);
            case SiteAction.SendDecision send:
                return await SendAsync(send.Decision, summary, cancellation);
            case SiteAction.Deliver deliver:
                return await DeliverAsync(deliver.Task, summary, cancellation);
            case SiteAction.Answer answer:
                bool written = await _rounds.AnswerAsync(answer.Task, cancellation);
                summary = written ? summary with { Answered = summary.Answered + 1 } : summary with { Declined = summary.Declined + 1 };
                return await DeliverAsync(answer.Task.Key, summary, cancellation);
            case SiteAction.Mask mask:
                return await _maskings.AdvanceAsync(mask.Task, summary, cancellation);
            default:
                return summary;
        }
    }

    private async Task<RunSummary> DeliverAsync(TaskKey task, RunSummary summary, CancellationToken cancellation) =>
        await _rounds.DeliverAsync(task, cancellation) ? summary with { Delivered = summary.Delivered + 1 } : summary;

    private async Task FetchPlanAsync(StudyNotice study, CancellationToken cancellation)
    {
        byte[] bytes = await _parts.Link.GetPlanAsync(study.Uid, study.Plan, cancellation);
        if (Digest.Of(bytes) != study.Plan)
        {
            _parts.Observer.Observe(new SiteEvent.PlanUnreadable(study, new InvalidDataException("The plan's bytes do not have the digest that was announced.")));
            return;
        }

        _parts.Store.AddPlan(study.Plan, bytes);
        _parts.Observer.Observe(new SiteEvent.PlanReceived(study));
    }

    private async Task FetchRosterAsync(StudyNotice study, CancellationToken cancellation)
    {
        PinnedRoster roster = await _parts.Link.GetRosterAsync(study.Uid, study.Roster!.Value, cancellation);
        if (roster.Digest == study.Roster) _parts.Store.AddRoster(roster);
        else _parts.Observer.Observe(new SiteEvent.PlanUnreadable(study, new InvalidDataException("The list of hospitals does not have the digest that was announced.")));
    }

    /// <summary>The standing approver's yes, kept before it is sent; null = it says nothing.</summary>
    private OfficerDecision? Consider(StudyNotice study)
    {
        if (_parts.Store.FindPlan(study.Plan) is not { } bytes || (study.Roster is { } roster && _parts.Store.FindRoster(roster) is null)) return null;
        StudyPlan plan;
        try
        {
            plan = _parts.Vocabulary.ReadPlan(bytes);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            _parts.Observer.Observe(new SiteEvent.PlanUnreadable(study, cause));
            return null;
        }

        if (!_parts.Approver!(study, plan)) return null;
        OfficerDecision decision = OfficerDecision.Approve(
            _parts.Identity, study.Uid, study.Plan, _parts.Vocabulary.ManifestDigest(plan), _parts.Time.GetUtcNow(), study.Roster) with
        { Officer = "standing approval of whoever runs this program" };
        _parts.Store.RecordDecision(decision);
        return decision;
    }

    private async Task<RunSummary> SendAsync(OfficerDecision decision, RunSummary summary, CancellationToken cancellation)
    {
        try
        {
            if (decision.Verdict == OfficerVerdict.Approved)
                await _parts.Link.ApproveAsync(decision.Study, decision.Plan, decision.Manifest, decision.Roster, decision.Signature, cancellation);
            else
                await _parts.Link.WithdrawAsync(decision.Study, decision.Plan, decision.Signature, cancellation);
        }
        catch (CoordinatorRefusedException refused)
        {
            _parts.Observer.Observe(new SiteEvent.DecisionRefused(decision.Study, decision.Verdict, refused.Code));
            return summary;
        }

        _parts.Observer.Observe(new SiteEvent.DecisionSent(decision.Study, decision.Verdict));
        return summary with { Decisions = summary.Decisions + 1 };
    }
}
