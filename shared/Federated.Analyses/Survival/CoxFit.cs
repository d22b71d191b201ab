using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Regression;
using Federated.Statistics.Kernels;
using Federated.Statistics.Regression;
using Federated.Statistics.Survival;

namespace Federated.Analyses.Survival;

/// <summary>What was found at one coefficient vector.</summary>
internal sealed record CoxPoint(bool Beyond, double LogLikelihood, DoubleDouble[] Gradient, DoubleDouble[] Information)
{
    /// <summary>Sums over the risk sets at all event times, where they were asked for.</summary>
    public required PartialLikelihood Likelihood { get; init; }

    public required double[] Risk1 { get; init; }

    public required double[] Tied1 { get; init; }
}

/// <summary>The coordinator's way to the maximum of a partial likelihood.</summary>
internal sealed class CoxFit
{
    // As many numbers of a risk step may be asked for in between; beyond, mean covariates at some times serve to choose the step.
    private const int ModestNumbers = 1 << 17;
    private const int RunsOfTimes = 192;

    // After a last step as short as this, in squared standard errors, sums at its end differ from those at its beginning by rounding alone.
    private const double NoStep = 1e-24;

    // As survival's coxph: a pivot below this share of a column's own information is aliased.
    private const double AliasTolerance = 1.8e-12;

    // A column belongs to the direction in which the likelihood rises for ever if it moves the linear predictor by this share of the strongest.
    private const double NamedShare = 0.1;

    private readonly CoordinatorContext _context;
    private readonly SurvivalModel _model;
    private readonly TieHandling _ties;
    private readonly EventTimes _times;
    private readonly int _p;

    public CoxFit(CoordinatorContext context, SurvivalModel model, TieHandling ties, EventTimes times, CoxFrame frame)
    {
        (_context, _model, _ties, _times, Frame) = (context, model, ties, times, frame);
        _p = model.Columns.Length;
    }

    public CoxFrame Frame { get; }

    /// <summary>Found at coefficients of zero.</summary>
    public CoxPoint Null { get; private set; } = null!;

    /// <summary>Found at the maximum.</summary>
    public CoxPoint Maximum { get; private set; } = null!;

    /// <summary>Columns that say what others say already.</summary>
    public ImmutableArray<int> Aliased { get; private set; } = [];

    /// <summary>Columns that are estimated.</summary>
    public int[] Kept { get; private set; } = [];

    /// <summary>Coefficients of the scaled columns, aliased ones zero.</summary>
    public double[] Beta { get; private set; } = [];

    /// <summary>Covariance of the kept ones, row-major.</summary>
    public DoubleDouble[] Covariance { get; private set; } = [];

    /// <summary>Gradient of the kept columns at zero.</summary>
    public DoubleDouble ScoreTest { get; private set; }

    /// <summary>Points looked at.</summary>
    public int Points { get; private set; }

    /// <summary>Robust products of score residuals of the kept columns.</summary>
    public DoubleDouble[]? Products { get; private set; }

    /// <summary>Asks for sums until the maximum is found, and once more there.</summary>
    /// <exception cref="AnalysisRefusedException">E2506 or E2507: there is none, or it is not found.</exception>
    public IEnumerable<Step> Search()
    {
        bool modest = (long)_times.Count * (_p + 1) <= ModestNumbers;
        foreach (Step step in Ask(new double[_p], true, point => Null = point)) yield return step;
        double[] smallest = [.. Enumerable.Range(0, _p).Select(j => Math.Max(AliasTolerance * Null.Information[(j * _p) + j].High, double.Epsilon))];
        SymmetricFactor factor = SymmetricFactor.Of(Null.Information, smallest);
        Aliased = factor.Aliased;
        Kept = [.. Enumerable.Range(0, _p).Where(j => !Aliased.Contains(j))];
        if (Kept.Length == 0)
            throw new AnalysisRefusedException("E2506", $"Analysis {_context.Specification.Id}: no predictor varies among those at risk when events happen: name others.");
        DoubleDouble[] first = factor.Solve(Null.Gradient);
        for (int j = 0; j < _p; j++) ScoreTest += Null.Gradient[j] * first[j];

        var search = new NewtonSearch(new double[Kept.Length]);
        CoxPoint found = Null;
        Take(search, found);
        while (!search.Converged)
        {
            if (search.LooksSeparated) throw Monotone(search.Step);
            if (search.Points == NewtonSearch.MostPoints)
                throw new AnalysisRefusedException("E2507", $"Analysis {_context.Specification.Id}: no maximum after {NewtonSearch.MostPoints} steps: look for predictors of extreme scale, and leave them out.");
            foreach (Step step in Ask(Spread(search.Beta), modest, point => found = point)) yield return step;
            Take(search, found);
        }

        Points = search.Points;
        Beta = Spread(search.Beta);
        Maximum = found;
        if (!modest || search.Decrement > NoStep)
        {
            Points++;
            foreach (Step step in Ask(Beta, true, point => Maximum = point)) yield return step;
        }

        if (Maximum.Beyond) throw Monotone(search.Step);
        Covariance = SymmetricFactor.Of(Taken(Maximum.Information), new double[Kept.Length]).Inverse();
    }

    /// <summary>Asks for the robust products at the maximum.</summary>
    public IEnumerable<Step> Robust()
    {
        ResidualTerms terms = Maximum.Likelihood.Residuals(Maximum.Risk1, Maximum.Tied1, _p);
        double[] Tied(double[] values, int width) => [.. Frame.Tied.SelectMany(t => values[(t * width)..((t + 1) * width)])];
        var step = new SumStep(
            CoxSums.Robust,
            new Broadcast(
            [
                .. Frame.ToTensors(), Tensor.Vector(CoxSums.Beta, Beta), Tensor.Vector(CoxSums.Hazard, Maximum.Likelihood.Hazard),
                Tensor.Vector(CoxSums.TiedHazard, Tied(Maximum.Likelihood.TiedHazard, 1)), Tensor.Matrix(CoxSums.Mean, _times.Count, _p, terms.Mean),
                Tensor.Matrix(CoxSums.MeanHazard, _times.Count, _p, terms.MeanHazard),
                Tensor.Matrix(CoxSums.TiedMeanHazard, Frame.Tied.Length, _p, Tied(terms.TiedMeanHazard, _p)),
            ]),
            CoxSums.RobustLayout(Frame, _p));
        yield return step;
        Products = Taken(SymmetricSums.Read(step.Sum, CoxSums.Products, _p));
    }

    private void Take(NewtonSearch search, CoxPoint point)
    {
        if (point.Beyond) search.Take(true, double.NaN, [], []);
        else search.Take(false, -2 * point.LogLikelihood, [.. Kept.Select(j => point.Gradient[j])], Taken(point.Information));
    }

    // Two sums: the risk sets, and with the hazard that follows from them the score.
    private IEnumerable<Step> Ask(double[] beta, bool exactly, Action<CoxPoint> found)
    {
        ImmutableArray<int> runEnd = exactly ? [.. Enumerable.Range(1, _times.Count)] : Runs();
        int[] chosen = exactly ? [.. Enumerable.Range(0, _times.Count)] : Middles(runEnd);
        var risk = new SumStep(
            CoxSums.Risk,
            new Broadcast([.. Frame.ToTensors(), Tensor.Vector(CoxSums.Beta, beta), Tensor.Vector(CoxSums.Chosen, [.. chosen.Select(c => (double)c)])]),
            CoxSums.RiskLayout(Frame, _p, chosen.Length));
        yield return risk;
        double[] risk0 = CoxSums.Cumulated(risk.Sum, CoxSums.Risk0, Frame.Stratum);
        double[] tied0 = Frame.Tied.IsEmpty ? new double[_times.Count] : CoxSums.Spread(risk.Sum.Block(CoxSums.Tied0), Frame.Tied, _times.Count);
        PartialLikelihood likelihood = PartialLikelihood.At(_times, _ties, risk0, tied0);
        double[] risk1 = CoxSums.Cumulated(risk.Sum, CoxSums.Risk1, [.. chosen.Select(c => Frame.Stratum[c])]);
        double[] tied1 = exactly && !Frame.Tied.IsEmpty ? CoxSums.Spread(risk.Sum.Block(CoxSums.Tied1), Frame.Tied, _times.Count) : [];
        if (risk.Sum[CoxSums.Beyond, 0] > 0 || !likelihood.IsFinite)
        {
            found(new CoxPoint(true, double.NaN, [], []) { Likelihood = likelihood, Risk1 = risk1, Tied1 = tied1 });
            yield break;
        }

        var score = new SumStep(
            CoxSums.Score,
            new Broadcast(
            [
                .. Frame.ToTensors(), Tensor.Vector(CoxSums.Beta, beta), Tensor.Vector(CoxSums.Hazard, likelihood.Hazard),
                Tensor.Vector(CoxSums.TiedHazard, [.. Frame.Tied.Select(t => likelihood.TiedHazard[t])]),
            ]),
            CoxSums.ScoreLayout(Frame, _p));
        yield return score;
        DoubleDouble[] information = SymmetricSums.Read(score.Sum, CoxSums.Squares, _p);
        double[] means = exactly ? likelihood.MeanProducts(risk1, tied1, _p) : likelihood.MeanProducts(chosen, runEnd.AsSpan(), risk1, _p);
        for (int i = 0; i < information.Length; i++) information[i] -= means[i];
        found(new CoxPoint(false, risk.Sum[CoxSums.EventPredictor, 0] - likelihood.LogRisk, CoxSums.Read(score.Sum, CoxSums.Gradient), information)
        {
            Likelihood = likelihood,
            Risk1 = risk1,
            Tied1 = tied1,
        });
    }

    // Runs of event times within a stratum, of about equal length.
    private ImmutableArray<int> Runs()
    {
        int[] stratumEnd = _times.StratumEnd();
        int length = (_times.Count + RunsOfTimes - 1) / RunsOfTimes;
        var ends = ImmutableArray.CreateBuilder<int>();
        for (int first = 0; first < _times.Count; first = ends[^1]) ends.Add(Math.Min(first + length, stratumEnd[first]));
        return ends.ToImmutable();
    }

    private static int[] Middles(ImmutableArray<int> runEnd) => [.. runEnd.Select((end, r) => ((r == 0 ? 0 : runEnd[r - 1]) + end - 1) / 2)];

    private double[] Spread(double[] kept)
    {
        double[] beta = new double[_p];
        for (int j = 0; j < kept.Length; j++) beta[Kept[j]] = kept[j];
        return beta;
    }

    private DoubleDouble[] Taken(DoubleDouble[] matrix) => [.. Kept.SelectMany(i => Kept.Select(j => matrix[(i * _p) + j]))];

    private AnalysisRefusedException Monotone(double[] direction)
    {
        double[] strength = [.. Kept.Select((c, j) => Math.Abs(direction[j]) * Math.Sqrt(Null.Information[(c * _p) + c].High))];
        string names = string.Join(", ", Kept.Where((_, j) => strength[j] > NamedShare * strength.Max()).Select(c => PlainText.Shown(_model.Columns[c].Name)));
        return new AnalysisRefusedException(
            "E2507", $"Analysis {_context.Specification.Id}: {names} foretell who has the next event without an exception, so the likelihood rises for ever (monotone) and no finite estimate exists: leave one out, join levels, or add rows.");
    }
}
