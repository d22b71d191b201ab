using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>The path of penalized linear models: all of it follows from one sum of products.</summary>
internal static class PenalizedLinear
{
    // As glmnet: a path ends where it explains nearly everything or nothing more.
    private const double MostExplained = 0.999;
    private const double LeastGain = 1e-5;

    /// <summary>The path, strongest penalty first.</summary>
    public static (List<PathPoint> Path, double NullDeviance) Fit(
        CoordinatorContext context, RegressionModel model, RegressionSizes sizes, RegressionFrame frame, DoubleDouble[] products)
    {
        PenaltyOptions options = model.Options.Penalty!;
        int k = model.Columns.Length, width = k + 2;
        ColumnSpread moments = ColumnSpread.Of(products, width);
        double total = products[0].High, unit = double.ScaleB(1, frame.ResponseExponent), spread = moments.Variance[k];

        // The outcome is in units of 2^e here, where a lasso weighs 2^-e as much; glmnet divides the ridge by the outcome's deviation.
        var weights = new PenaltyWeights(model, frame, moments, 1 / unit, 1 / (Math.Sqrt(spread) * unit));
        if (weights.Usable.Count == 0) throw RegressionRequirements.NothingVaries(context.Specification);
        int[] columns = [0, .. weights.Usable];
        int m = columns.Length;
        double[] curvature = [.. columns.SelectMany(i => columns.Select(j => products[(i * width) + j].High / total))];
        double[] linear = [.. columns.Select(j => products[(j * width) + k].High / total)];
        double[] gradient = new double[k];
        DoubleDouble mean = products[k] / total;
        foreach (int j in weights.Usable) gradient[j] = (products[(j * width) + k] - (mean * products[j])).High / total;

        double nullDeviance = spread * total * unit * unit;
        var path = new List<PathPoint>();
        double[] beta = new double[m];
        foreach (double strength in options.Descending(weights.Largest(gradient), sizes.Rows, weights.Usable.Count))
        {
            beta = ElasticNet.Minimize(
                curvature, linear, [.. columns.Select(j => j == 0 ? 0 : weights.Lasso(j, strength))], [.. columns.Select(j => j == 0 ? 0 : weights.Ridge(j, strength))], beta);
            double[] all = new double[k];
            for (int i = 0; i < m; i++) all[columns[i]] = beta[i];
            double squares = Residual(products, all);
            double[] coefficients = frame.Scaling.Coefficients([.. all.Select(b => (DoubleDouble)(b * unit))]);
            coefficients[0] += frame.ResponseCentre;
            path.Add(new PathPoint(
                strength, coefficients, beta.Skip(1).Count(b => b != 0), squares * unit * unit,
                ((squares / 2 / total) + weights.Penalty(all, strength)) * unit * unit));
            double deviance = path[^1].Deviance;
            if (options.Lambda.IsEmpty && path.Count > 5 && (1 - (deviance / nullDeviance) > MostExplained || path[^2].Deviance - deviance < LeastGain * (nullDeviance - deviance)))
                break;
        }

        return (path, nullDeviance);
    }

    private static double Residual(DoubleDouble[] products, double[] beta)
    {
        int width = beta.Length + 2;
        DoubleDouble total = DoubleDouble.Zero;
        for (int i = 0; i <= beta.Length; i++)
        {
            DoubleDouble row = DoubleDouble.Zero;
            for (int j = 0; j <= beta.Length; j++) row += products[(i * width) + j] * (j == beta.Length ? 1 : -beta[j]);
            total += row * (i == beta.Length ? 1 : -beta[i]);
        }

        return total.High;
    }
}
