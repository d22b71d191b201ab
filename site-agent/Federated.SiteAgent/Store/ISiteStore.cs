using System.Collections.Immutable;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Store;

/// <summary>
/// What the agent must not forget. Every write is durable when it returns and happens wholly or not at all; writes that repeat an earlier one change nothing.
/// Safe to use from several threads, and the SQLite implementation from several processes (the running agent and the officer's commands).
/// </summary>
public interface ISiteStore
{
    /// <summary>The site's ledger, in the same place.</summary>
    ISiteLedger Ledger { get; }

    /// <summary>
    /// Runs writes that belong together: all of them are kept, or none, with one flush to disk. The store and its ledger, read inside, show what was written inside;
    /// others wait. On one thread; may be nested.
    /// </summary>
    void Together(Action work);

    /// <summary>Replaces what is known of the studies by the coordinator's present word.</summary>
    void RecordStudies(IReadOnlyList<StudyNotice> studies, DateTimeOffset seen);

    /// <summary>Studies as last seen, in code-point order of their ids, and when that was; null = never.</summary>
    (ImmutableArray<StudyNotice> Studies, DateTimeOffset? Seen) Studies();

    /// <summary>Keeps the canonical bytes of a plan.</summary>
    void AddPlan(Digest plan, ReadOnlyMemory<byte> bytes);

    /// <summary>The bytes of a plan, or null.</summary>
    byte[]? FindPlan(Digest plan);

    /// <summary>Keeps the hospitals of a roster.</summary>
    void AddRoster(PinnedRoster roster);

    /// <summary>The roster of that digest, or null.</summary>
    PinnedRoster? FindRoster(Digest roster);

    /// <summary>The officer's word on a plan; replaces an earlier one on the same plan.</summary>
    void RecordDecision(OfficerDecision decision);

    /// <summary>The officer's latest word on a plan, or null.</summary>
    OfficerDecision? FindDecision(StudyUid study, Digest plan);

    /// <summary>
    /// Keeps an answer and, in the same step, the harmonized table that was made with it.
    /// </summary>
    /// <param name="entry">The answer.</param>
    /// <param name="harmonized">The table, or null.</param>
    /// <param name="masking">Where the answer is masked or ends a masking: the state it follows from, kept in the same step. Null: none.</param>
    /// <exception cref="InvalidOperationException">Another answer to this task is already there: it is never replaced.</exception>
    void AddToOutbox(OutboxEntry entry, HarmonizedTable? harmonized, MaskingStep? masking = null);

    /// <summary>Keeps a step of the masking and the messages that belong to it, all in one. The one place where messages of masked rounds are written down.</summary>
    /// <exception cref="InvalidOperationException">The round is further than this: a step is never taken back.</exception>
    void RecordMasking(MaskingStep step);

    /// <summary>How far this site is in masking a round, or null.</summary>
    MaskingRecord? FindMasking(TaskKey task);

    /// <summary>Every round of a study that this site masked for, oldest first.</summary>
    ImmutableArray<MaskingRecord> Maskings(StudyUid study);

    /// <summary>Every message of masked rounds, oldest first. It only grows.</summary>
    ImmutableArray<MessageRecord> Messages();

    /// <summary>The answer to a task with its bytes, or null.</summary>
    OutboxEntry? FindOutbox(TaskKey task);

    /// <summary>Every answer, oldest first, without bytes.</summary>
    ImmutableArray<OutboxSummary> Outbox();

    /// <summary>Answers not known to have arrived, oldest first.</summary>
    ImmutableArray<TaskKey> PendingDeliveries();

    /// <summary>
    /// The payload arrived. The first receipt stays; a later one for the same payload changes nothing.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no such payload for the receipt's task.</exception>
    void RecordReceipt(Receipt receipt, DateTimeOffset at);

    /// <summary>The decline arrived.</summary>
    void RecordAcknowledgement(TaskKey task, DateTimeOffset at);

    /// <summary>The coordinator refused the answer for good; a delivered one stays delivered.</summary>
    void RecordRefusal(TaskKey task, int code, DateTimeOffset at);

    /// <summary>About whom numbers were let out on these variables, oldest first.</summary>
    ImmutableArray<ReleasedCohort> Released(VariableSet variables);

    /// <summary>Numbers about these records are let out; the same records on the same variables are kept once.</summary>
    void RecordRelease(ReleasedCohort cohort);

    /// <summary>Harmonized tables made under a plan, the latest per analysis id.</summary>
    IReadOnlyDictionary<string, HarmonizedTable> Harmonized(StudyUid study, Digest plan);
}

/// <summary>One write of the masking: the state, and the messages that belong to it.</summary>
public sealed record MaskingStep(MaskingRecord Record, params ImmutableArray<MessageRecord> Messages);

/// <summary>The site's memory failed (disk full, file gone): nothing is decided and nothing leaves until it works again.</summary>
public sealed class SiteStoreException(string message, Exception? cause = null) : Exception(message, cause);
