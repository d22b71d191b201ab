using System.Collections.Immutable;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Rounds;

/// <summary>What follows from which situation.</summary>
public sealed class RoundDecisionTests : IDisposable
{
    private readonly SiteIdentity _identity = SiteIdentity.Create();

    [Fact]
    public void A_new_study_is_fetched_and_shown_to_the_approver() => Assert.Collection(
        Next(SiteApproval.Waiting), a => Assert.IsType<SiteAction.FetchPlan>(a), a => Assert.IsType<SiteAction.ConsiderApproval>(a));

    [Theory]
    [InlineData(StudyState.Draft)]
    [InlineData(StudyState.Released)]
    [InlineData(StudyState.Closed)]
    public void A_study_that_asks_for_nothing_gets_nothing(StudyState state) => Assert.Empty(Next(SiteApproval.Waiting, state: state));

    [Fact]
    public void A_yes_that_the_coordinator_does_not_know_is_sent() =>
        Assert.Single(Next(SiteApproval.Waiting, TestStudy.Approved(_identity), planHere: true), a => a is SiteAction.SendDecision);

    [Fact]
    public void A_no_goes_out_before_any_task()
    {
        OfficerDecision no = OfficerDecision.Withdraw(_identity, TestStudy.Uid, TestStudy.PlanDigest, TestStudy.ManifestDigest, TestStudy.Start);
        ImmutableArray<SiteAction> actions = Next(SiteApproval.Approved, no, planHere: true, tasks: [TestStudy.SumTask()]);
        Assert.IsType<SiteAction.SendDecision>(actions[0]);
    }

    [Fact]
    public void What_the_coordinator_knows_is_not_repeated() => Assert.Empty(Next(SiteApproval.Approved, TestStudy.Approved(_identity), planHere: true));

    [Fact]
    public void A_paused_study_keeps_its_tasks_waiting() => Assert.Empty(
        Next(SiteApproval.Approved, TestStudy.Approved(_identity) with { Paused = true }, planHere: true, tasks: [TestStudy.SumTask()]));

    [Fact]
    public void Tasks_are_taken_in_order_of_their_rounds()
    {
        ImmutableArray<SiteAction> actions = Next(
            SiteApproval.Approved, TestStudy.Approved(_identity), planHere: true, tasks: [TestStudy.SumTask(2), TestStudy.SumTask(1, 2), TestStudy.SumTask(1, 1)]);
        Assert.Equal(
            [(1, 1), (1, 2), (2, 1)],
            actions.Cast<SiteAction.Answer>().Select(a => (a.Task.Key.Round, a.Task.Key.Attempt)));
    }

    [Theory]
    [InlineData(DeliveryState.Pending, 1)]
    [InlineData(DeliveryState.Delivered, 1)]
    [InlineData(DeliveryState.Refused, 0)]
    public void An_answered_task_is_delivered_again_and_never_computed_again(DeliveryState state, int deliveries)
    {
        TaskKey key = TestStudy.SumTask().Key;
        var known = new SiteSnapshot(
            [TestStudy.PlanDigest], ImmutableDictionary<(StudyUid, Digest), OfficerDecision>.Empty.Add((TestStudy.Uid, TestStudy.PlanDigest), TestStudy.Approved(_identity)),
            ImmutableDictionary<TaskKey, DeliveryState>.Empty.Add(key, state), state == DeliveryState.Pending ? [key] : []);
        ImmutableArray<SiteAction> actions = RoundDecisions.Next(Sync(SiteApproval.Approved, StudyState.Running, [TestStudy.SumTask()]), known);
        Assert.Equal(Enumerable.Repeat<SiteAction>(new SiteAction.Deliver(key), deliveries), actions);
    }

    public void Dispose() => _identity.Dispose();

    private static SyncResult Sync(SiteApproval approval, StudyState state, ImmutableArray<SiteTask> tasks) =>
        new([new StudyNotice(TestStudy.Uid, "probe-study", "Probe", TestStudy.PlanDigest, state, approval, 1, 3)], tasks);

    private static ImmutableArray<SiteAction> Next(
        SiteApproval approval, OfficerDecision? decision = null, bool planHere = false, StudyState state = StudyState.Running, ImmutableArray<SiteTask> tasks = default)
    {
        var decisions = ImmutableDictionary<(StudyUid Study, Digest Plan), OfficerDecision>.Empty;
        if (decision is not null) decisions = decisions.Add((decision.Study, decision.Plan), decision);
        var known = new SiteSnapshot(planHere ? [TestStudy.PlanDigest] : [], decisions, ImmutableDictionary<TaskKey, DeliveryState>.Empty, []);
        return RoundDecisions.Next(Sync(approval, state, tasks.IsDefault ? [] : tasks), known);
    }
}
