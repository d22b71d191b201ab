using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;

namespace Federated.Simulator.Consortium;

/// <summary>The link of a hospital that falls silent when it is asked for a chosen step, until it is brought back.</summary>
/// <param name="inner">The link while it works.</param>
/// <param name="drop">When it stops; null = never.</param>
public sealed class DroppingLink(ICoordinatorLink inner, Drop? drop) : ICoordinatorLink
{
    /// <summary>Whether it stopped.</summary>
    public bool Happened { get; private set; }

    /// <summary>Whether it works again.</summary>
    public bool CameBack { get; private set; }

    /// <summary>Whether nothing comes through now.</summary>
    public bool IsSilent => Happened && !CameBack;

    /// <summary>What became of it.</summary>
    public DropOutcome? Outcome => drop is null ? null : new DropOutcome(drop, Happened, CameBack);

    /// <summary>It works again, and goes on working.</summary>
    public void Return() => CameBack |= Happened;

    /// <inheritdoc/>
    public async Task<SyncResult> SyncAsync(CancellationToken cancellation)
    {
        if (IsSilent) throw Gone();
        SyncResult sync = await inner.SyncAsync(cancellation);
        Happened |= drop is not null && sync.Tasks.Any(t => t.Key.Round >= drop.Round && t.Masking?.Step == drop.Step);
        return IsSilent ? throw Gone() : sync;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<long> WatchAsync(CancellationToken cancellation) => inner.WatchAsync(cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation) => Link.GetPlanAsync(study, plan, cancellation);

    /// <inheritdoc/>
    public Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation) => Link.GetRosterAsync(study, roster, cancellation);

    /// <inheritdoc/>
    public Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation) =>
        Link.ApproveAsync(study, plan, manifest, roster, signature, cancellation);

    /// <inheritdoc/>
    public Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation) => Link.WithdrawAsync(study, plan, signature, cancellation);

    /// <inheritdoc/>
    public Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation) => Link.FetchAsync(payload, bytes, cancellation);

    /// <inheritdoc/>
    public Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation) => Link.SubmitAsync(payload, cancellation);

    /// <inheritdoc/>
    public Task SendAsync(MaskingMessage message, CancellationToken cancellation) => Link.SendAsync(message, cancellation);

    /// <inheritdoc/>
    public Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation) =>
        Link.ReceiveAsync(task, plan, step, patience, cancellation);

    /// <inheritdoc/>
    public Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation) => Link.DeclineAsync(task, plan, decline, cancellation);

    /// <inheritdoc/>
    public Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation) => Link.ProgressAsync(task, done, total, cancellation);

    private ICoordinatorLink Link => IsSilent ? throw Gone() : inner;

    private static CoordinatorUnreachableException Gone() => new("This hospital fell silent.");
}
