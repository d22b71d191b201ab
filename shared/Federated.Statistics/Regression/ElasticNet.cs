namespace Federated.Statistics.Regression;

/// <summary>
/// The minimum of a convex quadratic with an elastic net penalty, f(b) = b'Hb / 2 - c'b + sum lasso_j |b_j| + sum ridge_j b_j^2 / 2: coordinate descent
/// (Friedman, Hastie and Tibshirani 2010) finds which coefficients are zero, and the others are then solved for at once, so the last digits do not depend on when the
/// descent stopped.
/// </summary>
public static class ElasticNet
{
    private const int MostSweeps = 10_000;
    private const int Refinements = 3;

    // The descent ends where no coefficient moves the quadratic by this share of what it started from.
    private const double CoarseShare = 1e-14;
    private const double FineShare = 1e-30;

    // A zero coefficient may have a gradient that passes its bound by rounding.
    private const double BoundSlack = 1e-12;

    /// <summary>The minimiser.</summary>
    /// <param name="curvature">H, row-major m x m, symmetric and positive semidefinite.</param>
    /// <param name="linear">c, m.</param>
    /// <param name="lasso">m, none below zero; zero for what is not penalized.</param>
    /// <param name="ridge">m, none below zero.</param>
    /// <param name="start">m: where to begin.</param>
    public static double[] Minimize(double[] curvature, double[] linear, double[] lasso, double[] ridge, double[] start)
    {
        int m = linear.Length;
        double[] beta = (double[])start.Clone();
        foreach (double share in (ReadOnlySpan<double>)[CoarseShare, FineShare])
        {
            Descend(curvature, linear, lasso, ridge, beta, share);
            int[] active = [.. Enumerable.Range(0, m).Where(j => beta[j] != 0 || lasso[j] == 0)];
            if (Solved(curvature, linear, lasso, ridge, beta, active) is { } exact) return exact;
        }

        return beta;
    }

    private static void Descend(double[] curvature, double[] linear, double[] lasso, double[] ridge, double[] beta, double share)
    {
        int m = beta.Length;
        double[] rest = Rest(curvature, linear, beta); // c - H b
        double size = 0;
        for (int j = 0; j < m; j++)
            if (curvature[(j * m) + j] > 0) size = Math.Max(size, linear[j] * linear[j] / curvature[(j * m) + j]);
        bool all = true;
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            double most = 0;
            for (int j = 0; j < m; j++)
            {
                double own = curvature[(j * m) + j];
                if (own + ridge[j] <= 0 || (!all && beta[j] == 0)) continue; // a column that varies nowhere and costs nothing has no minimum of its own
                double pull = rest[j] + (own * beta[j]);
                double next = Math.Sign(pull) * Math.Max(0, Math.Abs(pull) - lasso[j]) / (own + ridge[j]);
                double change = next - beta[j];
                if (change == 0) continue;
                beta[j] = next;
                ReadOnlySpan<double> row = curvature.AsSpan(j * m, m);
                for (int i = 0; i < m; i++) rest[i] -= change * row[i];
                most = Math.Max(most, own * change * change);
            }

            bool still = most <= share * size;
            if (still && all) return;
            all = still; // sweeps over what is not zero until they are still, then one over everything
        }
    }

    /// <summary>With these signs: the solution of the linear equations, if it keeps the signs and no zero coefficient wants to leave zero.</summary>
    private static double[]? Solved(double[] curvature, double[] linear, double[] lasso, double[] ridge, double[] beta, int[] active)
    {
        int m = beta.Length, n = active.Length;
        double[] lower = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = curvature[(active[i] * m) + active[j]] + (i == j ? ridge[active[i]] : 0);
                for (int l = 0; l < j; l++) sum -= lower[(i * n) + l] * lower[(j * n) + l];
                if (i == j && !(sum > 1e-12 * curvature[(active[i] * m) + active[i]])) return null; // no unique solution
                lower[(i * n) + j] = i == j ? Math.Sqrt(sum) : sum / lower[(j * n) + j];
            }
        }

        double[] exact = (double[])beta.Clone();
        for (int pass = 0; pass < Refinements; pass++)
        {
            double[] rest = Rest(curvature, linear, exact);
            double[] step = [.. active.Select(j => rest[j] - (ridge[j] * exact[j]) - (lasso[j] * Math.Sign(beta[j])))];
            for (int i = 0; i < n; i++)
            {
                for (int l = 0; l < i; l++) step[i] -= lower[(i * n) + l] * step[l];
                step[i] /= lower[(i * n) + i];
            }

            for (int i = n - 1; i >= 0; i--)
            {
                for (int l = i + 1; l < n; l++) step[i] -= lower[(l * n) + i] * step[l];
                step[i] /= lower[(i * n) + i];
                exact[active[i]] += step[i];
            }
        }

        if (active.Any(j => lasso[j] > 0 && Math.Sign(exact[j]) != Math.Sign(beta[j]))) return null;
        double[] left = Rest(curvature, linear, exact);
        for (int j = 0; j < m; j++)
            if (exact[j] == 0 && lasso[j] > 0 && curvature[(j * m) + j] > 0 && Math.Abs(left[j]) > lasso[j] * (1 + BoundSlack)) return null;
        return exact;
    }

    private static double[] Rest(double[] curvature, double[] linear, double[] beta)
    {
        int m = beta.Length;
        double[] rest = (double[])linear.Clone();
        for (int j = 0; j < m; j++)
        {
            if (beta[j] == 0) continue;
            ReadOnlySpan<double> row = curvature.AsSpan(j * m, m);
            for (int i = 0; i < m; i++) rest[i] -= beta[j] * row[i];
        }

        return rest;
    }
}
