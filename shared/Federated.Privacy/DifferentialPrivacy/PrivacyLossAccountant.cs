using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>Two numbers between which the true one lies.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
public readonly record struct PrivacyBracket(double Lower, double Upper);

/// <summary>
/// Privacy loss distributions of Gaussian releases under Poisson sampling, one patient added or removed: epsilon between two bounds that close in on the truth, where
/// the Rényi accountant gives an upper bound only. Losses of the releases are put on a grid from above and from below, composed by fast Fourier transform
/// (Koskela et al. 2020), and what lies outside the window is bounded by Chernoff's inequality and charged to the bound it would harm.
/// </summary>
public static class PrivacyLossAccountant
{
    private const int LeastSize = 1 << 14;
    private const int LargestSize = 1 << 21;

    /// <summary>Epsilon at this delta; the grid is refined until the bounds are within the relative precision or the grid has two million points.</summary>
    public static PrivacyBracket Epsilon(IReadOnlyList<GaussianReleases> releases, double delta, double precision = 1e-3)
    {
        if (delta is <= 0 or >= 1) throw new ArgumentOutOfRangeException(nameof(delta), delta, "Delta lies between 0 and 1.");
        return Refine(releases, delta * 1e-6, precision, (losses, upper) => losses.Epsilon(delta, upper));
    }

    /// <summary>Delta at this epsilon, likewise.</summary>
    public static PrivacyBracket Delta(IReadOnlyList<GaussianReleases> releases, double epsilon, double precision = 1e-3)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        return Refine(releases, 1e-15, precision, (losses, upper) => losses.Delta(epsilon, upper));
    }

    /// <summary>The smallest noise multiplier whose upper bound stays within (epsilon, delta).</summary>
    public static double SigmaFor(double epsilon, double delta, double samplingRate, long releases)
    {
        return Search.Decreasing(s => Epsilon([new GaussianReleases(s, samplingRate, releases)], delta, precision: 2e-4).Upper, epsilon, relativePrecision: 1e-5);
    }

    private static PrivacyBracket Refine(IReadOnlyList<GaussianReleases> releases, double tail, double precision, Func<ComposedLosses, bool, double> read)
    {
        ArgumentNullException.ThrowIfNull(releases);
        foreach (GaussianReleases release in releases) release.Validate();
        GaussianReleases[] real = [.. releases.Where(r => r.Releases > 0 && r.SamplingRate > 0)];
        if (real.Length == 0) return new PrivacyBracket(0, 0);
        double window = Window(real, tail);
        PrivacyBracket bracket = default;
        for (int size = LeastSize; size <= LargestSize; size *= 4)
        {
            double step = window / size;
            (double lower, double upper) = (0, 0);
            foreach (bool removal in (bool[])[true, false])
            {
                upper = Math.Max(upper, read(Compose(real, step, size, tail, removal, pessimistic: true), true));
                lower = Math.Max(lower, read(Compose(real, step, size, tail, removal, pessimistic: false), false));
            }

            bracket = new PrivacyBracket(Math.Min(lower, upper), upper);
            if (upper - lower <= precision * upper) break;
        }

        return bracket;
    }

    /// <summary>A width of losses that holds nearly all of the composed mass, from the Rényi moments of both tails.</summary>
    private static double Window(GaussianReleases[] releases, double tail)
    {
        double reach = double.PositiveInfinity;
        foreach (double order in RenyiAccountant.DefaultOrders)
        {
            // P(loss > x) <= exp((order - 1) (divergence - x)) under the first hypothesis.
            double divergence = 0;
            foreach (GaussianReleases r in releases) divergence += r.Releases * RenyiAccountant.Divergence(r.Sigma, r.SamplingRate, order);
            reach = Math.Min(reach, divergence - (Math.Log(tail) / (order - 1)));
        }

        return 2.5 * reach;
    }

    private static ComposedLosses Compose(GaussianReleases[] releases, double step, int size, double tail, bool removal, bool pessimistic)
    {
        var product = new Complex[size];
        Array.Fill(product, Complex.One);
        var grids = new List<(PrivacyLossGrid Grid, long Releases)>();
        foreach (GaussianReleases r in releases)
        {
            double single = Math.Max(1e-300, tail * 1e-3 / r.Releases);
            (PrivacyLossGrid remove, PrivacyLossGrid add) = pessimistic
                ? PrivacyLossGrid.Pessimistic(r.Sigma, r.SamplingRate, step, single)
                : PrivacyLossGrid.Optimistic(r.Sigma, r.SamplingRate, step, single);
            PrivacyLossGrid grid = removal ? remove : add;
            grids.Add((grid, r.Releases));
            var transform = new Complex[size];
            for (int i = 0; i < grid.Masses.Length; i++) transform[Wrap(grid.First + (long)i, size)] += grid.Masses[i];
            Fourier.Forward(transform, FourierOptions.AsymmetricScaling);
            for (int i = 0; i < size; i++) product[i] *= Power(transform[i], r.Releases);
        }

        Fourier.Inverse(product, FourierOptions.AsymmetricScaling);
        return ComposedLosses.From(product, grids, step);
    }

    private static int Wrap(long index, int size) => (int)(((index % size) + size) % size);

    /// <summary>By squaring: the relative error grows with the exponent, and it matters only where the modulus is still near one.</summary>
    private static Complex Power(Complex value, long exponent)
    {
        Complex result = Complex.One;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) == 1) result *= value;
            value *= value;
        }

        return result;
    }
}
