using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Federated.Statistics.Harmonization.Covariance;

/// <summary>
/// Principal components of harmonized residuals over all batches, from their sums and products alone: columns are centred and divided by their
/// standard deviations (divisor n - 1), as prcomp with scale does.
/// </summary>
/// <param name="Mean">Means, length p.</param>
/// <param name="Scale">Standard deviations, length p.</param>
/// <param name="Eigenvalues">All of them, descending; they add up to p.</param>
/// <param name="Loadings">Row-major p x K, columns of length one.</param>
public sealed record PrincipalComponents(double[] Mean, double[] Scale, double[] Eigenvalues, double[] Loadings)
{
    /// <summary>K, the components kept.</summary>
    public int Count => Mean.Length == 0 ? 0 : Loadings.Length / Mean.Length;

    /// <summary>From sums over all rows.</summary>
    /// <param name="rows">n.</param>
    /// <param name="sum">Sum of r, length p.</param>
    /// <param name="products">r'r, upper triangle row by row, p (p + 1) / 2 numbers.</param>
    /// <param name="choice">How many components are kept.</param>
    public static PrincipalComponents Of(double rows, double[] sum, double[] products, ComponentChoice choice)
    {
        int p = sum.Length;
        double[] mean = [.. sum.Select(s => s / rows)], scale = new double[p];
        Matrix<double> correlation = Matrix<double>.Build.Dense(p, p);
        for (int i = 0, at = 0; i < p; i++)
        {
            for (int j = i; j < p; j++, at++) correlation[i, j] = (products[at] - (rows * mean[i] * mean[j])) / (rows - 1);
            scale[i] = Math.Sqrt(correlation[i, i]);
        }

        for (int i = 0; i < p; i++)
            for (int j = i; j < p; j++) correlation[i, j] = correlation[j, i] = i == j ? 1 : correlation[i, j] / (scale[i] * scale[j]);

        Evd<double> decomposition = correlation.Evd(Symmetricity.Symmetric);
        double[] eigenvalues = [.. Enumerable.Range(0, p).Select(i => Math.Max(decomposition.EigenValues[p - 1 - i].Real, 0))]; // MathNet's ascend
        int kept = choice.Of(eigenvalues, rows);
        double[] loadings = new double[p * kept];
        for (int f = 0; f < p; f++)
            for (int c = 0; c < kept; c++) loadings[(f * kept) + c] = decomposition.EigenVectors[f, p - 1 - c];
        return new PrincipalComponents(mean, scale, eigenvalues, loadings);
    }

    /// <summary>The scores of residuals.</summary>
    /// <param name="residual">Length p.</param>
    /// <param name="scores">Filled; length K.</param>
    public void Score(ReadOnlySpan<double> residual, Span<double> scores)
    {
        scores.Clear();
        for (int f = 0, at = 0; f < Mean.Length; f++)
        {
            double standardized = (residual[f] - Mean[f]) / Scale[f];
            for (int c = 0; c < scores.Length; c++, at++) scores[c] = Math.FusedMultiplyAdd(standardized, Loadings[at], scores[c]);
        }
    }

    /// <summary>Moves residuals by what their scores moved.</summary>
    /// <param name="moved">Change of each score, length K.</param>
    /// <param name="residual">Length p.</param>
    public void Move(ReadOnlySpan<double> moved, Span<double> residual)
    {
        for (int f = 0, at = 0; f < residual.Length; f++)
        {
            double change = 0;
            for (int c = 0; c < moved.Length; c++, at++) change = Math.FusedMultiplyAdd(moved[c], Loadings[at], change);
            residual[f] = Math.FusedMultiplyAdd(change, Scale[f], residual[f]);
        }
    }
}

/// <summary>How many components are kept: the first whose cumulative share of variance exceeds a bound, or a number.</summary>
/// <param name="VarianceExplained">The bound, above 0 and at most 1.</param>
/// <param name="Number">The number; null: by the bound.</param>
public sealed record ComponentChoice(double VarianceExplained, int? Number)
{
    internal int Of(double[] eigenvalues, double rows)
    {
        int most = (int)Math.Min(eigenvalues.Length, rows - 1);
        if (Number is { } number) return Math.Min(number, most);
        double total = 0, cumulated = 0;
        foreach (double eigenvalue in eigenvalues) total += eigenvalue;
        for (int c = 0; c < most; c++)
        {
            cumulated += eigenvalues[c];
            if (cumulated / total > VarianceExplained) return c + 1;
        }

        return most;
    }
}
