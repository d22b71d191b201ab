using Federated.Imaging.Volumes;

namespace Federated.Imaging.Regions;

/// <summary>Parts of a region that hang together by faces, edges or corners (26 neighbours).</summary>
public static class ConnectedRegions
{
    /// <summary>All parts, largest first; parts of one size in the order of their first voxels.</summary>
    public static IReadOnlyList<RegionMask> All(RegionMask region)
    {
        bool[] left = [.. region.Inside];
        List<List<int>> parts = [];
        for (int i = 0; i < left.Length; i++)
            if (left[i]) parts.Add(Grow(region.Geometry, left, i));
        return [.. parts.OrderByDescending(part => part.Count).Select(part => Of(region.Geometry, part))];
    }

    /// <summary>The part that holds a voxel.</summary>
    /// <param name="region">The region.</param>
    /// <param name="voxel">Position in the arrays of the region's grid; must be inside.</param>
    public static RegionMask Containing(RegionMask region, int voxel)
    {
        if (!region.Inside[voxel]) throw new ArgumentException("the voxel is not inside the region", nameof(voxel));
        return Of(region.Geometry, Grow(region.Geometry, [.. region.Inside], voxel));
    }

    private static List<int> Grow(VolumeGeometry grid, bool[] left, int seed)
    {
        List<int> part = [seed];
        left[seed] = false;
        for (int next = 0; next < part.Count; next++)
        {
            int x = part[next] % grid.CountX, y = part[next] / grid.CountX % grid.CountY, z = part[next] / grid.SliceCount;
            for (int k = Math.Max(0, z - 1); k <= Math.Min(grid.CountZ - 1, z + 1); k++)
            {
                for (int j = Math.Max(0, y - 1); j <= Math.Min(grid.CountY - 1, y + 1); j++)
                {
                    for (int i = Math.Max(0, x - 1); i <= Math.Min(grid.CountX - 1, x + 1); i++)
                    {
                        int neighbour = grid.Index(i, j, k);
                        if (!left[neighbour]) continue;
                        left[neighbour] = false;
                        part.Add(neighbour);
                    }
                }
            }
        }
        return part;
    }

    private static RegionMask Of(VolumeGeometry grid, List<int> voxels)
    {
        bool[] inside = new bool[grid.Count];
        foreach (int voxel in voxels) inside[voxel] = true;
        return new RegionMask(grid, inside);
    }
}
