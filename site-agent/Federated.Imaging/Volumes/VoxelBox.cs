using System.Runtime.InteropServices;

namespace Federated.Imaging.Volumes;

/// <summary>A box of voxels within a grid: what is measured in a small region need not look at the whole image.</summary>
/// <param name="X">First voxel along x.</param>
/// <param name="Y">First row.</param>
/// <param name="Z">First slice.</param>
/// <param name="CountX">Voxels along x.</param>
/// <param name="CountY">Rows.</param>
/// <param name="CountZ">Slices.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VoxelBox(int X, int Y, int Z, int CountX, int CountY, int CountZ)
{
    /// <summary>The smallest box around a region and so many millimetres beside it, within the grid; null when the region is empty.</summary>
    public static VoxelBox? Around(RegionMask region, double margin = 0)
    {
        VolumeGeometry grid = region.Geometry;
        int x0 = int.MaxValue, y0 = int.MaxValue, z0 = -1, x1 = -1, y1 = -1, z1 = -1;
        for (int z = 0; z < grid.CountZ; z++)
        {
            ReadOnlySpan<bool> slice = region.Inside.AsSpan(z * grid.SliceCount, grid.SliceCount);
            if (!slice.Contains(true)) continue;
            if (z0 < 0) z0 = z;
            z1 = z;
            for (int y = 0; y < grid.CountY; y++)
            {
                ReadOnlySpan<bool> row = slice.Slice(y * grid.CountX, grid.CountX);
                int first = row.IndexOf(true);
                if (first < 0) continue;
                (x0, x1) = (Math.Min(x0, first), Math.Max(x1, row.LastIndexOf(true)));
                (y0, y1) = (Math.Min(y0, y), Math.Max(y1, y));
            }
        }
        if (z0 < 0) return null;
        (int startX, int countX) = Widened(x0, x1, margin / grid.Spacing.X, grid.CountX);
        (int startY, int countY) = Widened(y0, y1, margin / grid.Spacing.Y, grid.CountY);
        (int startZ, int countZ) = Widened(z0, z1, margin / grid.Spacing.Z, grid.CountZ);
        return new VoxelBox(startX, startY, startZ, countX, countY, countZ);
    }

    /// <summary>The smallest box that holds both.</summary>
    public VoxelBox With(VoxelBox other)
    {
        int x = Math.Min(X, other.X), y = Math.Min(Y, other.Y), z = Math.Min(Z, other.Z);
        return new VoxelBox(
            x, y, z, Math.Max(X + CountX, other.X + other.CountX) - x, Math.Max(Y + CountY, other.Y + other.CountY) - y, Math.Max(Z + CountZ, other.Z + other.CountZ) - z);
    }

    /// <summary>The part of an image in the box.</summary>
    public Volume Of(Volume image)
    {
        VolumeGeometry grid = Geometry(image.Geometry);
        return new Volume(grid, Cut(image.Values, image.Geometry, grid));
    }

    /// <summary>The part of a region in the box.</summary>
    public RegionMask Of(RegionMask region)
    {
        VolumeGeometry grid = Geometry(region.Geometry);
        return new RegionMask(grid, Cut(region.Inside, region.Geometry, grid));
    }

    private VolumeGeometry Geometry(VolumeGeometry whole) =>
        new(CountX, CountY, CountZ, whole.Spacing, whole.ToPatient(new Point3(X, Y, Z)), whole.DirectionX, whole.DirectionY, whole.DirectionZ);

    private T[] Cut<T>(T[] source, VolumeGeometry whole, VolumeGeometry part)
    {
        T[] values = new T[part.Count];
        for (int z = 0; z < CountZ; z++)
            for (int y = 0; y < CountY; y++)
                Array.Copy(source, whole.Index(X, Y + y, Z + z), values, part.Index(0, y, z), CountX);
        return values;
    }

    private static (int Start, int Count) Widened(int first, int last, double margin, int count)
    {
        int reach = (int)Math.Min(Math.Ceiling(margin), count);
        int start = Math.Max(0, first - reach);
        return (start, Math.Min(count - 1, last + reach) - start + 1);
    }
}
