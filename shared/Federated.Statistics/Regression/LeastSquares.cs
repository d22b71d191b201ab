using System.Collections.Immutable;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Regression;

/// <summary>
/// Weighted linear regression from <see cref="ModelRows.Products"/> summed over all holders, as R's lm: aliased columns left out, residual variance with
/// divisor n - rank.
/// </summary>
public sealed record LeastSquares
{
    /// <summary>As R's lm: a column is aliased if what the others leave of it is below this share of its length.</summary>
    public const double AliasTolerance = 1e-7;

    // Residuals below this share of the outcome's spread are rounding: R's summary calls such a fit essentially perfect.
    private const double PerfectShare = 1e-24;

    /// <summary>k coefficients for the columns as measured; zero where aliased.</summary>
    public required double[] Coefficients { get; init; }

    /// <summary>Inverse of X'WX for the columns as measured, k x k.</summary>
    public required double[] UnscaledCovariance { get; init; }

    /// <summary>Aliased columns.</summary>
    public required ImmutableArray<int> Aliased { get; init; }

    /// <summary>Rows.</summary>
    public required long Rows { get; init; }

    /// <summary>Residual sum of squares.</summary>
    public required double ResidualSquares { get; init; }

    /// <summary>Sum of squares of the fitted values, about their mean if there is an intercept.</summary>
    public required double ModelSquares { get; init; }

    /// <summary>Whether there is an intercept.</summary>
    public required bool Intercept { get; init; }

    /// <summary>Sum of the logarithms of the weights.</summary>
    public required double LogWeights { get; init; }

    /// <summary>Coefficients estimated.</summary>
    public int Rank => Coefficients.Length - Aliased.Length;

    /// <summary>Residual degrees of freedom.</summary>
    public long ResidualDegrees => Rows - Rank;

    /// <summary>Residual variance.</summary>
    public double Variance => ResidualSquares / ResidualDegrees;

    /// <summary>Whether the outcome is met to the last digits, so that standard errors mean nothing.</summary>
    public bool IsPerfect => ResidualSquares <= PerfectShare * (ModelSquares + ResidualSquares);

    /// <summary>Share of the outcome's squares that the model explains.</summary>
    public double RSquared => ModelSquares / (ModelSquares + ResidualSquares);

    /// <summary>The same, adjusted for degrees of freedom.</summary>
    public double AdjustedRSquared => 1 - ((1 - RSquared) * ((Rows - Constant) / (double)ResidualDegrees));

    /// <summary>F of all columns but the intercept; NaN without such a column.</summary>
    public double F => ModelDegrees > 0 ? ModelSquares / ModelDegrees / Variance : double.NaN;

    /// <summary>Numerator degrees of freedom of <see cref="F"/>.</summary>
    public int ModelDegrees => Rank - Constant;

    /// <summary>Log likelihood at the maximum likelihood variance.</summary>
    public double LogLikelihood => 0.5 * (LogWeights - (Rows * (Math.Log(2 * Math.PI) + 1 - Math.Log(Rows) + Math.Log(ResidualSquares))));

    /// <summary>Akaike's criterion; the variance counts as a parameter.</summary>
    public double Aic => (-2 * LogLikelihood) + (2 * (Rank + 1));

    private int Constant => Intercept ? 1 : 0;

    /// <summary>The fit.</summary>
    /// <param name="products">Z'WZ, row-major (k + 2) x (k + 2).</param>
    /// <param name="scaling">How the columns were centred and scaled.</param>
    /// <param name="responseCentre">What was taken off the outcome.</param>
    /// <param name="responseExponent">The power of two by which outcome and offset were divided then.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="logWeights">Sum of the logarithms of the weights.</param>
    public static LeastSquares Fit(
        ReadOnlySpan<DoubleDouble> products, DesignScaling scaling, double responseCentre, int responseExponent, long rows, double logWeights)
    {
        int k = scaling.Columns, width = k + 2;
        SymmetricFactor factor = Factor(products, scaling, AliasTolerance);
        var cross = new DoubleDouble[k];
        for (int j = 0; j < k; j++) cross[j] = products[(j * width) + k];
        DoubleDouble[] beta = factor.Solve(cross);

        // (-beta, 1, 0) gives the residuals and (beta, 0, 1) the fitted values, offset included, as combinations of the columns of Z.
        var residual = new DoubleDouble[width];
        var fitted = new DoubleDouble[width];
        for (int j = 0; j < k; j++) (residual[j], fitted[j]) = (-beta[j], beta[j]);
        (residual[k], fitted[k + 1]) = (1, 1);
        DoubleDouble model = Quadratic(products, fitted);
        if (scaling.Intercept)
        {
            DoubleDouble total = DoubleDouble.Zero;
            for (int j = 0; j < width; j++) total += products[j] * fitted[j];
            model -= total * total / products[0].High;
        }

        double[] coefficients = scaling.Coefficients([.. beta.Select(b => DesignScaling.Scale(b, responseExponent))]);
        if (scaling.Intercept) coefficients[0] += responseCentre;
        return new LeastSquares
        {
            Coefficients = coefficients,
            UnscaledCovariance = scaling.Covariance(factor.Inverse()),
            Aliased = factor.Aliased,
            Rows = rows,
            ResidualSquares = double.ScaleB(Math.Max(Quadratic(products, residual).High, 0), 2 * responseExponent),
            ModelSquares = double.ScaleB(Math.Max(model.High, 0), 2 * responseExponent),
            Intercept = scaling.Intercept,
            LogWeights = logWeights,
        };
    }

    /// <summary>Factors X'WX; a column is aliased if what the others leave of it is below the tolerance times its length as measured.</summary>
    /// <param name="products">Row-major (k + 2) x (k + 2).</param>
    /// <param name="scaling">How the columns were centred and scaled.</param>
    /// <param name="tolerance">On the length, not on its square.</param>
    public static SymmetricFactor Factor(ReadOnlySpan<DoubleDouble> products, DesignScaling scaling, double tolerance)
    {
        int k = scaling.Columns, width = k + 2;
        var a = new DoubleDouble[k * k];
        for (int i = 0; i < k; i++) products.Slice(i * width, k).CopyTo(a.AsSpan(i * k, k));
        double[] smallest = scaling.Squares(products, width);
        for (int j = 0; j < k; j++) smallest[j] *= tolerance * tolerance;
        return SymmetricFactor.Of(a, smallest);
    }

    private static DoubleDouble Quadratic(ReadOnlySpan<DoubleDouble> products, DoubleDouble[] v)
    {
        DoubleDouble total = DoubleDouble.Zero;
        for (int i = 0; i < v.Length; i++)
        {
            DoubleDouble row = DoubleDouble.Zero;
            for (int j = 0; j < v.Length; j++) row += products[(i * v.Length) + j] * v[j];
            total += row * v[i];
        }

        return total;
    }
}
