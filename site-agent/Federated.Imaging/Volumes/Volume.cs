namespace Federated.Imaging.Volumes;

/// <summary>An image in space: one value per voxel, x fastest.</summary>
public sealed class Volume
{
    /// <summary>Wraps values without copying them.</summary>
    public Volume(VolumeGeometry geometry, float[] values)
    {
        if (values.Length != geometry.Count) throw new ArgumentException($"{geometry.Count} values are needed, {values.Length} given", nameof(values));
        Geometry = geometry;
        Values = values;
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>One value per voxel, x fastest, then y, then z.</summary>
    public float[] Values { get; }

    /// <summary>Value of voxel (x, y, z).</summary>
    public float this[int x, int y, int z] => Values[Geometry.Index(x, y, z)];

    /// <summary>Voxels that hold exactly this label, such as one structure of a label image.</summary>
    public RegionMask Where(Predicate<float> predicate) => new(Geometry, Array.ConvertAll(Values, value => predicate(value)));
}

/// <summary>A region in space: true inside, x fastest.</summary>
public sealed class RegionMask
{
    /// <summary>Wraps flags without copying them.</summary>
    public RegionMask(VolumeGeometry geometry, bool[] inside)
    {
        if (inside.Length != geometry.Count) throw new ArgumentException($"{geometry.Count} flags are needed, {inside.Length} given", nameof(inside));
        Geometry = geometry;
        Inside = inside;
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>True for voxels of the region.</summary>
    public bool[] Inside { get; }

    /// <summary>Number of voxels inside.</summary>
    public int Count => Inside.AsSpan().Count(true);

    /// <summary>Volume of the voxels inside, in millilitres.</summary>
    public double Millilitres => Count * Geometry.VoxelVolume / 1000;

    /// <summary>Voxels in both regions.</summary>
    public RegionMask And(RegionMask other) => Combine(other, (a, b) => a && b);

    /// <summary>Voxels in either region.</summary>
    public RegionMask Or(RegionMask other) => Combine(other, (a, b) => a || b);

    /// <summary>Voxels of this region that are not in the other.</summary>
    public RegionMask Except(RegionMask other) => Combine(other, (a, b) => a && !b);

    /// <summary>The region on another grid: each voxel there is inside when the nearest voxel here is; outside this grid nothing is.</summary>
    public RegionMask On(VolumeGeometry target)
    {
        if (Geometry.Matches(target)) return new RegionMask(target, Inside);
        bool[] inside = new bool[target.Count];
        for (int z = 0; z < target.CountZ; z++)
        {
            for (int y = 0; y < target.CountY; y++)
            {
                for (int x = 0; x < target.CountX; x++)
                {
                    Point3 at = Geometry.ToVoxel(target.ToPatient(new Point3(x, y, z)));
                    double i = Math.Floor(at.X + 0.5), j = Math.Floor(at.Y + 0.5), k = Math.Floor(at.Z + 0.5);
                    if (i < 0 || j < 0 || k < 0 || i >= Geometry.CountX || j >= Geometry.CountY || k >= Geometry.CountZ) continue;
                    inside[target.Index(x, y, z)] = Inside[Geometry.Index((int)i, (int)j, (int)k)];
                }
            }
        }
        return new RegionMask(target, inside);
    }

    private RegionMask Combine(RegionMask other, Func<bool, bool, bool> rule)
    {
        if (!Geometry.Matches(other.Geometry)) throw new VolumeException("the two regions lie on different grids: bring one onto the other's grid first");
        bool[] inside = new bool[Inside.Length];
        for (int i = 0; i < inside.Length; i++) inside[i] = rule(Inside[i], other.Inside[i]);
        return new RegionMask(Geometry, inside);
    }
}
