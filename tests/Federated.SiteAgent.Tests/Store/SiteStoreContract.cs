using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Tables;
using Federated.Ledger.Entries;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Tests.Store;

/// <summary>What every store must do; each implementation's tests derive from it.</summary>
public abstract class SiteStoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, 123, TimeSpan.Zero);
    private static readonly StudyUid Study = new("0123456789abcdef0123456789abcdef");
    private static readonly Digest Plan = Digest.Of("plan"u8);
    private static readonly byte[] Bytes = [1, 2, 3, 250];

    /// <summary>The store under test, empty.</summary>
    protected abstract ISiteStore Store { get; }

    /// <summary>The same store as a process started later finds it; in memory, the store itself.</summary>
    protected abstract ISiteStore Reopened();

    [Fact]
    public void Studies_are_replaced_by_the_latest_word()
    {
        Assert.Null(Store.Studies().Seen);
        Store.RecordStudies([Notice("b-study", 2), Notice("a-study", 1)], Noon);
        Store.RecordStudies([Notice("z-study", 3), Notice("a-study", 1)], Noon.AddHours(1));
        (ImmutableArray<StudyNotice> studies, DateTimeOffset? seen) = Reopened().Studies();
        Assert.Equal([Notice("a-study", 1), Notice("z-study", 3)], studies);
        Assert.Equal(Noon.AddHours(1), seen);
    }

    [Fact]
    public void A_plan_comes_back_to_the_byte()
    {
        Assert.Null(Store.FindPlan(Plan));
        Store.AddPlan(Plan, "plan"u8.ToArray());
        Store.AddPlan(Plan, "plan"u8.ToArray());
        Assert.Equal("plan"u8.ToArray(), Reopened().FindPlan(Plan));
    }

    [Fact]
    public void The_latest_decision_holds_per_study_and_plan()
    {
        using SiteIdentity identity = SiteIdentity.Create();
        OfficerDecision yes = OfficerDecision.Approve(identity, Study, Plan, Digest.Of("manifest"u8), Noon);
        Store.RecordDecision(yes);
        Same(yes, Reopened().FindDecision(Study, Plan));
        Assert.Null(Store.FindDecision(Study, Digest.Of("other"u8)));
        Store.RecordDecision(yes with { Paused = true });
        Same(yes with { Paused = true }, Reopened().FindDecision(Study, Plan));
        OfficerDecision no = OfficerDecision.Withdraw(identity, Study, Plan, yes.Manifest, Noon.AddDays(1));
        Store.RecordDecision(no);
        Same(no, Reopened().FindDecision(Study, Plan));
    }

    [Fact]
    public void A_payload_comes_back_to_the_byte()
    {
        Assert.Null(Store.FindOutbox(Task(1).Key));
        Store.AddToOutbox(Payload(1), null);
        OutboxEntry found = Reopened().FindOutbox(Task(1).Key)!;
        Assert.Equal(Bytes, found.Payload!.Bytes.ToArray());
        Assert.Equal(Digest.Of(Bytes), found.Payload.Digest);
        Assert.Equal(new byte[] { 7, 8 }, found.Payload.Seal);
        Assert.Equal(Payload(1).Checks, found.Checks);
        Assert.Equal((Task(1).Key, Plan, "harmonize", "moments", ExchangeKind.Sum, Noon), (found.Task, found.Plan, found.Analysis, found.Step, found.Kind, found.Written));
        Assert.Equal(DeliveryState.Pending, found.State);
        Assert.Null(found.Decline);
    }

    [Fact]
    public void A_decline_comes_back_with_its_numbers()
    {
        Store.AddToOutbox(Declined(1), null);
        OutboxEntry found = Reopened().FindOutbox(Task(1).Key)!;
        Assert.Null(found.Payload);
        Assert.Equal(DeclineCode.TooFewRows, found.Decline!.Code);
        Assert.Equal([3], found.Decline.Where);
        Assert.Equal([10L], found.Decline.Counts);
    }

    [Fact]
    public void An_answer_is_never_replaced()
    {
        Store.AddToOutbox(Payload(1), null);
        Assert.Throws<InvalidOperationException>(() => Store.AddToOutbox(Declined(1), Table(1)));
        Assert.Equal(Bytes, Reopened().FindOutbox(Task(1).Key)!.Payload!.Bytes.ToArray());
        Assert.Empty(Reopened().Harmonized(Study, Plan));
        Store.AddToOutbox(Payload(1, attempt: 2), null);
        Assert.Equal(2, Store.Outbox().Length);
    }

    [Fact]
    public void The_outbox_is_listed_oldest_first_without_bytes()
    {
        Store.AddToOutbox(Payload(2), null);
        Store.AddToOutbox(Declined(1), null);
        ImmutableArray<OutboxSummary> outbox = Reopened().Outbox();
        Assert.Equal([2, 1], outbox.Select(s => s.Entry.Task.Round));
        Assert.Equal([4L, 0L], outbox.Select(s => s.Bytes));
        Assert.True(outbox[0].Entry.Payload!.Bytes.IsEmpty);
        Assert.Equal([Task(2).Key, Task(1).Key], Reopened().PendingDeliveries());
    }

    [Fact]
    public void The_first_receipt_stays()
    {
        Store.AddToOutbox(Payload(1), null);
        Receipt first = new(Task(1).Key, Digest.Of(Bytes), Noon.AddMinutes(1), [1, 1]);
        Store.RecordReceipt(first, Noon.AddMinutes(2));
        Store.RecordReceipt(first with { Signature = [2, 2] }, Noon.AddMinutes(3));
        Store.RecordRefusal(Task(1).Key, 12, Noon.AddMinutes(4));
        OutboxEntry found = Reopened().FindOutbox(Task(1).Key)!;
        Assert.Equal(DeliveryState.Delivered, found.State);
        Assert.Equal(Noon.AddMinutes(2), found.Settled);
        Assert.Equal((first.Task, first.Payload, first.Accepted), (found.Receipt!.Task, found.Receipt.Payload, found.Receipt.Accepted));
        Assert.Equal(first.Signature, found.Receipt.Signature);
        Assert.Empty(Reopened().PendingDeliveries());
    }

    [Fact]
    public void A_receipt_for_other_bytes_is_not_kept()
    {
        Store.AddToOutbox(Payload(1), null);
        Assert.Throws<InvalidOperationException>(() => Store.RecordReceipt(new Receipt(Task(1).Key, Digest.Of("x"u8), Noon, [1]), Noon));
        Assert.Throws<InvalidOperationException>(() => Store.RecordReceipt(new Receipt(Task(5).Key, Digest.Of(Bytes), Noon, [1]), Noon));
        Assert.Equal(DeliveryState.Pending, Reopened().FindOutbox(Task(1).Key)!.State);
    }

    [Fact]
    public void Acknowledgements_and_refusals_settle_once()
    {
        Store.AddToOutbox(Declined(1), null);
        Store.AddToOutbox(Payload(2), null);
        Store.RecordAcknowledgement(Task(1).Key, Noon.AddMinutes(1));
        Store.RecordRefusal(Task(2).Key, 12, Noon.AddMinutes(2));
        Store.RecordRefusal(Task(2).Key, 9, Noon.AddMinutes(3));
        Assert.Equal(DeliveryState.Delivered, Reopened().FindOutbox(Task(1).Key)!.State);
        OutboxEntry refused = Reopened().FindOutbox(Task(2).Key)!;
        Assert.Equal((DeliveryState.Refused, 12, Noon.AddMinutes(2)), (refused.State, refused.Refusal!.Value, refused.Settled!.Value));
        Assert.Empty(Reopened().PendingDeliveries());
    }

    [Fact]
    public void The_latest_harmonized_table_per_analysis_comes_back_to_the_bit()
    {
        Store.AddToOutbox(Payload(1), Table(1));
        Store.AddToOutbox(Payload(2), null);
        Store.AddToOutbox(Payload(3), Table(3));
        KeyValuePair<string, HarmonizedTable> found = Assert.Single(Reopened().Harmonized(Study, Plan));
        Assert.Equal("harmonize", found.Key);
        Assert.Equal(Table(3).RowIds, found.Value.RowIds);
        Assert.Equal(Table(3).Features, found.Value.Features);
        LocalScannerEstimates estimates = Assert.Single(found.Value.Scanners);
        Assert.Equal(4, estimates.Scanner);
        Assert.Equal([0.25, double.NaN], estimates.GammaHat);
        Assert.Equal([1, double.NaN], estimates.DeltaHat);
        Assert.Equal([0.2, double.NaN], estimates.GammaStar);
        Assert.Equal([0.9, double.NaN], estimates.DeltaStar);
        Assert.Empty(Reopened().Harmonized(Study, Digest.Of("other"u8)));
    }

    [Fact]
    public void About_whom_numbers_left_is_remembered_once_per_set_of_variables()
    {
        VariableSet age = VariableSet.Of(["age"]), both = VariableSet.Of(["age", "suvmax"]);
        KeyedCohort first = KeyedCohort.Of(new byte[32], ["a", "b"]), second = KeyedCohort.Of(new byte[32], ["a", "b", "c"]);
        Store.RecordRelease(new ReleasedCohort(age, first));
        Store.RecordRelease(new ReleasedCohort(age, first));
        Store.RecordRelease(new ReleasedCohort(age, second));
        Store.RecordRelease(new ReleasedCohort(both, second));
        Assert.Equal([2, 3], Reopened().Released(age).Select(r => r.Records.Count));
        Assert.Equal(0, Assert.Single(Reopened().Released(both)).Records.DifferenceFrom(second));
        Assert.Empty(Reopened().Released(VariableSet.Of(["sex"])));
    }

    [Fact]
    public void What_the_numbers_of_a_sum_mean_comes_back()
    {
        var layout = new OutboxLayout([SumBlock.Counts("n", 2), new SumBlock("total", [2, 3], [4, 5, 6])], ["n"]);
        Store.AddToOutbox(Payload(1) with { Layout = layout }, null);
        OutboxLayout found = Reopened().FindOutbox(Task(1).Key)!.Layout!;
        Assert.Equal(layout.Packed, found.Packed);
        Assert.Equal(layout.Blocks.Select(b => (b.Name, string.Join(',', b.Shape), string.Join(',', b.Units))), found.Blocks.Select(b => (b.Name, string.Join(',', b.Shape), string.Join(',', b.Units))));
        Store.AddToOutbox(Payload(2), null);
        Assert.Null(Reopened().FindOutbox(Task(2).Key)!.Layout);
    }

    [Fact]
    public void Who_decided_is_kept()
    {
        using SiteIdentity identity = SiteIdentity.Create();
        OfficerDecision yes = OfficerDecision.Approve(identity, Study, Plan, Digest.Of("manifest"u8), Noon) with { Officer = "Dr. \u00c9" };
        Store.RecordDecision(yes);
        Assert.Equal("Dr. \u00c9", Reopened().FindDecision(Study, Plan)!.Officer);
    }

    [Fact]
    public void Entries_are_appended_once_per_occasion_and_come_back_to_the_byte()
    {
        LedgerEntry[] entries = [.. Enumerable.Range(0, 3).Select(i => new LedgerEntry("answer", Noon.AddSeconds(i), new byte[16], LedgerFields.Empty.Whole("n", i)))];
        for (int i = 0; i < entries.Length; i++) Assert.Equal(i, Store.Ledger.Append($"occasion/{i}", () => entries[i]));
        Assert.Equal(1, Store.Ledger.Append("occasion/1", () => throw new InvalidOperationException("made again")));
        ISiteLedger found = Reopened().Ledger;
        Assert.Equal(3, found.Size);
        Assert.Equal(entries.Select(e => e.Encoded.ToArray()), found.Entries().Select(e => e.Encoded.ToArray()));
        Assert.Equal(entries.Skip(1).Select(e => e.Leaf), found.Leaves(1));
        Assert.Single(found.Entries(2));
    }

    [Fact]
    public void Checkpoints_come_back_in_the_order_of_their_sizes_and_the_first_of_a_size_stays()
    {
        Store.Ledger.AddCheckpoint(5, "five");
        Store.Ledger.AddCheckpoint(2, "two");
        Store.Ledger.AddCheckpoint(5, "other");
        Assert.Equal(["two", "five"], Reopened().Ledger.Checkpoints());
    }

    protected static SiteTask Task(int round, int attempt = 1) =>
        new(new TaskKey(Study, round, attempt), Plan, "harmonize", "moments", ExchangeKind.Sum, Digest.Of([]), 0, 3, Noon.AddHours(1));

    protected static OutboxEntry Payload(int round, int attempt = 1, byte[]? bytes = null) => new(
        Task(round, attempt), [new GateCheck(GateRule.RowsPerScanner, true, 10, 31, 2), new GateCheck(GateRule.PlanApproved, true)],
        new SealedPayload(Digest.Of(bytes ?? Bytes), bytes ?? Bytes, [7, 8]), Noon);

    private static OutboxEntry Declined(int round) =>
        new(Task(round), [new GateCheck(GateRule.RowsPerScanner, false, 10, 9, 3)], new Decline(DeclineCode.TooFewRows, [3], [10]), Noon);

    private static HarmonizedTable Table(int seed) => new(
        ["row-1", "row-é"], [seed, -0.0, double.NaN, 1e-300],
        [new LocalScannerEstimates(4, [0.25, double.NaN], [1, double.NaN], [0.2, double.NaN], [0.9, double.NaN])]);

    private static StudyNotice Notice(string id, byte tag) => new(
        new StudyUid(Convert.ToHexStringLower([.. Enumerable.Repeat(tag, 16)])), id, "Title of " + id, Digest.Of([tag]), StudyState.Running, SiteApproval.Waiting, 2, 3);

    private static void Same(OfficerDecision expected, OfficerDecision? found)
    {
        Assert.NotNull(found);
        Assert.Equal(expected.Signature, found.Signature);
        Assert.Equal(expected with { Signature = found.Signature }, found);
    }
}
