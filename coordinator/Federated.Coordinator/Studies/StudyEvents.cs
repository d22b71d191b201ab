using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Federated.Analyses;
using Federated.Coordinator.Payloads;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Studies;

/// <summary>Something that happened to a study. The names in the attributes are on disk: they never change.</summary>
/// <param name="At">When, by the coordinator's clock.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(StudyCreated), "study-created")]
[JsonDerivedType(typeof(StudyOpened), "study-opened")]
[JsonDerivedType(typeof(SiteApproved), "site-approved")]
[JsonDerivedType(typeof(SiteWithdrew), "site-withdrew")]
[JsonDerivedType(typeof(StudyStarted), "study-started")]
[JsonDerivedType(typeof(StudyRestarted), "study-restarted")]
[JsonDerivedType(typeof(RoundOpened), "round-opened")]
[JsonDerivedType(typeof(ContributionSubmitted), "contribution-submitted")]
[JsonDerivedType(typeof(ContributionLost), "contribution-lost")]
[JsonDerivedType(typeof(SiteDeclined), "site-declined")]
[JsonDerivedType(typeof(SiteExcluded), "site-excluded")]
[JsonDerivedType(typeof(RoundAggregated), "round-aggregated")]
[JsonDerivedType(typeof(MaskingAnswered), "masking-answered")]
[JsonDerivedType(typeof(MaskingClosed), "masking-closed")]
[JsonDerivedType(typeof(RoundAbandoned), "round-abandoned")]
[JsonDerivedType(typeof(AnalysisConcluded), "analysis-concluded")]
[JsonDerivedType(typeof(AnalysisRefused), "analysis-refused")]
[JsonDerivedType(typeof(StudyPaused), "study-paused")]
[JsonDerivedType(typeof(StudyResumed), "study-resumed")]
[JsonDerivedType(typeof(StudyReleased), "study-released")]
[JsonDerivedType(typeof(StudyClosed), "study-closed")]
public abstract record StudyEvent(DateTimeOffset At);

/// <summary>An analysis of the plan, in running order; the survey first.</summary>
/// <param name="Id">Id in the plan.</param>
/// <param name="Kind">Kind in the closed vocabulary.</param>
/// <param name="DependsOn">Ids of earlier analyses without which this one cannot be done.</param>
public sealed record PlannedAnalysis(string Id, string Kind, ImmutableArray<string> DependsOn);

/// <summary>A plan became a study; no site sees it yet.</summary>
public sealed record StudyCreated(
    DateTimeOffset At, StudyUid Uid, string Id, string Title, PayloadManifest Plan, int QuorumSites, TimeSpan RoundDeadline,
    ImmutableArray<PlannedAnalysis> Analyses) : StudyEvent(At)
{
    /// <summary>Whether the plan asks for masked sums.</summary>
    public bool Masked { get; init; }
}

/// <summary>The study is shown to these sites, whose officers are asked.</summary>
public sealed record StudyOpened(DateTimeOffset At, ImmutableArray<string> Sites) : StudyEvent(At)
{
    /// <summary>Their keys, where sums are masked: what the officers' approvals cover. Null where they are not.</summary>
    public ImmutableArray<RosterSite>? Roster { get; init; }
}

/// <summary>A site's officer said yes to the plan. Signatures are hexadecimal.</summary>
public sealed record SiteApproved(DateTimeOffset At, string Site, Digest Manifest, string Signature) : StudyEvent(At)
{
    /// <summary>The roster it covers, where sums are masked.</summary>
    public Digest? Roster { get; init; }
}

/// <summary>A site's officer said no: nothing more leaves.</summary>
public sealed record SiteWithdrew(DateTimeOffset At, string Site, string Signature) : StudyEvent(At);

/// <summary>The first attempt begins with these sites.</summary>
public sealed record StudyStarted(DateTimeOffset At, ImmutableArray<string> Participants) : StudyEvent(At);

/// <summary>The study starts over from the survey with other participants; what the attempt before found no longer counts.</summary>
public sealed record StudyRestarted(DateTimeOffset At, int Attempt, ImmutableArray<string> Participants, string Reason) : StudyEvent(At);

/// <summary>Every participant is asked for one step's answer.</summary>
/// <param name="At">When.</param>
/// <param name="Round">1, 2, ... within the attempt.</param>
/// <param name="Attempt">The study's attempt.</param>
/// <param name="Analysis">Id of the analysis.</param>
/// <param name="Step">Name of the step in its declaration.</param>
/// <param name="Kind">Sum or Report.</param>
/// <param name="Broadcast">What the participants need to know.</param>
/// <param name="PayloadBytes">Length every answer must have (Sum), or may have at most (Report).</param>
/// <param name="Deadline">The round is closed at this time.</param>
public sealed record RoundOpened(
    DateTimeOffset At, int Round, int Attempt, string Analysis, string Step, ExchangeKind Kind, PayloadManifest Broadcast, long PayloadBytes,
    DateTimeOffset Deadline) : StudyEvent(At);

/// <summary>A site's answer is held, and this receipt was given for it.</summary>
public sealed record ContributionSubmitted(
    DateTimeOffset At, int Round, int Attempt, string Site, PayloadManifest Payload, DateTimeOffset Accepted, string Signature) : StudyEvent(At);

/// <summary>A held answer could not be read back: the site is asked again.</summary>
public sealed record ContributionLost(DateTimeOffset At, int Round, int Attempt, string Site) : StudyEvent(At);

/// <summary>A site cannot or will not answer.</summary>
public sealed record SiteDeclined(DateTimeOffset At, int Round, int Attempt, string Site, Decline Decline, string Reason) : StudyEvent(At);

/// <summary>The coordinator stopped waiting for a site.</summary>
public sealed record SiteExcluded(DateTimeOffset At, int Round, int Attempt, string Site, string Reason) : StudyEvent(At);

/// <summary>Every participant answered. <paramref name="Sum"/> is the sum over sites; null for a Report, whose answers are kept as they are.</summary>
public sealed record RoundAggregated(DateTimeOffset At, int Round, int Attempt, PayloadManifest? Sum) : StudyEvent(At);

/// <summary>A site's message of a step of the masking was checked and is held.</summary>
/// <param name="At">When.</param>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The study's attempt.</param>
/// <param name="Site">Whose.</param>
/// <param name="Step">Which step's.</param>
/// <param name="Message">Its bytes (<see cref="SiteMessage.ToBytes"/>): keys, ciphertexts, signatures or shares; no number of the site.</param>
public sealed record MaskingAnswered(DateTimeOffset At, int Round, int Attempt, string Site, CoordinatorStep Step, ReadOnlyMemory<byte> Message) : StudyEvent(At);

/// <summary>A step of the masking is over, and the next begins.</summary>
/// <param name="At">When; the next step has the round's full time from here.</param>
/// <param name="Round">The round.</param>
/// <param name="Attempt">The study's attempt.</param>
/// <param name="Step">The step that is over.</param>
/// <param name="Survivors">After the masked vectors: the roster numbers of those in the sum, ascending. Announced once, never changed.</param>
public sealed record MaskingClosed(DateTimeOffset At, int Round, int Attempt, CoordinatorStep Step, ImmutableArray<int> Survivors) : StudyEvent(At);

/// <summary>A round was given up without a sum; its step is asked again in a round of its own.</summary>
public sealed record RoundAbandoned(DateTimeOffset At, int Round, int Attempt, string Reason) : StudyEvent(At);

/// <summary>An analysis came to its end. A survey has no result of its own to publish.</summary>
public sealed record AnalysisConcluded(DateTimeOffset At, int Attempt, string Analysis, PayloadManifest Result) : StudyEvent(At);

/// <summary>The data do not allow an analysis, or one it depends on; the study goes on with the others.</summary>
public sealed record AnalysisRefused(DateTimeOffset At, int Attempt, string Analysis, string Code, string Reason) : StudyEvent(At);

/// <summary>Nothing is asked of any site until the study is resumed.</summary>
/// <param name="At">When.</param>
/// <param name="Cause">Whose doing.</param>
/// <param name="Reason">One line.</param>
public sealed record StudyPaused(DateTimeOffset At, PauseCause Cause, string Reason) : StudyEvent(At);

/// <summary>The study goes on where it was; an open round gets its full time again.</summary>
public sealed record StudyResumed(DateTimeOffset At) : StudyEvent(At);

/// <summary>Every analysis concluded or was refused.</summary>
public sealed record StudyReleased(DateTimeOffset At) : StudyEvent(At);

/// <summary>Over for good.</summary>
public sealed record StudyClosed(DateTimeOffset At) : StudyEvent(At);

/// <summary>Why a study is paused.</summary>
public enum PauseCause
{
    /// <summary>The operator asked.</summary>
    Operator = 1,

    /// <summary>Too few sites are left; on resuming, every site that has approved is asked again.</summary>
    QuorumLost = 2,

    /// <summary>A defect of ours, or an upgrade that changed an analysis half way; on resuming, it is tried again.</summary>
    Defect = 3,

    /// <summary>
    /// A hospital whose numbers are in an earlier masked sum is missing: asking the others without it would show its numbers as the difference. On resuming, the
    /// same hospitals are asked once more.
    /// </summary>
    SiteMissing = 4,
}
