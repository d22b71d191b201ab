using System.Collections.Immutable;
using Federated.Statistics.Harmonization.Smoothing;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Harmonization;

/// <summary>
/// The sums over all batches from which ComBat's frozen model follows (Frisch-Waugh: covariates and features about their batch's means). Where a
/// feature has missing values its sums of covariates are its own, and every batch counts with all its rows in the grand mean, as in neuroCombat for
/// R.
/// </summary>
/// <param name="features">p.</param>
/// <param name="columns">k.</param>
/// <param name="incomplete">Features that may have missing values, ascending.</param>
public sealed class PooledSums(int features, int columns, ImmutableArray<int> incomplete)
{
    /// <summary>What covariates explain of a feature within batches leaves less than this share of it: there is no scale to harmonize.</summary>
    public const double LeastResidualShare = 1e-20;

    /// <summary>A covariate whose mean square within batches is below this share of its unit squared does not vary there.</summary>
    public const double LeastMeanSquare = 1e-26;

    /// <summary>Features that may have missing values.</summary>
    public ImmutableArray<int> Incomplete { get; } = incomplete;

    /// <summary>Rows.</summary>
    public double Rows { get; set; }

    /// <summary>Sum of x, k.</summary>
    public DoubleDouble[] DesignSum { get; init; } = new DoubleDouble[columns];

    /// <summary>Sum of y, p; for an incomplete feature, of batch means times all rows of the batch.</summary>
    public DoubleDouble[] FeatureSum { get; init; } = new DoubleDouble[features];

    /// <summary>x_c' x_c, k x k.</summary>
    public DoubleDouble[] Design { get; init; } = new DoubleDouble[columns * columns];

    /// <summary>x_c' y_c, k x p.</summary>
    public DoubleDouble[] Cross { get; init; } = new DoubleDouble[columns * features];

    /// <summary>diag(y_c' y_c), p.</summary>
    public DoubleDouble[] Squares { get; init; } = new DoubleDouble[features];

    /// <summary>Per incomplete feature: rows of the batches that have a value of it; m.</summary>
    public double[] IncompleteRows { get; init; } = new double[incomplete.Length];

    /// <summary>Per incomplete feature: rows with a value; m.</summary>
    public double[] Observed { get; init; } = new double[incomplete.Length];

    /// <summary>Per incomplete feature: sum over batches of covariate means times all rows of the batch; m x k.</summary>
    public DoubleDouble[] IncompleteDesignSum { get; init; } = new DoubleDouble[incomplete.Length * columns];

    /// <summary>Per incomplete feature: x_c' x_c over its observed rows; m x k x k.</summary>
    public DoubleDouble[] IncompleteDesign { get; init; } = new DoubleDouble[incomplete.Length * columns * columns];

    /// <summary>Adds a batch's features; covariates over all its rows are added by whoever owns them.</summary>
    public void Add(BatchMeans means, BatchMoments moments)
    {
        for (int f = 0; f < features; f++)
        {
            if (!double.IsNaN(means.Feature[f])) FeatureSum[f] += new DoubleDouble(means.Feature[f], means.FeatureLow[f]) * (double)means.Rows;
            Squares[f] += moments.Squares[f];
        }

        for (int i = 0; i < Cross.Length; i++) Cross[i] += moments.Cross[i];
        for (int m = 0; m < Incomplete.Length; m++)
        {
            if (means.Observed[m] == 0) continue;
            IncompleteRows[m] += means.Rows;
            Observed[m] += moments.Observed[m];
            for (int i = m * columns; i < (m + 1) * columns; i++)
                IncompleteDesignSum[i] += new DoubleDouble(means.ObservedDesign[i], means.ObservedDesignLow[i]) * (double)means.Rows;
            for (int i = m * columns * columns; i < (m + 1) * columns * columns; i++) IncompleteDesign[i] += moments.ObservedDesign[i];
        }
    }

    /// <summary>Solves for the frozen model. Features without any residual spread get variance zero.</summary>
    /// <exception cref="SingularDesignException">A covariate is constant within every batch, or a combination of others there.</exception>
    public CombatModel Solve() => Solve((design, rows) => new LinearEffects(new NormalEquations(design, columns, LeastMeanSquare * rows)));

    /// <summary>The same with smooth covariate effects (Pomponio et al., NeuroImage 2020, ComBat-GAM).</summary>
    /// <param name="terms">The smooth terms among the columns.</param>
    /// <param name="batches">Batches that the sums are within.</param>
    /// <exception cref="SingularDesignException">A covariate is constant within every batch, or a combination of others there.</exception>
    public (CombatModel Model, Smoothness Found) Solve(IReadOnlyList<SmoothTerm> terms, int batches)
    {
        double[] strength = new double[terms.Count * features], freedom = new double[features];
        Array.Fill(strength, double.NaN);
        Array.Fill(freedom, double.NaN);
        var found = new Smoothness(strength, freedom);
        return (Solve((design, rows) => new SmoothEffects(design, columns, rows, batches, terms, found)), found);
    }

    private CombatModel Solve(Func<DoubleDouble[], double, IEffectEquations> equationsOf)
    {
        double[] designMean = new double[columns];
        for (int a = 0; a < columns; a++) designMean[a] = (DesignSum[a] / Rows).High;

        IEffectEquations shared = equationsOf(Design, Rows);
        double[] centre = new double[features], beta = new double[columns * features], variance = new double[features];
        int m = 0;
        for (int f = 0; f < features; f++)
        {
            bool isIncomplete = m < Incomplete.Length && Incomplete[m] == f;
            if (!isIncomplete)
            {
                SolveFeature(f, shared, Rows, Rows, DesignSum, designMean, centre, beta, variance);
                continue;
            }

            if (Observed[m] > 0)
            {
                ReadOnlySpan<DoubleDouble> sums = IncompleteDesignSum.AsSpan(m * columns, columns);
                if (Factor(m, equationsOf) is { } own) SolveFeature(f, own, IncompleteRows[m], Observed[m], sums, designMean, centre, beta, variance);
            }

            m++;
        }

        return new CombatModel(designMean, centre, beta, variance);
    }

    /// <summary>
    /// An incomplete feature's own equations, or null where its observed rows do not vary in every covariate: it is then left untouched.
    /// </summary>
    private IEffectEquations? Factor(int m, Func<DoubleDouble[], double, IEffectEquations> equationsOf)
    {
        try
        {
            return equationsOf([.. IncompleteDesign.AsSpan(m * columns * columns, columns * columns)], Observed[m]);
        }
        catch (SingularDesignException)
        {
            return null;
        }
    }

    private void SolveFeature(
        int f, IEffectEquations equations, double rows, double observed, ReadOnlySpan<DoubleDouble> designSum, double[] designMean,
        double[] centre, double[] beta, double[] variance)
    {
        Span<DoubleDouble> cross = stackalloc DoubleDouble[columns];
        Span<double> effects = stackalloc double[columns];
        for (int a = 0; a < columns; a++) cross[a] = Cross[(a * features) + f];
        double squares = equations.Solve(f, Squares[f], cross, effects);

        DoubleDouble total = FeatureSum[f];
        for (int a = 0; a < columns; a++)
        {
            beta[(a * features) + f] = effects[a];
            total -= (designSum[a] - DoubleDouble.Product(rows, designMean[a])) * effects[a];
        }

        centre[f] = (total / rows).High;
        variance[f] = squares > LeastResidualShare * Squares[f].High ? squares / observed : 0;
    }
}
