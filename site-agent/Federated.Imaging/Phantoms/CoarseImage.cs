using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>The image as detection looks at it: voxels of about four millimetres, blurred until noise no longer makes shapes.</summary>
internal static class CoarseImage
{
    /// <summary>Full width at half maximum of the blur.</summary>
    public const double Width = 8;

    private const double Spacing = 4;

    public static Volume Of(Volume image)
    {
        VolumeGeometry grid = image.Geometry;
        int nx = Factor(grid.Spacing.X, grid.CountX), ny = Factor(grid.Spacing.Y, grid.CountY), nz = Factor(grid.Spacing.Z, grid.CountZ);
        return GaussianFilter.Apply(Blocks(image, nx, ny, nz), Width);
    }

    /// <summary>Means of blocks of voxels; what does not fill a block at the far sides is left out.</summary>
    public static Volume Blocks(Volume image, int nx, int ny, int nz)
    {
        VolumeGeometry grid = image.Geometry;
        if (nx == 1 && ny == 1 && nz == 1) return image;
        VolumeGeometry coarse = new(
            grid.CountX / nx, grid.CountY / ny, grid.CountZ / nz, new Point3(grid.Spacing.X * nx, grid.Spacing.Y * ny, grid.Spacing.Z * nz),
            grid.ToPatient(new Point3(0.5 * (nx - 1), 0.5 * (ny - 1), 0.5 * (nz - 1))), grid.DirectionX, grid.DirectionY, grid.DirectionZ);
        float[] values = new float[coarse.Count];
        float share = 1f / (nx * ny * nz);
        for (int z = 0; z < coarse.CountZ * nz; z++)
        {
            for (int y = 0; y < coarse.CountY * ny; y++)
            {
                int source = grid.Index(0, y, z), target = coarse.Index(0, y / ny, z / nz);
                for (int x = 0; x < coarse.CountX; x++)
                    for (int i = 0; i < nx; i++) values[target + x] += share * image.Values[source++];
            }
        }
        return new Volume(coarse, values);
    }

    /// <summary>Linear interpolation at a point of the patient space; beyond the outermost centres the outermost values.</summary>
    public static double Sample(Volume image, Point3 patient)
    {
        VolumeGeometry grid = image.Geometry;
        Point3 at = grid.ToVoxel(patient);
        double x = Math.Clamp(at.X, 0, grid.CountX - 1), y = Math.Clamp(at.Y, 0, grid.CountY - 1), z = Math.Clamp(at.Z, 0, grid.CountZ - 1);
        int x0 = Math.Min((int)x, Math.Max(0, grid.CountX - 2)), y0 = Math.Min((int)y, Math.Max(0, grid.CountY - 2)), z0 = Math.Min((int)z, Math.Max(0, grid.CountZ - 2));
        int x1 = Math.Min(x0 + 1, grid.CountX - 1), y1 = Math.Min(y0 + 1, grid.CountY - 1), z1 = Math.Min(z0 + 1, grid.CountZ - 1);
        double fx = x - x0, fy = y - y0, fz = z - z0;
        return Mix(
            Mix(Mix(image[x0, y0, z0], image[x1, y0, z0], fx), Mix(image[x0, y1, z0], image[x1, y1, z0], fx), fy),
            Mix(Mix(image[x0, y0, z1], image[x1, y0, z1], fx), Mix(image[x0, y1, z1], image[x1, y1, z1], fx), fy), fz);
    }

    private static double Mix(double a, double b, double t) => a + t * (b - a);

    private static int Factor(double spacing, int count) => Math.Clamp((int)Math.Round(Spacing / spacing), 1, count);
}
