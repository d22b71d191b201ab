namespace Federated.Imaging.Volumes;

/// <summary>How values between voxel centres are found.</summary>
public enum Interpolation
{
    /// <summary>The value of the nearest centre; halves go up.</summary>
    Nearest,

    /// <summary>Linear along each axis.</summary>
    Trilinear,

    /// <summary>Cubic convolution along each axis (Keys, IEEE Trans. ASSP 29, 1981, a = -1/2): passes through the voxels, exact for quadratic images.</summary>
    Tricubic,
}

/// <summary>Brings a volume onto another grid. Beyond its outermost centres an image goes on with its outermost values.</summary>
public static class Resampling
{
    /// <summary>The image with another spacing around the same centre (IBSI reference manual, 2.4).</summary>
    /// <param name="image">The image.</param>
    /// <param name="spacing">New distances of voxel centres in millimetres.</param>
    /// <param name="interpolation">Method.</param>
    public static Volume ToSpacing(Volume image, Point3 spacing, Interpolation interpolation) => Onto(image, image.Geometry.Resampled(spacing), interpolation);

    /// <summary>The region with another spacing: the share of each new voxel by trilinear interpolation, inside from <paramref name="threshold"/> on (IBSI: 0.5).</summary>
    public static RegionMask ToSpacing(RegionMask region, Point3 spacing, double threshold = 0.5)
    {
        Volume share = Onto(new Volume(region.Geometry, Array.ConvertAll(region.Inside, inside => inside ? 1f : 0f)), region.Geometry.Resampled(spacing), Interpolation.Trilinear);
        // Single precision may leave an exact half a last bit short.
        return share.Where(value => value >= threshold - 1e-6);
    }

    /// <summary>The image on any other grid.</summary>
    public static Volume Onto(Volume image, VolumeGeometry target, Interpolation interpolation)
    {
        VolumeGeometry source = image.Geometry;
        float[] values = new float[target.Count];
        if (interpolation == Interpolation.Nearest && source.Matches(target)) return new Volume(target, [.. image.Values]);
        Point3 origin = source.ToVoxel(target.ToPatient(default));
        Point3 stepX = source.ToVoxel(target.ToPatient(new Point3(1, 0, 0))) - origin;
        Point3 stepY = source.ToVoxel(target.ToPatient(new Point3(0, 1, 0))) - origin;
        Point3 stepZ = source.ToVoxel(target.ToPatient(new Point3(0, 0, 1))) - origin;
        int taps = interpolation switch { Interpolation.Nearest => 1, Interpolation.Trilinear => 2, _ => 4 };
        Span<int> ix = stackalloc int[4], iy = stackalloc int[4], iz = stackalloc int[4];
        Span<double> wx = stackalloc double[4], wy = stackalloc double[4], wz = stackalloc double[4];
        int next = 0;
        for (int z = 0; z < target.CountZ; z++)
        {
            for (int y = 0; y < target.CountY; y++)
            {
                Point3 row = origin + stepY * y + stepZ * z;
                for (int x = 0; x < target.CountX; x++)
                {
                    Point3 at = row + stepX * x;
                    Taps(at.X, source.CountX, taps, ix, wx);
                    Taps(at.Y, source.CountY, taps, iy, wy);
                    Taps(at.Z, source.CountZ, taps, iz, wz);
                    double value = 0;
                    for (int k = 0; k < taps; k++)
                    {
                        for (int j = 0; j < taps; j++)
                        {
                            int start = (iz[k] * source.CountY + iy[j]) * source.CountX;
                            double line = 0;
                            for (int i = 0; i < taps; i++) line += wx[i] * image.Values[start + ix[i]];
                            value += wz[k] * wy[j] * line;
                        }
                    }
                    values[next++] = (float)value;
                }
            }
        }
        return new Volume(target, values);
    }

    private static void Taps(double position, int count, int taps, Span<int> sources, Span<double> weights)
    {
        // Centres that coincide but for rounding are taken as coinciding.
        double nearest = Math.Round(position);
        if (Math.Abs(position - nearest) < 1e-9) position = nearest;
        position = Math.Clamp(position, 0, count - 1);
        int below = (int)Math.Floor(position);
        double t = position - below;
        int first = below;
        switch (taps)
        {
            case 1:
                first = (int)Math.Floor(position + 0.5);
                weights[0] = 1;
                break;
            case 2:
                weights[0] = 1 - t;
                weights[1] = t;
                break;
            default:
                first = below - 1;
                weights[0] = t * (-0.5 + t * (1 - 0.5 * t));
                weights[1] = 1 + t * t * (-2.5 + 1.5 * t);
                weights[2] = t * (0.5 + t * (2 - 1.5 * t));
                weights[3] = t * t * (-0.5 + 0.5 * t);
                break;
        }
        for (int i = 0; i < taps; i++) sources[i] = Math.Clamp(first + i, 0, count - 1);
    }
}
