using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;

namespace Federated.Simulator.Consortium;

/// <summary>A process dies here: everything it had not persisted is gone.</summary>
public sealed class SimulatedCrashException(string where) : Exception($"Simulated crash {where}.");

/// <summary>
/// Draws what goes wrong, from a seed: the same seed does the same harm in the same places. Nothing goes wrong any more after <see cref="Most"/> faults, so every run ends.
/// </summary>
public sealed class Faults(int seed)
{
    /// <summary>Faults in one run.</summary>
    public const int Most = 200;

    private readonly Random _random = new(seed);

    /// <summary>How many there were, by kind.</summary>
    public SortedDictionary<string, int> Injected { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether this fault happens here.</summary>
    public bool Strikes(string kind, double probability)
    {
        if (Injected.Values.Sum() >= Most || _random.NextDouble() >= probability) return false;
        Injected[kind] = Injected.GetValueOrDefault(kind) + 1;
        return true;
    }

    /// <summary>A number from 0 to <paramref name="below"/> - 1.</summary>
    public int Draw(int below) => _random.Next(below);
}

/// <summary>A link that loses requests and replies, repeats calls, and delivers copies of answers long after their round.</summary>
public sealed class FaultyLink(ICoordinatorLink inner, Faults faults, List<Func<Task>> late, Action restartCoordinator) : ICoordinatorLink
{
    /// <inheritdoc/>
    public Task<SyncResult> SyncAsync(CancellationToken cancellation) => Through(() => inner.SyncAsync(cancellation));

    /// <inheritdoc/>
    public IAsyncEnumerable<long> WatchAsync(CancellationToken cancellation) => inner.WatchAsync(cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation) => Through(async () =>
    {
        byte[] bytes = await inner.GetPlanAsync(study, plan, cancellation);
        return faults.Strikes("truncated reply", 0.05) ? bytes[..(bytes.Length / 2)] : bytes;
    });

    /// <inheritdoc/>
    public Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation) => Through(() => inner.GetRosterAsync(study, roster, cancellation));

    /// <inheritdoc/>
    public Task SendAsync(MaskingMessage message, CancellationToken cancellation)
    {
        if (faults.Strikes("late copy", 0.05)) late.Add(() => inner.SendAsync(message, CancellationToken.None));
        return Through(() => Done(inner.SendAsync(message, cancellation)));
    }

    /// <inheritdoc/>
    public Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation) =>
        Through(() => inner.ReceiveAsync(task, plan, step, patience, cancellation));

    /// <inheritdoc/>
    public Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation) =>
        Through(() => Done(inner.ApproveAsync(study, plan, manifest, roster, signature, cancellation)));

    /// <inheritdoc/>
    public Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation) => Through(() => Done(inner.WithdrawAsync(study, plan, signature, cancellation)));

    /// <inheritdoc/>
    public Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation) => Through(() => inner.FetchAsync(payload, bytes, cancellation));

    /// <inheritdoc/>
    public Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation)
    {
        if (faults.Strikes("late copy", 0.1)) late.Add(() => inner.SubmitAsync(payload, CancellationToken.None));
        return Through(() => inner.SubmitAsync(payload, cancellation));
    }

    /// <inheritdoc/>
    public Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation) => Through(() => Done(inner.DeclineAsync(task, plan, decline, cancellation)));

    /// <inheritdoc/>
    public Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation) => Through(() => inner.ProgressAsync(task, done, total, cancellation));

    /// <summary>What a damaged stretch of a payload does: TLS notices, the call fails, nothing is known about what became of it.</summary>
    public static ReadOnlyMemory<byte> Carry(Faults faults, ReadOnlyMemory<byte> chunk) =>
        faults.Strikes("cut stream", 0.05) ? throw new CoordinatorUnreachableException("The stream was cut.") : chunk;

    private async Task<T> Through<T>(Func<Task<T>> call)
    {
        if (faults.Strikes("lost request", 0.05)) throw new CoordinatorUnreachableException("The request was lost.");
        try
        {
            if (faults.Strikes("repeated call", 0.05)) await call();
            T reply = await call();
            return faults.Strikes("lost reply", 0.05) ? throw new CoordinatorUnreachableException("The reply was lost.") : reply;
        }
        catch (SimulatedCrashException crash)
        {
            restartCoordinator();
            throw new CoordinatorUnreachableException("The coordinator went away.", crash);
        }
    }

    private static async Task<bool> Done(Task call)
    {
        await call;
        return true;
    }
}
