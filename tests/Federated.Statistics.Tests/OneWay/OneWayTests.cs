using CsCheck;
using Federated.Statistics.OneWay;

namespace Federated.Statistics.Tests.OneWay;

/// <summary>
/// Against R's documented results, and to all digits against exact rational arithmetic with tails by tanh-sinh quadrature (computed once, in another
/// language, for these layouts).
/// </summary>
public class OneWayTests
{
    public static TheoryData<string, double, double, double, double, double, double, double> Published => new()
    {
        { nameof(Layouts.Sleep), 3.4626267607804455, 0.07918671421593824, 3.4626267607804455, 17.77647351617849, 0.0793941401873583, 0.10789210747557952, 0.7425568224059034 },
        { nameof(Layouts.InsectSprays), 34.70228205549171, 3.182583726145127e-17, 36.065443893577246, 30.04256050876738, 7.999379455673346e-12, 25.95982532036868, 9.085122332945336e-05 },
        { nameof(Layouts.Unlike), 90.95783572819695, 7.537565140679945e-10, 29.763849727996863, 7.084096241260191, 0.0002191618934116842, 27.59033935397842, 4.4270563403885805e-06 },
    };

    [Theory, MemberData(nameof(Published))]
    public void Tests_of_published_layouts(
        string layout, double anovaF, double anovaP, double welchF, double welchDenominator, double welchP, double bartlett, double bartlettP)
    {
        double[][] groups = Layout(layout);
        foreach (double centre in (double[])[0, 7.25, -3])
        {
            AnalysisOfVariance anova = Layouts.Anova(groups, centre);
            Layouts.Near(anovaF, anova.F, 1e-12);
            Layouts.Near(anovaP, anova.P, 1e-11);
            UnequalVarianceSums sums = Layouts.Unequal(groups, centre);
            WelchTest welch = WelchTest.Of(sums);
            Layouts.Near(welchF, welch.F, 1e-12);
            Layouts.Near(welchDenominator, welch.Denominator, 1e-12);
            Layouts.Near(welchP, welch.P, 1e-11);
            BartlettTest test = BartlettTest.Of(sums);
            Layouts.Near(bartlett, test.ChiSquared, 1e-12);
            Layouts.Near(bartlettP, test.P, 1e-11);
        }
    }

    [Fact]
    public void Components_of_the_dyestuff_batches()
    {
        AnalysisOfVariance anova = Layouts.Anova(Layouts.Dyestuff, 1500);
        Layouts.Near(1527.5, anova.Mean, 1e-15);
        Layouts.Near(2451.25, anova.MeanSquareWithin, 1e-14);
        Layouts.Near(1764.05, anova.BetweenVariance, 1e-13); // lme4 gives the same by REML: the layout is balanced
        Layouts.Near(1764.05 / (1764.05 + 2451.25), anova.BetweenShare, 1e-13);
        Layouts.Near(anova.MeanOfGroupMeans, 1527.5, 1e-15);
        Layouts.Near(anova.MeanSquareBetween / 5, anova.VarianceOfGroupMeans, 1e-13);
        Layouts.Near(anova.SquaresBetween / (anova.SquaresBetween + anova.SquaresWithin), anova.EtaSquared, 1e-15);
    }

    [Fact]
    public void Unequal_sizes_are_weighed_by_their_effective_size()
    {
        // k = 2, n = 1 and 3: n0 = (4 - 10 / 4) / 1 = 1.5; SSB = 12, SSW = 2.
        AnalysisOfVariance anova = Layouts.Anova([[9], [4, 5, 6]], 0);
        Assert.Equal(12, anova.SquaresBetween, 1e-12);
        Assert.Equal(2, anova.SquaresWithin, 1e-12);
        Assert.Equal((12 - 1) / 1.5, anova.BetweenVariance, 1e-12);
        Assert.Equal(7, anova.MeanOfGroupMeans, 1e-12);
        Assert.Equal(6, anova.Mean, 1e-12);
    }

    [Fact]
    public void Equal_groups_have_no_variance_between_them()
    {
        AnalysisOfVariance anova = Layouts.Anova([[1, 2, 3], [3, 1, 2], [2, 3, 1]], 2);
        Assert.Equal(0, anova.BetweenVariance);
        Assert.Equal(0, anova.F, 1e-12);
        Assert.Equal(1, anova.P, 1e-9);
    }

    [Theory]
    [InlineData(1e6)]
    [InlineData(1e9)]
    public void An_offset_costs_no_more_digits_than_the_values_have(double offset)
    {
        double[][] exact = Layouts.InsectSprays; // integers: adding 1e9 loses nothing
        UnequalVarianceSums shifted = Layouts.Unequal(Layouts.Shifted(exact, offset), offset);
        Layouts.Near(34.70228205549171, Layouts.Anova(Layouts.Shifted(exact, offset), offset + 3).F, 1e-12);
        Layouts.Near(36.065443893577246, WelchTest.Of(shifted).F, 1e-12);
        Layouts.Near(25.95982532036868, BartlettTest.Of(shifted).ChiSquared, 1e-12);
    }

    [Fact]
    public void A_group_that_does_not_vary_makes_the_variance_tests_undefined()
    {
        UnequalVarianceSums sums = Layouts.Unequal([[1, 2, 3], [0.1, 0.1, 0.1], [4, 6, 8]], 0);
        Assert.Equal(1, sums.Constant);
        Assert.Equal(double.NaN, WelchTest.Of(sums).P);
        Assert.Equal(double.NaN, BartlettTest.Of(sums).P);
    }

    [Fact]
    public void A_single_value_has_no_variance_and_is_left_out_of_the_variance_tests()
    {
        UnequalVarianceSums with = Layouts.Unequal([.. Layouts.Sleep, [3.5]], 0);
        UnequalVarianceSums without = Layouts.Unequal(Layouts.Sleep, 0);
        Assert.Equal(2, with.Varying);
        Layouts.Near(WelchTest.Of(without).F, WelchTest.Of(with).F, 1e-13);
        Layouts.Near(BartlettTest.Of(without).ChiSquared, BartlettTest.Of(with).ChiSquared, 1e-13);
    }

    [Fact]
    public void One_group_or_none_defines_no_test()
    {
        foreach (double[][] groups in (double[][][])[[[1, 2, 3]], [], [[1], [2]]])
        {
            AnalysisOfVariance anova = Layouts.Anova(groups, 0);
            Assert.Equal(double.NaN, anova.F);
            Assert.Equal(double.NaN, anova.P);
            Assert.Equal(double.NaN, anova.BetweenVariance);
        }
    }

    [Fact]
    public void Welch_of_two_groups_is_the_square_of_Welchs_t() =>
        Gen.Double[-5, 5].Array[2, 12].Array[2].Where(g => g.All(x => x.Max() - x.Min() > 0.1)).Sample(groups =>
        {
            double[] mean = [.. groups.Select(g => g.Average())];
            double[] error = [.. groups.Select((g, i) => g.Aggregate(0.0, (s, y) => s + ((y - mean[i]) * (y - mean[i]))) / (g.Length - 1) / g.Length)];
            double t = (mean[0] - mean[1]) / Math.Sqrt(error[0] + error[1]);
            double df = Math.Pow(error[0] + error[1], 2) / ((error[0] * error[0] / (groups[0].Length - 1)) + (error[1] * error[1] / (groups[1].Length - 1)));
            WelchTest welch = WelchTest.Of(Layouts.Unequal(groups, 0));
            Assert.Equal(t * t, welch.F, 1e-9 * (1 + (t * t)));
            Assert.Equal(df, welch.Denominator, 1e-9 * df);
        });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void Tails_at_their_ends(double statistic, double tail)
    {
        Assert.Equal(tail, UpperTail.F(statistic, 3, 10));
        Assert.Equal(tail, UpperTail.ChiSquared(statistic, 3));
    }

    private static double[][] Layout(string name) => name switch
    {
        nameof(Layouts.Sleep) => Layouts.Sleep,
        nameof(Layouts.InsectSprays) => Layouts.InsectSprays,
        _ => Layouts.Unlike,
    };
}
