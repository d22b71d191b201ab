namespace Federated.Imaging.Radiomics;

/// <summary>The vertices of a mask's surface mesh: midpoints between a voxel inside and a face neighbour outside.</summary>
internal static class SurfacePoints
{
    /// <summary>Those vertices that can be corners of the convex hull: the outermost of every line along x, y and z. Voxel (0, 0, 0) is the lattice's origin.</summary>
    public static List<LatticePoint> HullCandidates(ReadOnlySpan<bool> mask, VoxelGrid grid)
    {
        List<LatticePoint> candidates = [];
        AddEnds(mask, grid.CountX, 1, grid.CountY, grid.CountX, grid.CountZ, grid.CountX * grid.CountY, (along, y, z) => new LatticePoint(along, 2 * y, 2 * z), candidates);
        AddEnds(mask, grid.CountY, grid.CountX, grid.CountX, 1, grid.CountZ, grid.CountX * grid.CountY, (along, x, z) => new LatticePoint(2 * x, along, 2 * z), candidates);
        AddEnds(mask, grid.CountZ, grid.CountX * grid.CountY, grid.CountX, 1, grid.CountY, grid.CountX, (along, x, y) => new LatticePoint(2 * x, 2 * y, along), candidates);
        return candidates;
    }

    private static void AddEnds(ReadOnlySpan<bool> mask, int count, int stride, int countU, int strideU, int countV, int strideV, Func<int, int, int, LatticePoint> point, List<LatticePoint> ends)
    {
        for (int v = 0; v < countV; v++)
        {
            for (int u = 0; u < countU; u++)
            {
                int line = u * strideU + v * strideV, first = 0, last = count - 1;
                while (first < count && !mask[line + first * stride]) first++;
                if (first == count) continue;
                while (!mask[line + last * stride]) last--;
                ends.Add(point(2 * first - 1, u, v));
                ends.Add(point(2 * last + 1, u, v));
            }
        }
    }
}
