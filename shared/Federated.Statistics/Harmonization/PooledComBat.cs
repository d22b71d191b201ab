using System.Collections.Immutable;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// ComBat on rows that are all in one place: the same model, shrinkage and adjustment as over sites, in one reading of the table to fit and one to
/// adjust. Needs O(p k + p batches) memory beyond the table. The result has the same bits for any number of threads.
/// </summary>
public sealed class PooledComBat
{
    private PooledComBat(CombatModel model, ImmutableArray<BatchEffects> effects)
    {
        Model = model;
        Effects = effects;
    }

    /// <summary>The frozen model; variance zero marks features left untouched.</summary>
    public CombatModel Model { get; }

    /// <summary>Effects per batch.</summary>
    public ImmutableArray<BatchEffects> Effects { get; }

    /// <summary>Fits.</summary>
    /// <param name="features">Row-major n x p; NaN = missing. Not changed.</param>
    /// <param name="p">Features.</param>
    /// <param name="design">Row-major n x k covariates, without batch columns and without an intercept.</param>
    /// <param name="k">Covariate columns.</param>
    /// <param name="batch">Batch per row, 0 to <paramref name="batches"/> - 1; every batch has a row.</param>
    /// <param name="batches">Batches.</param>
    /// <param name="settings">How effects are estimated.</param>
    /// <param name="reference">The batch that all others are brought to; null: the average of all.</param>
    /// <param name="threads">Most threads.</param>
    /// <exception cref="SingularDesignException">A covariate is constant within every batch, or a combination of others there.</exception>
    /// <exception cref="ArgumentException">A batch has no row, or a single one although scales are to be estimated.</exception>
    public static PooledComBat Fit(
        double[] features, int p, double[] design, int k, int[] batch, int batches, CombatSettings settings, int? reference, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.LongLength, (long)batch.Length * p, nameof(features));
        ArgumentOutOfRangeException.ThrowIfNotEqual(design.LongLength, (long)batch.Length * k, nameof(design));
        int[][] rows = RowsPerBatch(batch, batches);
        for (int b = 0; b < batches; b++)
        {
            if (rows[b].Length == 0 || (rows[b].Length == 1 && !settings.MeanOnly))
                throw new ArgumentException($"Batch {b} has {rows[b].Length} rows: two are needed to estimate a scale.", nameof(batch));
        }

        int[] exponent = DesignExponents(design, k);
        double[] scaled = Scaled(design, exponent);
        var pass = new PooledPass(features, p, scaled, k, rows, threads);
        CombatModel model = pass.Solve();
        if (reference is { } norm) model = pass.MovedToReference(model, norm);
        model = model.Without(pass.Constant(settings.MeanOnly));

        var effects = new BatchEffects[batches];
        Parallel.For(0, batches, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(threads, 1) }, b =>
        {
            BatchEffects estimated = BatchEffects.Estimate(model, pass.Means[b], pass.Residuals[b], pass.Incomplete, settings);
            effects[b] = b == reference ? estimated.AsReference() : estimated;
        });
        return new PooledComBat(Unscaled(model, exponent), [.. effects]);
    }

    /// <summary>Adjusts rows of the batches that were fitted: the same or new ones, each with its own covariates.</summary>
    /// <param name="features">Row-major n x p, adjusted in place.</param>
    /// <param name="design">Row-major n x k.</param>
    /// <param name="batch">Batch per row.</param>
    /// <param name="threads">Most threads.</param>
    public void AdjustInPlace(double[] features, double[] design, int[] batch, int threads)
    {
        int p = Model.Features, k = Model.Columns;
        ArgumentOutOfRangeException.ThrowIfNotEqual(features.LongLength, (long)batch.Length * p, nameof(features));
        ArgumentOutOfRangeException.ThrowIfNotEqual(design.LongLength, (long)batch.Length * k, nameof(design));
        int width = Math.Min(512, FeatureBlock.Padded((p + (2 * threads) - 1) / (2 * threads))); // model and effects of a range stay in cache
        FeatureRanges.ForEach(p, width, threads, () => 0, (_, first, count) =>
        {
            Adjustment[] adjustments = [.. Effects.Select(e => new Adjustment(Model, e.GammaStar, e.DeltaStar, first, count))];
            for (int row = 0; row < batch.Length; row++)
                adjustments[batch[row]].Apply(features.AsSpan((row * p) + first, count), design.AsSpan(row * k, k));
        });
    }

    private static int[][] RowsPerBatch(int[] batch, int batches)
    {
        int[] counts = new int[batches];
        foreach (int b in batch) counts[b]++;
        int[][] rows = [.. counts.Select(n => new int[n])];
        Array.Clear(counts);
        for (int row = 0; row < batch.Length; row++) rows[batch[row]][counts[batch[row]]++] = row;
        return rows;
    }

    private static int[] DesignExponents(double[] design, int k)
    {
        double[] largest = new double[k];
        for (int i = 0; i < design.Length; i++) largest[i % k] = Math.Max(largest[i % k], Math.Abs(design[i]));
        return [.. largest.Select(v => v > 0 ? Math.ILogB(v) + 1 : 0)];
    }

    private static double[] Scaled(double[] design, int[] exponent)
    {
        double[] scaled = new double[design.Length];
        for (int i = 0; i < design.Length; i++) scaled[i] = double.ScaleB(design[i], -exponent[i % exponent.Length]);
        return scaled;
    }

    /// <summary>The model for covariates as they came; powers of two round nothing.</summary>
    private static CombatModel Unscaled(CombatModel model, int[] exponent)
    {
        double[] mean = new double[exponent.Length], beta = new double[model.Beta.Length];
        for (int a = 0; a < mean.Length; a++) mean[a] = double.ScaleB(model.DesignMean[a], exponent[a]);
        for (int i = 0; i < beta.Length; i++) beta[i] = double.ScaleB(model.Beta[i], -exponent[i / model.Features]);
        return new CombatModel(mean, model.Centre, beta, model.Variance);
    }
}
