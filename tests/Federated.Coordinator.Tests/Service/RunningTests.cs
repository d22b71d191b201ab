using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Service;

public sealed class RunningTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_study_runs_from_draft_to_release()
    {
        using var consortium = new TestConsortium(3);
        Assert.Equal(StudyState.Draft, (await consortium.CreateAsync(3, "m:mean", "r:reporting")).State);
        Assert.Empty((await consortium.Sites.SyncAsync("hospital-00", Cancellation)).Studies);

        await consortium.Service.OpenAsync("trial", null, Cancellation);
        StudyNotice notice = Assert.Single((await consortium.Sites.SyncAsync("hospital-00", Cancellation)).Studies);
        Assert.Equal(SiteApproval.Waiting, notice.Approval);
        foreach (TestHospital hospital in consortium.Hospitals) await consortium.ApproveAsync(hospital);

        Study study = await consortium.RunAsync();

        Assert.Equal(StudyState.Released, study.State);
        Assert.Equal([("survey", 1), ("m", 2), ("m", 3), ("r", 4)], study.Rounds.Select(r => (r.Request.Analysis, r.Number)));
        ImmutableArray<AnalysisFinding> results = await consortium.ResultsAsync();
        JsonNode mean = JsonNode.Parse(results[1].Document!.Json)!;
        double[] values = [.. consortium.Hospitals.SelectMany(h => h.Values)];
        Assert.Equal(values.Average(), (double)mean["mean"]!, 1e-12);
        Assert.Equal(study.Plan.Hex, (string)mean["plan"]!);
        Assert.Equal("feature,mean\nf," + mean["mean"]!.ToJsonString() + "\nabsent,NA\n", results[1].Document!.Tables[0].Csv);
        Assert.Equal(4, (long)JsonNode.Parse(results[2].Document!.Json)!["used"]!["hospital-01"]!);
    }

    [Fact]
    public async Task It_starts_when_every_site_has_spoken_and_the_quorum_said_yes()
    {
        using var consortium = new TestConsortium(3);
        await consortium.OpenAsync(2, "m:mean");
        await consortium.ApproveAsync(consortium.Hospitals[0]);
        await consortium.ApproveAsync(consortium.Hospitals[1]);
        Assert.Equal(StudyState.Open, (await consortium.StudyAsync()).State);

        await consortium.WithdrawAsync(consortium.Hospitals[2]);

        Study study = await consortium.StudyAsync();
        Assert.Equal(StudyState.Running, study.State);
        Assert.Equal(["hospital-00", "hospital-01"], study.Participants);
        Assert.Null(await consortium.TaskAsync(consortium.Hospitals[2]));
    }

    [Fact]
    public async Task An_operator_may_start_with_the_quorum_without_waiting_for_the_rest()
    {
        using var consortium = new TestConsortium(3);
        await consortium.OpenAsync(2, "m:mean");
        await consortium.ApproveAsync(consortium.Hospitals[0]);
        var early = await Assert.ThrowsAsync<OperatorErrorException>(() => consortium.Service.StartAsync("trial", Cancellation));
        Assert.Equal("E1005", early.Code);
        await consortium.ApproveAsync(consortium.Hospitals[2]);
        Assert.Equal(["hospital-00", "hospital-02"], (await consortium.Service.StartAsync("trial", Cancellation)).Participants);
    }

    [Fact]
    public async Task A_refused_analysis_takes_along_only_those_that_depend_on_it()
    {
        using var consortium = new TestConsortium(2);
        consortium.Catalogue = kind => kind is "combat" ? new RefusingAnalysis { Kind = "combat" } : TestAnalyses.Find(kind);
        await consortium.StartAsync(2, "harmonize:combat", "after:mean:harmonized", "free:mean:raw");

        Study study = await consortium.RunAsync();

        Assert.Equal(StudyState.Released, study.State);
        Assert.Equal("E2999", study.Outcomes["harmonize"].Code);
        Assert.Equal("E1301", study.Outcomes["after"].Code);
        Assert.False(study.Outcomes["free"].IsRefused);
        Assert.DoesNotContain(study.Rounds, r => r.Request.Analysis is "after");
    }

    [Fact]
    public async Task A_defect_pauses_the_study_and_keeps_its_details_in_the_log()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "broken:defective", "m:mean");
        Study study = await consortium.RunAsync();
        Assert.Equal((StudyState.Paused, PauseCause.Defect), (study.State, study.Pause!.Value.Cause));
        Assert.DoesNotContain("secret", study.Pause.Value.Reason, StringComparison.Ordinal);
        Assert.Single(consortium.Defects);

        consortium.Catalogue = kind => kind is "defective" ? new MeanAnalysis() : TestAnalyses.Find(kind);
        await consortium.Service.ResumeAsync("trial", Cancellation);
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
    }

    [Fact]
    public async Task A_release_that_would_ask_something_else_stops_instead()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        foreach (TestHospital hospital in consortium.Hospitals) await consortium.AnswerAsync(hospital);
        consortium.Catalogue = kind => kind is "mean" ? new ReportingAnalysis() : TestAnalyses.Find(kind);
        consortium.Restart();
        Study study = await consortium.RunAsync();
        Assert.Equal(StudyState.Paused, study.State);
        Assert.StartsWith("E1303", study.Pause!.Value.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pausing_stops_asking_and_resuming_gives_the_round_its_full_time_again()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        await consortium.Service.PauseAsync("trial", "maintenance", Cancellation);
        Assert.Null(await consortium.TaskAsync(consortium.Hospitals[0]));
        consortium.Time.Advance(TimeSpan.FromHours(5));
        await consortium.Service.TickAsync(Cancellation);
        await consortium.Service.ResumeAsync("trial", Cancellation);
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[0]))!;
        Assert.Equal(consortium.Time.GetUtcNow() + TestPlans.RoundDeadline, task.Deadline);
        Assert.Equal(1, task.Key.Attempt);
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
    }

    [Fact]
    public async Task Closing_is_for_good()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        await consortium.Service.CloseAsync("trial", Cancellation);
        await consortium.Service.CloseAsync("trial", Cancellation);
        Assert.Null(await consortium.TaskAsync(consortium.Hospitals[0]));
        var late = await Assert.ThrowsAsync<OperatorErrorException>(() => consortium.Service.ResumeAsync("trial", Cancellation));
        Assert.Equal("E1003", late.Code);
    }

    [Fact]
    public async Task Plans_that_cannot_run_are_refused_at_once()
    {
        using var consortium = new TestConsortium(2);
        async Task<string> Refused(Func<Task> act) => (await Assert.ThrowsAsync<OperatorErrorException>(act)).Code;
        Assert.Equal("E1006", await Refused(() => consortium.CreateAsync(2, "m:astrology")));
        await consortium.CreateAsync(3, "m:mean");
        Assert.Equal("E1001", await Refused(() => consortium.CreateAsync(3, "m:mean")));
        Assert.Equal("E1002", await Refused(() => consortium.Service.FindAsync("other", Cancellation)));
        Assert.Equal("E1004", await Refused(() => consortium.Service.OpenAsync("trial", ["hospital-00", "stranger"], Cancellation)));
        Assert.Equal("E1005", await Refused(() => consortium.Service.OpenAsync("trial", null, Cancellation)));
    }

    [Fact]
    public async Task Another_process_beside_the_driver_is_noticed()
    {
        using var consortium = new TestConsortium(2);
        using StudyService commandLine = consortium.Begin(drives: false);
        await commandLine.CreateAsync(TestConsortium.Uid(7), TestPlans.Bytes("trial", 2, 2, "m:mean"), Cancellation);
        await commandLine.OpenAsync("trial", null, Cancellation);
        long before = consortium.Service.Changes.Sequence;
        await consortium.Service.TickAsync(Cancellation);
        Assert.True(consortium.Service.Changes.Sequence > before);
        foreach (TestHospital hospital in consortium.Hospitals) await consortium.ApproveAsync(hospital);
        await commandLine.PauseAsync("trial", "lunch", Cancellation);
        Assert.Null(await consortium.TaskAsync(consortium.Hospitals[0]));
        await commandLine.ResumeAsync("trial", Cancellation);
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
        Assert.Equal(StudyState.Released, (await commandLine.FindAsync("trial", Cancellation)).State);
    }

    [Fact]
    public async Task A_study_that_cannot_be_read_does_not_hold_up_the_others()
    {
        using var consortium = new TestConsortium(2);
        await consortium.Service.CreateAsync(TestConsortium.Uid(9), TestPlans.Bytes("damaged", 2, 2, "m:mean"), Cancellation);
        await consortium.Service.OpenAsync("damaged", null, Cancellation);
        await consortium.StartAsync(2, "m:mean");
        await consortium.Blobs.DropAsync(BlobScope.Shared(TestConsortium.Uid(9)), Cancellation);
        consortium.Restart();
        await consortium.Service.TickAsync(Cancellation);
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
        Assert.StartsWith("study/damaged cannot be read", Assert.Single(consortium.Defects), StringComparison.Ordinal);
        Assert.Equal("E1009", (await Assert.ThrowsAsync<OperatorErrorException>(() => consortium.Service.FindAsync("damaged", Cancellation))).Code);
    }
}
