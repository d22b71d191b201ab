using Federated.Analyses.Exchange;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>One point of a path.</summary>
/// <param name="Strength">lambda.</param>
/// <param name="Coefficients">For the columns as measured, the intercept first.</param>
/// <param name="Nonzero">Columns with a coefficient.</param>
/// <param name="Deviance">Deviance.</param>
/// <param name="Objective">Mean loss and penalty: what is least here.</param>
internal sealed record PathPoint(double Strength, double[] Coefficients, int Nonzero, double Deviance, double Objective);

/// <summary>
/// The coordinator's way along a path of penalized generalized linear models, from the strongest penalty down, each starting at the one before: Newton's method whose
/// every step is the exact minimum of a penalized quadratic. Curvature is asked only of columns that may have a coefficient, chosen by the strong rules (Tibshirani et
/// al. 2012); the gradient of all columns then proves that none was missed.
/// </summary>
internal sealed class PenalizedFit(CoordinatorContext context, RegressionModel model, RegressionSizes sizes, RegressionFrame frame, ColumnSpread moments)
{
    private const double SmallestDecrement = 1e-18;
    private const double RoundingDecrement = 1e-12;
    private const double ObjectiveSlack = 1e-13;
    private const double BoundSlack = 1e-9;

    // A path ends, as glmnet's, where it explains nearly everything or nothing more.
    private const double MostExplained = 0.999;
    private const double LeastGain = 1e-5;

    private readonly PenaltyWeights _weights = new(model, frame, moments, 1, 1);
    private readonly double _total = moments.Total;
    private double[] _beta = new double[model.Columns.Length];
    private double[] _gradient = [];
    private double _deviance;

    /// <summary>The path, strongest penalty first.</summary>
    public List<PathPoint> Path { get; } = [];

    /// <summary>Deviance of the model with an intercept only.</summary>
    public double NullDeviance { get; private set; }

    /// <summary>Points looked at.</summary>
    public int Points { get; private set; }

    /// <summary>Asks for sums until the path is walked.</summary>
    /// <param name="intercept">The intercept alone, to start from.</param>
    /// <exception cref="AnalysisRefusedException">E2305 or E2307.</exception>
    public IEnumerable<Step> Search(double intercept)
    {
        PenaltyOptions options = model.Options.Penalty!;
        if (_weights.Usable.Count == 0) throw RegressionRequirements.NothingVaries(context.Specification);
        _beta[0] = intercept;
        foreach (Step step in Minimum(0, [0], false)) yield return step;
        NullDeviance = _deviance;
        double[] strengths = options.Descending(_weights.Largest(_gradient), sizes.Rows, _weights.Usable.Count);
        double before = _weights.Largest(_gradient) / Math.Max(options.Alpha, 1e-3);
        foreach (double strength in strengths)
        {
            double strong = Math.Max(0, (2 * strength) - before);
            int[] working = [0, .. _weights.Usable.Where(j => _beta[j] != 0 || Math.Abs(_gradient[j]) >= _weights.Lasso(j, strong))];
            foreach (Step step in Minimum(strength, working, true)) yield return step;
            Path.Add(new PathPoint(
                strength, frame.Scaling.Coefficients([.. _beta.Select(b => (DoubleDouble)b)]), _beta.Skip(1).Count(b => b != 0), _deviance,
                (_deviance / 2 / _total) + _weights.Penalty(_beta, strength)));
            before = strength;
            if (options.Lambda.IsEmpty && Path.Count > 5 && Enough()) yield break;
        }
    }

    private bool Enough() => 1 - (_deviance / NullDeviance) > MostExplained || Path[^2].Deviance - _deviance < LeastGain * (NullDeviance - _deviance);

    private IEnumerable<Step> Minimum(double strength, int[] working, bool grows)
    {
        double accepted = double.PositiveInfinity, decrement = double.PositiveInfinity;
        double[] from = _beta, at = _beta;
        for (int point = 0; point < NewtonSearch.MostPoints; point++)
        {
            var scores = new SumStep(PathSums.Step, PathSums.Broadcast(frame, at, working), PathSums.Layout(model, frame, working.Length));
            yield return scores;
            Points++;
            PathSums sums = PathSums.Read(scores.Sum, working.Length);
            double objective = (sums.Deviance / 2 / _total) + _weights.Penalty(at, strength);
            if (sums.Beyond || objective > accepted + (ObjectiveSlack * (Math.Abs(accepted) + 1)))
            {
                at = [.. at.Select((b, j) => from[j] + ((b - from[j]) / 2))];
                continue;
            }

            (from, accepted, _deviance) = (at, objective, sums.Deviance);
            _gradient = [.. sums.Gradient.Select(g => g / _total)];
            double[] curvature = [.. sums.Curvature.Select(c => c / _total)];
            double[] next = Next(strength, working, from, curvature, out double moved);
            int[] missed = !grows ? [] : [.. _weights.Usable.Except(working).Where(j => Math.Abs(_gradient[j]) > _weights.Lasso(j, strength) * (1 + BoundSlack))];
            bool still = moved <= SmallestDecrement || (moved <= RoundingDecrement && moved >= decrement);
            decrement = moved;
            at = next;
            if (still && missed.Length == 0)
            {
                _beta = next;
                yield break;
            }

            if (missed.Length == 0) continue;
            working = [.. working.Concat(missed).Order()];
            decrement = double.PositiveInfinity;
        }

        throw RegressionRequirements.NotConverged(context.Specification);
    }

    private double[] Next(double strength, int[] working, double[] from, double[] curvature, out double moved)
    {
        int m = working.Length;
        double[] start = [.. working.Select(j => from[j])];
        double[] linear = new double[m];
        for (int i = 0; i < m; i++)
        {
            linear[i] = _gradient[working[i]];
            for (int j = 0; j < m; j++) linear[i] += curvature[(i * m) + j] * start[j];
        }

        double[] found = ElasticNet.Minimize(
            curvature, linear, [.. working.Select(j => j == 0 ? 0 : _weights.Lasso(j, strength))], [.. working.Select(j => j == 0 ? 0 : _weights.Ridge(j, strength))], start);
        moved = 0;
        for (int i = 0; i < m; i++)
            for (int j = 0; j < m; j++) moved += (found[i] - start[i]) * curvature[(i * m) + j] * (found[j] - start[j]);
        moved *= _total;
        double[] next = new double[from.Length];
        for (int i = 0; i < m; i++) next[working[i]] = found[i];
        return next;
    }
}
