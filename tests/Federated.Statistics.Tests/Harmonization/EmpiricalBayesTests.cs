using Federated.Statistics.Harmonization;

namespace Federated.Statistics.Tests.Harmonization;

public sealed class EmpiricalBayesTests
{
    private static readonly double[] Gamma = [0.2, -0.4, 0.9, 0.1, -0.3], Delta = [1.1, 0.8, 1.4, 0.6, 1.0], Scans = [30, 30, 30, 30, 30];

    [Fact]
    public void The_converged_posterior_satisfies_both_of_its_equations()
    {
        ShrunkEffects shrunk = EmpiricalBayes.Shrink(Scans, Gamma, Delta, new CombatSettings());
        ScannerPriors priors = ScannerPriors.Of(Gamma, Delta);
        for (int f = 0; f < Gamma.Length; f++)
        {
            double g = shrunk.GammaStar[f], d = shrunk.DeltaStar[f];
            double squares = (29 * Delta[f]) + (30 * (Gamma[f] - g) * (Gamma[f] - g));
            Assert.Equal(((priors.Tau2 * 30 * Gamma[f]) + (d * priors.GammaBar)) / ((priors.Tau2 * 30) + d), g, 1e-13);
            Assert.Equal(((0.5 * squares) + priors.B) / (15 + priors.A - 1), d, 1e-13);
        }
    }

    [Fact]
    public void What_one_feature_becomes_does_not_depend_on_its_place()
    {
        ShrunkEffects shrunk = EmpiricalBayes.Shrink(Scans, Gamma, Delta, new CombatSettings());
        ShrunkEffects reversed = EmpiricalBayes.Shrink(Scans, [.. Gamma.Reverse()], [.. Delta.Reverse()], new CombatSettings());
        for (int f = 0; f < Gamma.Length; f++) Assert.Equal(shrunk.GammaStar[f], reversed.GammaStar[^(f + 1)], 1e-14);
    }

    [Fact]
    public void Features_without_an_estimate_stay_out_of_the_priors()
    {
        ShrunkEffects all = EmpiricalBayes.Shrink([30, .. Scans], [double.NaN, .. Gamma], [double.NaN, .. Delta], new CombatSettings());
        ShrunkEffects few = EmpiricalBayes.Shrink(Scans, Gamma, Delta, new CombatSettings());
        Assert.True(double.IsNaN(all.GammaStar[0]) && double.IsNaN(all.DeltaStar[0]));
        Assert.Equal(few.GammaStar, all.GammaStar[1..]);
        Assert.Equal(few.DeltaStar, all.DeltaStar[1..]);
    }

    [Fact]
    public void Nonparametric_weights_do_not_underflow_with_ten_thousand_scans()
    {
        double[] many = [10_000, 10_000, 10_000, 10_000, 10_000];
        ShrunkEffects shrunk = EmpiricalBayes.Shrink(many, Gamma, Delta, new CombatSettings { Shrinkage = Shrinkage.Nonparametric });
        Assert.All(shrunk.GammaStar, g => Assert.True(double.IsFinite(g)));
        Assert.All(shrunk.DeltaStar, d => Assert.Contains(d, Delta)); // so many scans choose one candidate
    }

    [Theory]
    [InlineData(Shrinkage.Parametric)]
    [InlineData(Shrinkage.Nonparametric)]
    public void One_feature_has_nothing_to_be_shrunk_to(Shrinkage shrinkage)
    {
        ShrunkEffects shrunk = EmpiricalBayes.Shrink([30], [0.4], [1.3], new CombatSettings { Shrinkage = shrinkage });
        Assert.True(shrunk.FellBack);
        Assert.Equal((0.4, 1.3), (shrunk.GammaStar[0], shrunk.DeltaStar[0]));
    }

    [Theory]
    [InlineData(Stopping.Converged)]
    [InlineData(Stopping.Compatible)]
    public void Locations_that_are_all_zero_stay_so(Stopping stopping)
    {
        ShrunkEffects shrunk = EmpiricalBayes.Shrink(Scans, new double[5], Delta, new CombatSettings { Stopping = stopping });
        Assert.All(shrunk.GammaStar, g => Assert.Equal(0, g));
        Assert.InRange(shrunk.Iterations, 1, 100);
    }

    [Fact]
    public void Equal_scales_make_a_prior_that_is_a_point()
    {
        ShrunkEffects shrunk = EmpiricalBayes.Shrink(Scans, Gamma, [1, 1, 1, 1, 1], new CombatSettings());
        Assert.All(shrunk.DeltaStar, d => Assert.Equal(1, d, 1e-9));
    }
}
