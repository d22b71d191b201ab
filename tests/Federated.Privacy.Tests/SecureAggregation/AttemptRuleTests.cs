using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>Running again without a hospital must not reveal it.</summary>
public class AttemptRuleTests
{
    private static readonly int[] Eight = [0, 1, 2, 3, 4, 5, 6, 7];

    private static EarlierAttempt Earlier(Roster roster, int attempt = 1, params ReadOnlySpan<int> survivors) =>
        new([.. Consortium.ContextFor(roster, attempt: attempt).Digest], 1, attempt, roster, [.. survivors]);

    private static RefusalReason? Judge(int[] before, int[] after, Func<int, string>? entity = null) =>
        AttemptRule.Judge([Earlier(Consortium.RosterOf(before, entity))], Consortium.ContextFor(Consortium.RosterOf(after, entity), attempt: 2))?.Reason;

    [Fact]
    public void A_roster_that_differs_by_fewer_than_three_sites_is_refused()
    {
        Assert.Equal(RefusalReason.RosterTooClose, Judge(Eight, Eight[..7]));
        Assert.Equal(RefusalReason.RosterTooClose, Judge(Eight, Eight[..6]));
        Assert.Equal(RefusalReason.RosterTooClose, Judge(Eight, [.. Eight, 8]));
        Assert.Equal(RefusalReason.RosterTooClose, Judge(Eight, [.. Eight[..7], 8])); // one left, one came
        Assert.Null(Judge(Eight, Eight[..5]));
        Assert.Null(Judge(Eight, [.. Eight, 8, 9, 10]));
        Assert.Null(Judge(Eight, Eight)); // the survivors decide, below
    }

    [Fact]
    public void Sites_of_one_legal_entity_count_as_one() =>
        Assert.Equal(RefusalReason.RosterTooClose, Judge(Eight, Eight[..5], i => i >= 5 ? "chain" : $"hospital {i}"));

    [Fact]
    public void Every_earlier_attempt_counts_not_only_the_last()
    {
        Roster first = Consortium.RosterOf(Eight), second = Consortium.RosterOf(Eight[..5]), third = Consortium.RosterOf(Eight[..7]);
        Assert.Equal(RefusalReason.RosterTooClose, AttemptRule.Judge([Earlier(first), Earlier(second, 2)], Consortium.ContextFor(third, attempt: 3))?.Reason);
    }

    [Fact]
    public void An_attempt_is_newer_than_the_ones_before()
    {
        Roster roster = Consortium.RosterOf(Eight);
        Assert.Equal(RefusalReason.AttemptNotNewer, AttemptRule.Judge([Earlier(roster, 2)], Consortium.ContextFor(roster, attempt: 2))?.Reason);
        Assert.Equal(RefusalReason.AttemptNotNewer, AttemptRule.Judge([Earlier(roster, 2)], Consortium.ContextFor(roster, attempt: 1))?.Reason);
        Assert.Null(AttemptRule.Judge([Earlier(roster, 2)], Consortium.ContextFor(roster, round: 2, attempt: 1)));
    }

    [Fact]
    public void A_site_does_not_start_where_the_rule_says_no()
    {
        var consortium = new Consortium(4, attempt: 2);
        EarlierAttempt before = Earlier(Consortium.RosterOf([0, 1, 2, 3, 4]));
        Assert.Equal(RefusalReason.RosterTooClose, SiteAggregation.Start(consortium.Context, consortium.Identity(0), new SeededRandomness(1), [before]).Refusal?.Reason);
    }

    /// <summary>Same roster, but one site is declared dropped the second time: the attack that the roster alone does not show.</summary>
    [Fact]
    public void Survivors_that_differ_by_one_from_those_signed_before_are_refused()
    {
        Standing first = new Consortium(5).RunTo(SiteStep.Agreed);
        var second = new Consortium(5, attempt: 2);
        Standing again = second.RunTo(SiteStep.Masked);
        EarlierAttempt before = first.Sites[0].AsEarlier();
        SiteAggregationState site = again.Sites[0];
        Assert.Equal(RefusalReason.SurvivorsTooClose, SiteAggregation.Agree(site, new SurvivorNotice([0, 1, 2, 3]), second.Identity(0), [before]).Refusal?.Reason);
        Assert.NotNull(SiteAggregation.Agree(site, new SurvivorNotice([0, 1, 2, 3, 4]), second.Identity(0), [before]).Message);
    }

    [Fact]
    public void A_broken_attempt_is_repeated_with_the_survivors_announced_then()
    {
        var first = new Standing(new Consortium(5));
        first.Share();
        first.Mask([4]);
        first.Agree();
        var second = new Consortium(5, attempt: 2);
        Standing again = second.RunTo(SiteStep.Masked); // this time everybody sent
        CoordinatorAggregationState reopened = again.Coordinator with { Step = CoordinatorStep.Masked, Survivors = [] };
        SurvivorNotice notice = CoordinatorAggregation.CloseMasked(reopened, only: first.Notice.Survivors).Require();
        Assert.Equal([0, 1, 2, 3], notice.Survivors);
        Assert.Null(SiteAggregation.Agree(again.Sites[0], notice, second.Identity(0), [first.Sites[0].AsEarlier()]).Refusal);
    }

    [Fact]
    public void The_question_is_the_same_whoever_is_asked_and_however_often()
    {
        AggregationContext one = Consortium.ContextFor(Consortium.RosterOf(Eight));
        AggregationContext other = Consortium.ContextFor(Consortium.RosterOf(Eight[..5]), round: 3, attempt: 2);
        Assert.Equal(one.Question.AsSpan(), other.Question.AsSpan());
        Assert.NotEqual(one.Digest.ToArray(), other.Digest.ToArray());
        Assert.NotEqual(one.Question.ToArray(), (one with { Broadcast = one.Plan }).Question.ToArray());
    }
}
