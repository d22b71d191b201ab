namespace Federated.Imaging.Radiomics;

/// <summary>Local intensity features (IBSI reference manual, section 3.2): means over a sphere of one cubic centimetre around a voxel, voxels outside the region included.</summary>
internal static class LocalIntensity
{
    /// <summary>Adds the local peak (sphere around the brightest voxel; of several, the brightest sphere) and the global peak (brightest sphere around any voxel).</summary>
    /// <param name="region">The region with its surroundings at least one sphere's radius wide, or up to the image's edge.</param>
    /// <param name="features">Where values go.</param>
    public static void Measure(PreparedRegion region, FeatureWriter features)
    {
        VoxelGrid grid = region.Grid;
        double[] prefix = RowPrefixes(region);
        List<(int Y, int Z, int Half)> chords = Chords(grid);
        double brightest = double.NegativeInfinity, local = double.NegativeInfinity, global = double.NegativeInfinity;
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                for (int x = 0; x < grid.CountX; x++)
                {
                    int at = grid.Index(x, y, z);
                    if (!region.Intensity[at]) continue;
                    double peak = SphereMean(grid, prefix, chords, x, y, z);
                    global = Math.Max(global, peak);
                    double value = region.Intensities[at];
                    if (value > brightest) (brightest, local) = (value, peak);
                    else if (value == brightest) local = Math.Max(local, peak);
                }
            }
        }

        features.Add("loc_peak_loc", local);
        features.Add("loc_peak_glob", global);
    }

    // Sums along rows turn a sphere of n^3 voxels into n^2 differences.
    private static double[] RowPrefixes(PreparedRegion region)
    {
        int width = region.Grid.CountX;
        double[] prefix = new double[(width + 1) * region.Grid.CountY * region.Grid.CountZ];
        for (int row = 0; row < region.Grid.CountY * region.Grid.CountZ; row++)
        {
            double sum = 0;
            for (int x = 0; x < width; x++)
            {
                sum += region.Intensities[row * width + x];
                prefix[row * (width + 1) + x + 1] = sum;
            }
        }

        return prefix;
    }

    private static List<(int Y, int Z, int Half)> Chords(VoxelGrid grid)
    {
        double radius = PreparedRegion.PeakRadius;
        int reachY = (int)(radius / grid.SpacingY), reachZ = (int)(radius / grid.SpacingZ);
        List<(int, int, int)> chords = [];
        for (int z = -reachZ; z <= reachZ; z++)
        {
            for (int y = -reachY; y <= reachY; y++)
            {
                double left = radius * radius - y * grid.SpacingY * (y * grid.SpacingY) - z * grid.SpacingZ * (z * grid.SpacingZ);
                if (left >= 0) chords.Add((y, z, (int)(Math.Sqrt(left) / grid.SpacingX)));
            }
        }

        return chords;
    }

    private static double SphereMean(VoxelGrid grid, double[] prefix, List<(int Y, int Z, int Half)> chords, int x, int y, int z)
    {
        double sum = 0;
        int count = 0;
        foreach ((int dy, int dz, int half) in chords)
        {
            int row = y + dy, slice = z + dz;
            if ((uint)row >= (uint)grid.CountY || (uint)slice >= (uint)grid.CountZ) continue;
            int from = Math.Max(0, x - half), to = Math.Min(grid.CountX, x + half + 1);
            int at = (slice * grid.CountY + row) * (grid.CountX + 1);
            sum += prefix[at + to] - prefix[at + from];
            count += to - from;
        }

        return sum / count;
    }
}
