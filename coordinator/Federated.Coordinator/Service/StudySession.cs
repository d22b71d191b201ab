using System.Collections.Concurrent;
using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Running;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Privacy.FixedPoint;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Service;

/// <summary>
/// One study in this process: its state as far as the store was read, and the one writer's lock. Everything is decided on fresh state and appended with the
/// expected sequence, so another process that writes in between costs a second try, never a wrong state.
/// </summary>
internal sealed class StudySession(string stream, StudyServiceOptions options, PayloadStore payloads, ChangeSignal changes) : IDisposable
{
    private const int Tries = 16;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentQueue<IDecision> _waiting = new(); // filled by anybody, emptied under the gate

    // Written under the gate only; read by anybody, hence immutable and volatile.
    private volatile Study? _study;
    private volatile StudyPlan? _plan;

    // Used under the gate only.
    private StudyRuns? _runs;

    /// <summary>How often this process found a stored contribution damaged and asked its site again.</summary>
    public int Losses { get; private set; } // written under the gate; a reader that is late sees it at the next beat

    /// <summary>The study as last read.</summary>
    public Study? Known => _study;

    /// <summary>The plan; known as soon as the study is.</summary>
    public StudyPlan Plan => _plan ?? throw new InvalidOperationException("The session has not been read yet.");

    /// <summary>Reads what others appended.</summary>
    public async Task<Study> RefreshAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return await ReadAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Decides on fresh state, appends, and lets the study make its own moves. <paramref name="decide"/> may run again if another process wrote in between.
    /// Callers that come while another one's events are being written are decided and written together: their acknowledgements cost one write.
    /// </summary>
    public async Task<T> DecideAsync<T>(Func<Study, (ImmutableArray<StudyEvent> Events, T Answer)> decide, CancellationToken cancellation)
    {
        var mine = new Decision<T>(decide);
        _waiting.Enqueue(mine);
        try
        {
            await _gate.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            mine.Abandon();
            throw;
        }

        try
        {
            if (!mine.IsSettled) await SettleAsync();
        }
        finally
        {
            _gate.Release();
        }

        return await mine.Answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _runs?.Dispose();
        _gate.Dispose();
    }

    // Under the gate: everything that waits is decided one after another, and written at once with the moves that follow from it. It is the work of several
    // callers, so none of them can call it off.
    private async Task SettleAsync()
    {
        var batch = new List<IDecision>();
        while (_waiting.TryDequeue(out IDecision? next)) batch.Add(next);
        try
        {
            for (int i = 0; ; i++)
            {
                if (i == Tries) throw new OperatorErrorException("E1010", $"{stream} is being written by another process all the time: try again.");
                ImmutableArray<StudyEvent> events = Decide(await ReadAsync(CancellationToken.None), batch);
                if (events.IsEmpty || await TryAppendAsync(events, CancellationToken.None)) break;
            }
        }
        catch (Exception e)
        {
            foreach (IDecision decision in batch) decision.Fail(e);
            throw;
        }

        foreach (IDecision decision in batch) decision.Settle();
        if (options.Drives) await MoveAsync(CancellationToken.None); // what was set going goes on
    }

    private ImmutableArray<StudyEvent> Decide(Study study, List<IDecision> batch)
    {
        var events = ImmutableArray.CreateBuilder<StudyEvent>();
        foreach (IDecision decision in batch) study = Append(study, decision.Decide(study), events);
        while (options.Drives && events.Count > 0 && StudyMove.Next(study, options.Time.GetUtcNow()) is StudyMove.Record move) study = Append(study, move.Events, events);
        return events.ToImmutable();
    }

    private static Study Append(Study study, ImmutableArray<StudyEvent> next, ImmutableArray<StudyEvent>.Builder events)
    {
        events.AddRange(next);
        return next.Aggregate(study, static (before, e) => before.After(e)); // what cannot follow is never written
    }

    private async Task<Study> ReadAsync(CancellationToken cancellation)
    {
        Study? study = _study;
        foreach (StoredEvent stored in await options.Events.ReadAsync(stream, study?.Sequence ?? 0, cancellation))
        {
            StudyEvent e = StudyEventCodec.Decode(stored.Data);
            study = study is null
                ? Study.From(e as StudyCreated ?? throw new InvalidDataException($"{stream} does not begin with its creation."))
                : study.After(e);
        }

        if (study is null) throw new InvalidDataException($"{stream} holds no event.");
        if (_plan is null)
        {
            byte[] plan = await payloads.FindAsync(BlobScope.Shared(study.Uid), study.Created.Plan, cancellation)
                ?? throw new OperatorErrorException("E1009", $"The plan of study {study.Created.Id} is missing from the data directory or damaged: restore its blobs from a backup.");
            _plan = options.ReadPlan(plan);
            _runs = new StudyRuns(_plan, options.Catalogue, options.Codec, payloads);
            if (options.Drives) await DropSpentAsync(study, study.Rounds, cancellation);
        }

        if (_study is null || study.Sequence != _study.Sequence)
        {
            _study = study;
            changes.Raise();
        }

        return study;
    }

    private async Task<bool> TryAppendAsync(ImmutableArray<StudyEvent> events, CancellationToken cancellation)
    {
        Study before = _study!;
        Study after = events.Aggregate(before, static (study, e) => study.After(e)); // what cannot follow is never written
        if (!await options.Events.TryAppendAsync(stream, before.Sequence, [.. events.Select(e => (ReadOnlyMemory<byte>)StudyEventCodec.Encode(e))], cancellation))
            return false;
        _study = after;
        options.Written(before, after, events);
        Losses += events.Count(e => e is ContributionLost);
        changes.Raise();
        return true;
    }

    private async Task MoveAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Study study = _study!;
            DateTimeOffset now = options.Time.GetUtcNow();
            ImmutableArray<StudyEvent> events;
            try
            {
                switch (StudyMove.Next(study, now))
                {
                    case StudyMove.Record record: events = record.Events; break;
                    case StudyMove.Aggregate aggregate: events = [await AggregateAsync(study, aggregate.Round, now, cancellation)]; break;
                    case StudyMove.Advance advance: events = [await AdvanceAsync(study, advance.Analysis, now, cancellation)]; break;
                    default: return;
                }
            }
            catch (AnalysisDefectException e)
            {
                options.Defect($"Study {study.Created.Id}: {e.Message}", e);
                events = [new StudyPaused(now, PauseCause.Defect, e.Message)];
            }
            catch (AnalysisRefusedException e)
            {
                // Refusals are heard when an analysis advances; here it is replayed, and did not refuse the first time.
                options.Defect($"Study {study.Created.Id}: a replayed analysis refuses: {e.Message}", e);
                events = [new StudyPaused(now, PauseCause.Defect, $"E1303: a replayed analysis refuses ({e.Code}); this release differs from the one that ran it.")];
            }

            if (!await TryAppendAsync(events, cancellation))
            {
                await ReadAsync(cancellation);
                continue;
            }

            if (events.Any(e => e is RoundAggregated or StudyRestarted or RoundAbandoned)) await DropSpentAsync(_study!, study.Rounds.TakeLast(1), cancellation);
        }
    }

    private async Task<StudyEvent> AggregateAsync(Study study, Round round, DateTimeOffset now, CancellationToken cancellation)
    {
        PlannedAnalysis analysis = study.NextAnalysis!;
        AnalysisRun run = await _runs!.AtAsync(study, analysis, cancellation);
        var task = new TaskKey(study.Uid, round.Number, round.Attempt);
        if (round.Aggregation is not null) return await UnmaskAsync(study, round, task, run, now, cancellation);
        SumVector? sum = run.Step is SumStep step ? new SumVector(step.Layout) : null;
        foreach ((string site, Answer answer) in round.Answers)
        {
            bool whole = await payloads.TryReadAsync(BlobScope.Contribution(task, site), answer.Payload!,
                (start, bytes) => sum?.AddPayload(bytes.Span, (int)(start / Fixed128.ElementBytes)), cancellation);
            if (!whole) return new ContributionLost(now, round.Number, round.Attempt, site); // the half-made sum is thrown away with this frame
        }

        PayloadManifest? kept = sum is null ? null : await payloads.PutAsync(BlobScope.Shared(study.Uid), sum.ToPayload(), cancellation);
        if (kept is not null) _runs.Remember(kept, sum!);
        return new RoundAggregated(now, round.Number, round.Attempt, kept);
    }

    // One buffer for any number of hospitals: their vectors are added up as they are read, and the masks come off the sum.
    private async Task<StudyEvent> UnmaskAsync(Study study, Round round, TaskKey task, AnalysisRun run, DateTimeOffset now, CancellationToken cancellation)
    {
        CoordinatorAggregationState state = round.Aggregation!;
        var sum = new MaskedSum(state.Context);
        foreach (int number in state.Survivors)
        {
            string site = round.Roster!.NameOf(number);
            bool whole = await payloads.TryReadAsync(BlobScope.Contribution(task, site), round.Answers[site].Payload!, (_, bytes) => sum.Add(number, bytes.Span), cancellation);
            if (!whole) return new ContributionLost(now, round.Number, round.Attempt, site);
        }

        Turn<CoordinatorAggregationState, byte[]> unmasked = CoordinatorAggregation.Unmask(state, sum, options.Threads);
        if (unmasked.Message is { } total)
        {
            PayloadManifest kept = await payloads.PutAsync(BlobScope.Shared(study.Uid), total, cancellation);
            if (run.Step is SumStep step) _runs!.Remember(kept, SumVector.FromPayload(step.Layout, total));
            return new RoundAggregated(now, round.Number, round.Attempt, kept);
        }

        string who = string.Join(", ", unmasked.Refusal!.Sites.Select(round.Roster!.NameOf));
        return new StudyPaused(now, PauseCause.SiteMissing,
            $"E1305: the masks of {round.Request.Analysis}/{round.Request.Step} do not come off ({unmasked.Refusal.Reason}{(who.Length > 0 ? $", {who}" : "")}): a site sent shares that are not its own. Resume to ask again.");
    }

    private async Task<StudyEvent> AdvanceAsync(Study study, PlannedAnalysis analysis, DateTimeOffset now, CancellationToken cancellation)
    {
        string? missing = analysis.DependsOn.FirstOrDefault(id => study.Outcomes.TryGetValue(id, out AnalysisOutcome? outcome) && outcome.IsRefused);
        if (missing is not null) return new AnalysisRefused(now, study.Attempt, analysis.Id, "E1301", $"{analysis.Id} needs {missing}, which was refused.");

        AnalysisRun run;
        try
        {
            run = await _runs!.AtAsync(study, analysis, cancellation);
        }
        catch (AnalysisRefusedException e)
        {
            return new AnalysisRefused(now, study.Attempt, analysis.Id, e.Code, e.Message);
        }

        if (run.Step is ConclusionStep conclusion)
        {
            byte[] result = ResultDocument.Of(conclusion.Result, study, analysis, options.Version).ToBytes();
            return new AnalysisConcluded(now, study.Attempt, analysis.Id, await payloads.PutAsync(BlobScope.Shared(study.Uid), result, cancellation));
        }

        PayloadManifest broadcast = await payloads.PutAsync(BlobScope.Shared(study.Uid), options.Codec.EncodeBroadcast(run.Step.Broadcast), cancellation);
        int number = (study.Created.Masked ? study.Rounds.Count : study.Rounds.Count(r => r.Attempt == study.Attempt)) + 1; // sites take no masked question under a lower number than before
        (ExchangeKind kind, long bytes) = run.Step is SumStep sum
            ? (ExchangeKind.Sum, (long)SumVector.PayloadBytes(sum.Layout))
            : (ExchangeKind.Report, Round.MostReportBytes);
        return new RoundOpened(now, number, study.Attempt, analysis.Id, run.Step.Name, kind, broadcast, bytes, now + study.Created.RoundDeadline);
    }

    // Once a sum is kept, or a round is given up, nobody needs the single hospitals' numbers any more: not keeping them is the best protection.
    private async Task DropSpentAsync(Study study, IEnumerable<Round> rounds, CancellationToken cancellation)
    {
        foreach (TaskKey task in rounds.Select(r => new TaskKey(study.Uid, r.Number, r.Attempt)))
        {
            Round round = study.FindRound(task.Round, task.Attempt)!;
            bool spent = round.State == RoundState.Abandoned || (round.State == RoundState.Aggregated && round.Sum is not null);
            if (spent) await options.Blobs.DropAsync(BlobScope.Round(task), cancellation);
        }
    }
}
