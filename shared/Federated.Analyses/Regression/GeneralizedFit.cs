using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>The coordinator's way to the maximum of one generalized linear model.</summary>
internal sealed class GeneralizedFit
{
    // As R's glm with its default precision.
    private const double AliasTolerance = 1e-11;

    // A predictor belongs to the separating direction if it moves the linear predictor by this share of the strongest.
    private const double NamedShare = 0.1;

    private readonly CoordinatorContext _context;
    private readonly RegressionModel _model;
    private readonly RegressionFrame _frame;
    private readonly int[] _kept;

    public GeneralizedFit(CoordinatorContext context, RegressionModel model, RegressionSizes sizes, RegressionFrame frame, GeneralizedStart start)
    {
        (_context, _model, _frame, Start) = (context, model, frame, start);
        Aliased = LeastSquares.Factor(start.Products, frame.Scaling, AliasTolerance).Aliased;
        _kept = start.InterceptOnly ? [0] : [.. Enumerable.Range(0, model.Columns.Length).Where(j => !Aliased.Contains(j))];
        if (sizes.Rows < _kept.Length)
            throw new AnalysisRefusedException("E2305", $"Analysis {context.Specification.Id}: {sizes.Rows} rows cannot carry {_kept.Length} coefficients: add rows, or name fewer predictors.");
    }

    public GeneralizedStart Start { get; }

    /// <summary>Columns that say what others say already.</summary>
    public ImmutableArray<int> Aliased { get; }

    /// <summary>Columns that are estimated.</summary>
    public IReadOnlyList<int> Kept => _kept;

    /// <summary>The sums at the maximum.</summary>
    public GeneralizedPoint Found { get; private set; } = null!;

    /// <summary>Points looked at.</summary>
    public int Points { get; private set; }

    /// <summary>Coefficients of the kept columns as measured.</summary>
    public double[] Coefficients { get; private set; } = [];

    /// <summary>Their covariance matrix.</summary>
    public double[] Covariance { get; private set; } = [];

    /// <summary>The gradient at the maximum, for the kept columns as measured.</summary>
    public double[] Gradient { get; private set; } = [];

    /// <summary>Asks for sums until the maximum is found.</summary>
    /// <exception cref="AnalysisRefusedException">E2304 or E2307.</exception>
    public IEnumerable<Step> Search(IFamily family)
    {
        var search = new NewtonSearch(Start.First ?? First());
        int checkedAt = 0;
        while (!search.Converged)
        {
            if (search.Points == NewtonSearch.MostPoints) throw RegressionRequirements.NotConverged(_context.Specification);
            var scores = new SumStep(
                GeneralizedSums.Scores, new Broadcast([.. _frame.ToTensors(), Tensor.Vector(GeneralizedSums.Beta, Spread(search.Beta))]), GeneralizedSums.ScoresLayout(_model, _frame));
            yield return scores;
            GeneralizedPoint point = GeneralizedSums.ReadScores(scores.Sum, _model);
            search.Take(point.Beyond, point.Deviance, Taken(point.Gradient), TakenMatrix(point.Curvature));
            if (!point.Beyond) Found = point;
            if (search.Converged || !search.LooksSeparated || search.Points < checkedAt + 4) continue;

            checkedAt = search.Points;
            double[] direction = Normalized(search.Step);
            var separation = new SumStep(
                GeneralizedSums.Separation, new Broadcast([.. _frame.ToTensors(), Tensor.Vector(GeneralizedSums.Direction, Spread(direction))]), GeneralizedSums.SeparationLayout);
            yield return separation;
            if (GeneralizedSums.ReadSeparation(separation.Sum)) throw Separated(direction);
        }

        Points = search.Points;
        DesignScaling scaling = _frame.Scaling.Take(_kept);
        Coefficients = scaling.Coefficients([.. search.Beta.Select(b => (DoubleDouble)b)]);
        Covariance = scaling.Covariance(search.Curvature!.Inverse());
        DoubleDouble[] gradient = Taken(Found.Gradient);
        Gradient = [.. gradient.Select((g, j) => (DesignScaling.Scale(g, scaling.Exponent[j]) + (gradient[0] * scaling.Centre[j])).High)];
    }

    /// <summary>The first estimate: weighted least squares of the working response.</summary>
    private double[] First()
    {
        DoubleDouble[] curvature = TakenMatrix(Start.Curvature);
        SymmetricFactor factor = SymmetricFactor.Of(curvature, new double[_kept.Length]);
        return [.. factor.Solve(Taken(Start.Gradient)).Select(b => b.High)];
    }

    /// <summary>The direction in which the linear predictor changes by one, root mean square.</summary>
    private double[] Normalized(double[] step)
    {
        int width = _model.Columns.Length + 2;
        double squares = 0, weights = 0;
        for (int i = 0; i < step.Length; i++)
            for (int j = 0; j < step.Length; j++) squares += step[i] * step[j] * Start.Products[(_kept[i] * width) + _kept[j]].High;
        for (int i = 0; i < step.Length; i++) weights = Math.Max(weights, Start.Products[(_kept[i] * width) + _kept[i]].High);
        double rows = _model.Intercept ? Start.Products[0].High : weights;
        double unit = Math.Sqrt(rows / squares);
        return [.. step.Select(s => s * unit)];
    }

    private AnalysisRefusedException Separated(double[] direction)
    {
        int width = _model.Columns.Length + 2;
        double[] strength = [.. _kept.Select((c, j) => _model.Columns[c].Value is null ? 0 : Math.Abs(direction[j]) * Math.Sqrt(Start.Products[(c * width) + c].High))];
        double strongest = strength.Max();
        string names = string.Join(", ", _kept.Where((_, j) => strength[j] > NamedShare * strongest).Select(c => PlainText.Shown(_model.Columns[c].Name)));
        return new AnalysisRefusedException(
            "E2304", $"Analysis {_context.Specification.Id}: {names} tell outcome '{PlainText.Shown(_model.Outcome.Name)}' apart without an exception (separation), so no finite estimate exists: leave one out, join levels, or add rows.");
    }

    private double[] Spread(double[] kept)
    {
        double[] all = new double[_model.Columns.Length];
        for (int j = 0; j < kept.Length; j++) all[_kept[j]] = kept[j];
        return all;
    }

    private DoubleDouble[] Taken(DoubleDouble[] vector) => [.. _kept.Select(c => vector[c])];

    private DoubleDouble[] TakenMatrix(DoubleDouble[] matrix)
    {
        int k = _model.Columns.Length;
        return [.. _kept.SelectMany(a => _kept.Select(b => matrix[(a * k) + b]))];
    }
}
