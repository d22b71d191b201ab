using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Tests.Support;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Host.Tests.Integration;

/// <summary>The two real programs over mutual TLS: from the invitation to the released study, renewal, revocation, and the doctor.</summary>
public sealed class RealCoordinatorTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _north = new();
    private readonly TemporaryDirectory _south = new();
    private readonly TemporaryDirectory _files = new();
    private RealCoordinator _coordinator = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _coordinator = await RealCoordinator.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _north.Dispose();
        _south.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task A_study_runs_from_the_invitation_to_its_release_over_both_transports()
    {
        StudyPlan plan = Plan();
        CommandLine north = await MemberAsync(_north, "north", 0);
        CommandLine south = await MemberAsync(_south, "south", 1, "--grpc-web");
        await _coordinator.OpenStudyAsync(plan, "north", "south");
        string digest = PlanDocument.Digest(PlanDocument.Write(plan));
        foreach (CommandLine site in (CommandLine[])[north, south])
        {
            Assert.Contains(digest[..12], (await site.DoAsync("study", "show", plan.Id)).Out, StringComparison.Ordinal);
            await site.DoAsync("study", "approve", plan.Id, "--digest", digest[..12]);
        }

        await _coordinator.Server.Studies.TickAsync(Cancellation);
        for (int look = 0; look < 60 && await StateAsync(plan) != Federated.Coordinator.Studies.StudyState.Released; look++)
        {
            await north.DoAsync("serve", "--once");
            await south.DoAsync("serve", "--once");
            await _coordinator.Server.Studies.TickAsync(Cancellation);
        }

        Assert.Equal(Federated.Coordinator.Studies.StudyState.Released, await StateAsync(plan));
        JsonArray entries = (await north.DoAsync("outbox", "list", "--json")).Json["entries"]!.AsArray();
        Assert.NotEmpty(entries);
        Assert.All(entries, e => Assert.Equal("Delivered", (string)e!["state"]!));
        Assert.Contains("signed by the coordinator", (await north.DoAsync("outbox", "show", plan.Id, "1")).Out, StringComparison.Ordinal);
        JsonArray all = (await north.DoAsync("outbox", "list", "--all", "--json")).Json["entries"]!.AsArray();
        Assert.Contains(all, e => (string)e!["message"]! == "cosignature"); // the agent saw the coordinator's ledger continue, over the real wire
        Assert.Contains("whole and unchanged", (await north.DoAsync("ledger", "verify")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agent_runs_as_a_service_until_it_is_told_to_stop()
    {
        StudyPlan plan = Plan();
        CommandLine north = await MemberAsync(_north, "north", 0);
        CommandLine south = await MemberAsync(_south, "south", 1);
        await _coordinator.OpenStudyAsync(plan, "north", "south");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<CommandOutcome>[] running = [north.UntilStoppedAsync(["serve"], stop.Token), south.UntilStoppedAsync(["serve"], stop.Token)];
        string digest = PlanDocument.Digest(PlanDocument.Write(plan));
        await north.DoAsync("study", "approve", plan.Id, "--digest", digest);
        await south.DoAsync("study", "approve", plan.Id, "--digest", digest);
        while (await StateAsync(plan) != Federated.Coordinator.Studies.StudyState.Released) await Task.Delay(20, Cancellation);

        CommandOutcome second = await north.RunAsync("serve", "--once");
        Assert.StartsWith("E3011", second.Error, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(running), outcome => Assert.Equal(0, outcome.Exit));
    }

    [Fact]
    public async Task A_certificate_renews_and_the_new_one_is_let_in()
    {
        await MemberAsync(_north, "north", 0);
        using SiteCredentials credentials = SiteCredentials.Load(_north.Path);
        byte[] before = credentials.Certificate.RawData;
        using (SiteConnection connection = Open(credentials)) await connection.Renewal.RenewAsync(Cancellation);
        Assert.NotEqual(before, credentials.Certificate.RawData);
        using SiteConnection again = Open(credentials);
        await again.Link.SyncAsync(Cancellation);
    }

    [Fact]
    public async Task A_revocation_cuts_the_open_stream_and_everything_after_it()
    {
        CommandLine north = await MemberAsync(_north, "north", 0);
        using SiteCredentials credentials = SiteCredentials.Load(_north.Path);
        using SiteConnection connection = Open(credentials);
        await connection.Link.SyncAsync(Cancellation);
        await using IAsyncEnumerator<long> hints = connection.Link.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Task<bool> next = hints.MoveNextAsync().AsTask();
        Assert.True(_coordinator.Revoke("north"));
        Exception cut = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await next) next = hints.MoveNextAsync().AsTask();
            throw new CoordinatorUnreachableException("the stream ended");
        });
        Assert.True(cut is CoordinatorRefusedException { Code: RefusalCodes.CertificateRevoked } or CoordinatorUnreachableException, cut.ToString());
        await Assert.ThrowsAnyAsync<Exception>(() => connection.Link.SyncAsync(Cancellation));

        CommandOutcome doctor = await north.RunAsync("doctor", "--json");
        Assert.Equal(3, doctor.Exit);
        JsonNode failed = doctor.Json["findings"]!.AsArray().Single(f => (string)f!["outcome"]! is "failed")!;
        Assert.Equal(("certificate at the coordinator", "revoked"), ((string)failed["check"]!, (string)failed["message"]!));
    }

    [Theory]
    [InlineData]
    [InlineData("--grpc-web")]
    public async Task The_doctor_finds_nothing_wrong(params string[] options)
    {
        CommandLine north = await MemberAsync(_north, "north", 0);
        JsonArray findings = (await north.DoAsync(["doctor", "--json", .. options])).Json["findings"]!.AsArray();
        Assert.All(findings, f => Assert.Equal("ok", (string)f!["outcome"]!));
    }

    [Fact]
    public async Task An_invitation_is_used_up_by_its_first_site()
    {
        string token = _coordinator.Invite("north");
        Assert.Equal(0, (await new CommandLine(_north).RunAsync(["join", "-", "--coordinator", _coordinator.Address], token)).Exit);
        CommandOutcome refused = await new CommandLine(_south).RunAsync(["join", "-", "--coordinator", _coordinator.Address], token);
        Assert.Equal(3, refused.Exit);
        Assert.StartsWith("E3103", refused.Error, StringComparison.Ordinal);
    }

    private static SiteConnection Open(SiteCredentials credentials) =>
        new(credentials, TimeProvider.System, new Random(1), new CallOptions { Retries = 1, FirstPause = TimeSpan.FromMilliseconds(1) });

    private static StudyPlan Plan() => new()
    {
        Id = "probe-study",
        Title = "Probe",
        Privacy = new PrivacyTerms { Aggregation = Aggregation.Plain },
        Purpose = "To see two programs agree",
        Recipient = "Nobody",
        Scanners = ["A", "B", "C", "D"],
        Features = ["suvmax", "tlg"],
        Covariates = [new Covariate("age", CovariateType.Continuous, [])],
        Analyses = [new AnalysisSpecification("harmonize", "combat", [])],
        Quorum = new Quorum { Sites = 2 },
    };

    private async Task<Federated.Coordinator.Studies.StudyState> StateAsync(StudyPlan plan) => (await _coordinator.Server.Studies.FindAsync(plan.Id, Cancellation)).State;

    /// <summary>A member with twelve rows on each of two scanners.</summary>
    private async Task<CommandLine> MemberAsync(TemporaryDirectory directory, string name, int number, params string[] options)
    {
        var site = new CommandLine(directory);
        Assert.Equal(0, (await site.RunAsync(["join", "-", "--coordinator", _coordinator.Address, .. options], _coordinator.Invite(name))).Exit);
        var random = new Random(number);
        int[] rows = [.. Enumerable.Range(0, 24)];
        string scanner(int row) => ((string[])["A", "B", "C", "D"])[(2 * number) + (row / 12)];
        string cell(double value) => value.ToString("R", CultureInfo.InvariantCulture);
        string features = string.Concat(rows.Select(r => $"{name}{r},{cell(random.NextDouble() + number)},{cell(100 * random.NextDouble())}\n"));
        string cohort = string.Concat(rows.Select(r => $"{name}{r},{scanner(r)},{cell(40 + (20 * random.NextDouble()))}\n"));
        await site.DoAsync("features", "import", _files.Write($"{name}-f.csv", $"id,suvmax,tlg\n{features}"));
        await site.DoAsync("cohort", "import", _files.Write($"{name}-c.csv", $"id,scanner,age\n{cohort}"));
        return site;
    }
}
