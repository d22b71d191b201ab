using System.Net;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages;
using Federated.Coordinator.Server.Tests.Kit;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>What those who watch share: one rendering per role until something changes, without anybody's name; and how a crowd is slowed down.</summary>
public sealed class LiveTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_asked_for_again_has_no_name_and_no_token_is_shared_by_role_and_new_after_every_change()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using Member member = await Member.JoinAsync(coordinator, 0);
        await coordinator.Studies.CreateAsync(StudyUid.From(new byte[16]), TestPlans.Bytes("trial", 1, 1, "m:mean"), Cancellation);
        using Visitor administrator = await Visitor.OfAsync(coordinator, Role.Administrator), statistician = await Visitor.OfAsync(coordinator, Role.Statistician), auditor = await Visitor.OfAsync(coordinator, Role.Auditor);
        using var stranger = new Visitor(coordinator);
        string first = await LiveAsync(statistician), again = await LiveAsync(statistician);
        Assert.Equal(first, again); // the time of rendering too
        Assert.Contains("study open trial", first, StringComparison.Ordinal);
        Assert.DoesNotContain("__RequestVerificationToken", first, StringComparison.Ordinal);
        Assert.DoesNotContain("statistician,", first, StringComparison.Ordinal);
        Assert.DoesNotContain("its ledger", first, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("its ledger", await LiveAsync(auditor), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.Redirect, (await stranger.GetAsync("/studies/trial", live: true)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await auditor.GetAsync("/studies/trial/variability", live: true)).StatusCode);
        await coordinator.Studies.OpenAsync("trial", null, Cancellation);
        Assert.DoesNotContain("study open trial", await LiveAsync(statistician), StringComparison.Ordinal);
        Assert.Contains("value=\"pause\"", await LiveAsync(administrator), StringComparison.Ordinal);
    }

    [Fact]
    public void A_crowd_asks_for_no_more_than_25_pages_a_second()
    {
        var crowd = new LiveCrowd();
        Assert.Equal(TimeSpan.FromSeconds(1), crowd.Rest);
        IDisposable[] seats = [.. Enumerable.Range(0, 100).Select(_ => crowd.Enter())];
        Assert.Equal((100, TimeSpan.FromSeconds(4)), (crowd.Watching, crowd.Rest));
        foreach (IDisposable seat in seats.Concat(seats)) seat.Dispose();
        Assert.Equal(0, crowd.Watching);
    }

    private static async Task<string> LiveAsync(Visitor visitor) => WebUtility.HtmlDecode(await (await visitor.GetAsync("/studies/trial", live: true)).Content.ReadAsStringAsync(Cancellation));
}
