using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>The voxels of a grid whose centres lie within a distance of a point.</summary>
internal sealed record Ball(Point3 Centre, double Radius, int FirstX, int LastX, int FirstY, int LastY, int FirstZ, int LastZ, bool IsWhole)
{
    /// <summary>The ball on a grid.</summary>
    /// <param name="grid">The grid.</param>
    /// <param name="centre">In patient space.</param>
    /// <param name="radius">Millimetres.</param>
    public static Ball Around(VolumeGeometry grid, Point3 centre, double radius)
    {
        Point3 at = grid.ToVoxel(centre);
        (int firstX, int lastX, bool x) = Range(at.X, radius / grid.Spacing.X, grid.CountX);
        (int firstY, int lastY, bool y) = Range(at.Y, radius / grid.Spacing.Y, grid.CountY);
        (int firstZ, int lastZ, bool z) = Range(at.Z, radius / grid.Spacing.Z, grid.CountZ);
        return new Ball(centre, radius, firstX, lastX, firstY, lastY, firstZ, lastZ, x && y && z);
    }

    /// <summary>Its voxels within the grid: position in the arrays of the grid and centre in patient space.</summary>
    public IEnumerable<(int Voxel, Point3 Place)> Voxels(VolumeGeometry grid)
    {
        for (int z = FirstZ; z <= LastZ; z++)
        {
            for (int y = FirstY; y <= LastY; y++)
            {
                for (int x = FirstX; x <= LastX; x++)
                {
                    Point3 place = grid.ToPatient(new Point3(x, y, z));
                    if ((place - Centre).Length <= Radius) yield return (grid.Index(x, y, z), place);
                }
            }
        }
    }

    private static (int First, int Last, bool IsWhole) Range(double at, double reach, int count)
    {
        // Far outside the image nothing is left; the casts stay within integers.
        double first = Math.Ceiling(Math.Clamp(at - reach, -1e6, 1e6)), last = Math.Floor(Math.Clamp(at + reach, -1e6, 1e6));
        return ((int)Math.Max(0, first), (int)Math.Min(count - 1, last), first >= 0 && last <= count - 1);
    }
}
