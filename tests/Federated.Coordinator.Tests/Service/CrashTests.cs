using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Service;

public sealed class CrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ending_the_process_around_any_write_loses_nothing_and_counts_nothing_twice(bool after)
    {
        Outcome undisturbed = await RunAsync(new CrashPoint(-1, after));
        Assert.Equal(0, undisturbed.Crashes);
        int crashes = 0;
        for (int at = 0; ; at++)
        {
            var crash = new CrashPoint(at, after);
            Outcome outcome = await RunAsync(crash);
            if (!crash.Reached) break;
            crashes += outcome.Crashes;
            Assert.Equal(undisturbed.Results, outcome.Results);
            Assert.Equal(undisturbed.Sums, outcome.Sums);
            Assert.Equal(undisturbed.Rounds, outcome.Rounds);
        }

        Assert.InRange(crashes, 40, 200);
    }

    private static async Task<Outcome> RunAsync(CrashPoint crash)
    {
        var events = new MemoryEventStore();
        var blobs = new MemoryBlobStore();
        using var consortium = new TestConsortium(4, new CrashingEventStore(events, crash), new CrashingBlobStore(blobs, crash));
        int crashes = 0;

        // What a client does about an unknown outcome: it asks again.
        async Task Insist(Func<Task> call)
        {
            while (true)
            {
                try
                {
                    await call();
                    return;
                }
                catch (CrashException)
                {
                    crashes++;
                    consortium.Restart();
                }
                catch (OperatorErrorException e) when (crashes > 0 && e.Code is "E1001" or "E1003")
                {
                    return; // it had been done
                }
            }
        }

        await Insist(() => consortium.CreateAsync(3, "m:mean", "r:reporting", "x:refusing"));
        await Insist(() => consortium.Service.OpenAsync("trial", null, TestContext.Current.CancellationToken));
        foreach (TestHospital hospital in consortium.Hospitals) await Insist(() => consortium.ApproveAsync(hospital));
        await Insist(async () =>
        {
            if (await consortium.TaskAsync(consortium.Hospitals[3]) is { Key.Attempt: 1 })
                await consortium.DeclineAsync(consortium.Hospitals[3], new Decline(DeclineCode.NoData, [], []));
        });
        bool moved = true;
        while (moved)
        {
            moved = false;
            await Insist(() => consortium.Service.TickAsync(TestContext.Current.CancellationToken));
            foreach (TestHospital hospital in consortium.Hospitals.Reverse()) await Insist(async () => moved |= await consortium.AnswerAsync(hospital) is not null);
        }

        Study study = await consortium.StudyAsync();
        Assert.Equal(StudyState.Released, study.State);
        return new Outcome(
            crashes,
            string.Join("\n", (await consortium.ResultsAsync()).Select(f => f.Document?.Json ?? f.Code)),
            string.Join(" ", study.Rounds.Select(r => r.Sum?.Digest.Hex ?? r.State.ToString())),
            string.Join(" ", study.Rounds.Select(r => $"{r.Number}.{r.Attempt}:{string.Join(",", r.Answers.Select(a => a.Key + a.Value.State))}")));
    }

    private sealed record Outcome(int Crashes, string Results, string Sums, string Rounds);
}
