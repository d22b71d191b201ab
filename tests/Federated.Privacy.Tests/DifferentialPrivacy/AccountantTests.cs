using CsCheck;
using Federated.Privacy.DifferentialPrivacy;

namespace Federated.Privacy.Tests.DifferentialPrivacy;

/// <summary>What must hold between accountants, whatever the numbers.</summary>
public class AccountantTests
{
    /// <summary>Without sampling the loss of k releases is that of one with sigma / sqrt(k), for which epsilon is known exactly.</summary>
    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(4.0, 20)]
    [InlineData(50.0, 1000)]
    public void The_bracket_holds_the_exact_epsilon_of_unsampled_releases(double sigma, long releases)
    {
        PrivacyBracket bracket = PrivacyLossAccountant.Epsilon([new GaussianReleases(sigma, 1, releases)], 1e-6);
        Assert.True(GaussianMechanism.Delta(sigma / Math.Sqrt(releases), bracket.Upper) <= 1e-6 * (1 + 1e-9));
        Assert.True(GaussianMechanism.Delta(sigma / Math.Sqrt(releases), bracket.Lower) >= 1e-6 * (1 - 1e-9));
    }

    [Fact]
    public void The_loss_distribution_is_never_above_the_Renyi_bound() => (
        from sigma in Gen.Double[0.7, 5]
        from q in Gen.Double[0.005, 1]
        from releases in Gen.Int[1, 200]
        select new GaussianReleases(sigma, q, releases)).Sample(
        r =>
        {
            PrivacyBracket bracket = PrivacyLossAccountant.Epsilon([r], 1e-5, precision: 0.02);
            Assert.True(bracket.Lower <= bracket.Upper);
            Assert.True(bracket.Lower <= RenyiAccountant.Empty.Add(r).Epsilon(1e-5).Epsilon);
        },
        iter: 8);

    [Fact]
    public void Different_releases_compose()
    {
        GaussianReleases sum = new(8, 1, 3), updates = new(1.5, 0.1, 20);
        double both = PrivacyLossAccountant.Epsilon([sum, updates], 1e-5).Upper;
        Assert.True(both > PrivacyLossAccountant.Epsilon([updates], 1e-5).Lower);
        Assert.True(both < RenyiAccountant.Empty.Add(sum).Add(updates).Epsilon(1e-5).Epsilon);
        PrivacyBracket split = PrivacyLossAccountant.Epsilon([new(4, 1, 2), new(4, 1, 3)], 1e-5), whole = PrivacyLossAccountant.Epsilon([new(4, 1, 5)], 1e-5);
        Assert.InRange(split.Upper, whole.Lower, whole.Upper * 1.001);
    }

    [Fact]
    public void Nothing_released_costs_nothing()
    {
        Assert.Equal(new PrivacyBracket(0, 0), PrivacyLossAccountant.Epsilon([], 1e-5));
        Assert.Equal(new PrivacyBracket(0, 0), PrivacyLossAccountant.Epsilon([new(1, 0, 10), new(1, 0.5, 0)], 1e-5));
        Assert.Equal(0, ZeroConcentratedPrivacy.Epsilon(0, 1e-5).Epsilon);
        Assert.Equal(0, RenyiAccountant.Divergence(1, 0, 2));
    }

    /// <summary>The sum over whole orders and the integral over any order are two ways to one number.</summary>
    [Fact]
    public void Whole_and_fractional_orders_meet() => (
        from sigma in Gen.Double[0.5, 6]
        from q in Gen.Double[0.0001, 0.9]
        from order in Gen.Int[2, 40]
        select (sigma, q, order)).Sample(
        c =>
        {
            double whole = RenyiAccountant.Divergence(c.sigma, c.q, c.order), near = RenyiAccountant.Divergence(c.sigma, c.q, c.order + 1e-7);
            Assert.InRange(near / whole, 1 - 1e-5, 1 + 1e-5);
        },
        iter: 200);

    [Fact]
    public void A_budget_refuses_what_would_pass_its_cap()
    {
        var budget = new PrivacyBudget(Epsilon: 3, Delta: 1e-5, []);
        BudgetDecision first = budget.Judge(new GaussianReleases(4, 1, 5));
        Assert.True(first.Allowed);
        Assert.Equal(RenyiAccountant.Empty.Add(new GaussianReleases(4, 1, 5)).Epsilon(1e-5).Epsilon, first.EpsilonAfter);
        PrivacyBudget spent = budget.Spend(new GaussianReleases(4, 1, 5));
        BudgetDecision second = spent.Judge(new GaussianReleases(4, 1, 5));
        Assert.False(second.Allowed);
        Assert.True(second.EpsilonAfter > 3);
        Assert.Equal(first.EpsilonAfter, spent.EpsilonSpent);
        Assert.Throws<InvalidOperationException>(() => spent.Spend(new GaussianReleases(4, 1, 5)));
    }

    [Fact]
    public void Arguments_that_mean_nothing_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RenyiAccountant.Divergence(0, 0.1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => RenyiAccountant.Divergence(1, 1.1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => RenyiAccountant.Divergence(1, double.NaN, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => RenyiAccountant.Divergence(1, 0.1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RenyiAccountant.Empty.Epsilon(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => PrivacyLossAccountant.Epsilon([], 1));
        Assert.Throws<ArgumentException>(() => new RenyiAccountant([0.5]));
    }
}
