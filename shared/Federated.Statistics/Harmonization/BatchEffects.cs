using System.Buffers;
using System.Collections.Immutable;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// Location and scale of one batch against a frozen model, before and after shrinkage, per feature; NaN where not estimated: an untouched feature,
/// one without a value here, or one that cannot be estimated from these rows. delta are variances.
/// </summary>
public sealed record BatchEffects(double[] GammaHat, double[] DeltaHat, double[] GammaStar, double[] DeltaStar)
{
    /// <summary>Sweeps of the parametric iteration.</summary>
    public int Iterations { get; init; }

    /// <summary>Whether fewer than two features were left to learn a prior from, so nothing was shrunk.</summary>
    public bool FellBack { get; init; }

    /// <summary>The effects of a batch from its means and residuals.</summary>
    /// <param name="model">The frozen model.</param>
    /// <param name="means">Over all holders.</param>
    /// <param name="residuals">Over all holders.</param>
    /// <param name="incomplete">Features that may have missing values.</param>
    /// <param name="settings">How to shrink.</param>
    public static BatchEffects Estimate(CombatModel model, BatchMeans means, BatchResiduals residuals, ImmutableArray<int> incomplete, CombatSettings settings)
    {
        double[] borrowed = ArrayPool<double>.Shared.Rent(model.Features);
        Span<double> scans = borrowed.AsSpan(0, model.Features);
        means.CopyScans(incomplete.AsSpan(), scans);
        (double[] gamma, double[] delta) = Unshrunk(model, means, residuals, scans, incomplete, settings.MeanOnly);
        BatchEffects effects = Shrink(scans, gamma, delta, settings);
        ArrayPool<double>.Shared.Return(borrowed);
        return effects;
    }

    /// <summary>Location and scale before shrinkage.</summary>
    public static (double[] GammaHat, double[] DeltaHat) Unshrunk(
        CombatModel model, BatchMeans means, BatchResiduals residuals, ImmutableArray<int> incomplete, bool meanOnly) =>
        Unshrunk(model, means, residuals, means.Scans(incomplete.AsSpan()), incomplete, meanOnly);

    private static (double[] GammaHat, double[] DeltaHat) Unshrunk(
        CombatModel model, BatchMeans means, BatchResiduals residuals, ReadOnlySpan<double> scans, ImmutableArray<int> incomplete, bool meanOnly)
    {
        double[] gamma = means.Shift(model, incomplete.AsSpan());
        double[] delta = new double[gamma.Length];
        for (int f = 0; f < gamma.Length; f++)
        {
            bool varies = scans[f] > 1 && !BatchData.IsConstant(residuals.Deviation[f], means.Feature[f]);
            bool estimated = model.IsHarmonized(f) && scans[f] > 0 && (varies || (meanOnly && scans[f] == 1));
            gamma[f] = estimated ? gamma[f] / Math.Sqrt(model.Variance[f]) : double.NaN;
            delta[f] = !estimated ? double.NaN : meanOnly ? 1 : residuals.Squares[f] / (scans[f] - 1) / model.Variance[f];
        }

        return (gamma, delta);
    }

    /// <summary>Shrinks known locations and scales.</summary>
    public static BatchEffects Shrink(ReadOnlySpan<double> scans, double[] gammaHat, double[] deltaHat, CombatSettings settings)
    {
        ShrunkEffects shrunk = EmpiricalBayes.Shrink(scans, gammaHat, deltaHat, settings);
        return new BatchEffects(gammaHat, deltaHat, shrunk.GammaStar, shrunk.DeltaStar) { Iterations = shrunk.Iterations, FellBack = shrunk.FellBack };
    }

    /// <summary>The same estimates with nothing to remove: the reference batch.</summary>
    public BatchEffects AsReference() => this with
    {
        GammaStar = [.. GammaHat.Select(g => double.IsNaN(g) ? g : 0)],
        DeltaStar = [.. GammaHat.Select(g => double.IsNaN(g) ? g : 1)],
    };
}
