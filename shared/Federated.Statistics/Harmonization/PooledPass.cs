using System.Collections.Immutable;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// One reading of a pooled table. A range of features is copied into a core's cache batch by batch, centred, multiplied with the covariates, solved,
/// and its residuals summed before the next range is read. Features with missing values go the way they go over sites.
/// </summary>
internal sealed class PooledPass
{
    private readonly double[] _features;
    private readonly int _p;
    private readonly double[] _design;
    private readonly int _k;
    private readonly int[][] _rows;
    private readonly int _threads;
    private readonly double[] _centre;
    private readonly double[] _beta;
    private readonly double[] _variance;

    public PooledPass(double[] features, int p, double[] design, int k, int[][] rows, int threads)
    {
        (_features, _p, _design, _k, _rows, _threads) = (features, p, design, k, rows, threads);
        (_centre, _beta, _variance) = (new double[p], new double[k * p], new double[p]);
        Means = new BatchMeans[rows.Length];
        Residuals = [.. rows.Select(_ => new BatchResiduals(p))];
    }

    /// <summary>Means per batch.</summary>
    public BatchMeans[] Means { get; }

    /// <summary>Residuals per batch.</summary>
    public BatchResiduals[] Residuals { get; }

    /// <summary>Features with a missing value, ascending.</summary>
    public ImmutableArray<int> Incomplete { get; private set; } = [];

    public CombatModel Solve()
    {
        BatchData[] designs = [.. _rows.Select(r => new BatchData([], 0, _design, _k, r, []))];
        BatchMeans[] designMeans = [.. designs.Select(d => d.Means(1))];
        double[][] centred = [.. designs.Select((d, b) => d.Centred(designMeans[b]))];
        double n = 0;
        var designSum = new DoubleDouble[_k];
        var products = new DoubleDouble[_k * _k];
        for (int b = 0; b < designs.Length; b++)
        {
            n += _rows[b].Length;
            DoubleDouble[] own = designs[b].Moments(designMeans[b], 1).Design;
            for (int i = 0; i < own.Length; i++) products[i] += own[i];
            for (int a = 0; a < _k; a++) designSum[a] += new DoubleDouble(designMeans[b].Design[a], designMeans[b].DesignLow[a]) * (double)_rows[b].Length;
        }

        var equations = new NormalEquations(products, _k, PooledSums.LeastMeanSquare * n);
        double[] designMean = [.. designSum.Select(s => (s / n).High)];

        double[][] mean = [.. _rows.Select(_ => new double[_p])], low = [.. _rows.Select(_ => new double[_p])];
        int width = FeatureBlock.WidthFor((int)n, _p, _threads);
        FeatureRanges.ForEach(_p, width, _threads, () => new Workspace(_rows.Length, width, _k), (work, first, count) =>
            SolveRange(work, first, count, centred, equations, n, mean, low));

        Incomplete = [.. Enumerable.Range(0, _p).Where(f => double.IsNaN(_centre[f]))];
        for (int b = 0; b < Means.Length; b++)
        {
            Means[b] = new BatchMeans(_rows[b].Length, mean[b], low[b], _k, Incomplete.Length);
            designMeans[b].Design.CopyTo(Means[b].Design, 0);
            designMeans[b].DesignLow.CopyTo(Means[b].DesignLow, 0);
        }

        if (!Incomplete.IsEmpty) SolveIncomplete(designSum, products, n);
        return new CombatModel(designMean, _centre, _beta, _variance);
    }

    /// <summary>The model in which one batch is the norm: its intercept, and its own residual variance with divisor n.</summary>
    public CombatModel MovedToReference(CombatModel model, int reference)
    {
        double[] scans = Means[reference].Scans(Incomplete.AsSpan());
        double[] shift = Means[reference].Shift(model, Incomplete.AsSpan());
        double[] centre = (double[])model.Centre.Clone(), variance = new double[_p];
        for (int f = 0; f < _p; f++)
        {
            double squares = scans[f] > 0 ? Residuals[reference].Squares[f] / scans[f] : 0;
            if (!(squares > PooledSums.LeastResidualShare * model.Variance[f])) continue;
            variance[f] = squares;
            centre[f] += shift[f];
        }

        return new CombatModel(model.DesignMean, centre, model.Beta, variance);
    }

    /// <summary>Features with one value only within some batch, or with a single scan there although scales are estimated.</summary>
    public SortedSet<int> Constant(bool meanOnly)
    {
        var constant = new SortedSet<int>();
        double[] scans = new double[_p];
        for (int b = 0; b < Means.Length; b++)
        {
            Means[b].CopyScans(Incomplete.AsSpan(), scans);
            for (int f = 0; f < _p; f++)
            {
                bool flat = scans[f] > 1 ? BatchData.IsConstant(Residuals[b].Deviation[f], Means[b].Feature[f]) : scans[f] == 1 && !meanOnly;
                if (flat) constant.Add(f);
            }
        }

        return constant;
    }

    private void SolveRange(
        Workspace work, int first, int count, double[][] centred, NormalEquations equations, double n, double[][] mean, double[][] low)
    {
        int stride = FeatureBlock.Padded(count);
        Array.Clear(work.Cross);
        Array.Clear(work.Squares);
        Array.Clear(work.Total);
        for (int b = 0; b < _rows.Length; b++)
        {
            FeatureBlock block = work.Blocks[b];
            block.Load(_features, _p, _rows[b], first, count);
            Centring.AboutOwnMean(block, work.Mean, work.Low);
            Centring.LargestDeviation(block, work.Sums);
            work.Mean.AsSpan(0, count).CopyTo(mean[b].AsSpan(first));
            work.Low.AsSpan(0, count).CopyTo(low[b].AsSpan(first));
            work.Sums.AsSpan(0, count).CopyTo(Residuals[b].Deviation.AsSpan(first));
            for (int f = 0; f < count; f++) work.Total[f] += new DoubleDouble(work.Mean[f], work.Low[f]) * (double)_rows[b].Length;

            CrossProducts.Multiply(centred[b], _k, block, work.Products);
            for (int i = 0; i < _k * stride; i++) work.Cross[i] += work.Products[i];
            CrossProducts.ResidualSquares([], 0, block, [], work.Sums);
            for (int f = 0; f < count; f++) work.Squares[f] += work.Sums[f];
        }

        Span<DoubleDouble> cross = stackalloc DoubleDouble[_k];
        Span<double> effects = stackalloc double[_k];
        work.Beta.AsSpan().Clear();
        for (int f = 0; f < count; f++)
        {
            for (int a = 0; a < _k; a++) cross[a] = work.Cross[(a * stride) + f];
            equations.Solve(cross, effects);
            for (int a = 0; a < _k; a++) work.Beta[(a * stride) + f] = _beta[(a * _p) + first + f] = effects[a];
            _centre[first + f] = (work.Total[f] / n).High;
        }

        for (int b = 0; b < _rows.Length; b++)
        {
            CrossProducts.ResidualSquares(centred[b], _k, work.Blocks[b], work.Beta, work.Sums);
            work.Sums.AsSpan(0, count).CopyTo(Residuals[b].Squares.AsSpan(first));
            for (int f = 0; f < count; f++) _variance[first + f] += work.Sums[f];
        }

        for (int f = 0; f < count; f++)
            _variance[first + f] = _variance[first + f] > PooledSums.LeastResidualShare * work.Squares[f] ? _variance[first + f] / n : 0;
    }

    /// <summary>Features with missing values, gathered into a small table of their own.</summary>
    private void SolveIncomplete(DoubleDouble[] designSum, DoubleDouble[] products, double n)
    {
        int m = Incomplete.Length;
        int rowCount = _features.Length / _p;
        double[] gathered = new double[rowCount * m];
        for (int row = 0; row < rowCount; row++)
            for (int j = 0; j < m; j++) gathered[(row * m) + j] = _features[(row * _p) + Incomplete[j]];

        ImmutableArray<int> all = [.. Enumerable.Range(0, m)];
        BatchData[] data = [.. _rows.Select(r => new BatchData(gathered, m, _design, _k, r, all))];
        BatchMeans[] means = [.. data.Select(d => d.Means(_threads))];
        var sums = new PooledSums(m, _k, all) { Rows = n, DesignSum = designSum, Design = products };
        for (int b = 0; b < data.Length; b++) sums.Add(means[b], data[b].Moments(means[b], _threads));
        CombatModel model = sums.Solve();
        for (int b = 0; b < data.Length; b++)
        {
            BatchResiduals residuals = data[b].Residuals(means[b], model.Beta, _threads);
            means[b].Observed.CopyTo(Means[b].Observed, 0);
            means[b].ObservedDesign.CopyTo(Means[b].ObservedDesign, 0);
            means[b].ObservedDesignLow.CopyTo(Means[b].ObservedDesignLow, 0);
            for (int j = 0; j < m; j++)
            {
                (Means[b].Feature[Incomplete[j]], Means[b].FeatureLow[Incomplete[j]]) = (means[b].Feature[j], means[b].FeatureLow[j]);
                (Residuals[b].Squares[Incomplete[j]], Residuals[b].Deviation[Incomplete[j]]) = (residuals.Squares[j], residuals.Deviation[j]);
            }
        }

        for (int j = 0; j < m; j++)
        {
            (_centre[Incomplete[j]], _variance[Incomplete[j]]) = (model.Centre[j], model.Variance[j]);
            for (int a = 0; a < _k; a++) _beta[(a * _p) + Incomplete[j]] = model.Beta[(a * m) + j];
        }
    }

    /// <summary>A worker's memory: one block per batch, and sums over a range of features.</summary>
    private sealed class Workspace(int batches, int width, int columns)
    {
        public FeatureBlock[] Blocks { get; } = [.. Enumerable.Range(0, batches).Select(_ => new FeatureBlock())];

        public double[] Mean { get; } = new double[width];

        public double[] Low { get; } = new double[width];

        public double[] Sums { get; } = new double[width];

        public double[] Squares { get; } = new double[width];

        public DoubleDouble[] Total { get; } = new DoubleDouble[width];

        public double[] Products { get; } = new double[columns * width];

        public double[] Cross { get; } = new double[columns * width];

        public double[] Beta { get; } = new double[columns * width];
    }
}
