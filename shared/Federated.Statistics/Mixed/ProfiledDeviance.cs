using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Statistics.Mixed;

/// <summary>
/// Twice the negative log likelihood of y = X beta + b_group + e, profiled over beta and the residual variance, as a function of the ratio
/// theta = var(b) / var(e), with its analytic derivative. With V = I + theta Z Z' its inverse within a group of n rows is I - theta / (1 + n theta) 1 1', so
/// that everything follows from <see cref="RandomInterceptSums"/> (Harville 1977, J Am Stat Assoc 72:320; Bates et al. 2015, J Stat Softw 67(1), eq. 34 and 41).
/// </summary>
internal sealed class ProfiledDeviance(RandomInterceptSums sums, bool restricted)
{
    private readonly int _k = sums.Columns;
    private readonly long _degrees = sums.Rows - (restricted ? sums.Columns : 0);

    /// <summary>The point at a ratio.</summary>
    /// <param name="ratio">theta, at least 0.</param>
    public ProfilePoint At(double ratio)
    {
        int width = _k + 1;
        DoubleDouble[] weighted = [.. sums.Products], slope = new DoubleDouble[width * width];
        double logs = 0, slopeOfLogs = 0;
        foreach (GroupClass group in sums.Classes)
        {
            double inflation = 1 + (group.Size * ratio), weight = ratio / inflation, fall = 1 / (inflation * inflation);
            for (int i = 0; i < weighted.Length; i++)
            {
                weighted[i] -= group.Squares[i] * weight;
                slope[i] += group.Squares[i] * fall;
            }

            logs += group.Groups * Math.Log(inflation);
            slopeOfLogs += group.Groups * group.Size / inflation;
        }

        var curvature = new DoubleDouble[_k * _k];
        var cross = new DoubleDouble[_k];
        for (int i = 0; i < _k; i++)
        {
            weighted.AsSpan(i * width, _k).CopyTo(curvature.AsSpan(i * _k, _k));
            cross[i] = weighted[(i * width) + _k];
        }

        SymmetricFactor factor = SymmetricFactor.Of(curvature, new double[_k]);
        DoubleDouble[] beta = factor.Solve(cross), residual = [.. beta.Select(b => -b), 1];
        double squares = Quadratic(weighted, residual).High;
        double logScale = 2 * sums.ResponseExponent * Math.Log(2), logDesign = restricted ? factor.LogDeterminant + (2 * Math.Log(2) * sums.Scaling.Exponent.Sum()) : 0;
        double deviance = (_degrees * (1 + Math.Log(2 * Math.PI / _degrees) + Math.Log(squares) + logScale)) + logs + logDesign;
        double score = (-_degrees * Quadratic(slope, residual).High / squares) + slopeOfLogs;
        if (restricted) score -= Trace(factor.Inverse(), slope);
        return new ProfilePoint(ratio, deviance, score, beta, squares / _degrees, factor);
    }

    private double Trace(DoubleDouble[] inverse, DoubleDouble[] slope)
    {
        DoubleDouble trace = DoubleDouble.Zero;
        for (int i = 0; i < _k; i++)
            for (int j = 0; j < _k; j++) trace += inverse[(i * _k) + j] * slope[(j * (_k + 1)) + i];
        return trace.High;
    }

    private static DoubleDouble Quadratic(DoubleDouble[] matrix, DoubleDouble[] v)
    {
        DoubleDouble total = DoubleDouble.Zero;
        for (int i = 0; i < v.Length; i++)
        {
            DoubleDouble row = DoubleDouble.Zero;
            for (int j = 0; j < v.Length; j++) row += matrix[(i * v.Length) + j] * v[j];
            total += row * v[i];
        }

        return total;
    }
}

/// <summary>A point of the profile.</summary>
/// <param name="Ratio">theta.</param>
/// <param name="Deviance">Twice the negative (restricted) log likelihood.</param>
/// <param name="Score">Its derivative with respect to theta.</param>
/// <param name="Beta">Fixed effects of the scaled columns.</param>
/// <param name="Variance">Residual variance on the scale of the scaled outcome.</param>
/// <param name="Factor">X'V^-1 X.</param>
internal sealed record ProfilePoint(double Ratio, double Deviance, double Score, DoubleDouble[] Beta, double Variance, SymmetricFactor Factor);
