using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Privacy.FixedPoint;

namespace Federated.Coordinator.Running;

/// <summary>
/// Brings an analysis to where the study's events say it is: from memory while the process lives, from the stored outcomes after a restart. Every step that
/// is taken again must ask for exactly what was asked before. Used by one writer at a time.
/// </summary>
internal sealed class StudyRuns(StudyPlan plan, Func<string, IAnalysis?> catalogue, IPayloadCodec codec, PayloadStore payloads) : IDisposable
{
    private AnalysisRun? _run;
    private (int Attempt, SurveyResult Result)? _survey;
    private (PayloadManifest Kept, SumVector Sum)? _fresh;

    /// <summary>The run of this analysis, past every outcome the study holds for it.</summary>
    /// <exception cref="AnalysisRefusedException">The data do not allow it.</exception>
    /// <exception cref="AnalysisDefectException">E1302, E1303 or E1304.</exception>
    public async Task<AnalysisRun> AtAsync(Study study, PlannedAnalysis analysis, CancellationToken cancellation)
    {
        try
        {
            bool survey = string.Equals(analysis.Id, AnalysisDependencies.Survey, StringComparison.Ordinal);
            AnalysisRun run = await ReplayAsync(study, analysis, survey ? null : await SurveyAsync(study, cancellation), cancellation);
            if (survey && run.Step is ConclusionStep { Result.Survey: { } result }) _survey = (study.Attempt, result);
            return run;
        }
        catch
        {
            Forget(); // whatever went wrong, the iterator may have gone further than the events
            throw;
        }
    }

    /// <summary>The sum that was just stored, so that it need not be read back while this process lives. Used once.</summary>
    public void Remember(PayloadManifest kept, SumVector sum) => _fresh = (kept, sum);

    /// <summary>Throws the live run away: the next call replays.</summary>
    public void Forget()
    {
        _run?.Dispose();
        _run = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private async Task<IReadOnlyList<(string Site, Report Report)>> ReportsAsync(Study study, Round round, CancellationToken cancellation)
    {
        var reports = new List<(string, Report)>(round.Answers.Count);
        foreach ((string site, Answer answer) in round.Answers)
        {
            var scope = BlobScope.Contribution(new TaskKey(study.Uid, round.Number, round.Attempt), site);
            byte[] bytes = await payloads.FindAsync(scope, answer.Payload!, cancellation) ?? throw Damaged(round);
            try
            {
                reports.Add((site, codec.DecodeReport(bytes)));
            }
            catch (FormatException)
            {
                throw Damaged(round);
            }
        }

        return reports;
    }

    private async Task<SurveyResult?> SurveyAsync(Study study, CancellationToken cancellation)
    {
        if (_survey is { } known && known.Attempt == study.Attempt) return known.Result;
        AnalysisRun run = await ReplayAsync(study, study.Created.Analyses[0], null, cancellation);
        SurveyResult result = (run.Step as ConclusionStep)?.Result.Survey
            ?? throw new AnalysisDefectException("E1303", "E1303: the survey replayed from its stored sum does not conclude as it did; this release differs from the one that ran it.");
        _survey = (study.Attempt, result);
        return result;
    }

    private async Task<AnalysisRun> ReplayAsync(Study study, PlannedAnalysis analysis, SurveyResult? survey, CancellationToken cancellation)
    {
        Round[] outcomes = [.. study.OutcomesOf(analysis.Id)];
        if (_run is null || _run.Attempt != study.Attempt || _run.Sites != study.Participants.Count || !string.Equals(_run.Analysis.Id, analysis.Id, StringComparison.Ordinal) || _run.OutcomesGiven > outcomes.Length)
        {
            Forget();
            _run = Begin(study, analysis, survey);
        }

        AnalysisRun run = _run;
        foreach (Round round in outcomes.Skip(run.OutcomesGiven))
        {
            RequireSameStep(run, round);
            if (run.Step is SumStep step)
            {
                run.Give(await SumAsync(study, round, step, cancellation));
            }
            else
            {
                run.Give(await ReportsAsync(study, round, cancellation));
            }
        }

        if (study.Current is { } open && string.Equals(open.Request.Analysis, analysis.Id, StringComparison.Ordinal)) RequireSameStep(run, open);
        return run;
    }

    private async Task<SumVector> SumAsync(Study study, Round round, SumStep step, CancellationToken cancellation)
    {
        (PayloadManifest Kept, SumVector Sum)? fresh = _fresh;
        _fresh = null;
        if (fresh is { } known && known.Kept == round.Sum && known.Sum.Layout == step.Layout) return known.Sum;
        var sum = new SumVector(step.Layout);
        bool whole = await payloads.TryReadAsync(BlobScope.Shared(study.Uid), round.Sum!, (start, bytes) => sum.AddPayload(bytes.Span, (int)(start / Fixed128.ElementBytes)), cancellation);
        return whole ? sum : throw Damaged(round);
    }

    private AnalysisRun Begin(Study study, PlannedAnalysis analysis, SurveyResult? survey)
    {
        IAnalysis halves = catalogue(analysis.Kind)
            ?? throw new AnalysisDefectException("E1303", $"E1303: this release does not know analyses of kind {analysis.Kind}; run the release that created the study.");
        AnalysisSpecification specification = plan.Analyses.FirstOrDefault(a => string.Equals(a.Id, analysis.Id, StringComparison.Ordinal))
            ?? new AnalysisSpecification(analysis.Id, analysis.Kind, new JsonObject());
        return AnalysisRun.Begin(study.Attempt, analysis, halves, new CoordinatorContext(plan, specification, survey, study.Participants.Count));
    }

    private void RequireSameStep(AnalysisRun run, Round round)
    {
        RoundOpened asked = round.Request;
        bool same = string.Equals(run.Step.Name, asked.Step, StringComparison.Ordinal)
            && (asked.Kind == ExchangeKind.Sum ? run.Step is SumStep sum && SumVector.PayloadBytes(sum.Layout) == asked.PayloadBytes : run.Step is ReportStep)
            && Digest.Of(codec.EncodeBroadcast(run.Step.Broadcast)) == asked.Broadcast.Digest;
        if (!same)
        {
            throw new AnalysisDefectException("E1303",
                $"E1303: analysis {asked.Analysis} replayed from its stored sums does not ask for {asked.Step} as it did in round {round.Number}; this release differs from the one that ran it.");
        }
    }

    private static AnalysisDefectException Damaged(Round round) =>
        new("E1304", $"E1304: the stored outcome of round {round.Number} ({round.Request.Analysis}/{round.Request.Step}) is damaged; restore the data directory's blobs from a backup.");
}
