using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization.Smoothing;

/// <summary>
/// Penalized least squares, b = (A + sum of lambda_t S_t)^-1 c, each lambda given or at the minimum of the generalized cross-validation score
/// N RSS / (N - B - tr((A + lambda S)^-1 A))^2 (Craven and Wahba 1979; Wood, Generalized Additive Models, 2017, section 6.2), which needs nothing but the
/// sums A, c and y'y. Searched on a grid of a half decade and then by golden section, term after term until none moves.
/// </summary>
internal sealed class SmoothEffects : IEffectEquations
{
    // Strengths relative to the size of A: at both ends the curve is as rough, or as straight, as it gets, and no digit is lost.
    private const double Weakest = -8, Strongest = 8, GridStep = 0.5, Tolerance = 1e-9;
    private const int MostSweeps = 50;

    private readonly DoubleDouble[] _a;
    private readonly int _k;
    private readonly double _rows;
    private readonly int _batches;
    private readonly IReadOnlyList<SmoothTerm> _terms;
    private readonly double[] _balance; // the strength at which a term's roughness weighs as much as its columns
    private readonly Smoothness _found;

    /// <summary>Equations of one design.</summary>
    /// <param name="a">x_c' x_c, k x k.</param>
    /// <param name="k">Columns.</param>
    /// <param name="rows">N, rows that the sums are over.</param>
    /// <param name="batches">B, batches that they are within.</param>
    /// <param name="terms">Smooth terms.</param>
    /// <param name="found">Where strengths and freedom are written down.</param>
    /// <exception cref="SingularDesignException">An effect cannot be told from the batches' or from others', even with smoothing.</exception>
    public SmoothEffects(DoubleDouble[] a, int k, double rows, int batches, IReadOnlyList<SmoothTerm> terms, Smoothness found)
    {
        (_a, _k, _rows, _batches, _terms, _found) = (a, k, rows, batches, terms, found);
        _balance = [.. terms.Select(t => Trace(t, i => a[i].High) / Math.Max(Trace(t, null), double.Epsilon))];
        for (int t = 0; t < terms.Count; t++)
        {
            double per = Trace(terms[t], i => a[i].High) / terms[t].Columns;
            if (!(per > PooledSums.LeastMeanSquare * rows)) throw new SingularDesignException(terms[t].First, isConstant: true);
        }

        _ = new NormalEquations(Penalized(_balance), k, PooledSums.LeastMeanSquare * rows);
    }

    public double Solve(int feature, DoubleDouble squares, ReadOnlySpan<DoubleDouble> cross, Span<double> effects)
    {
        DoubleDouble[] c = cross.ToArray();
        double[] logs = new double[_terms.Count];
        bool[] free = [.. _terms.Select(t => t.Strength is null)];
        for (int t = 0; t < logs.Length; t++)
            logs[t] = free[t] ? 0 : Math.Log10(Math.Max(_terms[t].Strength![feature], double.Epsilon) / _balance[t]);
        for (int sweep = 0; sweep < MostSweeps && Array.IndexOf(free, true) >= 0; sweep++)
        {
            double moved = 0;
            for (int t = 0; t < logs.Length; t++)
            {
                if (!free[t]) continue;
                double before = logs[t];
                logs[t] = Best(logs, t, squares, c);
                moved = Math.Max(moved, Math.Abs(logs[t] - before));
            }

            if (logs.Length == 1 || moved < 1e-6) break;
        }

        (double residual, double freedom, double[] beta) = Fit(Strengths(logs, feature), squares, c);
        beta.CopyTo(effects);
        _found.EffectiveColumns[feature] = freedom;
        double[] strengths = Strengths(logs, feature);
        int features = _found.EffectiveColumns.Length;
        for (int t = 0; t < strengths.Length; t++) _found.Strength[(t * features) + feature] = strengths[t];
        return residual;
    }

    private double[] Strengths(double[] logs, int feature) =>
        [.. logs.Select((log, t) => _terms[t].Strength is { } given ? given[feature] : _balance[t] * Math.Pow(10, log))];

    private double Best(double[] logs, int term, DoubleDouble squares, DoubleDouble[] cross)
    {
        double[] trial = (double[])logs.Clone();
        double Score(double log)
        {
            trial[term] = log;
            (double residual, double freedom, _) = Fit([.. trial.Select((l, t) => _balance[t] * Math.Pow(10, l))], squares, cross);
            double left = _rows - _batches - freedom;
            return left > 0 ? _rows * residual / (left * left) : double.PositiveInfinity;
        }

        double best = Weakest, least = double.PositiveInfinity;
        for (double log = Weakest; log <= Strongest; log += GridStep)
        {
            double score = Score(log);
            if (score < least) (best, least) = (log, score);
        }

        double low = Math.Max(best - GridStep, Weakest), high = Math.Min(best + GridStep, Strongest);
        double golden = (Math.Sqrt(5) - 1) / 2, inner = high - (golden * (high - low)), outer = low + (golden * (high - low));
        double atInner = Score(inner), atOuter = Score(outer);
        while (high - low > Tolerance)
        {
            if (atInner <= atOuter)
            {
                (high, outer, atOuter) = (outer, inner, atInner);
                inner = high - (golden * (high - low));
                atInner = Score(inner);
            }
            else
            {
                (low, inner, atInner) = (inner, outer, atOuter);
                outer = low + (golden * (high - low));
                atOuter = Score(outer);
            }
        }

        return (low + high) / 2;
    }

    /// <summary>Residual sum of squares, tr((A + lambda S)^-1 A), and effects.</summary>
    private (double Residual, double Freedom, double[] Effects) Fit(double[] strengths, DoubleDouble squares, DoubleDouble[] cross)
    {
        var equations = new NormalEquations(Penalized(strengths), _k, 0);
        double[] effects = new double[_k], column = new double[_k];
        equations.Solve(cross, effects);
        double freedom = 0;
        for (int j = 0; j < _k; j++)
        {
            for (int i = 0; i < _k; i++) column[i] = _a[(i * _k) + j].High;
            equations.SolveOnce(column);
            freedom += column[j];
        }

        return (NormalEquations.ResidualSquares(_a, _k, squares, cross, effects), freedom, effects);
    }

    private DoubleDouble[] Penalized(double[] strengths)
    {
        DoubleDouble[] a = (DoubleDouble[])_a.Clone();
        for (int t = 0; t < _terms.Count; t++)
        {
            (int first, int columns, double[] roughness) = (_terms[t].First, _terms[t].Columns, _terms[t].Roughness);
            for (int i = 0; i < columns; i++)
                for (int j = 0; j < columns; j++) a[((first + i) * _k) + first + j] += DoubleDouble.Product(strengths[t], roughness[(i * columns) + j]);
        }

        return a;
    }

    private double Trace(SmoothTerm term, Func<int, double>? of)
    {
        double trace = 0;
        for (int i = 0; i < term.Columns; i++) trace += of is null ? term.Roughness[(i * term.Columns) + i] : of(((term.First + i) * _k) + term.First + i);
        return trace;
    }
}
