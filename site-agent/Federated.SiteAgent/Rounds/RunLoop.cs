using System.Threading.Channels;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Rounds;

/// <summary>When to run: hints make it prompt, the period makes it certain, back-off keeps a consortium from calling all at once.</summary>
internal sealed class RunLoop(SiteRuntime runtime, SiteParts parts, TimeSpan period)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);

    // Holds at most one hint: many hints while a run is under way mean one more run.
    private readonly Channel<long> _hints = Channel.CreateBounded<long>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Lock _drawing = new();

    public async Task RunAsync(CancellationToken cancellation)
    {
        Task watching = WatchAsync(cancellation);
        try
        {
            for (int failures = 0; !cancellation.IsCancellationRequested;)
            {
                if (await RunOnceAsync(failures, cancellation) is { } pause)
                {
                    failures++;
                    await Task.Delay(pause, parts.Time, cancellation);
                }
                else
                {
                    failures = 0;
                    await HintOrPeriodAsync(cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Asked to stop.
        }

        await watching;
    }

    /// <summary>The pause after a failed run, null after a good one.</summary>
    private async Task<TimeSpan?> RunOnceAsync(int failures, CancellationToken cancellation)
    {
        TimeSpan pause = Pause(failures);
        try
        {
            await runtime.RunOnceAsync(cancellation);
            return null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (CoordinatorUnreachableException unreachable)
        {
            parts.Observer.Observe(new SiteEvent.Unreachable(unreachable.Message, pause));
        }
        catch (CoordinatorRefusedException refused)
        {
            parts.Observer.Observe(new SiteEvent.Refused(refused.Code, pause));
        }
        catch (Exception defect)
        {
            parts.Observer.Observe(new SiteEvent.RunFailed(defect, pause));
        }

        return pause;
    }

    private async Task HintOrPeriodAsync(CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task hint = _hints.Reader.ReadAsync(waiting.Token).AsTask();
        Task elapsed = Task.Delay(period, parts.Time, waiting.Token);
        await Task.WhenAny(hint, elapsed);
        await waiting.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        for (int failures = 0; !cancellation.IsCancellationRequested; failures++)
        {
            try
            {
                await foreach (long sequence in parts.Link.WatchAsync(cancellation))
                {
                    failures = 0;
                    await _hints.Writer.WriteAsync(sequence, cancellation);
                }
            }
            catch (Exception broken) when (broken is CoordinatorUnreachableException or CoordinatorRefusedException or OperationCanceledException)
            {
                // A watch carries no truth: the periodic run goes on without it and reports what is wrong.
            }

            if (cancellation.IsCancellationRequested) return;
            try
            {
                await Task.Delay(Pause(failures), parts.Time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Doubles from one second to two minutes; the actual pause is uniform between half of that and all of it.</summary>
    private TimeSpan Pause(int failures)
    {
        double full = Math.Min(FirstPause.TotalSeconds * Math.Pow(2, Math.Min(failures, 20)), LongestPause.TotalSeconds);
        lock (_drawing) return TimeSpan.FromSeconds(full * (0.5 + (0.5 * parts.Jitter.NextDouble())));
    }
}
