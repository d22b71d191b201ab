using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Store;

/// <summary>A payload as the gate put it into the outbox.</summary>
/// <param name="Digest">SHA-256 of the bytes.</param>
/// <param name="Bytes">What leaves, to the byte.</param>
/// <param name="Seal">The gate's signature over task, plan and digest.</param>
public sealed record SealedPayload(Digest Digest, ReadOnlyMemory<byte> Bytes, byte[] Seal);

/// <summary>What the numbers of a sum mean, for the officer who reads them later.</summary>
/// <param name="Blocks">The vector's blocks in their order.</param>
/// <param name="Packed">Those that hold packed counts.</param>
public sealed record OutboxLayout(ImmutableArray<SumBlock> Blocks, ImmutableArray<string> Packed);

/// <summary>How far an entry has got.</summary>
public enum DeliveryState
{
    /// <summary>Written, not known to have arrived.</summary>
    Pending = 1,

    /// <summary>The coordinator holds it: a receipt for a payload, an acknowledgement for a decline.</summary>
    Delivered = 2,

    /// <summary>The coordinator refused it for good, for instance because the round moved on.</summary>
    Refused = 3,
}

/// <summary>
/// What this site answered to one task: a sealed payload or a decline, never both. Written before anything is sent and never changed afterwards but for its
/// delivery, so that a repeat after a crash sends the same bytes.
/// </summary>
public sealed record OutboxEntry
{
    /// <summary>An entry that holds a payload.</summary>
    public OutboxEntry(SiteTask task, ImmutableArray<GateCheck> checks, SealedPayload payload, DateTimeOffset written)
        : this(task.Key, task.Plan, task.Analysis, task.Step, task.Kind, written, checks, payload, null)
    {
    }

    /// <summary>An entry that holds a decline.</summary>
    public OutboxEntry(SiteTask task, ImmutableArray<GateCheck> checks, Decline decline, DateTimeOffset written)
        : this(task.Key, task.Plan, task.Analysis, task.Step, task.Kind, written, checks, null, decline)
    {
    }

    /// <summary>An entry read back from a store.</summary>
    /// <exception cref="ArgumentException">It holds both a payload and a decline, or neither.</exception>
    public OutboxEntry(
        TaskKey task, Digest plan, string analysis, string step, ExchangeKind kind, DateTimeOffset written, ImmutableArray<GateCheck> checks,
        SealedPayload? payload, Decline? decline)
    {
        if (payload is null == decline is null) throw new ArgumentException("An outbox entry holds a payload or a decline.", nameof(payload));
        Task = task;
        Plan = plan;
        Analysis = analysis;
        Step = step;
        Kind = kind;
        Written = written;
        Checks = checks;
        Payload = payload;
        Decline = decline;
    }

    /// <summary>The task.</summary>
    public TaskKey Task { get; }

    /// <summary>The plan under which it was asked.</summary>
    public Digest Plan { get; }

    /// <summary>Id of the analysis in the plan.</summary>
    public string Analysis { get; }

    /// <summary>The step's name.</summary>
    public string Step { get; }

    /// <summary>Sum or Report.</summary>
    public ExchangeKind Kind { get; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset Written { get; }

    /// <summary>What the gate looked at.</summary>
    public ImmutableArray<GateCheck> Checks { get; }

    /// <summary>The payload, or null.</summary>
    public SealedPayload? Payload { get; }

    /// <summary>
    /// Behind a masked payload: the payload in clear, encrypted for this site (<see cref="StateSeal.Clear"/>), so that its officer can open what it was. Never leaves.
    /// </summary>
    public ReadOnlyMemory<byte>? Clear { get; init; }

    /// <summary>What each number of a sum means; null where there is no sum, or an earlier release wrote it. Never leaves.</summary>
    public OutboxLayout? Layout { get; init; }

    /// <summary>The decline, or null.</summary>
    public Decline? Decline { get; }

    /// <summary>How far it has got.</summary>
    public DeliveryState State { get; init; } = DeliveryState.Pending;

    /// <summary>When it got there.</summary>
    public DateTimeOffset? Settled { get; init; }

    /// <summary>The coordinator's receipt, for a payload that was delivered.</summary>
    public Receipt? Receipt { get; init; }

    /// <summary>RefusalCode of enrolment.proto, for an entry that was refused.</summary>
    public int? Refusal { get; init; }
}

/// <summary>An outbox entry without its bytes, for lists.</summary>
/// <param name="Entry">Everything but the bytes: the payload's memory is empty.</param>
/// <param name="Bytes">How many bytes the payload has; 0 for a decline.</param>
public sealed record OutboxSummary(OutboxEntry Entry, long Bytes);
