using System.Net;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Server.Tests.Kit;
using Federated.Coordinator.Tests.Kit;
using Microsoft.Extensions.Time.Testing;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>The pages over a real port, read without scripts.</summary>
public sealed class PagesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_study_is_followed_from_draft_to_results_and_its_last_entry_is_verified()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using Member a = await Member.JoinAsync(coordinator, 0);
        using Member b = await Member.JoinAsync(coordinator, 1);
        using Visitor visitor = await Visitor.OfAsync(coordinator, Role.Administrator);
        Assert.Contains("No study yet", await visitor.ReadAsync("/"), StringComparison.Ordinal);

        await coordinator.Studies.CreateAsync(StudyUid.From(new byte[16]), TestPlans.Bytes("trial", 2, 2, "m:mean", "r:reporting"), Cancellation);
        Assert.Contains("study open trial", await visitor.ReadAsync("/"), StringComparison.Ordinal);
        await coordinator.Studies.OpenAsync("trial", null, Cancellation);
        Assert.Contains("hospital-00 and hospital-01 read the manifest and decide; 0 of 2 said yes, 2 are needed", await visitor.ReadAsync("/studies/trial"), StringComparison.Ordinal);
        await a.ApproveAsync();
        Assert.Contains("hospital-01 reads the manifest and decides; 1 of 2 said yes", await visitor.ReadAsync("/"), StringComparison.Ordinal);
        await b.ApproveAsync();
        Assert.True(await a.AnswerAsync());
        Assert.Contains("The agent of hospital-01 computes", await visitor.ReadAsync("/studies/trial"), StringComparison.Ordinal);
        Assert.Contains("its agent computes", await visitor.ReadAsync("/hospitals"), StringComparison.Ordinal);
        while (await a.AnswerAsync() | await b.AnswerAsync()) { }

        Assert.Contains("The statistician reads the results", await visitor.ReadAsync("/studies/trial"), StringComparison.Ordinal);
        Assert.Contains("mean", await visitor.ReadAsync("/studies/trial/analyses/m"), StringComparison.Ordinal);
        Assert.Contains("\"mean\"", await visitor.ReadAsync("/studies/trial/analyses/m.json"), StringComparison.Ordinal);
        string left = await visitor.ReadAsync("/ledger?kind=contribution-submitted&days=7");
        Assert.Contains("hospital-01", left, StringComparison.Ordinal);
        int number = int.Parse(left[(left.IndexOf("href=\"/ledger/", left.IndexOf("<tbody>", StringComparison.Ordinal), StringComparison.Ordinal) + 14)..].Split('"')[0]);
        Assert.Contains("Verified: this entry is in the signed ledger", await visitor.ReadAsync($"/ledger/{number}"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/ledger/100000")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/studies/none")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/nowhere")).StatusCode);
        Assert.DoesNotContain(coordinator.Log, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_administrator_pauses_and_resumes_and_a_form_from_elsewhere_does_nothing()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using Member a = await Member.JoinAsync(coordinator, 0);
        using Visitor visitor = await Visitor.OfAsync(coordinator, Role.Administrator);
        await coordinator.Studies.CreateAsync(StudyUid.From(new byte[16]), TestPlans.Bytes("trial", 1, 1, "m:mean"), Cancellation);
        await coordinator.Studies.OpenAsync("trial", null, Cancellation);
        await visitor.BareAsync("/studies/trial/move", ("move", "pause"));
        Assert.Equal(Coordinator.Studies.StudyState.Open, (await coordinator.Studies.FindAsync("trial", Cancellation)).State);
        await visitor.PostAsync("/studies/trial", "/studies/trial/move", ("move", "pause"));
        Assert.Contains("administrator paused it on the pages", await visitor.ReadAsync("/studies/trial"), StringComparison.Ordinal);
        await visitor.PostAsync("/studies/trial", "/studies/trial/move", ("move", "resume"));
        Assert.Equal(Coordinator.Studies.StudyState.Open, (await coordinator.Studies.FindAsync("trial", Cancellation)).State);
        HttpResponseMessage refused = await visitor.PostAsync("/studies/trial", "/studies/trial/move", ("move", "start"));
        Assert.Contains("E1005", await visitor.ReadAsync(refused.Headers.Location!.OriginalString), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_page_forbids_foreign_content_and_keeps_no_copy()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using Visitor visitor = await Visitor.OfAsync(coordinator, Role.Administrator);
        foreach (string path in (string[])["/", "/sign-in", "/ledger", "/hospitals", "/accounts", "/nowhere"])
        {
            HttpResponseMessage reply = await visitor.GetAsync(path);
            Assert.StartsWith("default-src 'self'; object-src 'none'", reply.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", reply.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(reply.Headers.CacheControl!.NoStore, path);
            string html = await reply.Content.ReadAsStringAsync(Cancellation);
            Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
            Assert.DoesNotContain("https://", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Five_wrong_passwords_close_an_account_for_a_while_even_to_the_right_one()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(time, pages: true);
        AccountBook accounts = coordinator.Server.Directory.Accounts(time);
        Assert.Null(accounts.Redeem(accounts.Invite("ada", Role.Auditor), Visitor.Password));
        for (int i = 1; i <= AccountBook.MostFailures; i++) Assert.Equal(i < AccountBook.MostFailures ? SignInOutcome.Wrong : SignInOutcome.Locked, accounts.SignIn("ada", "wrong").Outcome);
        Assert.Equal(SignInOutcome.Locked, accounts.SignIn("ada", Visitor.Password).Outcome);
        time.Advance(AccountBook.LockTime);
        Assert.Equal(SignInOutcome.In, accounts.SignIn("ada", Visitor.Password).Outcome);
        Assert.Equal(SignInOutcome.Wrong, accounts.SignIn("nobody", Visitor.Password).Outcome);
    }

    [Fact]
    public async Task A_link_is_good_once_and_for_a_day_and_weak_passwords_are_refused()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(time, pages: true);
        AccountBook accounts = coordinator.Server.Directory.Accounts(time);
        string first = accounts.Invite("ada", Role.Auditor), second = accounts.Invite("ada", Role.Statistician);
        Assert.Null(accounts.FindLink(first)); // the newer one replaced it
        Assert.NotNull(accounts.Redeem(second, "short"));
        Assert.NotNull(accounts.Redeem(second, "ada ada ada ada"));
        Assert.NotNull(accounts.Redeem(second, "aaaaaaaaaaaaaaaa"));
        Assert.Null(accounts.Redeem(second, Visitor.Password));
        Assert.NotNull(accounts.Redeem(second, Visitor.Password));
        Assert.Equal(Role.Statistician, accounts.Store.Find("ada")!.Role);
        string late = accounts.Invite("ada", Role.Auditor);
        time.Advance(AccountBook.LinkTime);
        Assert.Null(accounts.FindLink(late));
        Assert.Throws<OperatorErrorException>(() => accounts.Invite("<b>", Role.Auditor));
    }

    [Fact]
    public async Task Who_is_removed_or_chooses_a_new_password_is_out_at_the_next_click()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        AccountBook accounts = coordinator.Server.Directory.Accounts(TimeProvider.System);
        using Visitor auditor = await Visitor.OfAsync(coordinator, Role.Auditor);
        using Visitor statistician = await Visitor.OfAsync(coordinator, Role.Statistician);
        Assert.Equal(HttpStatusCode.OK, (await auditor.GetAsync("/")).StatusCode);
        Assert.True(accounts.Store.Remove("auditor"));
        Assert.Null(accounts.Redeem(accounts.Invite("statistician", Role.Statistician), "another few words"));
        Assert.Equal(HttpStatusCode.Redirect, (await auditor.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await statistician.GetAsync("/")).StatusCode);
        Assert.Contains("said=wrong", (await statistician.SignInAsync("statistician", Visitor.Password)).Headers.Location!.OriginalString, StringComparison.Ordinal);
        HttpResponseMessage elsewhere = await statistician.PostAsync("/sign-in", "/session/in", ("name", "statistician"), ("password", "another few words"), ("to", "//evil.example"));
        Assert.Equal("/", elsewhere.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Guessing_names_and_passwords_is_slowed_down()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(pages: true);
        using var stranger = new Visitor(coordinator);
        int slowed = 0;
        for (int i = 0; i < 2 * Federated.Coordinator.Pages.PagesHosting.SignInsPerMinute; i++)
            if ((await stranger.BareAsync("/session/in", ("name", $"guess{i}"), ("password", "guess"))).StatusCode == HttpStatusCode.TooManyRequests) slowed++;
        Assert.InRange(slowed, 1, Federated.Coordinator.Pages.PagesHosting.SignInsPerMinute);
    }
}
