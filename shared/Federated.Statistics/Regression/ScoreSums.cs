using Federated.Statistics.Kernels;

namespace Federated.Statistics.Regression;

/// <summary>
/// What rows add to a step of Newton's method (Fisher scoring, with a canonical link the same): gradient and curvature of the log likelihood at beta, and the
/// figures that judge the fit there.
/// </summary>
public sealed class ScoreSums
{
    private ScoreSums(int columns)
    {
        Gradient = new double[columns];
        Curvature = new double[columns * columns];
    }

    /// <summary>X'W(y - mu), k.</summary>
    public double[] Gradient { get; }

    /// <summary>X'W diag(d mu / d eta) X, row-major k x k.</summary>
    public double[] Curvature { get; }

    /// <summary>Sum of w times the deviance.</summary>
    public DoubleDouble Deviance { get; private set; }

    /// <summary>Sum of w times the log likelihood.</summary>
    public DoubleDouble LogLikelihood { get; private set; }

    /// <summary>Pearson's sum of w (y - mu)^2 / V(mu); not finite where a variance vanishes.</summary>
    public DoubleDouble Pearson { get; private set; }

    /// <summary>Sum of w (y - mu)^2: over n, the Brier score of a binary outcome.</summary>
    public DoubleDouble SquaredError { get; private set; }

    /// <summary>Rows whose linear predictor passes the limit: then nothing else is summed, and the step was too long.</summary>
    public int BeyondLimit { get; private set; }

    /// <summary>The sums at beta.</summary>
    /// <param name="rows">A holder's rows.</param>
    /// <param name="family">Distribution and link.</param>
    /// <param name="beta">k coefficients.</param>
    /// <param name="limit">Largest linear predictor that is summed; its opposite is the least for a binary outcome.</param>
    public static ScoreSums At(ModelRows rows, IFamily family, ReadOnlySpan<double> beta, double limit)
    {
        double[] eta = new double[rows.Rows];
        int beyond = 0;
        for (int i = 0; i < eta.Length; i++)
        {
            eta[i] = rows.Predictor(i, beta);
            if (!(eta[i] <= limit) || !(eta[i] >= -Math.Max(limit, 1 << 16))) beyond++;
        }

        if (beyond > 0) return new ScoreSums(rows.Columns) { BeyondLimit = beyond };
        return Sum(rows, family, eta, (i, fit) => rows.Response[i] - fit.Mean);
    }

    /// <summary>
    /// The sums from which weighted least squares gives the first beta: curvature at <see cref="IFamily.Start"/>, and for the gradient X'W times the working
    /// response.
    /// </summary>
    public static ScoreSums AtStart(ModelRows rows, IFamily family)
    {
        double[] eta = new double[rows.Rows];
        for (int i = 0; i < eta.Length; i++) eta[i] = family.Start(rows.Response[i], rows.Weights[i]);
        return Sum(rows, family, eta, (i, fit) => ((eta[i] - rows.Offset[i]) * fit.Weight) + rows.Response[i] - fit.Mean);
    }

    private static ScoreSums Sum(ModelRows rows, IFamily family, double[] eta, Func<int, RowFit, double> residual)
    {
        int k = rows.Columns, width = k + 1, stride = FeatureBlock.Padded(k);
        var sums = new ScoreSums(k);
        var block = new FeatureBlock();
        double[] left = new double[ModelRows.Piece * width]; // columns times curvature, then the residual
        double[] products = new double[width * stride];
        int[] order = new int[ModelRows.Piece];
        for (int first = 0; first < rows.Rows; first += ModelRows.Piece)
        {
            int count = Math.Min(ModelRows.Piece, rows.Rows - first);
            for (int i = 0; i < count; i++)
            {
                int row = first + i;
                order[i] = row;
                RowFit fit = family.At(eta[row], rows.Response[row]);
                double weight = rows.Weights[row], error = rows.Response[row] - fit.Mean;
                sums.Deviance += DoubleDouble.Product(weight, fit.Deviance);
                sums.LogLikelihood += DoubleDouble.Product(weight, fit.LogLikelihood);
                sums.Pearson += fit.Weight > 0 ? DoubleDouble.Product(weight, error * error / fit.Weight) : new DoubleDouble(double.PositiveInfinity, 0);
                sums.SquaredError += DoubleDouble.Product(weight, error * error);
                double curvature = weight * fit.Weight;
                Span<double> target = left.AsSpan(i * width, width);
                ReadOnlySpan<double> x = rows.Design.AsSpan(row * k, k);
                for (int j = 0; j < k; j++) target[j] = curvature * x[j];
                target[k] = weight * residual(row, fit);
            }

            block.Load(rows.Design, k, order.AsSpan(0, count), 0, k);
            CrossProducts.Multiply(left, width, block, products);
            for (int a = 0; a < k; a++)
            {
                sums.Gradient[a] += products[(k * stride) + a];
                for (int b = 0; b < k; b++) sums.Curvature[(a * k) + b] += products[(a * stride) + b];
            }
        }

        return sums;
    }
}
