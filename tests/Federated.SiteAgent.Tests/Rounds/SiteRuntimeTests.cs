using System.Security.Cryptography;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Rounds;

/// <summary>One pass of the agent over a scripted coordinator.</summary>
public sealed class SiteRuntimeTests : IDisposable
{
    private readonly TestSite _site = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_pass_approves_answers_and_keeps_the_receipt()
    {
        _site.Coordinator.Tasks.AddRange([TestStudy.SumTask(), TestStudy.ReportTask()]);
        RunSummary summary = await _site.Restarted().RunOnceAsync(Cancellation);

        Assert.Equal(new RunSummary(1, 2, 0, 2, 0), summary);
        Assert.Equal(SiteApproval.Approved, _site.Coordinator.Approval);
        OutboxEntry entry = _site.Store.FindOutbox(TestStudy.SumTask().Key)!;
        Assert.Equal(DeliveryState.Delivered, entry.State);
        Assert.True(_site.Coordinator.Identity.Vouches(entry.Receipt!, entry.Task, entry.Payload!.Digest));
        Assert.Equal(entry.Payload.Bytes.ToArray(), _site.Coordinator.Accepted[entry.Task].Bytes);
        Assert.Equal(_site.Table.RowIds, _site.Store.Harmonized(TestStudy.Uid, TestStudy.PlanDigest)[TestStudy.Analysis].RowIds);
        Assert.False((await _site.Restarted().RunOnceAsync(Cancellation)).DidSomething);
    }

    [Fact]
    public async Task Without_an_approver_nothing_is_answered_until_the_officer_speaks()
    {
        _site.Approves = false;
        SiteRuntime runtime = _site.Restarted();
        Assert.False((await runtime.RunOnceAsync(Cancellation)).DidSomething);
        Assert.NotNull(_site.Store.FindPlan(TestStudy.PlanDigest));

        _site.Store.RecordDecision(TestStudy.Approved(_site.Identity));
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        Assert.Equal(new RunSummary(1, 1, 0, 1, 0), await runtime.RunOnceAsync(Cancellation));
    }

    [Fact]
    public async Task A_task_that_nobody_approved_is_declined_with_a_code()
    {
        _site.Approves = false;
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal(DeclineCode.PlanNotApproved, Assert.Single(_site.Coordinator.Declined).Value.Code);
        Assert.Equal(0, _site.Analysis.Asked);
    }

    [Fact]
    public async Task A_plan_whose_bytes_are_not_what_was_announced_is_not_kept()
    {
        _site.Coordinator.Plan = "another plan"u8.ToArray();
        await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Null(_site.Store.FindPlan(TestStudy.PlanDigest));
        Assert.Equal(SiteApproval.Waiting, _site.Coordinator.Approval);
        Assert.Single(_site.Events, e => e is SiteEvent.PlanUnreadable);
    }

    [Fact]
    public async Task Too_few_rows_are_declined_before_anything_is_computed()
    {
        _site.Table = TestStudy.Table(20, 4);
        Decline decline = await DeclinedAsync();
        Assert.Equal(DeclineCode.TooFewRows, decline.Code);
        Assert.Equal([1], decline.Where);
        Assert.Equal([10L], decline.Counts);
        Assert.Equal(0, _site.Analysis.Asked);
    }

    [Fact]
    public async Task A_number_off_the_agreed_scale_is_declined_with_its_feature()
    {
        _site.Analysis.Script = (_, _) =>
        {
            var sum = new SumVector(ProbeAnalysis.Layout);
            sum.Add("total", 1, 1e30);
            return new SiteAnswer { Sum = sum };
        };
        Decline decline = await DeclinedAsync();
        Assert.Equal(DeclineCode.OutOfRange, decline.Code);
        Assert.Equal([1], decline.Where);
        Assert.Contains(_site.Store.Outbox()[0].Entry.Checks, c => c is { Rule: GateRule.RoomForSites, Passed: false, Where: 1 });
    }

    [Fact]
    public async Task A_broadcast_that_is_not_what_the_plan_declares_is_declined()
    {
        _site.Analysis.Script = (_, _) => throw new BroadcastInvalidException("beta has shape [3], not [2].");
        Assert.Equal(DeclineCode.BroadcastInvalid, (await DeclinedAsync()).Code);
    }

    [Fact]
    public async Task A_broadcast_with_another_digest_is_declined()
    {
        _site.Coordinator.Broadcast = "other numbers"u8.ToArray();
        Assert.Equal(DeclineCode.BroadcastInvalid, (await DeclinedAsync()).Code);
    }

    [Fact]
    public async Task A_defect_leaves_as_a_code_and_its_story_stays_here()
    {
        _site.Analysis.Script = (_, _) => throw new InvalidCastException("the patient's name");
        Decline decline = await DeclinedAsync();
        Assert.Equal(DeclineCode.Internal, decline.Code);
        Assert.Empty(decline.Where);
        Assert.Empty(decline.Counts);
        Assert.IsType<InvalidCastException>(Assert.Single(_site.Events.OfType<SiteEvent.TaskFailed>()).Cause);
    }

    [Fact]
    public async Task Tables_that_do_not_fit_the_plan_are_no_data_and_their_cells_are_told_to_nobody()
    {
        _site.TableFault = new TableInvalidException("E2204", "cohort.csv, row id P-17: 'sixty' is not a number");
        Decline decline = await DeclinedAsync();
        Assert.Equal(DeclineCode.NoData, decline.Code);
        Assert.Equal("E2204", Assert.Single(_site.Events.OfType<SiteEvent.TableUnusable>()).Code);
    }

    [Fact]
    public async Task A_receipt_that_the_coordinator_did_not_sign_is_not_kept()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.Tamper = receipt => receipt with { Accepted = receipt.Accepted.AddMilliseconds(1) };
        RunSummary summary = await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal((1, 0, 1), (summary.Answered, summary.Delivered, summary.Waiting));
        Assert.Single(_site.Events, e => e is SiteEvent.ReceiptInvalid);
        Assert.Equal(DeliveryState.Pending, _site.Store.FindOutbox(TestStudy.SumTask().Key)!.State);
    }

    [Fact]
    public async Task A_lost_reply_is_resolved_by_asking_again()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.Break = (call, after) =>
        {
            if (call is "Submit" && after) throw new CoordinatorUnreachableException("the reply was lost");
        };
        SiteRuntime runtime = _site.Restarted();
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => runtime.RunOnceAsync(Cancellation));
        _site.Coordinator.Break = (_, _) => { };

        RunSummary summary = await runtime.RunOnceAsync(Cancellation);
        Assert.Equal(1, summary.Delivered);
        Assert.Equal(2, _site.Coordinator.Arrived.Count);
        Assert.Equal(_site.Coordinator.Arrived[0].Bytes, _site.Coordinator.Arrived[1].Bytes);
    }

    [Fact]
    public async Task A_coordinator_restored_from_an_older_state_gets_the_same_bytes_again()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.KeepsListing = true;
        await _site.Restarted().RunOnceAsync(Cancellation);
        await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal(1, _site.Analysis.Asked);
        Assert.Equal(_site.Coordinator.Arrived[0].Bytes, _site.Coordinator.Arrived[1].Bytes);
    }

    [Fact]
    public async Task A_round_that_moved_on_is_not_asked_about_forever()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.Break = (call, _) =>
        {
            if (call is "Submit") throw new CoordinatorRefusedException(RefusalCodes.TaskClosed, "closed");
        };
        RunSummary summary = await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal((0, 0), (summary.Delivered, summary.Waiting));
        OutboxEntry entry = _site.Store.FindOutbox(TestStudy.SumTask().Key)!;
        Assert.Equal((DeliveryState.Refused, RefusalCodes.TaskClosed), (entry.State, entry.Refusal!.Value));
    }

    [Fact]
    public async Task A_withdrawal_holds_back_what_already_lies_in_the_outbox()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        _site.Coordinator.Break = (call, _) =>
        {
            if (call is "Submit") throw new CoordinatorUnreachableException("no way out");
        };
        await Assert.ThrowsAsync<CoordinatorUnreachableException>(() => _site.Restarted().RunOnceAsync(Cancellation));
        _site.Coordinator.Break = (_, _) => { };
        _site.Store.RecordDecision(OfficerDecision.Withdraw(_site.Identity, TestStudy.Uid, TestStudy.PlanDigest, TestStudy.ManifestDigest, TestStudy.Start));

        RunSummary summary = await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal(SiteApproval.Withdrawn, _site.Coordinator.Approval);
        Assert.Equal((0, 0), (summary.Delivered, summary.Waiting));
        Assert.Empty(_site.Coordinator.Arrived);
    }

    [Fact]
    public async Task A_coordinator_that_refuses_the_site_ends_the_pass()
    {
        _site.Coordinator.Break = (_, _) => throw new CoordinatorRefusedException(RefusalCodes.CertificateRevoked, "revoked");
        await Assert.ThrowsAsync<CoordinatorRefusedException>(() => _site.Restarted().RunOnceAsync(Cancellation));
    }

    [Fact]
    public async Task One_studys_refusal_does_not_keep_the_others_waiting()
    {
        _site.Coordinator.Tasks.AddRange([TestStudy.SumTask(), TestStudy.SumTask(2)]);
        int submissions = 0;
        _site.Coordinator.Break = (call, after) =>
        {
            if (call is "Submit" && !after && submissions++ == 0) throw new CoordinatorRefusedException(RefusalCodes.NotApproved, "not yet");
        };
        RunSummary summary = await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal((1, 1), (summary.Delivered, summary.Waiting));
        Assert.Single(_site.Events, e => e is SiteEvent.ActionRefused { Code: RefusalCodes.NotApproved });
    }

    [Fact]
    public async Task Bytes_put_into_the_outbox_by_hand_never_leave()
    {
        _site.Store.RecordDecision(TestStudy.Approved(_site.Identity));
        byte[] bytes = RandomNumberGenerator.GetBytes(80);
        _site.Store.AddToOutbox(new OutboxEntry(TestStudy.SumTask(), [], new SealedPayload(Digest.Of(bytes), bytes, new byte[64]), TestStudy.Start), null);
        await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Empty(_site.Coordinator.Arrived);
        Assert.Single(_site.Events, e => e is SiteEvent.AnswerWithheld);
    }

    public void Dispose() => _site.Dispose();

    private async Task<Decline> DeclinedAsync()
    {
        _site.Coordinator.Tasks.Add(TestStudy.SumTask());
        RunSummary summary = await _site.Restarted().RunOnceAsync(Cancellation);
        Assert.Equal((0, 1, 1), (summary.Answered, summary.Declined, summary.Delivered));
        Assert.Empty(_site.Coordinator.Arrived);
        return Assert.Single(_site.Coordinator.Declined).Value;
    }
}
