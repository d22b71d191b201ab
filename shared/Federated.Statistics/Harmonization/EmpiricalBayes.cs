using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// Priors of one scanner over its features (Johnson et al. 2007): location normal(gammaBar, tau2), scale inverse gamma(a, b), by the method of
/// moments with divisor n - 1.
/// </summary>
public sealed record ScannerPriors(double GammaBar, double Tau2, double A, double B)
{
    /// <summary>From the scanner's own estimates; at least two features.</summary>
    public static ScannerPriors Of(ReadOnlySpan<double> gammaHat, ReadOnlySpan<double> deltaHat)
    {
        double mean = Summation.Mean(deltaHat);
        double variance = Summation.Variance(deltaHat);
        variance = Math.Max(variance, 1e-24 * mean * mean); // scales all alike: the prior is a point, not 0/0
        double a = ((2 * variance) + (mean * mean)) / variance;
        double b = ((mean * variance) + (mean * mean * mean)) / variance;
        return new ScannerPriors(Summation.Mean(gammaHat), Summation.Variance(gammaHat), a, b);
    }
}

/// <summary>A scanner's effects after shrinkage, per feature; NaN where there was nothing to estimate.</summary>
/// <param name="GammaStar">Location in pooled standard deviations.</param>
/// <param name="DeltaStar">Variance ratio.</param>
/// <param name="Iterations">Sweeps of the parametric iteration; zero where it has a closed form.</param>
/// <param name="FellBack">Whether fewer than two features were left, so nothing could be shrunk.</param>
public sealed record ShrunkEffects(double[] GammaStar, double[] DeltaStar, int Iterations, bool FellBack);

/// <summary>
/// Shrinkage of one scanner's effects. It needs, per feature, only the number of scans, their mean z and their variance about it: the sum of squares
/// about any g is (n - 1) deltaHat + n (gammaHat - g)^2. So a scanner held by several sites is shrunk from sums, without its rows.
/// </summary>
public static class EmpiricalBayes
{
    /// <summary>Shrinks.</summary>
    /// <param name="scans">Observed scans per feature.</param>
    /// <param name="gammaHat">Means of standardized values per feature; NaN = not estimated, kept out of the priors.</param>
    /// <param name="deltaHat">Their variances, divisor n - 1.</param>
    /// <param name="settings">How.</param>
    public static ShrunkEffects Shrink(ReadOnlySpan<double> scans, ReadOnlySpan<double> gammaHat, ReadOnlySpan<double> deltaHat, CombatSettings settings)
    {
        double[] gammaStar = gammaHat.ToArray(), deltaStar = new double[gammaHat.Length];
        using var estimated = new EstimatedFeatures(gammaHat.Length);
        for (int f = 0; f < gammaStar.Length; f++)
        {
            deltaStar[f] = settings.MeanOnly && double.IsFinite(gammaHat[f]) ? 1 : deltaHat[f];
            if (!double.IsFinite(gammaStar[f]) || !double.IsFinite(deltaStar[f])) gammaStar[f] = deltaStar[f] = double.NaN;
            else estimated.Add(scans[f], gammaStar[f], deltaStar[f]);
        }

        if (settings.Shrinkage == Shrinkage.None) return new ShrunkEffects(gammaStar, deltaStar, 0, FellBack: false);
        if (estimated.Count < 2) return new ShrunkEffects(gammaStar, deltaStar, 0, FellBack: true);

        int iterations = 0;
        if (settings.Shrinkage == Shrinkage.Nonparametric) NonparametricShrinkage.Shrink(estimated);
        else if (settings.MeanOnly) ShrinkLocations(estimated.Gamma);
        else iterations = ParametricShrinkage.Shrink(estimated, ScannerPriors.Of(estimated.Gamma, estimated.Delta), settings.Stopping);

        for (int f = 0, at = 0; f < gammaStar.Length; f++)
        {
            if (double.IsNaN(gammaStar[f])) continue;
            (gammaStar[f], deltaStar[f]) = (estimated.Gamma[at], estimated.Delta[at]);
            at++;
        }

        return new ShrunkEffects(gammaStar, deltaStar, iterations, FellBack: false);
    }

    /// <summary>Mean-only: the posterior mean as sva has it, with n = 1 and d = 1.</summary>
    private static void ShrinkLocations(Span<double> gamma)
    {
        double gammaBar = Summation.Mean(gamma);
        double tau2 = Summation.Variance(gamma);
        for (int i = 0; i < gamma.Length; i++) gamma[i] = ((tau2 * gamma[i]) + gammaBar) / (tau2 + 1);
    }
}
