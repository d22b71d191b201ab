using Federated.Coordinator.Service;
using Federated.Coordinator.Storage.Sqlite;

namespace Federated.Coordinator.Server.Hosting;

/// <summary>
/// Keeps the studies moving while nobody calls: notices what other processes wrote, lets time pass for deadlines, and wakes the open streams.
/// </summary>
public sealed partial class Heartbeat(StudyService studies, CoordinatorDatabase database, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<Heartbeat> log)
    : BackgroundService
{
    /// <summary>How often another process is looked for.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private const int BeatsPerTick = 5;        // deadlines are looked at once a second
    private const int BeatsPerKeepAlive = 150; // proxies cut streams that are silent for a minute

    private long _keepAlive; // sequence of the last keep-alive beat; written by the loop, read by the streams

    /// <summary>Raised whenever an open stream has something to look at.</summary>
    public ChangeSignal Beats { get; } = new();

    /// <summary>Fires when the server stops.</summary>
    public CancellationToken Stopping => lifetime.ApplicationStopping;

    /// <summary>Whether a stream that woke at this beat should say something although nothing changed.</summary>
    public bool IsKeepAlive(long beat) => Interlocked.Read(ref _keepAlive) == beat;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var watch = new DatabaseWatch(database);
        Task hints = PassOnAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        for (long beat = 0; ; beat++)
        {
            await TickAsync(watch, beat, stoppingToken);
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await hints;
    }

    private async Task TickAsync(DatabaseWatch watch, long beat, CancellationToken cancellation)
    {
        try
        {
            bool changed = watch.Changed();
            bool keepAlive = beat % BeatsPerKeepAlive == 0;
            if (changed || beat % BeatsPerTick == 0) await studies.TickAsync(cancellation);
            if (keepAlive) Interlocked.Exchange(ref _keepAlive, Beats.Sequence + 1);
            if (changed || keepAlive) Beats.Raise();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            Failed(log, e); // tried again at the next beat: nothing here may end the server
        }
    }

    private async Task PassOnAsync(CancellationToken cancellation)
    {
        try
        {
            for (long seen = studies.Changes.Sequence; ;)
            {
                seen = await studies.Changes.WaitAsync(seen, cancellation);
                Beats.Raise();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    [LoggerMessage(5, LogLevel.Error, "Looking after the studies failed; trying again")]
    private static partial void Failed(ILogger log, Exception e);
}
