using System.Collections.Immutable;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Store;

/// <summary>A store that lives as long as the process, for simulations and tests. Passes the same contract suite as the one on disk.</summary>
public sealed class InMemorySiteStore : ISiteStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, byte[]> _plans = [];
    private readonly Dictionary<(StudyUid, Digest), OfficerDecision> _decisions = [];
    private readonly Dictionary<TaskKey, int> _positions = [];
    private readonly List<OutboxEntry> _outbox = [];
    private readonly Dictionary<(StudyUid, Digest), ImmutableDictionary<string, HarmonizedTable>> _harmonized = [];
    private readonly Dictionary<Digest, PinnedRoster> _rosters = [];
    private readonly OrderedDictionary<TaskKey, MaskingRecord> _maskings = [];
    private readonly List<MessageRecord> _messages = [];
    private ImmutableArray<StudyNotice> _studies = [];
    private DateTimeOffset? _seen;
    private DifferencingLedger _released = DifferencingLedger.Empty;

    /// <inheritdoc/>
    public ISiteLedger Ledger { get; } = new InMemorySiteLedger();

    /// <inheritdoc/>
    public void Together(Action work) => work();

    /// <inheritdoc/>
    public void RecordStudies(IReadOnlyList<StudyNotice> studies, DateTimeOffset seen)
    {
        lock (_gate)
        {
            _studies = [.. studies.OrderBy(s => s.Id, StringComparer.Ordinal).ThenBy(s => s.Uid.Hex, StringComparer.Ordinal)];
            _seen = seen;
        }
    }

    /// <inheritdoc/>
    public (ImmutableArray<StudyNotice> Studies, DateTimeOffset? Seen) Studies()
    {
        lock (_gate) return (_studies, _seen);
    }

    /// <inheritdoc/>
    public void AddPlan(Digest plan, ReadOnlyMemory<byte> bytes)
    {
        lock (_gate) _plans.TryAdd(plan, bytes.ToArray());
    }

    /// <inheritdoc/>
    public byte[]? FindPlan(Digest plan)
    {
        lock (_gate) return _plans.GetValueOrDefault(plan);
    }

    /// <inheritdoc/>
    public void AddRoster(PinnedRoster roster)
    {
        lock (_gate) _rosters.TryAdd(roster.Digest, roster);
    }

    /// <inheritdoc/>
    public PinnedRoster? FindRoster(Digest roster)
    {
        lock (_gate) return _rosters.GetValueOrDefault(roster);
    }

    /// <inheritdoc/>
    public void RecordMasking(MaskingStep step)
    {
        lock (_gate)
        {
            if (_maskings.TryGetValue(step.Record.Task, out MaskingRecord? before) && before.Step > step.Record.Step)
                throw new InvalidOperationException($"Round {step.Record.Task.Round} is at {before.Step}; {step.Record.Step} is behind it.");
            _maskings[step.Record.Task] = step.Record;
            _messages.AddRange(step.Messages);
        }
    }

    /// <inheritdoc/>
    public MaskingRecord? FindMasking(TaskKey task)
    {
        lock (_gate) return _maskings.TryGetValue(task, out MaskingRecord? record) ? record : null;
    }

    /// <inheritdoc/>
    public ImmutableArray<MaskingRecord> Maskings(StudyUid study)
    {
        lock (_gate) return [.. _maskings.Values.Where(m => m.Task.Study == study)];
    }

    /// <inheritdoc/>
    public ImmutableArray<MessageRecord> Messages()
    {
        lock (_gate) return [.. _messages];
    }

    /// <inheritdoc/>
    public void RecordDecision(OfficerDecision decision)
    {
        lock (_gate) _decisions[(decision.Study, decision.Plan)] = decision;
    }

    /// <inheritdoc/>
    public OfficerDecision? FindDecision(StudyUid study, Digest plan)
    {
        lock (_gate) return _decisions.GetValueOrDefault((study, plan));
    }

    /// <inheritdoc/>
    public void AddToOutbox(OutboxEntry entry, HarmonizedTable? harmonized, MaskingStep? masking = null)
    {
        lock (_gate)
        {
            if (masking is not null && !_positions.ContainsKey(entry.Task)) RecordMasking(masking); // Lock is reentrant
            if (!_positions.TryAdd(entry.Task, _outbox.Count))
                throw new InvalidOperationException($"Round {entry.Task.Round}, attempt {entry.Task.Attempt} is already answered.");
            _outbox.Add(entry);
            if (harmonized is null) return;
            var key = (entry.Task.Study, entry.Plan);
            _harmonized[key] = _harmonized.GetValueOrDefault(key, ImmutableDictionary.Create<string, HarmonizedTable>(StringComparer.Ordinal))
                .SetItem(entry.Analysis, harmonized);
        }
    }

    /// <inheritdoc/>
    public OutboxEntry? FindOutbox(TaskKey task)
    {
        lock (_gate) return _positions.TryGetValue(task, out int position) ? _outbox[position] : null;
    }

    /// <inheritdoc/>
    public ImmutableArray<OutboxSummary> Outbox()
    {
        lock (_gate) return [.. _outbox.Select(Summary)];
    }

    /// <inheritdoc/>
    public ImmutableArray<TaskKey> PendingDeliveries()
    {
        lock (_gate) return [.. _outbox.Where(e => e.State == DeliveryState.Pending).Select(e => e.Task)];
    }

    /// <inheritdoc/>
    public void RecordReceipt(Receipt receipt, DateTimeOffset at)
    {
        lock (_gate)
        {
            if (!_positions.TryGetValue(receipt.Task, out int position) || _outbox[position].Payload?.Digest != receipt.Payload)
                throw new InvalidOperationException("The receipt speaks of a payload that is not in the outbox.");
            if (_outbox[position].State != DeliveryState.Delivered)
                _outbox[position] = _outbox[position] with { State = DeliveryState.Delivered, Settled = at, Receipt = receipt, Refusal = null };
        }
    }

    /// <inheritdoc/>
    public void RecordAcknowledgement(TaskKey task, DateTimeOffset at) => Settle(task, e => e with { State = DeliveryState.Delivered, Settled = at });

    /// <inheritdoc/>
    public void RecordRefusal(TaskKey task, int code, DateTimeOffset at) =>
        Settle(task, e => e with { State = DeliveryState.Refused, Settled = at, Refusal = code });

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, HarmonizedTable> Harmonized(StudyUid study, Digest plan)
    {
        lock (_gate) return _harmonized.GetValueOrDefault((study, plan), ImmutableDictionary<string, HarmonizedTable>.Empty);
    }

    /// <inheritdoc/>
    public ImmutableArray<ReleasedCohort> Released(VariableSet variables)
    {
        lock (_gate) return [.. _released.Released.Where(r => r.Variables == variables)];
    }

    /// <inheritdoc/>
    public void RecordRelease(ReleasedCohort cohort)
    {
        lock (_gate) _released = _released.Add(cohort);
    }

    private static OutboxSummary Summary(OutboxEntry entry)
    {
        SealedPayload? payload = entry.Payload is { } full ? full with { Bytes = default } : null;
        var without = new OutboxEntry(entry.Task, entry.Plan, entry.Analysis, entry.Step, entry.Kind, entry.Written, entry.Checks, payload, entry.Decline)
        {
            State = entry.State,
            Settled = entry.Settled,
            Receipt = entry.Receipt,
            Refusal = entry.Refusal,
        };
        return new OutboxSummary(without, entry.Payload?.Bytes.Length ?? 0);
    }

    private void Settle(TaskKey task, Func<OutboxEntry, OutboxEntry> settle)
    {
        lock (_gate)
        {
            if (_positions.TryGetValue(task, out int position) && _outbox[position].State == DeliveryState.Pending)
                _outbox[position] = settle(_outbox[position]);
        }
    }
}
