namespace Federated.Imaging.Radiomics;

/// <summary>
/// Where the voxels of a new axis lie on the old one, and how old voxels are weighted to reach them. The centres of both grids coincide and the new grid has
/// ceil(extent / spacing) voxels (IBSI reference manual, section 2.4); beyond the outermost voxel centre the image goes on with its outermost value.
/// </summary>
internal sealed class AxisSampling
{
    private AxisSampling(int count, double spacing, int taps, int[] sources, double[] weights)
    {
        Count = count;
        Spacing = spacing;
        Taps = taps;
        Sources = sources;
        Weights = weights;
    }

    /// <summary>Voxels of the new axis.</summary>
    public int Count { get; }

    /// <summary>Spacing of the new axis in millimetres.</summary>
    public double Spacing { get; }

    /// <summary>Old voxels that each new voxel uses.</summary>
    public int Taps { get; }

    /// <summary>Old voxel of (new voxel, tap): Count x Taps; may lie beyond the old axis, whose outermost values go on there.</summary>
    public int[] Sources { get; }

    /// <summary>Weight of (new voxel, tap): Count x Taps.</summary>
    public double[] Weights { get; }

    /// <summary>Whether new voxels are the old ones.</summary>
    public bool Copies { get; private init; }

    /// <summary>Samples an axis anew.</summary>
    /// <param name="oldCount">Voxels of the old axis.</param>
    /// <param name="oldSpacing">Old spacing in millimetres.</param>
    /// <param name="newSpacing">New spacing in millimetres.</param>
    /// <param name="interpolator">Method; the weights of <see cref="Interpolator.CubicSpline"/> apply to spline coefficients.</param>
    public static AxisSampling To(int oldCount, double oldSpacing, double newSpacing, Interpolator interpolator)
    {
        double step = newSpacing / oldSpacing;
        // A quotient that is whole but for rounding must not gain a voxel.
        double extent = oldCount / step;
        double size = Math.Max(1, Math.Ceiling(extent - 1e-9 * Math.Max(1, extent)));
        if (size > 1 << 20) throw new RadiomicsException($"An interpolation from {oldSpacing} to {newSpacing} mm would make {size} voxels along an axis: choose a larger spacing.");
        int count = (int)size;
        double origin = 0.5 * (oldCount - 1) - 0.5 * (count - 1) * step;
        int taps = interpolator switch { Interpolator.Nearest => 1, Interpolator.Linear => 2, _ => 4 };
        int[] sources = new int[count * taps];
        double[] weights = new double[count * taps];
        Span<double> w = stackalloc double[4];
        for (int i = 0; i < count; i++)
        {
            double position = origin + i * step;
            int below = (int)Math.Floor(position);
            double fraction = position - below;
            int first = below;
            switch (interpolator)
            {
                case Interpolator.Nearest:
                    first = Math.Min((int)Math.Floor(position + 0.5), oldCount - 1);
                    w[0] = 1;
                    break;
                case Interpolator.Linear:
                    w[0] = 1 - fraction;
                    w[1] = fraction;
                    break;
                default:
                    first = below - 1;
                    CubicSpline.Weights(fraction, w);
                    break;
            }

            for (int t = 0; t < taps; t++)
            {
                sources[i * taps + t] = first + t;
                weights[i * taps + t] = w[t];
            }
        }

        return new AxisSampling(count, newSpacing, taps, sources, weights);
    }

    /// <summary>An axis left as it is.</summary>
    public static AxisSampling Unchanged(int count, double spacing)
    {
        double[] weights = new double[count];
        Array.Fill(weights, 1);
        return new AxisSampling(count, spacing, 1, [.. Enumerable.Range(0, count)], weights) { Copies = true };
    }

    /// <summary>The part of this sampling for new voxels [first, first + count), with old voxels renumbered from <paramref name="oldFirst"/>.</summary>
    public AxisSampling Part(int first, int count, int oldFirst)
    {
        int[] sources = Sources[(first * Taps)..((first + count) * Taps)];
        for (int i = 0; i < sources.Length; i++) sources[i] -= oldFirst;
        return new AxisSampling(count, Spacing, Taps, sources, Weights[(first * Taps)..((first + count) * Taps)]) { Copies = Copies };
    }

    /// <summary>Smallest and largest old voxel used by new voxels [first, last].</summary>
    public (int Min, int Max) Support(int first, int last)
    {
        ReadOnlySpan<int> used = Sources.AsSpan(first * Taps, (last - first + 1) * Taps);
        int min = int.MaxValue, max = int.MinValue;
        foreach (int source in used)
        {
            min = Math.Min(min, source);
            max = Math.Max(max, source);
        }

        return (min, max);
    }
}
