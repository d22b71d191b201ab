namespace Federated.Imaging.Radiomics;

/// <summary>An image cut around its region, interpolated and re-segmented: what all families measure.</summary>
/// <param name="Grid">Grid of the three arrays.</param>
/// <param name="Intensities">Intensities, also outside the region.</param>
/// <param name="Morphological">The region's shape.</param>
/// <param name="Intensity">The voxels left by re-segmentation; a subset of <paramref name="Morphological"/>, never empty.</param>
internal sealed record PreparedRegion(VoxelGrid Grid, double[] Intensities, bool[] Morphological, bool[] Intensity)
{
    /// <summary>Radius in millimetres of the sphere of one cubic centimetre, (3 / (4 pi))^(1/3) cm.</summary>
    public static readonly double PeakRadius = 10 * Math.Cbrt(3 / (4 * Math.PI));

    /// <summary>Prepares a region.</summary>
    /// <param name="grid">The image's grid.</param>
    /// <param name="image">Intensities, one per voxel.</param>
    /// <param name="mask">Region, one per voxel.</param>
    /// <param name="settings">Interpolation and re-segmentation.</param>
    /// <exception cref="RadiomicsException">The region is empty before or after a step, or an intensity in reach of it is not finite.</exception>
    public static PreparedRegion From(VoxelGrid grid, ReadOnlySpan<float> image, ReadOnlySpan<bool> mask, ExtractionSettings settings)
    {
        grid.Validate();
        settings.Validate();
        if (image.Length != grid.Count || mask.Length != grid.Count)
            throw new RadiomicsException($"Image ({image.Length} voxels) and region ({mask.Length}) do not fit the grid of {grid.Count} voxels: give both on one grid.");
        Box region = Box.Around(mask, grid) ?? throw new RadiomicsException("The region has no voxel: check that it was drawn on this image.");

        PreparedRegion interpolated = Interpolated(grid, image, mask, region, settings.Interpolation);
        return interpolated with { Intensity = Resegmented(interpolated, settings.Resegmentation) };
    }

    /// <summary>The same region without its surroundings.</summary>
    public PreparedRegion Tight()
    {
        Box box = Box.Around(Morphological, Grid)!.Value;
        VoxelGrid grid = Grid with { CountX = box.CountX, CountY = box.CountY, CountZ = box.CountZ };
        return new PreparedRegion(grid, box.Cut<double>(Intensities, Grid), box.Cut<bool>(Morphological, Grid), box.Cut<bool>(Intensity, Grid));
    }

    private static PreparedRegion Interpolated(VoxelGrid grid, ReadOnlySpan<float> image, ReadOnlySpan<bool> mask, Box region, Interpolation? interpolation)
    {
        AxisSampling[] byImage = Axes(grid, interpolation, interpolation?.Image ?? Interpolator.Nearest);
        AxisSampling[] byMask = Axes(grid, interpolation, interpolation?.Mask ?? Interpolator.Nearest);
        // New voxels that the region can reach, with the sphere of the local peak around them.
        (int First, int Last) x = Reached(byMask[0], region.X, region.CountX, interpolation?.Mask);
        (int First, int Last) y = Reached(byMask[1], region.Y, region.CountY, interpolation?.Mask);
        (int First, int Last) z = Reached(byMask[2], region.Z, region.CountZ, interpolation?.Mask);

        bool inSpace = interpolation?.SpacingZ is not null;
        bool splineImage = interpolation?.Image == Interpolator.CubicSpline, splineMask = interpolation?.Mask == Interpolator.CubicSpline;
        Box imageBox = Needed(byImage, x, y, z, splineImage, inSpace), maskBox = Needed(byMask, x, y, z, splineMask, inSpace);
        double[] intensities = Sample(Array.ConvertAll(imageBox.Cut(image, grid), v => (double)v), imageBox, byImage, x, y, z, splineImage, inSpace);
        double[] coverage = Sample(Array.ConvertAll(maskBox.Cut(mask, grid), inside => inside ? 1.0 : 0.0), maskBox, byMask, x, y, z, splineMask, inSpace);
        CheckFinite(intensities);
        if (interpolation is { RoundIntensities: true })
        {
            for (int i = 0; i < intensities.Length; i++) intensities[i] = Math.Round(intensities[i]);
        }

        // A voxel half covered belongs to the region, also when rounding left it a hair below one half.
        bool[] covered = Array.ConvertAll(coverage, c => c >= 0.5 - 1e-9);
        if (!covered.AsSpan().Contains(true)) throw new RadiomicsException("The region has no voxel left after interpolation: it is smaller than the new voxels; choose a finer spacing.");
        VoxelGrid sampled = new(x.Last - x.First + 1, y.Last - y.First + 1, z.Last - z.First + 1, byImage[0].Spacing, byImage[1].Spacing, byImage[2].Spacing);
        return new PreparedRegion(sampled, intensities, covered, covered);
    }

    private static AxisSampling[] Axes(VoxelGrid grid, Interpolation? to, Interpolator interpolator) => to is null
        ? [AxisSampling.Unchanged(grid.CountX, grid.SpacingX), AxisSampling.Unchanged(grid.CountY, grid.SpacingY), AxisSampling.Unchanged(grid.CountZ, grid.SpacingZ)]
        :
        [
            AxisSampling.To(grid.CountX, grid.SpacingX, to.SpacingX, interpolator),
            AxisSampling.To(grid.CountY, grid.SpacingY, to.SpacingY, interpolator),
            to.SpacingZ is { } z ? AxisSampling.To(grid.CountZ, grid.SpacingZ, z, interpolator) : AxisSampling.Unchanged(grid.CountZ, grid.SpacingZ),
        ];

    private static (int First, int Last) Reached(AxisSampling axis, int regionFirst, int regionCount, Interpolator? mask)
    {
        int slack = mask == Interpolator.CubicSpline ? 3 : 0;
        int first = int.MaxValue, last = -1;
        for (int i = 0; i < axis.Count; i++)
        {
            (int min, int max) = axis.Support(i, i);
            if (max < regionFirst - slack || min >= regionFirst + regionCount + slack) continue;
            first = Math.Min(first, i);
            last = i;
        }

        if (last < 0) throw new RadiomicsException("The region has no voxel left after interpolation: it is smaller than the new voxels; choose a finer spacing.");
        double margin = Math.Ceiling(PeakRadius / axis.Spacing);
        return (first - (int)Math.Min(first, margin), last + (int)Math.Min(axis.Count - 1 - last, margin));
    }

    private static Box Needed(AxisSampling[] axes, (int First, int Last) x, (int First, int Last) y, (int First, int Last) z, bool spline, bool inSpace)
    {
        int reach = spline ? CubicSpline.Reach : 0;
        (int x0, int x1) = Used(axes[0], x, reach);
        (int y0, int y1) = Used(axes[1], y, reach);
        (int z0, int z1) = Used(axes[2], z, inSpace ? reach : 0);
        return new Box(x0, y0, z0, x1 - x0 + 1, y1 - y0 + 1, z1 - z0 + 1);
    }

    private static double[] Sample(double[] values, Box box, AxisSampling[] axes, (int First, int Last) x, (int First, int Last) y, (int First, int Last) z, bool spline, bool inSpace)
    {
        if (spline)
        {
            CubicSpline.Prefilter(values, box.CountX, 1);
            CubicSpline.Prefilter(values, box.CountY, box.CountX);
            if (inSpace) CubicSpline.Prefilter(values, box.CountZ, box.CountX * box.CountY);
        }

        values = Along(values, box.CountX, 1, axes[0].Part(x.First, x.Last - x.First + 1, box.X));
        int countX = x.Last - x.First + 1;
        values = Along(values, box.CountY, countX, axes[1].Part(y.First, y.Last - y.First + 1, box.Y));
        return Along(values, box.CountZ, countX * (y.Last - y.First + 1), axes[2].Part(z.First, z.Last - z.First + 1, box.Z));
    }

    private static (int Min, int Max) Used(AxisSampling axis, (int First, int Last) part, int reach)
    {
        (int min, int max) = axis.Support(part.First, part.Last);
        return (min - reach, max + reach);
    }

    private static double[] Along(double[] values, int count, int stride, AxisSampling axis)
    {
        if (axis.Copies) return values;
        int planes = values.Length / (count * stride);
        double[] result = new double[planes * axis.Count * stride];
        for (int p = 0; p < planes; p++)
        {
            for (int i = 0; i < axis.Count; i++)
            {
                Span<double> target = result.AsSpan((p * axis.Count + i) * stride, stride);
                for (int t = 0; t < axis.Taps; t++)
                {
                    double weight = axis.Weights[i * axis.Taps + t];
                    // A weight of zero must not carry over the neighbour's value, which may be infinite.
                    if (weight == 0) continue;
                    ReadOnlySpan<double> source = values.AsSpan((p * count + axis.Sources[i * axis.Taps + t]) * stride, stride);
                    for (int k = 0; k < target.Length; k++) target[k] += weight * source[k];
                }
            }
        }

        return result;
    }

    private static void CheckFinite(double[] intensities)
    {
        foreach (double value in intensities)
        {
            if (!double.IsFinite(value)) throw new RadiomicsException("The image has a value that is not a finite number in or beside the region: mend the image before measuring.");
        }
    }

    private static bool[] Resegmented(PreparedRegion region, Resegmentation limits)
    {
        double lower = limits.Lower ?? double.NegativeInfinity, upper = limits.Upper ?? double.PositiveInfinity;
        bool[] kept = new bool[region.Morphological.Length];
        long count = Keep(lower, upper);
        if (limits.OutlierDeviations is { } deviations && count > 0)
        {
            double sum = 0, squares = 0;
            for (int i = 0; i < kept.Length; i++)
            {
                if (kept[i]) sum += region.Intensities[i];
            }

            double mean = sum / count;
            for (int i = 0; i < kept.Length; i++)
            {
                if (kept[i]) squares += (region.Intensities[i] - mean) * (region.Intensities[i] - mean);
            }

            double deviation = Math.Sqrt(squares / count);
            count = Keep(Math.Max(lower, mean - deviations * deviation), Math.Min(upper, mean + deviations * deviation));
        }

        if (count == 0) throw new RadiomicsException("No voxel of the region is within the re-segmentation limits: check the image's units and the range.");
        return kept;

        long Keep(double from, double to)
        {
            long n = 0;
            for (int i = 0; i < kept.Length; i++)
            {
                kept[i] = region.Morphological[i] && region.Intensities[i] >= from && region.Intensities[i] <= to;
                if (kept[i]) n++;
            }

            return n;
        }
    }
}
