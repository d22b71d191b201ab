namespace Federated.Imaging.Volumes;

/// <summary>Where the voxels of a grid lie in the patient. In every array of this grid x runs fastest, then y, then z.</summary>
public sealed record VolumeGeometry
{
    /// <summary>Most voxels of one volume: 2^30, four gigabytes of single precision.</summary>
    public const long MaximumVoxels = 1L << 30;

    /// <summary>A grid of voxels.</summary>
    /// <param name="countX">Voxels along a row.</param>
    /// <param name="countY">Rows.</param>
    /// <param name="countZ">Slices.</param>
    /// <param name="spacing">Distances of voxel centres along x, y and z in millimetres.</param>
    /// <param name="origin">Centre of voxel (0, 0, 0).</param>
    /// <param name="directionX">Unit vector along increasing x.</param>
    /// <param name="directionY">Unit vector along increasing y.</param>
    /// <param name="directionZ">Unit vector along increasing z.</param>
    /// <exception cref="VolumeException">No voxels, too many, or axes that are not at right angles.</exception>
    public VolumeGeometry(int countX, int countY, int countZ, Point3 spacing, Point3 origin, Point3 directionX, Point3 directionY, Point3 directionZ)
    {
        if (countX < 1 || countY < 1 || countZ < 1 || (Int128)countX * countY * countZ > MaximumVoxels)
            throw new VolumeException($"a grid of {countX} x {countY} x {countZ} voxels cannot be held: give at least one and at most 2^30 voxels");
        if (!(spacing.X > 0 && spacing.Y > 0 && spacing.Z > 0) || !double.IsFinite(spacing.Length) || !double.IsFinite(origin.Length))
            throw new VolumeException($"a voxel of {spacing.X} x {spacing.Y} x {spacing.Z} mm is not one: correct spacing and position at the source");
        // Six digits are what DICOM's direction cosines usually carry.
        if (!(Math.Abs(directionX.Dot(directionY)) < 1e-3 && Math.Abs(directionX.Dot(directionZ)) < 1e-3 && Math.Abs(directionY.Dot(directionZ)) < 1e-3)
            || !(Math.Abs(directionX.Length - 1) < 1e-3 && Math.Abs(directionY.Length - 1) < 1e-3 && Math.Abs(directionZ.Length - 1) < 1e-3))
            throw new VolumeException("the axes of the grid are not unit vectors at right angles: resample the image onto a rectangular grid first");
        CountX = countX;
        CountY = countY;
        CountZ = countZ;
        Spacing = spacing;
        Origin = origin;
        DirectionX = directionX;
        DirectionY = directionY;
        DirectionZ = directionZ;
    }

    /// <summary>Voxels along a row.</summary>
    public int CountX { get; }

    /// <summary>Rows of a slice.</summary>
    public int CountY { get; }

    /// <summary>Slices.</summary>
    public int CountZ { get; }

    /// <summary>Distances of voxel centres along x, y and z in millimetres.</summary>
    public Point3 Spacing { get; }

    /// <summary>Centre of voxel (0, 0, 0).</summary>
    public Point3 Origin { get; }

    /// <summary>Unit vector along increasing x.</summary>
    public Point3 DirectionX { get; }

    /// <summary>Unit vector along increasing y.</summary>
    public Point3 DirectionY { get; }

    /// <summary>Unit vector along increasing z.</summary>
    public Point3 DirectionZ { get; }

    /// <summary>Number of voxels.</summary>
    public int Count => CountX * CountY * CountZ;

    /// <summary>Voxels of one slice.</summary>
    public int SliceCount => CountX * CountY;

    /// <summary>Cubic millimetres of a voxel.</summary>
    public double VoxelVolume => Spacing.X * Spacing.Y * Spacing.Z;

    /// <summary>An upright grid at the origin, for images that state no place in a patient.</summary>
    public static VolumeGeometry Upright(int countX, int countY, int countZ, Point3 spacing) =>
        new(countX, countY, countZ, spacing, default, new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));

    /// <summary>Position of voxel (x, y, z) in an array of this grid.</summary>
    public int Index(int x, int y, int z) => (z * CountY + y) * CountX + x;

    /// <summary>Patient coordinates of a position in voxels, which may lie between centres.</summary>
    public Point3 ToPatient(Point3 voxel) => Origin + DirectionX * (voxel.X * Spacing.X) + DirectionY * (voxel.Y * Spacing.Y) + DirectionZ * (voxel.Z * Spacing.Z);

    /// <summary>Position in voxels of patient coordinates; whole numbers are voxel centres.</summary>
    public Point3 ToVoxel(Point3 patient)
    {
        Point3 offset = patient - Origin;
        return new Point3(offset.Dot(DirectionX) / Spacing.X, offset.Dot(DirectionY) / Spacing.Y, offset.Dot(DirectionZ) / Spacing.Z);
    }

    /// <summary>True when every voxel centre of both grids coincides within a fraction of a voxel.</summary>
    /// <param name="other">The other grid.</param>
    /// <param name="tolerance">Fraction of a voxel; 0.01 by default.</param>
    public bool Matches(VolumeGeometry other, double tolerance = 0.01)
    {
        if (CountX != other.CountX || CountY != other.CountY || CountZ != other.CountZ) return false;
        // A grid is linear: when four corners that span it coincide, all voxels do.
        foreach (Point3 corner in (Point3[])[default, new(CountX - 1, 0, 0), new(0, CountY - 1, 0), new(0, 0, CountZ - 1)])
        {
            Point3 apart = ToVoxel(other.ToPatient(corner)) - corner;
            if (Math.Abs(apart.X) > tolerance || Math.Abs(apart.Y) > tolerance || Math.Abs(apart.Z) > tolerance) return false;
        }
        return true;
    }

    /// <summary>The grid of another spacing around the same centre (IBSI reference manual 2.4: align centres, ceil(n a / b) voxels).</summary>
    /// <param name="spacing">New distances in millimetres.</param>
    public VolumeGeometry Resampled(Point3 spacing)
    {
        int x = Cells(CountX, Spacing.X, spacing.X), y = Cells(CountY, Spacing.Y, spacing.Y), z = Cells(CountZ, Spacing.Z, spacing.Z);
        Point3 first = new(
            0.5 * (CountX - 1) - 0.5 * (x - 1) * spacing.X / Spacing.X,
            0.5 * (CountY - 1) - 0.5 * (y - 1) * spacing.Y / Spacing.Y,
            0.5 * (CountZ - 1) - 0.5 * (z - 1) * spacing.Z / Spacing.Z);
        return new VolumeGeometry(x, y, z, spacing, ToPatient(first), DirectionX, DirectionY, DirectionZ);
    }

    // A quotient that is whole but for rounding must not gain a voxel.
    private static int Cells(int count, double from, double to)
    {
        double cells = Math.Ceiling(count * from / to - 1e-9 * count);
        return cells is >= 1 and <= MaximumVoxels ? (int)cells : throw new VolumeException($"an axis of {count} voxels of {from} mm cannot be resampled to {to} mm: choose a spacing closer to the image's own");
    }
}
