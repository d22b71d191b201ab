using System.Collections.Immutable;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.Simulator.Consortium;

/// <summary>A site's memory whose process dies just before or just after a write.</summary>
public sealed class CrashingSiteStore(ISiteStore inner, Faults faults) : ISiteStore
{
    /// <inheritdoc/>
    public ISiteLedger Ledger => inner.Ledger;

    /// <inheritdoc/>
    public void Together(Action work) => inner.Together(work);

    /// <inheritdoc/>
    public void RecordStudies(IReadOnlyList<StudyNotice> studies, DateTimeOffset seen) => Write(() => inner.RecordStudies(studies, seen));

    /// <inheritdoc/>
    public (ImmutableArray<StudyNotice> Studies, DateTimeOffset? Seen) Studies() => inner.Studies();

    /// <inheritdoc/>
    public void AddPlan(Digest plan, ReadOnlyMemory<byte> bytes) => Write(() => inner.AddPlan(plan, bytes));

    /// <inheritdoc/>
    public byte[]? FindPlan(Digest plan) => inner.FindPlan(plan);

    /// <inheritdoc/>
    public void RecordDecision(OfficerDecision decision) => Write(() => inner.RecordDecision(decision));

    /// <inheritdoc/>
    public OfficerDecision? FindDecision(StudyUid study, Digest plan) => inner.FindDecision(study, plan);

    /// <inheritdoc/>
    public void AddToOutbox(OutboxEntry entry, HarmonizedTable? harmonized, MaskingStep? masking = null) => Write(() => inner.AddToOutbox(entry, harmonized, masking));

    /// <inheritdoc/>
    public void AddRoster(PinnedRoster roster) => Write(() => inner.AddRoster(roster));

    /// <inheritdoc/>
    public PinnedRoster? FindRoster(Digest roster) => inner.FindRoster(roster);

    /// <inheritdoc/>
    public void RecordMasking(MaskingStep step) => Write(() => inner.RecordMasking(step));

    /// <inheritdoc/>
    public MaskingRecord? FindMasking(TaskKey task) => inner.FindMasking(task);

    /// <inheritdoc/>
    public ImmutableArray<MaskingRecord> Maskings(StudyUid study) => inner.Maskings(study);

    /// <inheritdoc/>
    public ImmutableArray<MessageRecord> Messages() => inner.Messages();

    /// <inheritdoc/>
    public OutboxEntry? FindOutbox(TaskKey task) => inner.FindOutbox(task);

    /// <inheritdoc/>
    public ImmutableArray<OutboxSummary> Outbox() => inner.Outbox();

    /// <inheritdoc/>
    public ImmutableArray<TaskKey> PendingDeliveries() => inner.PendingDeliveries();

    /// <inheritdoc/>
    public void RecordReceipt(Receipt receipt, DateTimeOffset at) => Write(() => inner.RecordReceipt(receipt, at));

    /// <inheritdoc/>
    public void RecordAcknowledgement(TaskKey task, DateTimeOffset at) => Write(() => inner.RecordAcknowledgement(task, at));

    /// <inheritdoc/>
    public void RecordRefusal(TaskKey task, int code, DateTimeOffset at) => Write(() => inner.RecordRefusal(task, code, at));

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HarmonizedTable> Harmonized(StudyUid study, Digest plan) => inner.Harmonized(study, plan);

    /// <inheritdoc/>
    public ImmutableArray<ReleasedCohort> Released(VariableSet variables) => inner.Released(variables);

    /// <inheritdoc/>
    public void RecordRelease(ReleasedCohort cohort) => Write(() => inner.RecordRelease(cohort));

    private void Write(Action write)
    {
        if (faults.Strikes("agent crash before a write", 0.03)) throw new SimulatedCrashException("before a site's write");
        write();
        if (faults.Strikes("agent crash after a write", 0.03)) throw new SimulatedCrashException("after a site's write");
    }
}
