using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Service;

public sealed class DropoutTests
{
    private static readonly Decline TooFewRows = new(DeclineCode.TooFewRows, [1], [10]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_site_that_declines_is_left_out_and_the_study_starts_over()
    {
        using var consortium = new TestConsortium(4);
        await consortium.StartAsync(3, "m:mean");
        foreach (TestHospital hospital in consortium.Hospitals) await consortium.AnswerAsync(hospital);
        await consortium.AnswerAsync(consortium.Hospitals[0]);
        await consortium.DeclineAsync(consortium.Hospitals[1], TooFewRows);

        Study study = await consortium.RunAsync();

        Assert.Equal((StudyState.Released, 2), (study.State, study.Attempt));
        Assert.Equal(["hospital-00", "hospital-02", "hospital-03"], study.Participants);
        Assert.Equal("hospital-01 declined m/total: too few rows of scanner scanner-01 (the site asks for at least 10); drop the scanner from the plan or gather more scans.",
            study.Dropped["hospital-01"]);
        Assert.Equal([(1, 1), (2, 1), (1, 2), (2, 2), (3, 2)], study.Rounds.Select(r => (r.Number, r.Attempt)));

        using var without = new TestConsortium(4);
        await without.OpenAsync(3, "m:mean");
        foreach (TestHospital hospital in without.Hospitals)
        {
            if (hospital.Name is "hospital-01") await without.WithdrawAsync(hospital);
            else await without.ApproveAsync(hospital);
        }

        await without.RunAsync();
        Assert.Equal((await without.ResultsAsync())[1].Document!.Json, (await consortium.ResultsAsync())[1].Document!.Json);
    }

    [Fact]
    public async Task The_others_are_waited_for_before_starting_over()
    {
        using var consortium = new TestConsortium(4);
        await consortium.StartAsync(2, "m:mean");
        await consortium.DeclineAsync(consortium.Hospitals[1], new Decline(DeclineCode.NoData, [], []));
        await consortium.AnswerAsync(consortium.Hospitals[0]);
        await consortium.AnswerAsync(consortium.Hospitals[2]);
        Assert.Equal(1, (await consortium.StudyAsync()).Attempt);
        await consortium.DeclineAsync(consortium.Hospitals[3], new Decline(DeclineCode.Policy, [], []));
        Study study = await consortium.StudyAsync();
        Assert.Equal(2, study.Attempt);
        Assert.Equal(["hospital-00", "hospital-02"], study.Participants);
    }

    [Fact]
    public async Task Losing_the_quorum_pauses_at_once_and_resuming_asks_everybody_again()
    {
        using var consortium = new TestConsortium(3);
        await consortium.StartAsync(3, "m:mean");
        await consortium.DeclineAsync(consortium.Hospitals[2], new Decline(DeclineCode.OutOfRange, [0], []));

        Study study = await consortium.StudyAsync();
        Assert.Equal((StudyState.Paused, PauseCause.QuorumLost), (study.State, study.Pause!.Value.Cause));
        Assert.StartsWith("2 of at least 3 sites are left. hospital-02 declined survey/sizes: a value of f does not fit", study.Pause.Value.Reason, StringComparison.Ordinal);

        study = await consortium.Service.ResumeAsync("trial", Cancellation);
        Assert.Equal((StudyState.Running, 2), (study.State, study.Attempt));
        Assert.Equal(StudyState.Released, (await consortium.RunAsync()).State);
    }

    [Fact]
    public async Task Resuming_without_a_quorum_is_refused()
    {
        using var consortium = new TestConsortium(2);
        await consortium.StartAsync(2, "m:mean");
        await consortium.WithdrawAsync(consortium.Hospitals[1]);
        Assert.Equal(StudyState.Paused, (await consortium.StudyAsync()).State);
        var refused = await Assert.ThrowsAsync<OperatorErrorException>(() => consortium.Service.ResumeAsync("trial", Cancellation));
        Assert.Equal("E1005", refused.Code);
        await consortium.ApproveAsync(consortium.Hospitals[1]);
        Assert.Equal(2, (await consortium.Service.ResumeAsync("trial", Cancellation)).Attempt);
    }

    [Fact]
    public async Task A_site_that_misses_the_deadline_is_left_out()
    {
        using var consortium = new TestConsortium(3);
        await consortium.StartAsync(2, "m:mean");
        await consortium.AnswerAsync(consortium.Hospitals[0]);
        await consortium.AnswerAsync(consortium.Hospitals[1]);
        SiteTask task = (await consortium.TaskAsync(consortium.Hospitals[2]))!;
        for (int i = 0; i < 7; i++)
        {
            consortium.Time.Advance(TimeSpan.FromMinutes(17));
            Assert.True(await consortium.Sites.ProgressAsync("hospital-02", task.Key, Cancellation));
            await consortium.Service.TickAsync(Cancellation);
        }

        Assert.Equal(1, (await consortium.StudyAsync()).Attempt);
        consortium.Time.Advance(TimeSpan.FromMinutes(1));
        await consortium.Service.TickAsync(Cancellation);
        Assert.False(await consortium.Sites.ProgressAsync("hospital-02", task.Key, Cancellation));

        Study study = await consortium.RunAsync();
        Assert.Equal((StudyState.Released, 2), (study.State, study.Attempt));
        Assert.EndsWith("before the round's deadline.", study.Dropped["hospital-02"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_site_that_is_not_heard_of_is_left_out_after_the_idle_limit()
    {
        using var consortium = new TestConsortium(3);
        await consortium.StartAsync(2, "m:mean");
        consortium.Time.Advance(TimeSpan.FromMinutes(29));
        await consortium.AnswerAsync(consortium.Hospitals[0]);
        await consortium.TaskAsync(consortium.Hospitals[1]);
        consortium.Time.Advance(TimeSpan.FromMinutes(2));
        await consortium.Service.TickAsync(Cancellation);
        await consortium.AnswerAsync(consortium.Hospitals[1]);
        Study study = await consortium.StudyAsync();
        Assert.Equal(["hospital-00", "hospital-01"], study.Participants);
        Assert.Equal("hospital-02 was not heard of while survey/sizes waited for it.", study.Dropped["hospital-02"]);
    }
}
