namespace Federated.Imaging.Radiomics;

/// <summary>Interpolating cubic B-splines: M. Unser, "Splines: a perfect fit for signal and image processing", IEEE Signal Processing Magazine 16(6), 1999.</summary>
internal static class CubicSpline
{
    /// <summary>Voxels after which a coefficient no longer feels a value: |pole|^40 is below 1e-22.</summary>
    public const int Reach = 40;

    private static readonly double Pole = Math.Sqrt(3) - 2;

    /// <summary>The four weights of coefficients floor(x)-1 ... floor(x)+2 at fractional position <paramref name="t"/>.</summary>
    public static void Weights(double t, Span<double> weights)
    {
        double s = 1 - t;
        weights[0] = s * s * s / 6;
        weights[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
        weights[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
        weights[3] = t * t * t / 6;
    }

    /// <summary>The voxel that stands for <paramref name="index"/> when the axis is mirrored at its outermost voxel centres.</summary>
    public static int Mirror(int index, int count)
    {
        if (count == 1) return 0;
        int period = 2 * (count - 1);
        int folded = ((index % period) + period) % period;
        return folded < count ? folded : period - folded;
    }

    /// <summary>Replaces values by spline coefficients along one axis, in place.</summary>
    /// <param name="values">The array.</param>
    /// <param name="count">Voxels of the axis.</param>
    /// <param name="stride">Distance of neighbours on the axis; all voxels of one plane (stride entries) are done together.</param>
    public static void Prefilter(double[] values, int count, int stride)
    {
        if (count == 1) return;
        int planes = values.Length / (count * stride);
        double gain = (1 - Pole) * (1 - 1 / Pole);
        int horizon = Math.Min(count, Reach);
        double[] start = new double[stride];
        for (int p = 0; p < planes; p++)
        {
            Span<double> block = values.AsSpan(p * count * stride, count * stride);
            for (int i = 0; i < block.Length; i++) block[i] *= gain;

            // Causal start: the geometric sum over the mirrored signal, exact for short axes, converged for long ones.
            Array.Clear(start);
            if (horizon < count)
            {
                double power = 1;
                for (int k = 0; k < horizon; k++, power *= Pole) Accumulate(start, block.Slice(k * stride, stride), power);
            }
            else
            {
                double power = 1;
                int period = 2 * (count - 1);
                double total = 1 / (1 - Math.Pow(Pole, period));
                for (int k = 0; k < period; k++, power *= Pole) Accumulate(start, block.Slice(Mirror(k, count) * stride, stride), power * total);
            }

            start.AsSpan().CopyTo(block);
            for (int k = 1; k < count; k++) Accumulate(block.Slice(k * stride, stride), block.Slice((k - 1) * stride, stride), Pole);

            Span<double> last = block.Slice((count - 1) * stride, stride);
            Span<double> before = block.Slice((count - 2) * stride, stride);
            double scale = Pole / (Pole * Pole - 1);
            for (int i = 0; i < stride; i++) last[i] = scale * (last[i] + Pole * before[i]);
            for (int k = count - 2; k >= 0; k--)
            {
                Span<double> here = block.Slice(k * stride, stride);
                Span<double> next = block.Slice((k + 1) * stride, stride);
                for (int i = 0; i < stride; i++) here[i] = Pole * (next[i] - here[i]);
            }
        }
    }

    private static void Accumulate(Span<double> target, ReadOnlySpan<double> source, double factor)
    {
        for (int i = 0; i < target.Length; i++) target[i] += factor * source[i];
    }
}
