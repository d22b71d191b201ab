using Federated.Statistics.Kernels;

namespace Federated.Statistics.Survival;

/// <summary>
/// What a holder's rows add to the information of a Cox model, and to the robust covariance of its coefficients, once the hazard is known: each row counts with
/// weight times exp(eta) times the cumulative hazard while it was at risk.
/// </summary>
public static class ScorePieces
{
    private const int Piece = 256; // rows that are summed at once

    /// <summary>Sum of weight times x x', row-major p x p.</summary>
    /// <param name="design">Row-major rows x p.</param>
    /// <param name="p">Columns.</param>
    /// <param name="weights">Per row.</param>
    public static double[] Squares(double[] design, int p, ReadOnlySpan<double> weights) => Of(design, p, weights, new double[weights.Length]).Squares;

    /// <summary>
    /// Sum of exposure times x x', row-major p x p, and of residual times x, p: rows in the given order, in pieces of 256.
    /// </summary>
    /// <param name="design">Row-major rows x p.</param>
    /// <param name="p">Covariates.</param>
    /// <param name="exposure">Per row, weight times exp(eta) times the hazard that it met.</param>
    /// <param name="residual">Per row, its weight if it had an event, less its exposure: the martingale residual.</param>
    public static (double[] Squares, double[] Score) Of(double[] design, int p, ReadOnlySpan<double> exposure, ReadOnlySpan<double> residual)
    {
        int rows = exposure.Length, stride = FeatureBlock.Padded(p);
        double[] squares = new double[p * p], score = new double[p];
        var block = new FeatureBlock();
        double[] left = new double[Piece * (p + 1)], products = new double[(p + 1) * stride];
        int[] order = new int[Piece];
        for (int first = 0; first < rows; first += Piece)
        {
            int count = Math.Min(Piece, rows - first);
            for (int i = 0; i < count; i++)
            {
                order[i] = first + i;
                Span<double> target = left.AsSpan(i * (p + 1), p + 1);
                ReadOnlySpan<double> x = design.AsSpan((first + i) * p, p);
                for (int j = 0; j < p; j++) target[j] = exposure[first + i] * x[j];
                target[p] = residual[first + i];
            }

            block.Load(design, p, order.AsSpan(0, count), 0, p);
            CrossProducts.Multiply(left, p + 1, block, products);
            for (int a = 0; a < p; a++)
            {
                score[a] += products[(p * stride) + a];
                for (int b = 0; b < p; b++) squares[(a * p) + b] += products[(a * stride) + b];
            }
        }

        return (squares, score);
    }
}
