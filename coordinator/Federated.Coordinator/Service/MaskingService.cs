using System.Collections.Immutable;
using Federated.Coordinator.Studies;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Service;

/// <summary>
/// What sites say and ask so that only the sum of their vectors becomes known: masking.proto in the coordinator's own terms. The masked vectors themselves
/// travel as any payload (<see cref="SiteService.SubmitAsync"/>). Every call is safe to repeat; every refusal is a <see cref="SiteRefusedException"/>.
/// </summary>
public sealed class MaskingService
{
    private readonly StudyService _studies;
    private readonly StudyServiceOptions _options;

    internal MaskingService(StudyService studies, StudyServiceOptions options)
    {
        _studies = studies;
        _options = options;
    }

    /// <summary>The hospitals behind a study's masked sums, by roster number: what officers compare with each other before they approve.</summary>
    public async Task<ImmutableArray<RosterSite>> RosterAsync(string site, StudyUid uid, Digest roster, CancellationToken cancellation)
    {
        (_, Study study) = await _studies.Sites.RequireAsync(site, uid, null, cancellation);
        return study.Pinned is { } pinned && pinned.Digest == roster
            ? pinned.Sites
            : throw new SiteRefusedException(RefusalCode.PlanDiffers, $"{site} asked for roster {roster.Hex[..12]} of study {study.Created.Id}, which has another or none.");
    }

    /// <summary>A site's message of one step; on return it is held for good.</summary>
    public async Task AcceptAsync(string site, TaskKey task, Digest plan, SiteMessage message, CancellationToken cancellation)
    {
        (StudySession session, _) = await _studies.Sites.RequireAsync(site, task.Study, plan, cancellation);
        await session.DecideAsync(study => (SiteDecisions.Mask(study, task, site, message, _options.Time.GetUtcNow()), true), cancellation);
    }

    /// <summary>
    /// The coordinator's message of a step for one site; null while the step has not come.
    /// </summary>
    /// <param name="site">Who asks.</param>
    /// <param name="task">The round.</param>
    /// <param name="plan">The plan's digest.</param>
    /// <param name="step">The step.</param>
    /// <param name="patience">How long to wait for the step to come, at most <see cref="LongestPatience"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SiteRefusedException">TaskClosed: the step will not come for this site.</exception>
    public async Task<CoordinatorMessage?> RequestAsync(string site, TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation)
    {
        patience = patience < TimeSpan.Zero ? TimeSpan.Zero : patience < LongestPatience ? patience : LongestPatience;
        using var patient = new CancellationTokenSource(patience, _options.Time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patient.Token);
        while (true)
        {
            long seen = _studies.Changes.Sequence;
            (_, Study study) = await _studies.Sites.RequireAsync(site, task.Study, plan, cancellation);
            Round? round = study.FindRound(task.Round, task.Attempt);
            if (round is null || study.Current != round || round.Aggregation is null || !round.Answers.TryGetValue(site, out Answer? answer) || answer.IsGone)
                throw new SiteRefusedException(RefusalCode.TaskClosed, $"Round {task.Round}.{task.Attempt} of {study.Created.Id} no longer waits for {site}.");
            if (MaskedRound.Request(round, site, step) is { } request) return request;
            if (round.Aggregation.Step >= step)
                throw new SiteRefusedException(RefusalCode.TaskClosed, $"Step {step} of round {task.Round}.{task.Attempt} of {study.Created.Id} began without {site}.");
            if (patience == TimeSpan.Zero) return null;
            try
            {
                await _studies.Changes.WaitAsync(seen, waiting.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    /// <summary>No call waits longer.</summary>
    public static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(10);
}
