using System.Collections.Immutable;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// The rows of one batch (one scanner under one reconstruction) that one holder has, in their canonical order. Every sum runs over them in that
/// order.
/// </summary>
/// <param name="Features">Row-major table with <paramref name="FeatureCount"/> columns; NaN = missing.</param>
/// <param name="FeatureCount">p.</param>
/// <param name="Design">Row-major table of covariates with <paramref name="DesignColumns"/> columns.</param>
/// <param name="DesignColumns">k.</param>
/// <param name="Rows">The batch's rows in both tables.</param>
/// <param name="Incomplete">Features that may have missing values, ascending; all others have none.</param>
public sealed record BatchData(
    double[] Features, int FeatureCount, double[] Design, int DesignColumns, int[] Rows, ImmutableArray<int> Incomplete)
{
    /// <summary>A spread this small against the values themselves is rounding: the feature is constant.</summary>
    public const double ConstantTolerance = 1.0 / (1L << 46);

    /// <summary>
    /// Whether values about <paramref name="mean"/> that deviate by at most <paramref name="deviation"/> are all the same but for rounding.
    /// </summary>
    public static bool IsConstant(double deviation, double mean) => deviation <= ConstantTolerance * Math.Abs(mean);

    /// <summary>The batch's own means.</summary>
    public BatchMeans Means(int threads)
    {
        var means = new BatchMeans(Rows.Length, FeatureCount, DesignColumns, Incomplete.Length);
        for (int a = 0; a < DesignColumns; a++)
        {
            DoubleDouble mean = DesignMean(Rows, a);
            (means.Design[a], means.DesignLow[a]) = (mean.High, mean.Low);
        }

        FeatureRanges.ForEach(FeatureCount, Width(threads), threads, () => new Workspace(), (work, first, count) =>
        {
            work.Block.Load(Features, FeatureCount, Rows, first, count);
            Span<double> high = work.Sums(0, work.Block.Stride), low = work.Sums(1, work.Block.Stride);
            Centring.AboutOwnMean(work.Block, high, low);
            high[..count].CopyTo(means.Feature.AsSpan(first));
            low[..count].CopyTo(means.FeatureLow.AsSpan(first));
        });

        for (int m = 0; m < Incomplete.Length; m++)
        {
            int[] observed = Observed(Incomplete[m]);
            means.Observed[m] = observed.Length;
            DoubleDouble sum = DoubleDouble.Zero;
            foreach (int row in observed) sum += Features[(row * FeatureCount) + Incomplete[m]];
            DoubleDouble mean = sum / observed.Length;
            (means.Feature[Incomplete[m]], means.FeatureLow[Incomplete[m]]) = (mean.High, mean.Low);
            for (int a = 0; a < DesignColumns; a++)
            {
                mean = DesignMean(observed, a);
                (means.ObservedDesign[(m * DesignColumns) + a], means.ObservedDesignLow[(m * DesignColumns) + a]) = (mean.High, mean.Low);
            }
        }

        return means;
    }

    /// <summary>Sums of squares and products about these means.</summary>
    public BatchMoments Moments(BatchMeans means, int threads)
    {
        int k = DesignColumns;
        var moments = new BatchMoments(FeatureCount, k, Incomplete.Length);
        double[] centred = Centred(means);
        AddProducts(centred, Rows.Length, moments.Design);
        FeatureRanges.ForEach(FeatureCount, Width(threads), threads, () => new Workspace(), (work, first, count) =>
        {
            int stride = LoadCentred(work, means, first, count);
            Centring.LargestDeviation(work.Block, work.Sums(0, stride));
            work.Sums(0, count).CopyTo(moments.Deviation.AsSpan(first));
            Span<double> high = work.Sums(0, (k + 1) * stride), low = work.Sums(1, (k + 1) * stride);
            CompensatedProducts.Multiply(centred, k, work.Block, high, low);
            CompensatedProducts.Squares(work.Block, high[(k * stride)..], low[(k * stride)..]);
            for (int f = 0; f < count; f++)
            {
                for (int a = 0; a < k; a++)
                    moments.Cross[(a * FeatureCount) + first + f] = new DoubleDouble(high[(a * stride) + f], low[(a * stride) + f]);
                moments.Squares[first + f] = new DoubleDouble(high[(k * stride) + f], low[(k * stride) + f]);
            }
        });

        for (int m = 0; m < Incomplete.Length; m++) AddObserved(m, means, moments);
        return moments;
    }

    /// <summary>Sums of squared residuals about these means and covariate effects.</summary>
    /// <param name="means">The batch's means.</param>
    /// <param name="beta">Row-major k x p.</param>
    /// <param name="threads">Most threads.</param>
    public BatchResiduals Residuals(BatchMeans means, double[] beta, int threads)
    {
        int k = DesignColumns;
        var residuals = new BatchResiduals(FeatureCount);
        double[] centred = Centred(means);
        FeatureRanges.ForEach(FeatureCount, Width(threads), threads, () => new Workspace(), (work, first, count) =>
        {
            int stride = LoadCentred(work, means, first, count);
            Centring.LargestDeviation(work.Block, work.Sums(0, stride));
            work.Sums(0, count).CopyTo(residuals.Deviation.AsSpan(first));
            Span<double> effects = work.Sums(1, k * stride);
            for (int a = 0; a < k; a++)
            {
                Span<double> target = effects.Slice(a * stride, stride);
                beta.AsSpan((a * FeatureCount) + first, count).CopyTo(target);
                target[count..].Clear();
            }

            Span<double> squares = work.Sums(0, stride);
            CrossProducts.ResidualSquares(centred, k, work.Block, effects, squares);
            squares[..count].CopyTo(residuals.Squares.AsSpan(first));
        });

        for (int m = 0; m < Incomplete.Length; m++)
        {
            int feature = Incomplete[m];
            (int[] observed, double[] x, double[] y) = CentredObserved(m, means);
            double squares = 0, deviation = 0;
            for (int i = 0; i < observed.Length; i++)
            {
                double residual = y[i];
                for (int a = 0; a < k; a++) residual = Math.FusedMultiplyAdd(-x[(i * k) + a], beta[(a * FeatureCount) + feature], residual);
                squares = Math.FusedMultiplyAdd(residual, residual, squares);
                deviation = Math.Max(deviation, Math.Abs(y[i]));
            }

            (residuals.Squares[feature], residuals.Deviation[feature]) = (squares, deviation);
        }

        return residuals;
    }

    /// <summary>Covariates of all rows about these means, row-major.</summary>
    public double[] Centred(BatchMeans means) => CentredDesign(Rows, means.Design, means.DesignLow);

    /// <summary>Rows in which a feature has a value.</summary>
    public int[] Observed(int feature) => [.. Rows.Where(row => !double.IsNaN(Features[(row * FeatureCount) + feature]))];

    private int Width(int threads) => FeatureBlock.WidthFor(Rows.Length, FeatureCount, threads);

    private int LoadCentred(Workspace work, BatchMeans means, int first, int count)
    {
        work.Block.Load(Features, FeatureCount, Rows, first, count);
        int stride = work.Block.Stride;
        Span<double> high = work.Sums(0, stride), low = work.Sums(1, stride);
        means.Feature.AsSpan(first, count).CopyTo(high);
        means.FeatureLow.AsSpan(first, count).CopyTo(low);
        high[count..].Clear();
        low[count..].Clear();
        Centring.About(work.Block, high, low);
        return stride;
    }

    private DoubleDouble DesignMean(int[] rows, int column)
    {
        DoubleDouble sum = DoubleDouble.Zero;
        foreach (int row in rows) sum += Design[(row * DesignColumns) + column];
        return sum / rows.Length;
    }

    private double[] CentredDesign(int[] rows, ReadOnlySpan<double> mean, ReadOnlySpan<double> low)
    {
        double[] centred = new double[rows.Length * DesignColumns];
        for (int i = 0; i < rows.Length; i++)
            for (int a = 0; a < DesignColumns; a++)
                centred[(i * DesignColumns) + a] = Design[(rows[i] * DesignColumns) + a] - mean[a] - low[a];
        return centred;
    }

    private (int[] Observed, double[] X, double[] Y) CentredObserved(int m, BatchMeans means)
    {
        int feature = Incomplete[m];
        int[] observed = Observed(feature);
        Range columns = (m * DesignColumns)..((m + 1) * DesignColumns);
        double[] x = CentredDesign(observed, means.ObservedDesign.AsSpan(columns), means.ObservedDesignLow.AsSpan(columns));
        double[] y = new double[observed.Length];
        for (int i = 0; i < y.Length; i++) y[i] = Features[(observed[i] * FeatureCount) + feature] - means.Feature[feature] - means.FeatureLow[feature];
        return (observed, x, y);
    }

    private void AddObserved(int m, BatchMeans means, BatchMoments moments)
    {
        int k = DesignColumns;
        int feature = Incomplete[m];
        (int[] observed, double[] x, double[] y) = CentredObserved(m, means);
        moments.Observed[m] = observed.Length;
        AddProducts(x, observed.Length, moments.ObservedDesign.AsSpan(m * k * k, k * k));
        DoubleDouble squares = DoubleDouble.Zero;
        double deviation = 0;
        for (int i = 0; i < y.Length; i++)
        {
            squares += DoubleDouble.Product(y[i], y[i]);
            deviation = Math.Max(deviation, Math.Abs(y[i]));
        }

        for (int a = 0; a < k; a++)
        {
            DoubleDouble sum = DoubleDouble.Zero;
            for (int i = 0; i < y.Length; i++) sum += DoubleDouble.Product(x[(i * k) + a], y[i]);
            moments.Cross[(a * FeatureCount) + feature] = sum;
        }

        (moments.Squares[feature], moments.Deviation[feature]) = (squares, deviation);
    }

    private void AddProducts(double[] centred, int rows, Span<DoubleDouble> products)
    {
        int k = DesignColumns;
        for (int row = 0; row < rows; row++)
            for (int a = 0; a < k; a++)
                for (int b = 0; b < k; b++) products[(a * k) + b] += DoubleDouble.Product(centred[(row * k) + a], centred[(row * k) + b]);
    }

    /// <summary>A worker's memory: a block of features and room for sums over it.</summary>
    private sealed class Workspace
    {
        private readonly double[][] _sums = [[], []];

        public FeatureBlock Block { get; } = new();

        public Span<double> Sums(int which, int length)
        {
            if (_sums[which].Length < length) _sums[which] = new double[length];
            return _sums[which].AsSpan(0, length);
        }
    }
}
