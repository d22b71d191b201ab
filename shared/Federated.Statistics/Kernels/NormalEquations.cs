namespace Federated.Statistics.Kernels;

/// <summary>A column of a design carries nothing that the others do not: its pivot vanishes.</summary>
/// <param name="column">The column.</param>
/// <param name="isConstant">Whether its own sum of squares vanishes, or only what the columns before it leave of it.</param>
public sealed class SingularDesignException(int column, bool isConstant)
    : Exception($"Column {column} of the design {(isConstant ? "does not vary" : "is a combination of the columns before it")}.")
{
    /// <summary>The column.</summary>
    public int Column { get; } = column;

    /// <summary>Whether its own sum of squares vanishes.</summary>
    public bool IsConstant { get; } = isConstant;
}

/// <summary>
/// A beta = c for a symmetric positive definite A: Cholesky after scaling the diagonal to one, then two steps of refinement with residuals in twice
/// the digits, so beta is right to the last places unless the condition number passes 1e12. Never an inverse.
/// </summary>
public sealed class NormalEquations
{
    /// <summary>A pivot below this share of its diagonal element counts as zero.</summary>
    public const double PivotTolerance = 1e-12;

    private readonly int _k;
    private readonly DoubleDouble[] _a;
    private readonly double[] _factor;
    private readonly double[] _scale;

    /// <summary>Factors A.</summary>
    /// <param name="a">Row-major k x k, symmetric.</param>
    /// <param name="k">Order.</param>
    /// <param name="smallestDiagonal">A diagonal element at or below this counts as zero.</param>
    /// <exception cref="SingularDesignException">A pivot vanishes.</exception>
    public NormalEquations(DoubleDouble[] a, int k, double smallestDiagonal)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Length, k * k, nameof(a));
        _k = k;
        _a = a;
        _factor = new double[k * k];
        _scale = new double[k];
        for (int i = 0; i < k; i++)
        {
            double diagonal = a[(i * k) + i].High;
            if (!(diagonal > smallestDiagonal)) throw new SingularDesignException(i, isConstant: true);
            _scale[i] = double.ScaleB(1, -(Math.ILogB(diagonal) >> 1)); // a power of two: scaling itself rounds nothing
        }

        for (int j = 0; j < k; j++)
        {
            for (int i = j; i < k; i++)
            {
                DoubleDouble rest = a[(i * k) + j] * _scale[i] * _scale[j];
                for (int m = 0; m < j; m++) rest -= DoubleDouble.Product(_factor[(i * k) + m], _factor[(j * k) + m]);
                if (i == j)
                {
                    double whole = a[(j * k) + j].High * _scale[j] * _scale[j];
                    if (!(rest.High > PivotTolerance * whole)) throw new SingularDesignException(j, isConstant: false);
                    _factor[(j * k) + j] = Math.Sqrt(rest.High);
                }
                else
                {
                    _factor[(i * k) + j] = rest.High / _factor[(j * k) + j];
                }
            }
        }
    }

    /// <summary>Solves for one right-hand side.</summary>
    public void Solve(ReadOnlySpan<DoubleDouble> c, Span<double> beta)
    {
        Span<double> step = stackalloc double[_k];
        for (int i = 0; i < _k; i++) step[i] = c[i].High;
        Substitute(step);
        step.CopyTo(beta);
        for (int refinement = 0; refinement < 2; refinement++)
        {
            for (int i = 0; i < _k; i++)
            {
                DoubleDouble rest = c[i];
                for (int j = 0; j < _k; j++) rest -= _a[(i * _k) + j] * beta[j];
                step[i] = rest.High;
            }

            Substitute(step);
            for (int i = 0; i < _k; i++) beta[i] += step[i];
        }
    }

    /// <summary>Solves in plain double precision, in place, without refinement: for traces and other numbers that need no last digit.</summary>
    public void SolveOnce(Span<double> vector) => Substitute(vector);

    /// <summary>
    /// The residual sum of squares q - 2 beta'c + beta'A beta: to first order insensitive to an error in beta. Never below zero.
    /// </summary>
    public double ResidualSquares(DoubleDouble q, ReadOnlySpan<DoubleDouble> c, ReadOnlySpan<double> beta) => ResidualSquares(_a, _k, q, c, beta);

    /// <summary>The same for any A, so also where beta solves other equations than A's.</summary>
    public static double ResidualSquares(ReadOnlySpan<DoubleDouble> a, int k, DoubleDouble q, ReadOnlySpan<DoubleDouble> c, ReadOnlySpan<double> beta)
    {
        DoubleDouble squares = q;
        for (int i = 0; i < k; i++)
        {
            DoubleDouble row = c[i] * -2.0;
            for (int j = 0; j < k; j++) row += a[(i * k) + j] * beta[j];
            squares += row * beta[i];
        }

        return Math.Max(squares.High, 0);
    }

    private void Substitute(Span<double> vector)
    {
        for (int i = 0; i < _k; i++)
        {
            double rest = vector[i] * _scale[i];
            for (int m = 0; m < i; m++) rest -= _factor[(i * _k) + m] * vector[m];
            vector[i] = rest / _factor[(i * _k) + i];
        }

        for (int i = _k - 1; i >= 0; i--)
        {
            double rest = vector[i];
            for (int m = i + 1; m < _k; m++) rest -= _factor[(m * _k) + i] * vector[m];
            vector[i] = rest / _factor[(i * _k) + i];
        }

        for (int i = 0; i < _k; i++) vector[i] *= _scale[i];
    }
}
