using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Coordinator.Payloads;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>The coordinator's signed word that it holds a payload for a task.</summary>
public sealed record Receipt(TaskKey Task, Digest Payload, DateTimeOffset Accepted, ReadOnlyMemory<byte> Signature);

/// <summary>What a site may ask of a study, decided: the events that follow, or a numbered refusal. Pure; every call is safe to repeat.</summary>
public static class SiteDecisions
{
    /// <summary>The study, if this site may see it and means this plan.</summary>
    /// <exception cref="SiteRefusedException">StudyUnknown, PlanDiffers.</exception>
    public static void RequireVisible(Study study, string site, Digest plan)
    {
        if (!IsVisible(study, site)) throw new SiteRefusedException(RefusalCode.StudyUnknown, $"{site} asked for study {study.Created.Id}, which it was not shown.");
        if (plan != study.Plan) throw new SiteRefusedException(RefusalCode.PlanDiffers, $"{site} named plan {plan.Hex[..12]} of study {study.Created.Id}; the plan is {study.Plan.Hex[..12]}.");
    }

    /// <summary>Whether the study was shown to this site.</summary>
    public static bool IsVisible(Study study, string site) => study.Invited.Contains(site);

    /// <summary>The officer's yes; its signature was verified.</summary>
    /// <exception cref="SiteRefusedException">TaskClosed: the study is over.</exception>
    public static ImmutableArray<StudyEvent> Approve(Study study, string site, Digest manifest, Digest? roster, string signature, DateTimeOffset now)
    {
        if (roster != study.Pinned?.Digest)
            throw new SiteRefusedException(RefusalCode.PlanDiffers, $"{site} approved study {study.Created.Id} with another list of hospitals than its own.");
        if (study.Decisions.TryGetValue(site, out SiteDecision? said) && said.Approval == SiteApproval.Approved && said.Manifest == manifest) return [];
        if (study.State is StudyState.Released or StudyState.Closed)
            throw new SiteRefusedException(RefusalCode.TaskClosed, $"{site} approved study {study.Created.Id}, which is over.");
        return [new SiteApproved(now, site, manifest, signature) { Roster = roster }];
    }

    /// <summary>The officer's no; its signature was verified.</summary>
    public static ImmutableArray<StudyEvent> Withdraw(Study study, string site, string signature, DateTimeOffset now) =>
        study.ApprovalOf(site) == SiteApproval.Withdrawn ? [] : [new SiteWithdrew(now, site, signature)];

    /// <summary>The receipt given before for exactly this payload; or null when the payload is still wanted.</summary>
    /// <exception cref="SiteRefusedException">TaskClosed, PayloadDiffers, NotApproved, PayloadInvalid.</exception>
    public static Receipt? FindReceipt(Study study, TaskKey task, string site, PayloadManifest payload)
    {
        Answer answer = RequireTask(study, task, site, out Round round);
        if (answer is { IsHeld: true, Payload: { } held })
        {
            return held.Digest == payload.Digest
                ? new Receipt(task, held.Digest, answer.Accepted, Convert.FromHexString(answer.Signature))
                : throw new SiteRefusedException(RefusalCode.PayloadDiffers, $"{site} sent a second, different payload for round {task.Round}.{task.Attempt} of {study.Created.Id}.");
        }

        RequireWanted(study, task, site, round, answer);
        if (round.Aggregation?.Arrivals.GetValueOrDefault(round.Roster!.NumberOf(site)) is { } before && !before.PayloadDigest.AsSpan().SequenceEqual(payload.Digest.ToBytes()))
            throw new SiteRefusedException(RefusalCode.PayloadDiffers, $"{site} masked a second, different vector for round {task.Round}.{task.Attempt} of {study.Created.Id}.");
        if (!payload.IsConsistent || !round.Fits(payload.Bytes))
        {
            throw new SiteRefusedException(RefusalCode.PayloadInvalid,
                $"{site} offered {payload.Bytes} bytes for {round.Request.Analysis}/{round.Request.Step}, which asks for {round.Request.PayloadBytes}.");
        }

        return null;
    }

    /// <summary>The round of a task that still waits for this site's answer.</summary>
    /// <exception cref="SiteRefusedException">TaskClosed, NotApproved.</exception>
    public static Round RequireOpenTask(Study study, TaskKey task, string site)
    {
        Answer answer = RequireTask(study, task, site, out Round round);
        RequireWanted(study, task, site, round, answer);
        return round;
    }

    /// <summary>The site cannot or will not.</summary>
    /// <exception cref="SiteRefusedException">TaskClosed: it has answered, or the round moved on.</exception>
    public static ImmutableArray<StudyEvent> Refuse(Study study, StudyPlan plan, TaskKey task, string site, Decline decline, DateTimeOffset now)
    {
        Answer answer = RequireTask(study, task, site, out Round round);
        if (answer.State == AnswerState.Declined) return [];
        if (answer.Left) return [];
        if ((answer.State != AnswerState.Offered && round.Aggregation is null) || answer.IsGone || study.Current != round)
            throw new SiteRefusedException(RefusalCode.TaskClosed, $"{site} declined round {task.Round}.{task.Attempt} of {study.Created.Id} too late.");
        return [new SiteDeclined(now, task.Round, task.Attempt, site, decline, decline.Describe(plan, site, round.Request.Analysis, round.Request.Step))];
    }

    /// <summary>A message of a step of the masking; its checks are <see cref="CoordinatorAggregation"/>'s.</summary>
    /// <exception cref="SiteRefusedException">TaskClosed: not waited for, or not any more. NotApproved. MaskingRefused: not what the step accepts.</exception>
    public static ImmutableArray<StudyEvent> Mask(Study study, TaskKey task, string site, SiteMessage message, DateTimeOffset now)
    {
        Answer answer = RequireTask(study, task, site, out Round round);
        if (!study.HasApproved(site))
            throw new SiteRefusedException(RefusalCode.NotApproved, $"{site} has not approved study {study.Created.Id}, or withdrew.");
        if (study.Current != round || round.Aggregation is not { } state || answer.IsGone || study.State is not (StudyState.Running or StudyState.Paused))
            throw new SiteRefusedException(RefusalCode.TaskClosed, $"Round {task.Round}.{task.Attempt} of {study.Created.Id} no longer waits for {site}.");
        if (message.Sender != round.Roster!.NumberOf(site))
            throw new SiteRefusedException(RefusalCode.MaskingRefused, $"{site} sent a message of masking in the name of roster number {message.Sender}, in round {task.Round}.{task.Attempt} of {study.Created.Id}.");
        (CoordinatorAggregationState? next, AggregationRefusal? refusal) = MaskedRound.Accept(state, message);
        if (refusal is not null)
            throw new SiteRefusedException(RefusalCode.MaskingRefused, $"The message of {site} for step {message.Step} of round {task.Round}.{task.Attempt} of {study.Created.Id} was refused: {refusal}.");
        return next is null ? [] : [new MaskingAnswered(now, task.Round, task.Attempt, site, message.Step, message.ToBytes())];
    }

    private static Answer RequireTask(Study study, TaskKey task, string site, out Round round)
    {
        Round? found = study.FindRound(task.Round, task.Attempt);
        if (found is null || !found.Answers.TryGetValue(site, out Answer? answer))
            throw new SiteRefusedException(RefusalCode.TaskClosed, $"Round {task.Round}.{task.Attempt} of {study.Created.Id} does not ask {site}.");
        round = found;
        return answer;
    }

    private static void RequireWanted(Study study, TaskKey task, string site, Round round, Answer answer)
    {
        if (!study.HasApproved(site))
            throw new SiteRefusedException(RefusalCode.NotApproved, $"{site} has not approved study {study.Created.Id}, or withdrew.");
        bool running = study.State is StudyState.Running or StudyState.Paused;
        bool wanted = answer.State == AnswerState.Offered && (round.Aggregation is null || MaskedRound.Awaited(round, site) == CoordinatorStep.Masked);
        if (!running || study.Current != round || !wanted)
            throw new SiteRefusedException(RefusalCode.TaskClosed, $"Round {task.Round}.{task.Attempt} of {study.Created.Id} no longer waits for {site}.");
    }
}
