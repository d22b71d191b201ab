namespace Federated.Statistics.Harmonization.Smoothing;

/// <summary>
/// Cubic B-splines of one covariate over agreed bounds (de Boor, A Practical Guide to Splines, 1978, chapter IX). Together the functions add up to one
/// everywhere; the first is left out, because the batches' own levels take up its place. Knots are public, so every site builds the same columns from
/// its own values.
/// </summary>
public sealed class CubicSpline
{
    private const int Degree = 3;

    private readonly double[] _knots;

    /// <summary>A spline with these knots.</summary>
    /// <param name="lower">Lower bound.</param>
    /// <param name="upper">Upper bound.</param>
    /// <param name="interior">Knots between them, ascending; none may repeat.</param>
    /// <exception cref="ArgumentException">The bounds and knots do not ascend.</exception>
    public CubicSpline(double lower, double upper, ReadOnlySpan<double> interior)
    {
        _knots = new double[interior.Length + (2 * (Degree + 1))];
        _knots.AsSpan(0, Degree + 1).Fill(lower);
        interior.CopyTo(_knots.AsSpan(Degree + 1));
        _knots.AsSpan(interior.Length + Degree + 1).Fill(upper);
        for (int i = Degree; i < interior.Length + Degree + 1; i++)
            if (!(_knots[i] < _knots[i + 1]) || !double.IsFinite(_knots[i + 1] - _knots[i])) throw new ArgumentException("Bounds and knots of a spline ascend.", nameof(interior));
    }

    /// <summary>Columns: one less than there are functions, and three more than there are interior knots.</summary>
    public int Columns => Functions - 1;

    private int Functions => _knots.Length - Degree - 1;

    /// <summary>A spline whose interior knots are evenly spaced.</summary>
    /// <param name="lower">Lower bound.</param>
    /// <param name="upper">Upper bound.</param>
    /// <param name="functions">Functions, the one left out included; at least 4.</param>
    public static CubicSpline Even(double lower, double upper, int functions)
    {
        int interior = functions - Degree - 1;
        return new CubicSpline(lower, upper, [.. Enumerable.Range(1, interior).Select(i => lower + ((upper - lower) * i / (interior + 1)))]);
    }

    /// <summary>The columns at one value of the covariate, each from 0 to 1. A value beyond a bound counts as the bound.</summary>
    /// <param name="x">The value.</param>
    /// <param name="columns">Filled; length <see cref="Columns"/>.</param>
    public void Evaluate(double x, Span<double> columns)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns.Length, Columns, nameof(columns));
        double inside = Math.Clamp(x, _knots[0], _knots[^1]);
        int span = SpanOf(inside);
        for (int i = 1; i < Functions; i++) columns[i - 1] = i < span - Degree || i > span ? 0 : Value(i, Degree, span, inside);
    }

    /// <summary>
    /// The roughness of a curve with coefficients b is b' S b, the integral of its squared second derivative; this is S, row-major, in covariate units
    /// to the power -3. Exact: second derivatives are straight lines between knots, and two Gauss points integrate their products.
    /// </summary>
    public double[] Roughness()
    {
        int columns = Columns;
        double[] roughness = new double[columns * columns], second = new double[columns];
        for (int span = Degree; span < Functions; span++)
        {
            double half = (_knots[span + 1] - _knots[span]) / 2, middle = _knots[span] + half;
            foreach (double side in (ReadOnlySpan<double>)[-1 / Math.Sqrt(3), 1 / Math.Sqrt(3)])
            {
                double x = middle + (side * half);
                for (int i = 1; i < Functions; i++) second[i - 1] = i < span - Degree || i > span ? 0 : Derivative(i, Degree, 2, span, x);
                for (int i = 0; i < columns; i++)
                    for (int j = 0; j < columns; j++) roughness[(i * columns) + j] += half * second[i] * second[j];
            }
        }

        return roughness;
    }

    private int SpanOf(double x)
    {
        int span = Degree;
        while (span + 1 < Functions && x >= _knots[span + 1]) span++;
        return span;
    }

    /// <summary>B-spline i of a degree on a span between knots: the Cox-de Boor recursion, 0/0 counting as 0.</summary>
    private double Value(int i, int degree, int span, double x)
    {
        if (degree == 0) return i == span ? 1 : 0;
        double left = _knots[i + degree] - _knots[i], right = _knots[i + degree + 1] - _knots[i + 1];
        return (left > 0 ? (x - _knots[i]) / left * Value(i, degree - 1, span, x) : 0)
            + (right > 0 ? (_knots[i + degree + 1] - x) / right * Value(i + 1, degree - 1, span, x) : 0);
    }

    private double Derivative(int i, int degree, int order, int span, double x)
    {
        if (order == 0) return Value(i, degree, span, x);
        double left = _knots[i + degree] - _knots[i], right = _knots[i + degree + 1] - _knots[i + 1];
        return degree * ((left > 0 ? Derivative(i, degree - 1, order - 1, span, x) / left : 0) - (right > 0 ? Derivative(i + 1, degree - 1, order - 1, span, x) / right : 0));
    }
}
