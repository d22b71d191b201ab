using Federated.Analyses;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Gate;

/// <summary>
/// Bytes that may leave the hospital. Its constructor is private: only <see cref="Gate"/>, nested here for that reason, can make one, and
/// <see cref="ICoordinatorLink.SubmitAsync"/> takes nothing else.
/// </summary>
public sealed partial class ApprovedPayload
{
    private ApprovedPayload(OutboxEntry entry, SealedPayload payload)
    {
        Entry = entry;
        Digest = payload.Digest;
        Bytes = payload.Bytes;
    }

    /// <summary>The task it answers.</summary>
    public TaskKey Task => Entry.Task;

    /// <summary>The plan under which it leaves.</summary>
    public Digest Plan => Entry.Plan;

    /// <summary>Sum or Report.</summary>
    public ExchangeKind Kind => Entry.Kind;

    /// <summary>SHA-256 of the bytes.</summary>
    public Digest Digest { get; }

    /// <summary>What leaves, to the byte.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Its place in the outbox, with every check it passed: what the site's ledger keeps of it.</summary>
    internal OutboxEntry Entry { get; }
}
