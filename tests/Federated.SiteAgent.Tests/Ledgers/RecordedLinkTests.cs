using System.Text.Json;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Exports;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Ledgers;

/// <summary>Nothing leaves that is not in the ledger already, and what it says is what an officer will be asked.</summary>
public sealed class RecordedLinkTests : IDisposable
{
    private readonly TestSite _site = new();

    private ISiteLedger Ledger => _site.Store.Ledger;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Every_message_is_in_the_ledger_before_its_first_byte_leaves()
    {
        _site.Coordinator.Tasks.AddRange([TestStudy.SumTask(), TestStudy.ReportTask()]);
        var seen = new List<(string Call, string? Last)>();
        _site.Coordinator.Break = (call, done) =>
        {
            if (!done && (call is "Approve" or "Submit")) seen.Add((call, Ledger.Entries().LastOrDefault()?.Kind));
        };
        await RunAsync();
        Assert.Equal([("Approve", EntryKinds.Approval), ("Submit", EntryKinds.Answer), ("Submit", EntryKinds.Answer)], seen);
        Assert.Equal(
            [EntryKinds.PlanReceived, EntryKinds.Approval, EntryKinds.Answer, EntryKinds.Delivered, EntryKinds.Answer, EntryKinds.Delivered], Ledger.Entries().Select(e => e.Kind));
    }

    [Fact]
    public async Task A_repeat_of_the_same_bytes_is_the_same_entry()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.KeepsListing = true;
        await RunAsync();
        long size = Ledger.Size;
        await RunAsync();
        Assert.True(_site.Coordinator.Arrived.Count > 1);
        Assert.Equal(size, Ledger.Size);
    }

    [Fact]
    public async Task An_answer_says_to_whom_why_approved_by_whom_about_how_many_and_under_which_checks()
    {
        _site.Plan = TestStudy.Plan with { Recipient = "University X", Purpose = "To predict response", Approval = "EC-2026-114" };
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        await RunAsync();
        LedgerEntry answer = Ledger.Entries().Single(e => e.Kind == EntryKinds.Answer);
        JsonElement said = JsonDocument.Parse(EntryJson.Fields(answer.Fields)).RootElement;
        Assert.Equal("University X", said.GetProperty("recipient").GetString());
        Assert.Equal("To predict response", said.GetProperty("purpose").GetString());
        Assert.Equal("EC-2026-114", said.GetProperty("approval-reference").GetString());
        Assert.Equal("standing approval of whoever runs this program", said.GetProperty("officer").GetString());
        Assert.Equal(40, said.GetProperty("cohort-rows-about").GetInt64());
        Assert.Equal(["age", "sex", "suvmax", "suvmean", "tlg"], said.GetProperty("variables").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal("plain", said.GetProperty("protection").GetString());
        Assert.Equal(["n", "total"], said.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("name").GetString()));
        JsonElement rows = said.GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("rule").GetString() == nameof(GateRule.RowsPerScanner));
        Assert.Equal(10, rows.GetProperty("limit").GetDouble());
        Assert.True(rows.GetProperty("passed").GetBoolean());
        Assert.False(rows.TryGetProperty("found", out _)); // what was found stays out of what auditors see
        Assert.Equal(_site.Store.Outbox()[0].Bytes, said.GetProperty("bytes").GetInt64());
        Assert.Equal(_site.Coordinator.Accepted[TestStudy.SumTask().Key].Receipt.Payload.Hex, said.GetProperty("payload").GetString());
    }

    [Fact]
    public async Task What_is_not_what_was_announced_is_an_entry()
    {
        byte[] other = "another plan"u8.ToArray();
        _site.Coordinator.Plan = other;
        await RunAsync();
        LedgerEntry rejected = Assert.Single(Ledger.Entries());
        Assert.Equal((EntryKinds.Rejected, "plan"), (rejected.Kind, rejected.Fields.FindText("what")));
        Assert.Equal((TestStudy.PlanDigest.Hex, Digest.Of(other).Hex), (rejected.Fields.FindHex("announced"), rejected.Fields.FindHex("arrived")));
    }

    [Fact]
    public void Why_a_masked_round_was_refused_is_in_the_entry_in_words()
    {
        var recorder = new SiteRecorder(_site.Store, _site.Identity, _site.Coordinator.Identity, TestStudy.Vocabulary(new ProbeAnalysis()), TimeProvider.System, new Federated.Privacy.Randomness.SeededRandomness(1));
        recorder.Decline(TestStudy.SumTask().Key, TestStudy.PlanDigest, new Decline(DeclineCode.Masking, [2], [(long)Federated.Privacy.SecureAggregation.RefusalReason.KeyUnsigned]));
        Assert.Equal("KeyUnsigned", Assert.Single(Ledger.Entries(), e => e.Kind == EntryKinds.Decline).Fields.FindText("masking-refusal"));
    }

    [Fact]
    public async Task A_refusal_is_an_entry_with_the_check_that_decided()
    {
        _site.Table = TestStudy.Table(onA: 4);
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        await RunAsync();
        LedgerEntry decline = Ledger.Entries().Single(e => e.Kind == EntryKinds.Decline);
        Assert.Equal(nameof(DeclineCode.TooFewRows), decline.Fields.FindText("code"));
        Assert.Contains(decline.Fields.FindGroups("checks"), c => c.FindText("rule") == nameof(GateRule.RowsPerScanner) && EntryJson.Fields(c).Contains("\"passed\":false", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cohort_with_one_patient_more_than_before_gets_no_answer()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        await RunAsync();
        _site.Table = TestStudy.Table(onB: 21);
        _site.Coordinator.Tasks.Add(TestStudy.SumTask(2));
        await RunAsync();
        Assert.Equal(DeclineCode.Policy, _site.Coordinator.Declined[TestStudy.SumTask(2).Key].Code);
        _site.Table = TestStudy.Table(onB: 30);
        _site.Coordinator.Tasks.Add(TestStudy.SumTask(3));
        await RunAsync();
        Assert.Equal(2, _site.Coordinator.Accepted.Count);
    }

    [Fact]
    public async Task An_answer_held_back_after_a_withdrawal_is_an_entry()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.Break = (call, _) =>
        {
            if (call == "Submit") throw new CoordinatorUnreachableException("down");
        };
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(RunAsync);
        _site.Store.RecordDecision(OfficerDecision.Withdraw(_site.Identity, TestStudy.Uid, TestStudy.PlanDigest, TestStudy.ManifestDigest, TestStudy.Start));
        _site.Coordinator.Break = (_, _) => { };
        await RunAsync();
        Assert.Equal("the officer withdrew", Ledger.Entries().Single(e => e.Kind == EntryKinds.Withheld).Fields.FindText("reason"));
        Assert.Empty(_site.Coordinator.Accepted);
    }

    [Fact]
    public async Task Each_session_ends_with_a_checkpoint_that_covers_everything()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        await RunAsync();
        NoteKey key = SiteRecorder.KeyOf(_site.Identity);
        Assert.True(Checkpoint.TryOpen(Ledger.Checkpoints()[^1], key, out Checkpoint? head, out _));
        Assert.Equal((ulong)Ledger.Size, head.Size);
        Assert.Equal(Federated.Ledger.Merkle.MerkleTree.Root(Ledger.Leaves().AsSpan()), head.Root);
        await RunAsync();
        Assert.Single(Ledger.Checkpoints());
    }

    [Fact]
    public async Task A_ledger_changed_by_hand_lets_nothing_out()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        await RunAsync();
        var rewritten = new InMemorySiteStore();
        rewritten.RecordDecision(_site.Store.FindDecision(TestStudy.Uid, TestStudy.PlanDigest)!);
        rewritten.AddPlan(TestStudy.PlanDigest, TestStudy.PlanBytes);
        foreach ((int n, LedgerEntry entry) in Ledger.Entries().Index())
            rewritten.Ledger.Append($"{n}", () => n == 1 ? new LedgerEntry(entry.Kind, entry.At, entry.Salt.AsSpan(), entry.Fields.Text("added", "by hand")) : entry);
        rewritten.Ledger.AddCheckpoint((ulong)Ledger.Size, Ledger.Checkpoints()[^1]);
        _site.Coordinator.Tasks.Add(TestStudy.SumTask(2));
        await Assert.ThrowsAsync<SiteStoreException>(() => _site.Restarted(rewritten).RunOnceAsync(TestContext.Current.CancellationToken));
        Assert.Single(_site.Coordinator.Accepted);
    }

    [Fact]
    public async Task Signs_of_progress_carry_no_count_of_rows()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Analysis.Script = (context, _) =>
        {
            _site.Time.Advance(TimeSpan.FromMinutes(1));
            SpinWait.SpinUntil(() => Ledger.Entries().Any(e => e.Kind == EntryKinds.Progress), TimeSpan.FromSeconds(20));
            var sum = new Analyses.Exchange.SumVector(ProbeAnalysis.Layout);
            sum.Add("n", 0, context.Table.Rows);
            return new Analyses.SiteAnswer { Sum = sum };
        };
        await RunAsync();
        Assert.Equal((0L, 1L), Assert.Single(_site.Coordinator.ProgressSaid.Distinct()));
        Assert.Single(Ledger.Entries(), e => e.Kind == EntryKinds.Progress);
    }

    private Task<RunSummary> RunAsync() => _site.Restarted().RunOnceAsync(TestContext.Current.CancellationToken);
}
