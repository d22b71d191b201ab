using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Server.Commands;

/// <summary>A study as the operator sees it.</summary>
internal static class StudyView
{
    public static object Brief(Study study) => new
    {
        Study = study.Created.Id,
        study.Created.Title,
        Uid = study.Uid.Hex,
        State = Word(study.State),
        Plan = study.Plan.Hex,
        Approved = study.Approving,
        Waiting = study.Invited.Where(s => study.ApprovalOf(s) == SiteApproval.Waiting),
        Quorum = study.Created.QuorumSites,
        PauseReason = study.Pause?.Reason,
        study.Attempt,
        Round = study.Current?.Number,
    };

    public static object Full(Study study) => new
    {
        Study = study.Created.Id,
        study.Created.Title,
        Uid = study.Uid.Hex,
        State = Word(study.State),
        Created = study.Created.At,
        Plan = study.Plan.Hex,
        Quorum = study.Created.QuorumSites,
        PauseReason = study.Pause?.Reason,
        study.Attempt,
        Sites = study.Invited.Select(s => new { Site = s, Approval = Word(study.ApprovalOf(s)), TakesPart = study.Participants.Contains(s), LeftOut = study.Dropped.GetValueOrDefault(s) }),
        Rounds = study.Rounds.Select(r => new
        {
            Round = r.Number,
            r.Attempt,
            r.Request.Analysis,
            r.Request.Step,
            Kind = Word(r.Request.Kind),
            State = Word(r.State),
            Opened = r.Request.At,
            r.Deadline,
            BroadcastBytes = r.Request.Broadcast.Bytes,
            Sites = r.Answers.Select(a => new { Site = a.Key, State = Word(a.Value.State), a.Value.Payload?.Bytes, Reason = a.Value.Reason.Length > 0 ? a.Value.Reason : null }),
        }),
        Analyses = study.Created.Analyses.Select(a => new
        {
            a.Id,
            a.Kind,
            Outcome = study.Outcomes.TryGetValue(a.Id, out AnalysisOutcome? outcome) ? outcome.IsRefused ? "refused" : "concluded" : "open",
            outcome?.Code,
            outcome?.Reason,
        }),
    };

    public static IEnumerable<string> Lines(Study study)
    {
        yield return $"{study.Created.Id}: {Word(study.State)}{(study.Attempt > 1 ? $", attempt {study.Attempt}" : "")} - {study.Created.Title}";
        yield return $"plan SHA-256 {study.Plan}, {study.Approving.Count()} of {study.Invited.Count} sites approved, {study.Created.QuorumSites} needed";
        if (study.Pause is { } pause) yield return $"paused: {pause.Reason}";
    }

    public static IEnumerable<string[]> Sites(Study study) => study.Invited.Select(s => new[]
    {
        s, Word(study.ApprovalOf(s)), study.Participants.Contains(s) ? "takes part" : study.Dropped.TryGetValue(s, out string? why) ? $"left out: {why}" : "",
    });

    public static IEnumerable<string[]> Rounds(Study study) => study.Rounds.Select(r => new[]
    {
        $"{r.Number}.{r.Attempt}", $"{r.Request.Analysis}/{r.Request.Step}", Word(r.State), $"{r.Answers.Values.Count(a => a.IsHeld)} of {r.Answers.Count}",
        r == study.Current ? string.Join(", ", r.Outstanding) : "",
    });

    public static IEnumerable<string[]> Outcomes(Study study) => study.Created.Analyses.Where(a => study.Outcomes.ContainsKey(a.Id)).Select(a => new[]
    {
        a.Id, study.Outcomes[a.Id] is { IsRefused: true } refused ? $"refused, {refused.Code}: {refused.Reason}" : "concluded",
    });

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
