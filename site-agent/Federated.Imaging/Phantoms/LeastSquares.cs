namespace Federated.Imaging.Phantoms;

/// <summary>Nonlinear least squares by Levenberg and Marquardt (Marquardt 1963, J SIAM 11:431), with derivatives by differences: for the few parameters of a pose and a resolution.</summary>
internal static class LeastSquares
{
    /// <summary>Residuals of a set of parameters, written into the second argument.</summary>
    public delegate void Residuals(ReadOnlySpan<double> parameters, Span<double> residuals);

    /// <summary>Parameters with a locally smallest sum of squares.</summary>
    /// <param name="start">Where to begin.</param>
    /// <param name="steps">Per parameter the step by which its derivative is taken.</param>
    /// <param name="count">Number of residuals.</param>
    /// <param name="residuals">The model's deviations.</param>
    public static double[] Minimize(double[] start, double[] steps, int count, Residuals residuals)
    {
        int size = start.Length;
        double[] current = [.. start], trial = new double[size];
        double[] deviations = new double[count], trialDeviations = new double[count];
        double[][] derivatives = [.. Enumerable.Range(0, size).Select(_ => new double[count])];
        residuals(current, deviations);
        double cost = Squares(deviations), damping = 1e-3;
        for (int iteration = 0; iteration < 40; iteration++)
        {
            for (int p = 0; p < size; p++)
            {
                double kept = current[p];
                current[p] += steps[p];
                residuals(current, derivatives[p]);
                current[p] = kept;
                for (int i = 0; i < count; i++) derivatives[p][i] = (derivatives[p][i] - deviations[i]) / steps[p];
            }
            double[,] normal = new double[size, size];
            double[] gradient = new double[size];
            for (int p = 0; p < size; p++)
            {
                gradient[p] = Products(derivatives[p], deviations);
                for (int q = p; q < size; q++) normal[p, q] = normal[q, p] = Products(derivatives[p], derivatives[q]);
            }
            bool improved = false;
            double gain = 0;
            while (!improved && damping < 1e8)
            {
                double[]? move = Solve(normal, gradient, damping);
                if (move is not null)
                {
                    for (int p = 0; p < size; p++) trial[p] = current[p] - move[p];
                    residuals(trial, trialDeviations);
                    double reached = Squares(trialDeviations);
                    if (reached < cost)
                    {
                        improved = true;
                        gain = 1 - reached / cost;
                        cost = reached;
                        (current, trial) = (trial, current);
                        (deviations, trialDeviations) = (trialDeviations, deviations);
                        damping = Math.Max(damping / 10, 1e-9);
                        break;
                    }
                }
                damping *= 10;
            }
            if (!improved || gain < 1e-6) break;
        }
        return current;
    }

    // Cholesky of the damped normal equations; null when they are not positive.
    private static double[]? Solve(double[,] normal, double[] gradient, double damping)
    {
        int size = gradient.Length;
        double[,] root = new double[size, size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = normal[i, j] + (i == j ? damping * normal[i, i] : 0);
                for (int k = 0; k < j; k++) sum -= root[i, k] * root[j, k];
                if (i == j)
                {
                    if (!(sum > 0)) return null;
                    root[i, i] = Math.Sqrt(sum);
                }
                else root[i, j] = sum / root[j, j];
            }
        }
        double[] solution = [.. gradient];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < i; k++) solution[i] -= root[i, k] * solution[k];
            solution[i] /= root[i, i];
        }
        for (int i = size - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < size; k++) solution[i] -= root[k, i] * solution[k];
            solution[i] /= root[i, i];
        }
        return solution;
    }

    private static double Squares(double[] values) => Products(values, values);

    private static double Products(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }
}
