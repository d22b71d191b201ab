using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Service;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Tests.Studies;

/// <summary>Whatever sites, operators, the clock and the power supply do, in whatever order.</summary>
public sealed class RandomHistoryTests
{
    private const int Sites = 4;
    private const int Quorum = 2;
    private static readonly JsonSerializerOptions Comparable = new() { IncludeFields = true };

    private enum Act { Answer, AnswerTwice, Decline, Withdraw, Approve, Pause, Resume, Start, Wait, WaitLong, Restart, Progress }

    private static readonly Gen<(Act Act, int Site)[]> Histories = Gen.Select(
        Gen.Frequency(
            (12, Gen.Const(Act.Answer)), (3, Gen.Const(Act.AnswerTwice)), (1, Gen.Const(Act.Decline)), (1, Gen.Const(Act.Withdraw)), (2, Gen.Const(Act.Approve)),
            (1, Gen.Const(Act.Pause)), (2, Gen.Const(Act.Resume)), (1, Gen.Const(Act.Start)), (2, Gen.Const(Act.Wait)), (1, Gen.Const(Act.WaitLong)),
            (2, Gen.Const(Act.Restart)), (1, Gen.Const(Act.Progress))),
        Gen.Int[0, Sites - 1], (act, site) => (act, site)).Array[5, 60];

    [Fact]
    public async Task Nothing_is_counted_twice_and_every_prefix_can_be_taken_up() =>
        await Histories.SampleAsync(CheckAsync, iter: 120, threads: 1);

    private static async Task CheckAsync((Act Act, int Site)[] history)
    {
        using var consortium = new TestConsortium(Sites);
        await consortium.OpenAsync(Quorum, "m:mean", "r:reporting");
        foreach (TestHospital hospital in consortium.Hospitals.Skip(1)) await consortium.ApproveAsync(hospital);
        foreach ((Act act, int site) in history)
        {
            try
            {
                await DoAsync(consortium, act, consortium.Hospitals[site]);
            }
            catch (Exception e) when (e is SiteRefusedException or OperatorErrorException)
            {
                // Refused: nothing may have changed that the checks below do not see.
            }

            await CheckInvariantsAsync(consortium);
        }

        await CheckPrefixesAsync(consortium);
    }

    private static async Task DoAsync(TestConsortium consortium, Act act, TestHospital hospital)
    {
        CancellationToken none = CancellationToken.None;
        switch (act)
        {
            case Act.Answer: await consortium.AnswerAsync(hospital); break;
            case Act.AnswerTwice:
                if (await consortium.TaskAsync(hospital) is not { } task) break;
                byte[] payload = await consortium.PayloadAsync(hospital, task);
                Receipt first = await consortium.Sites.SubmitAsync(hospital.Name, task.Key, task.Plan, payload, none);
                Receipt second = await consortium.Sites.SubmitAsync(hospital.Name, task.Key, task.Plan, payload, none);
                Assert.Equal(first.Signature.ToArray(), second.Signature.ToArray());
                break;
            case Act.Decline:
                if (await consortium.TaskAsync(hospital) is not null) await consortium.DeclineAsync(hospital, new Decline(DeclineCode.Policy, [], []));
                break;
            case Act.Withdraw: await consortium.WithdrawAsync(hospital); break;
            case Act.Approve: await consortium.ApproveAsync(hospital); break;
            case Act.Pause: await consortium.Service.PauseAsync("trial", "because", none); break;
            case Act.Resume: await consortium.Service.ResumeAsync("trial", none); break;
            case Act.Start: await consortium.Service.StartAsync("trial", none); break;
            case Act.Wait: consortium.Time.Advance(TimeSpan.FromMinutes(11)); await consortium.Service.TickAsync(none); break;
            case Act.WaitLong: consortium.Time.Advance(TimeSpan.FromHours(3)); await consortium.Service.TickAsync(none); break;
            case Act.Restart: consortium.Restart(); await consortium.Service.TickAsync(none); break;
            case Act.Progress:
                if (await consortium.TaskAsync(hospital) is { } open) await consortium.Sites.ProgressAsync(hospital.Name, open.Key, none);
                break;
        }
    }

    private static async Task CheckInvariantsAsync(TestConsortium consortium)
    {
        Study study = await consortium.StudyAsync();
        Assert.Empty(consortium.Defects);
        Assert.Equal(study.Rounds.Count, study.Rounds.Select(r => (r.Number, r.Attempt)).Distinct().Count());
        if (study.State is StudyState.Running or StudyState.Released) Assert.True(study.Participants.Count >= Quorum);
        foreach (Round round in study.Rounds)
        {
            if (round.State != RoundState.Aggregated) continue;
            Assert.All(round.Answers.Values, a => Assert.Equal(AnswerState.Verified, a.State));
            if (round.Request is { Kind: ExchangeKind.Sum, Step: "total" }) await CheckSumAsync(consortium, study, round);
        }
    }

    // Every participant's numbers are in the sum exactly once: compared as integers, so a single unit would show.
    private static async Task CheckSumAsync(TestConsortium consortium, Study study, Round round)
    {
        var expected = new SumVector(new SumLayout(SumBlock.Counts("n"), SumBlock.Counts("y")));
        foreach (TestHospital hospital in consortium.Hospitals.Where(h => round.Answers.ContainsKey(h.Name)))
        {
            expected.Add("n", 0, hospital.Values.Length);
            foreach (double value in hospital.Values) expected.Add("y", 0, value);
        }

        byte[]? sum = await new PayloadStore(consortium.Blobs).FindAsync(BlobScope.Shared(study.Uid), round.Sum!, CancellationToken.None);
        Assert.Equal(expected.ToPayload(), sum);
    }

    private static async Task CheckPrefixesAsync(TestConsortium consortium)
    {
        ImmutableArray<StoredEvent> events = await consortium.Events.ReadAsync("study/trial", 0, CancellationToken.None);
        Study? replayed = null;
        foreach (StoredEvent stored in events)
        {
            StudyEvent e = StudyEventCodec.Decode(stored.Data);
            Assert.Equal(stored.Data.ToArray(), StudyEventCodec.Encode(e));
            replayed = replayed?.After(e) ?? Study.From((StudyCreated)e);
            Assert.Equal(stored.Sequence, replayed.Sequence);

            // A process that wakes up after this event, and no other, finds a study it can go on with.
            var store = new MemoryEventStore();
            await store.TryAppendAsync("study/trial", 0, [.. events.Take((int)stored.Sequence).Select(s => s.Data)], CancellationToken.None);
            using var taken = new TestConsortium(Sites, store, consortium.Blobs);
            Assert.Equal(stored.Sequence, (await taken.StudyAsync()).Sequence);
        }

        Study live = await consortium.StudyAsync();
        Assert.Equal(JsonSerializer.Serialize(live, Comparable), JsonSerializer.Serialize(replayed, Comparable));
    }
}
