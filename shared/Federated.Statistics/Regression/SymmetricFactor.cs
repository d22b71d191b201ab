using System.Collections.Immutable;
using Federated.Statistics.Kernels;

namespace Federated.Statistics.Regression;

/// <summary>
/// A = L D L' of a symmetric matrix of sums, in twice the digits of a double and in the given order of columns. A column that adds nothing to those before it
/// (its pivot vanishes) is aliased: it is left out, as R's lm and glm leave out the later of two collinear columns.
/// </summary>
public sealed class SymmetricFactor
{
    private readonly DoubleDouble[] _lower; // k x k, unit diagonal not stored
    private readonly DoubleDouble[] _pivot;
    private readonly int _k;

    private SymmetricFactor(int k)
    {
        _k = k;
        _lower = new DoubleDouble[k * k];
        _pivot = new DoubleDouble[k];
    }

    /// <summary>Columns that carry nothing of their own, ascending.</summary>
    public ImmutableArray<int> Aliased { get; private set; } = [];

    /// <summary>Columns that remain.</summary>
    public int Rank => _k - Aliased.Length;

    /// <summary>Factors A.</summary>
    /// <param name="a">Row-major k x k, symmetric.</param>
    /// <param name="smallest">Per column: a pivot at or below this counts as zero.</param>
    public static SymmetricFactor Of(ReadOnlySpan<DoubleDouble> a, ReadOnlySpan<double> smallest)
    {
        int k = smallest.Length;
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Length, k * k, nameof(a));
        var factor = new SymmetricFactor(k);
        var aliased = ImmutableArray.CreateBuilder<int>();
        DoubleDouble[] row = new DoubleDouble[k];
        for (int i = 0; i < k; i++)
        {
            // row[j] = L_ij D_j, so that the products of two rows need one multiplication each
            DoubleDouble pivot = a[(i * k) + i];
            for (int j = 0; j < i; j++)
            {
                if (factor.IsZero(j)) continue;
                DoubleDouble rest = a[(i * k) + j];
                for (int m = 0; m < j; m++)
                    if (!factor.IsZero(m)) rest -= row[m] * factor._lower[(j * k) + m];
                row[j] = rest;
                factor._lower[(i * k) + j] = Quotient(rest, factor._pivot[j]);
                pivot -= rest * factor._lower[(i * k) + j];
            }

            if (pivot.High > smallest[i]) factor._pivot[i] = pivot;
            else aliased.Add(i);
        }

        factor.Aliased = aliased.ToImmutable();
        return factor;
    }

    /// <summary>Whether the column was left out.</summary>
    public bool IsZero(int column) => _pivot[column].High == 0;

    /// <summary>Logarithm of the determinant of A without its aliased columns.</summary>
    public double LogDeterminant => Summation.Sum([.. _pivot.Where(p => p.High > 0).Select(p => Math.Log(p.High))]);

    /// <summary>Solves A x = c; aliased columns get zero.</summary>
    public DoubleDouble[] Solve(ReadOnlySpan<DoubleDouble> c)
    {
        var x = new DoubleDouble[_k];
        for (int i = 0; i < _k; i++)
        {
            if (IsZero(i)) continue;
            DoubleDouble rest = c[i];
            for (int j = 0; j < i; j++) rest -= _lower[(i * _k) + j] * x[j];
            x[i] = rest;
        }

        for (int i = _k - 1; i >= 0; i--)
        {
            if (IsZero(i)) continue;
            DoubleDouble rest = Quotient(x[i], _pivot[i]);
            for (int j = i + 1; j < _k; j++)
                if (!IsZero(j)) rest -= _lower[(j * _k) + i] * x[j];
            x[i] = rest;
        }

        return x;
    }

    /// <summary>The inverse, row-major k x k; rows and columns of aliased columns are zero.</summary>
    public DoubleDouble[] Inverse()
    {
        var inverse = new DoubleDouble[_k * _k];
        var unit = new DoubleDouble[_k];
        for (int i = 0; i < _k; i++)
        {
            if (IsZero(i)) continue;
            unit[i] = 1;
            DoubleDouble[] column = Solve(unit);
            unit[i] = DoubleDouble.Zero;
            for (int j = 0; j < _k; j++) inverse[(j * _k) + i] = column[j];
        }

        return inverse;
    }

    private static DoubleDouble Quotient(DoubleDouble dividend, DoubleDouble divisor)
    {
        double first = dividend.High / divisor.High;
        DoubleDouble rest = dividend - (divisor * first);
        return DoubleDouble.Sum(first, rest.High / divisor.High);
    }
}
