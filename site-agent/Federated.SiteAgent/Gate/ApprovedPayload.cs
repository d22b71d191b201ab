using Federated.Analyses;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Gate;

/// <summary>
/// Bytes that may leave the hospital. Its constructor is private: only <see cref="Gate"/>, nested here for that reason, can make one, and
/// <see cref="ICoordinatorLink.SubmitAsync"/> takes nothing else.
/// </summary>
public sealed partial class ApprovedPayload
{
    private ApprovedPayload(TaskKey task, Digest plan, ExchangeKind kind, Digest digest, ReadOnlyMemory<byte> bytes)
    {
        Task = task;
        Plan = plan;
        Kind = kind;
        Digest = digest;
        Bytes = bytes;
    }

    /// <summary>The task it answers.</summary>
    public TaskKey Task { get; }

    /// <summary>The plan under which it leaves.</summary>
    public Digest Plan { get; }

    /// <summary>Sum or Report.</summary>
    public ExchangeKind Kind { get; }

    /// <summary>SHA-256 of the bytes.</summary>
    public Digest Digest { get; }

    /// <summary>What leaves, to the byte.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }
}
