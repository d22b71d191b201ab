using Federated.Statistics.Kernels;

namespace Federated.Statistics.Regression;

/// <summary>
/// Newton's method for the maximum of a concave log likelihood, told sums and asked where to look next. A pure function of what it was told: the same sums,
/// the same path. Steps that lose likelihood are halved.
/// </summary>
public sealed class NewtonSearch
{
    /// <summary>Points looked at before giving up.</summary>
    public const int MostPoints = 60;

    // The squared length of a step in standard errors. At 1e-18 the next step would change no coefficient by 1e-9 of its standard error, and the last is taken.
    private const double SmallestDecrement = 1e-18;

    // Where the deviance is known to its last digits only, it may rise by rounding.
    private const double DevianceSlack = 1e-10;

    // Newton's steps shrink ever faster to a finite maximum, but by a constant factor (1/e) towards one at infinity.
    private const double SlowRatio = 0.05;
    private const int SlowPoints = 4;
    private const int FirstSuspicion = 8;

    // Below this share of its own curvature a pivot is rounding.
    private const double VanishingPivot = 1e-13;

    private double[]? _accepted;
    private double _deviance = double.PositiveInfinity;
    private double _decrement = double.PositiveInfinity;
    private int _slow;

    /// <summary>Starts at beta.</summary>
    public NewtonSearch(double[] start) => Beta = start;

    /// <summary>Where to look next; once converged, the maximum.</summary>
    public double[] Beta { get; private set; }

    /// <summary>Whether the maximum is found.</summary>
    public bool Converged { get; private set; }

    /// <summary>The squared length of the last step in standard errors.</summary>
    public double Decrement => _decrement;

    /// <summary>Points looked at.</summary>
    public int Points { get; private set; }

    /// <summary>The last step.</summary>
    public double[] Step { get; private set; } = [];

    /// <summary>The factored curvature at the last accepted point.</summary>
    public SymmetricFactor? Curvature { get; private set; }

    /// <summary>Whether the way looks like one to infinity: the steps shrink too slowly, or the curvature has vanished in some direction.</summary>
    public bool LooksSeparated { get; private set; }

    /// <summary>What was found at <see cref="Beta"/>.</summary>
    /// <param name="beyond">Whether the point was too far to be looked at.</param>
    /// <param name="deviance">Deviance there.</param>
    /// <param name="gradient">k.</param>
    /// <param name="curvature">Row-major k x k.</param>
    public void Take(bool beyond, double deviance, ReadOnlySpan<DoubleDouble> gradient, ReadOnlySpan<DoubleDouble> curvature)
    {
        Points++;
        bool worse = !(deviance <= _deviance + (DevianceSlack * (Math.Abs(_deviance) + 1)));
        if (beyond || (_accepted is not null && worse))
        {
            double[] from = _accepted ?? new double[Beta.Length];
            Beta = [.. Beta.Select((b, j) => from[j] + ((b - from[j]) / 2))];
            return;
        }

        int k = Beta.Length;
        double[] smallest = new double[k];
        for (int j = 0; j < k; j++) smallest[j] = VanishingPivot * curvature[(j * k) + j].High;
        SymmetricFactor factor = SymmetricFactor.Of(curvature, smallest);
        DoubleDouble[] step = factor.Solve(gradient);
        DoubleDouble decrement = DoubleDouble.Zero;
        for (int j = 0; j < k; j++) decrement += gradient[j] * step[j];

        _slow = Points > FirstSuspicion && decrement.High > SlowRatio * _decrement ? _slow + 1 : 0;
        LooksSeparated = _slow >= SlowPoints || factor.Rank < k;
        (_accepted, _deviance, _decrement) = (Beta, deviance, decrement.High);
        Curvature = factor;
        Step = [.. step.Select(s => s.High)];
        Converged = factor.Rank == k && decrement.High <= SmallestDecrement;
        Beta = [.. Beta.Select((b, j) => (step[j] + b).High)];
    }
}
