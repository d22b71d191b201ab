using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Rounds;

/// <summary>
/// The process dies at every step in turn, before and after each write and each call, once or twice in a row; a new one over the same store must end with
/// one accepted payload per task, one receipt, and never two different byte strings for the same task.
/// </summary>
public sealed class CrashTests
{
    private static readonly SiteTask[] Tasks = [TestStudy.SumTask(), TestStudy.ReportTask(), TestStudy.SumTask(3)];

    [Fact]
    public async Task Dying_at_any_step_loses_nothing_and_sends_nothing_twice_with_other_bytes()
    {
        int steps = await StepsOfAQuietRunAsync();
        Assert.InRange(steps, 30, 500);
        for (int at = 0; at < steps; at++) await RecoversAsync(at, secondCrash: -1);
    }

    [Fact]
    public async Task Dying_again_during_recovery_changes_nothing()
    {
        int steps = await StepsOfAQuietRunAsync();
        for (int at = 0; at < steps; at += 3)
            for (int again = 0; again < 12; again++) await RecoversAsync(at, again);
    }

    private static async Task<int> StepsOfAQuietRunAsync()
    {
        using var site = Site();
        var points = new CrashPoints();
        await LiveAsync(site, points);
        Verify(site);
        return points.Passed;
    }

    private static async Task RecoversAsync(int firstCrash, int secondCrash)
    {
        using var site = Site();
        await DieAsync(site, new CrashPoints { At = firstCrash });
        if (secondCrash >= 0) await DieAsync(site, new CrashPoints { At = secondCrash });
        await LiveAsync(site, new CrashPoints());
        Verify(site);
    }

    private static TestSite Site()
    {
        var site = new TestSite();
        site.Coordinator.Tasks.AddRange(Tasks);
        return site;
    }

    private static async Task DieAsync(TestSite site, CrashPoints points)
    {
        try
        {
            await LiveAsync(site, points);
        }
        catch (CrashException)
        {
            // As meant.
        }
    }

    private static async Task LiveAsync(TestSite site, CrashPoints points)
    {
        site.Coordinator.Break = (_, _) => points.Pass();
        SiteRuntime runtime = site.Restarted(new CrashingStore(site.Store, points));
        while ((await runtime.RunOnceAsync(TestContext.Current.CancellationToken)).DidSomething)
        {
        }
    }

    private static void Verify(TestSite site)
    {
        Assert.Empty(site.Coordinator.Declined);
        Assert.Equal(Tasks.Length, site.Coordinator.Accepted.Count);
        foreach (SiteTask task in Tasks)
        {
            OutboxEntry entry = site.Store.FindOutbox(task.Key)!;
            Assert.Equal(DeliveryState.Delivered, entry.State);
            Assert.Equal(site.Coordinator.Accepted[task.Key].Receipt, entry.Receipt);
            Assert.All(
                site.Coordinator.Arrived.Where(a => a.Task == task.Key),
                arrived => Assert.Equal(site.Coordinator.Accepted[task.Key].Bytes, arrived.Bytes));
        }

        Assert.Single(site.Store.Harmonized(TestStudy.Uid, TestStudy.PlanDigest));
    }
}
