using System.Collections.Immutable;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Tests.Support;

/// <summary>The process dies.</summary>
internal sealed class CrashException() : Exception("kill -9");

/// <summary>Counts every step at which the process could die, and dies at one of them.</summary>
internal sealed class CrashPoints
{
    /// <summary>The step at which to die; negative = never.</summary>
    public int At { get; set; } = -1;

    /// <summary>Steps so far.</summary>
    public int Passed { get; private set; }

    public void Pass()
    {
        if (Passed++ == At) throw new CrashException();
    }
}

/// <summary>A store that can die right before and right after each write.</summary>
internal sealed class CrashingStore(ISiteStore inner, CrashPoints points) : ISiteStore
{
    public ISiteLedger Ledger { get; } = new CrashingLedger(inner.Ledger, points);

    // Memory keeps each write by itself, so a crash between two of them is tried as well: more than a database lets happen.
    public void Together(Action work) => inner.Together(work);

    public void RecordStudies(IReadOnlyList<StudyNotice> studies, DateTimeOffset seen) => Write(() => inner.RecordStudies(studies, seen));

    public (ImmutableArray<StudyNotice> Studies, DateTimeOffset? Seen) Studies() => inner.Studies();

    public void AddPlan(Digest plan, ReadOnlyMemory<byte> bytes) => Write(() => inner.AddPlan(plan, bytes));

    public byte[]? FindPlan(Digest plan) => inner.FindPlan(plan);

    public void RecordDecision(OfficerDecision decision) => Write(() => inner.RecordDecision(decision));

    public OfficerDecision? FindDecision(StudyUid study, Digest plan) => inner.FindDecision(study, plan);

    public void AddToOutbox(OutboxEntry entry, HarmonizedTable? harmonized, MaskingStep? masking = null) => Write(() => inner.AddToOutbox(entry, harmonized, masking));

    public void AddRoster(PinnedRoster roster) => Write(() => inner.AddRoster(roster));

    public PinnedRoster? FindRoster(Digest roster) => inner.FindRoster(roster);

    public void RecordMasking(MaskingStep step) => Write(() => inner.RecordMasking(step));

    public MaskingRecord? FindMasking(TaskKey task) => inner.FindMasking(task);

    public ImmutableArray<MaskingRecord> Maskings(StudyUid study) => inner.Maskings(study);

    public ImmutableArray<MessageRecord> Messages() => inner.Messages();

    public OutboxEntry? FindOutbox(TaskKey task) => inner.FindOutbox(task);

    public ImmutableArray<OutboxSummary> Outbox() => inner.Outbox();

    public ImmutableArray<TaskKey> PendingDeliveries() => inner.PendingDeliveries();

    public void RecordReceipt(Receipt receipt, DateTimeOffset at) => Write(() => inner.RecordReceipt(receipt, at));

    public void RecordAcknowledgement(TaskKey task, DateTimeOffset at) => Write(() => inner.RecordAcknowledgement(task, at));

    public void RecordRefusal(TaskKey task, int code, DateTimeOffset at) => Write(() => inner.RecordRefusal(task, code, at));

    public IReadOnlyDictionary<string, HarmonizedTable> Harmonized(StudyUid study, Digest plan) => inner.Harmonized(study, plan);

    public ImmutableArray<ReleasedCohort> Released(VariableSet variables) => inner.Released(variables);

    public void RecordRelease(ReleasedCohort cohort) => Write(() => inner.RecordRelease(cohort));

    private void Write(Action write)
    {
        points.Pass();
        write();
        points.Pass();
    }
}
