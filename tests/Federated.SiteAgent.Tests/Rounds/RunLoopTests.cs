using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Rounds;

/// <summary>The agent on its own clock: hints, the period without them, and pauses while the link is down. Virtual time only.</summary>
public sealed class RunLoopTests : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(5);

    private readonly TestSite _site = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    [Fact]
    public async Task It_runs_at_once_then_on_a_hint_then_after_the_period()
    {
        Task running = _site.Restarted().RunAsync(Period, _stop.Token);
        await UntilAsync(() => _site.Coordinator.Syncs == 1);
        _site.Coordinator.Hint();
        await UntilAsync(() => _site.Coordinator.Syncs == 2);
        await AdvanceUntilAsync(TimeSpan.FromMinutes(1), () => _site.Coordinator.Syncs == 3);
        Assert.True(_site.Time.GetUtcNow() - TestStudy.Start >= Period);
        await StopAsync(running);
    }

    [Fact]
    public async Task While_the_link_is_down_pauses_grow_and_stay_below_two_minutes()
    {
        int calls = 0;
        _site.Coordinator.Break = (call, _) =>
        {
            if (call is "Sync" && calls++ < 12) throw new CoordinatorUnreachableException("down");
        };
        Task running = _site.Restarted().RunAsync(Period, _stop.Token);
        await AdvanceUntilAsync(TimeSpan.FromSeconds(30), () => _site.Coordinator.Syncs == 1);
        TimeSpan[] pauses = [.. Events().OfType<SiteEvent.Unreachable>().Select(e => e.RetryIn)];
        Assert.Equal(12, pauses.Length);
        Assert.InRange(pauses[0].TotalSeconds, 0.5, 1);
        Assert.InRange(pauses[^1].TotalSeconds, 60, 120);
        await StopAsync(running);
    }

    [Fact]
    public async Task A_broken_watch_is_opened_again_and_never_stops_the_runs()
    {
        _site.Coordinator.Break = (call, _) =>
        {
            if (call is "Watch" && _site.Coordinator.WatchesOpened < 3) throw new CoordinatorUnreachableException("stream cut");
        };
        Task running = _site.Restarted().RunAsync(Period, _stop.Token);
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => _site.Coordinator.WatchesOpened == 3);
        int syncs = _site.Coordinator.Syncs;
        _site.Coordinator.Hint();
        await UntilAsync(() => _site.Coordinator.Syncs > syncs);
        await StopAsync(running);
    }

    [Fact]
    public async Task A_defect_is_told_and_survived()
    {
        int calls = 0;
        _site.Coordinator.Break = (call, _) =>
        {
            if (call is "Sync" && calls++ == 0) throw new InvalidCastException("a defect");
        };
        Task running = _site.Restarted().RunAsync(Period, _stop.Token);
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => _site.Coordinator.Syncs == 1);
        Assert.Single(Events(), e => e is SiteEvent.RunFailed);
        await StopAsync(running);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _site.Dispose();
    }

    private static async Task UntilAsync(Func<bool> reached)
    {
        while (!reached()) await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    private async Task AdvanceUntilAsync(TimeSpan step, Func<bool> reached)
    {
        while (!reached())
        {
            _site.Time.Advance(step);
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    private SiteEvent[] Events()
    {
        lock (_site.Events) return [.. _site.Events];
    }

    private async Task StopAsync(Task running)
    {
        await _stop.CancelAsync();
        await running;
    }
}
