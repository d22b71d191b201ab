using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// Means of one batch over all its holders, each as two doubles. Where a feature has missing values its covariate means are over its observed rows.
/// </summary>
public sealed class BatchMeans
{
    /// <summary>Means yet to be filled.</summary>
    /// <param name="rows">Rows of the batch, over all holders.</param>
    /// <param name="features">p.</param>
    /// <param name="columns">k.</param>
    /// <param name="incomplete">m, the features that may have missing values.</param>
    public BatchMeans(long rows, int features, int columns, int incomplete)
        : this(rows, new double[features], new double[features], columns, incomplete)
    {
    }

    /// <summary>Means whose features are already there.</summary>
    internal BatchMeans(long rows, double[] feature, double[] featureLow, int columns, int incomplete)
    {
        Rows = rows;
        Feature = feature;
        FeatureLow = featureLow;
        Design = new double[columns];
        DesignLow = new double[columns];
        Observed = new long[incomplete];
        ObservedDesign = new double[incomplete * columns];
        ObservedDesignLow = new double[incomplete * columns];
    }

    /// <summary>Rows of the batch, over all holders.</summary>
    public long Rows { get; }

    /// <summary>Length p; NaN where no row has a value.</summary>
    public double[] Feature { get; }

    /// <summary>What rounding left of <see cref="Feature"/>.</summary>
    public double[] FeatureLow { get; }

    /// <summary>Length k.</summary>
    public double[] Design { get; }

    /// <summary>What rounding left of <see cref="Design"/>.</summary>
    public double[] DesignLow { get; }

    /// <summary>Rows with a value per incomplete feature, over all holders; length m.</summary>
    public long[] Observed { get; }

    /// <summary>Covariate means over the observed rows; m x k.</summary>
    public double[] ObservedDesign { get; }

    /// <summary>What rounding left of <see cref="ObservedDesign"/>.</summary>
    public double[] ObservedDesignLow { get; }

    /// <summary>Rows with a value, per feature; length p.</summary>
    public double[] Scans(ReadOnlySpan<int> incomplete)
    {
        double[] scans = new double[Feature.Length];
        CopyScans(incomplete, scans);
        return scans;
    }

    /// <summary>The same into memory of length p.</summary>
    public void CopyScans(ReadOnlySpan<int> incomplete, Span<double> scans)
    {
        scans.Fill(Rows);
        for (int m = 0; m < incomplete.Length; m++) scans[incomplete[m]] = Observed[m];
    }

    /// <summary>
    /// How far the batch lies from where the model expects it, per feature, in the feature's own units; NaN where no row has a value.
    /// </summary>
    public double[] Shift(CombatModel model, ReadOnlySpan<int> incomplete)
    {
        int k = model.Columns;
        int p = model.Features;
        double[] shift = new double[p];
        for (int f = 0; f < p; f++) shift[f] = Feature[f] - model.Centre[f] + FeatureLow[f];
        for (int a = 0; a < k; a++)
        {
            double distance = Design[a] - model.DesignMean[a] + DesignLow[a];
            for (int f = 0; f < p; f++) shift[f] = Math.FusedMultiplyAdd(-distance, model.Beta[(a * p) + f], shift[f]);
        }

        for (int m = 0; m < incomplete.Length; m++)
        {
            int f = incomplete[m];
            shift[f] = Feature[f] - model.Centre[f] + FeatureLow[f];
            for (int a = 0; a < k; a++)
            {
                double distance = ObservedDesign[(m * k) + a] - model.DesignMean[a] + ObservedDesignLow[(m * k) + a];
                shift[f] = Math.FusedMultiplyAdd(-distance, model.Beta[(a * p) + f], shift[f]);
            }
        }

        return shift;
    }
}

/// <summary>One holder's sums of squares and products about the means of a batch.</summary>
/// <param name="features">p.</param>
/// <param name="columns">k.</param>
/// <param name="incomplete">m.</param>
public sealed class BatchMoments(int features, int columns, int incomplete)
{
    /// <summary>x_c' x_c, k x k.</summary>
    public DoubleDouble[] Design { get; } = new DoubleDouble[columns * columns];

    /// <summary>x_c' y_c, k x p.</summary>
    public DoubleDouble[] Cross { get; } = new DoubleDouble[columns * features];

    /// <summary>diag(y_c' y_c), p.</summary>
    public DoubleDouble[] Squares { get; } = new DoubleDouble[features];

    /// <summary>Largest |y_c|, p.</summary>
    public double[] Deviation { get; } = new double[features];

    /// <summary>This holder's rows with a value per incomplete feature, m.</summary>
    public long[] Observed { get; } = new long[incomplete];

    /// <summary>x_c' x_c over the rows with a value, m x k x k.</summary>
    public DoubleDouble[] ObservedDesign { get; } = new DoubleDouble[incomplete * columns * columns];
}

/// <summary>One holder's residuals of a batch about its means and the covariate effects.</summary>
/// <param name="features">p.</param>
public sealed class BatchResiduals(int features)
{
    /// <summary>Sum of squared residuals, p.</summary>
    public double[] Squares { get; } = new double[features];

    /// <summary>Largest deviation from the mean, p.</summary>
    public double[] Deviation { get; } = new double[features];
}
