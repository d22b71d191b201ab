using Federated.Statistics.Kernels;

namespace Federated.Statistics.Regression;

/// <summary>
/// Rows of a regression that one holder has, in their canonical order. Every sum runs over them in that order in pieces of <see cref="Piece"/> rows, so the
/// same rows give the same bits.
/// </summary>
/// <param name="Design">Row-major n x <paramref name="Columns"/>: the intercept first if there is one; centred and scaled by public constants.</param>
/// <param name="Columns">k.</param>
/// <param name="Response">n outcomes.</param>
/// <param name="Weights">n weights, none below zero.</param>
/// <param name="Offset">n offsets of the linear predictor; zeros where there is none.</param>
public sealed record ModelRows(double[] Design, int Columns, double[] Response, double[] Weights, double[] Offset)
{
    /// <summary>Rows that are summed at once: what stays in a core's cache with a hundred columns.</summary>
    public const int Piece = 256;

    /// <summary>n.</summary>
    public int Rows => Response.Length;

    /// <summary>
    /// Z'WZ for Z = [X, y - o, o], row-major (k + 2) x (k + 2), each product exact and each sum in twice the digits. Everything of least squares follows from it.
    /// Rows are multiplied by the root of their weight first, which changes each value by half a unit in its last place at most.
    /// </summary>
    public DoubleDouble[] Products()
    {
        int k = Columns, width = k + 2;
        var products = new DoubleDouble[width * width];
        double[] z = new double[Piece * width];
        var block = new FeatureBlock();
        int[] order = [.. Enumerable.Range(0, Piece)];
        int stride = FeatureBlock.Padded(width);
        double[] high = new double[width * stride], low = new double[width * stride];
        for (int first = 0; first < Rows; first += Piece)
        {
            int count = Math.Min(Piece, Rows - first);
            for (int i = 0; i < count; i++)
            {
                double root = Math.Sqrt(Weights[first + i]);
                Span<double> row = z.AsSpan(i * width, width);
                ReadOnlySpan<double> x = Design.AsSpan((first + i) * k, k);
                for (int j = 0; j < k; j++) row[j] = root * x[j];
                row[k] = root * (Response[first + i] - Offset[first + i]);
                row[k + 1] = root * Offset[first + i];
            }

            block.Load(z, width, order.AsSpan(0, count), 0, width);
            CompensatedProducts.Multiply(z, width, block, high, low);
            for (int a = 0; a < width; a++)
                for (int b = 0; b < width; b++) products[(a * width) + b] += new DoubleDouble(high[(a * stride) + b], low[(a * stride) + b]);
        }

        return products;
    }

    /// <summary>The same rows with these columns only.</summary>
    public ModelRows Take(ReadOnlySpan<int> columns)
    {
        double[] design = new double[Rows * columns.Length];
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < columns.Length; j++) design[(i * columns.Length) + j] = Design[(i * Columns) + columns[j]];
        return this with { Design = design, Columns = columns.Length };
    }

    /// <summary>Row i's linear predictor X beta + offset, terms in the order of the columns.</summary>
    public double Predictor(int i, ReadOnlySpan<double> beta)
    {
        ReadOnlySpan<double> x = Design.AsSpan(i * Columns, Columns);
        double eta = Offset[i];
        for (int j = 0; j < x.Length; j++) eta = Math.FusedMultiplyAdd(x[j], beta[j], eta);
        return eta;
    }
}
