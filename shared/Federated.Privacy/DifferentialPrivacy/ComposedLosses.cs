using System.Numerics;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>Masses of the total loss on a window of the grid, and how much probability may be missing from it or misplaced in it.</summary>
internal sealed class ComposedLosses
{
    private readonly double[] _masses;
    private readonly long _first;
    private readonly double _step;
    private readonly double _infinite;
    private readonly double _misplaced;

    private ComposedLosses(double[] masses, long first, double step, double infinite, double misplaced)
    {
        _masses = masses;
        _first = first;
        _step = step;
        _infinite = infinite;
        _misplaced = misplaced;
    }

    /// <summary>Reads a circular convolution as the window of its length around the mean.</summary>
    public static ComposedLosses From(Complex[] circular, IReadOnlyList<(PrivacyLossGrid Grid, long Releases)> grids, double step)
    {
        int size = circular.Length;
        double mean = 0, kept = 0;
        foreach ((PrivacyLossGrid grid, long releases) in grids)
        {
            double total = 0, mass = 0;
            for (int i = 0; i < grid.Masses.Length; i++)
            {
                total += grid.Masses[i] * (grid.First + (double)i);
                mass += grid.Masses[i];
            }

            mean += releases * total / mass;
            kept += releases * RenyiAccountant.LogOnePlus(-Math.Min(grid.Infinite, 0.5));
        }

        // Losses fall off more slowly upwards: two thirds of the window lie above the mean.
        long first = (long)Math.Round(mean) - (size / 3);
        double[] masses = new double[size];
        double noise = 0;
        for (int i = 0; i < size; i++)
        {
            double value = circular[(int)((((first + i) % size) + size) % size)].Real;
            if (value < 0) noise -= value; // true masses are not negative: these measure the rounding of the transform
            masses[i] = Math.Max(0, value);
        }

        double outside = Outside(grids, first, first + size - 1, step);
        return new ComposedLosses(masses, first, step, -RenyiAccountant.ExpMinusOne(kept), outside + (2 * noise));
    }

    /// <summary>Delta at an epsilon: the sum of mass (1 - exp(epsilon - loss)) over larger losses.</summary>
    public double Delta(double epsilon, bool upper)
    {
        double delta = Correction(upper);
        for (int i = _masses.Length - 1; i >= 0 && Loss(i) > epsilon; i--) delta += _masses[i] * -RenyiAccountant.ExpMinusOne(epsilon - Loss(i));
        return Math.Clamp(delta, 0, 1);
    }

    /// <summary>The smallest epsilon, not below zero, whose delta is within the one given.</summary>
    public double Epsilon(double delta, bool upper)
    {
        double correction = Correction(upper);
        if (correction >= delta) return double.PositiveInfinity;
        // For epsilon just below the loss of point i, delta = correction + above - exp(epsilon) * weighted, sums over the points from i on.
        double above = 0, weighted = 0;
        for (int i = _masses.Length - 1; i >= 0; i--)
        {
            double loss = Loss(i);
            if (loss < 0) break;
            double here = correction + above - (Math.Exp(loss) * weighted);
            if (here > delta) return Math.Log((correction + above - delta) / weighted);
            above += _masses[i];
            weighted += _masses[i] * Math.Exp(-loss);
        }

        return correction + above - weighted > delta ? Math.Log((correction + above - delta) / weighted) : 0;
    }

    private double Loss(int i) => (_first + i) * _step;

    private double Correction(bool upper) => upper ? _infinite + _misplaced : -_misplaced;

    /// <summary>Chernoff's bound on the probability that the total leaves [from, to]: E[exp(t loss)] is a product over releases.</summary>
    private static double Outside(IReadOnlyList<(PrivacyLossGrid Grid, long Releases)> grids, long from, long to, double step)
    {
        double above = 1, below = 1;
        for (double order = 0.125; order <= 128; order *= 2)
        {
            double t = order * step;
            double up = -t * to, down = t * from;
            foreach ((PrivacyLossGrid grid, long releases) in grids)
            {
                up += releases * LogMoment(grid, t);
                down += releases * LogMoment(grid, -t);
            }

            above = Math.Min(above, Math.Exp(up));
            below = Math.Min(below, Math.Exp(down));
        }

        return above + below;
    }

    /// <summary>log E[exp(t i)] over grid indices i.</summary>
    private static double LogMoment(PrivacyLossGrid grid, double t)
    {
        double largest = t > 0 ? t * (grid.First + grid.Masses.Length - 1) : t * grid.First;
        double sum = 0;
        for (int i = 0; i < grid.Masses.Length; i++) sum += grid.Masses[i] * Math.Exp((t * (grid.First + (double)i)) - largest);
        return largest + Math.Log(sum);
    }
}
