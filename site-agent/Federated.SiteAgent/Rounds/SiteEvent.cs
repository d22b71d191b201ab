using Federated.Ledger.Checkpoints;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Rounds;

/// <summary>Something an operator may want to know. Holds numbers, digests and words of the plan; never a word from the hospital's tables.</summary>
public abstract record SiteEvent
{
    private SiteEvent()
    {
    }

    /// <summary>A plan arrived and waits for the officer.</summary>
    public sealed record PlanReceived(StudyNotice Study) : SiteEvent;

    /// <summary>A plan cannot be read by this release, or its bytes are not what was announced.</summary>
    public sealed record PlanUnreadable(StudyNotice Study, Exception Cause) : SiteEvent;

    /// <summary>The coordinator knows the officer's word.</summary>
    public sealed record DecisionSent(StudyUid Study, OfficerVerdict Verdict) : SiteEvent;

    /// <summary>The coordinator refused the officer's word.</summary>
    public sealed record DecisionRefused(StudyUid Study, OfficerVerdict Verdict, int Code) : SiteEvent;

    /// <summary>The site half begins.</summary>
    public sealed record TaskStarted(SiteTask Task) : SiteEvent;

    /// <summary>A payload passed the gate and lies in the outbox.</summary>
    public sealed record AnswerWritten(SiteTask Task, long Bytes) : SiteEvent;

    /// <summary>The site does not answer; the check that decided, if one did.</summary>
    public sealed record TaskDeclined(SiteTask Task, DeclineCode Code, GateCheck? Decisive) : SiteEvent;

    /// <summary>A defect in the site half; the coordinator only hears "internal".</summary>
    public sealed record TaskFailed(SiteTask Task, Exception Cause) : SiteEvent;

    /// <summary>The site's tables do not fit the plan; the code is an E22xx, and `study show` tells the officer the whole line.</summary>
    public sealed record TableUnusable(SiteTask Task, string Code) : SiteEvent;

    /// <summary>A step of the masking was taken, and the coordinator holds this site's part of it.</summary>
    public sealed record MaskingStepTaken(TaskKey Task, CoordinatorStep Step) : SiteEvent;

    /// <summary>What the coordinator sent for a step of the masking is not what it must be: this site goes no further in the round.</summary>
    public sealed record MaskingRefused(TaskKey Task, CoordinatorStep Step, AggregationRefusal Refusal) : SiteEvent;

    /// <summary>The coordinator holds the answer.</summary>
    public sealed record AnswerDelivered(TaskKey Task, long Bytes) : SiteEvent;

    /// <summary>The coordinator refused the answer for good.</summary>
    public sealed record AnswerRefused(TaskKey Task, int Code) : SiteEvent;

    /// <summary>An answer in the outbox may not leave: the approval was withdrawn or paused since, or the entry is damaged.</summary>
    public sealed record AnswerWithheld(TaskKey Task) : SiteEvent;

    /// <summary>The receipt is not the coordinator's word for this payload; the answer stays pending.</summary>
    public sealed record ReceiptInvalid(TaskKey Task) : SiteEvent;

    /// <summary>The coordinator refused something for now; it is tried again with the next Sync.</summary>
    public sealed record ActionRefused(SiteAction Action, int Code) : SiteEvent;

    /// <summary>The coordinator cannot be reached.</summary>
    public sealed record Unreachable(string Message, TimeSpan RetryIn) : SiteEvent;

    /// <summary>The coordinator refuses this site.</summary>
    public sealed record Refused(int Code, TimeSpan RetryIn) : SiteEvent;

    /// <summary>The coordinator's ledger does not continue what this site saw of it; the proof is in the site's own ledger.</summary>
    public sealed record CoordinatorLedgerFault(WitnessFinding Finding) : SiteEvent;

    /// <summary>A defect outside of any task.</summary>
    public sealed record RunFailed(Exception Cause, TimeSpan RetryIn) : SiteEvent;
}

/// <summary>Hears what happens; must be quick and must not throw.</summary>
public interface ISiteObserver
{
    /// <summary>Something happened.</summary>
    void Observe(SiteEvent happened);
}

/// <summary>Hears nothing.</summary>
public sealed class SilentObserver : ISiteObserver
{
    /// <summary>The one instance.</summary>
    public static SilentObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void Observe(SiteEvent happened)
    {
    }
}
