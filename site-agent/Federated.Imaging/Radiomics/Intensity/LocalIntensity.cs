using System.Numerics;

namespace Federated.Imaging.Radiomics;

/// <summary>Local intensity features (IBSI reference manual, section 3.2): means over a sphere of one cubic centimetre around a voxel, voxels outside the region included.</summary>
internal sealed class LocalIntensity
{
    private readonly PreparedRegion region;
    private readonly VoxelGrid grid;
    private readonly List<(int Y, int Z, int Half)> chords;
    private readonly int reach;
    private readonly int stride;
    private readonly double[] prefixes;
    private readonly double[] ones;

    private LocalIntensity(PreparedRegion region)
    {
        this.region = region;
        grid = region.Grid;
        chords = Chords(grid);
        reach = (int)(PreparedRegion.PeakRadius / grid.SpacingX);
        // Sums along rows turn a sphere of n³ voxels into n² differences. A row is preceded by `reach` zeros and followed by its total, so chords may leave the grid.
        stride = grid.CountX + 1 + 2 * reach;
        prefixes = new double[stride * grid.CountY * grid.CountZ];
        for (int row = 0; row < grid.CountY * grid.CountZ; row++) Accumulate(region.Intensities.AsSpan(row * grid.CountX, grid.CountX), prefixes.AsSpan(row * stride, stride));
        ones = new double[stride];
        double[] units = new double[grid.CountX];
        Array.Fill(units, 1);
        Accumulate(units, ones);
    }

    /// <summary>Adds the local peak (sphere around the brightest voxel; of several, the brightest sphere) and the global peak (brightest sphere around any voxel).</summary>
    /// <param name="region">The region with its surroundings at least one sphere's radius wide, or up to the image's edge.</param>
    /// <param name="features">Where values go.</param>
    public static void Measure(PreparedRegion region, FeatureWriter features)
    {
        (double local, double global) = new LocalIntensity(region).Peaks();
        features.Add("loc_peak_loc", local);
        features.Add("loc_peak_glob", global);
    }

    private (double Local, double Global) Peaks()
    {
        double brightest = double.NegativeInfinity, local = double.NegativeInfinity, global = double.NegativeInfinity;
        double[] sums = new double[grid.CountX], counts = new double[grid.CountX];
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                int row = grid.Index(0, y, z);
                ReadOnlySpan<bool> inside = region.Intensity.AsSpan(row, grid.CountX);
                int first = inside.IndexOf(true), last = inside.LastIndexOf(true);
                if (first < 0) continue;
                Spheres(y, z, first, last - first + 1, sums, counts);
                for (int x = first; x <= last; x++)
                {
                    if (!inside[x]) continue;
                    double peak = sums[x - first] / counts[x - first], value = region.Intensities[row + x];
                    global = Math.Max(global, peak);
                    if (value > brightest) (brightest, local) = (value, peak);
                    else if (value == brightest) local = Math.Max(local, peak);
                }
            }
        }

        return (local, global);
    }

    /// <summary>Sums and voxel numbers of the spheres around <paramref name="length"/> neighbouring voxels of a row.</summary>
    private void Spheres(int y, int z, int first, int length, double[] sums, double[] counts)
    {
        Array.Clear(sums);
        Array.Clear(counts);
        foreach ((int dy, int dz, int half) in chords)
        {
            int row = y + dy, slice = z + dz;
            if ((uint)row >= (uint)grid.CountY || (uint)slice >= (uint)grid.CountZ) continue;
            int at = (slice * grid.CountY + row) * stride;
            AddDifferences(prefixes.AsSpan(at + reach + first + half + 1, length), prefixes.AsSpan(at + reach + first - half, length), sums);
            AddDifferences(ones.AsSpan(reach + first + half + 1, length), ones.AsSpan(reach + first - half, length), counts);
        }
    }

    private static void AddDifferences(ReadOnlySpan<double> after, ReadOnlySpan<double> before, Span<double> sums)
    {
        int i = 0;
        for (; i <= after.Length - Vector<double>.Count; i += Vector<double>.Count)
            (new Vector<double>(sums[i..]) + (new Vector<double>(after[i..]) - new Vector<double>(before[i..]))).CopyTo(sums[i..]);
        for (; i < after.Length; i++) sums[i] += after[i] - before[i];
    }

    private void Accumulate(ReadOnlySpan<double> row, Span<double> prefix)
    {
        double sum = 0;
        for (int x = 0; x < row.Length; x++)
        {
            sum += row[x];
            prefix[reach + x + 1] = sum;
        }

        prefix[(reach + row.Length + 1)..].Fill(sum);
    }

    private static List<(int Y, int Z, int Half)> Chords(VoxelGrid grid)
    {
        double radius = PreparedRegion.PeakRadius;
        int reachY = (int)(radius / grid.SpacingY), reachZ = (int)(radius / grid.SpacingZ);
        List<(int, int, int)> found = [];
        for (int z = -reachZ; z <= reachZ; z++)
        {
            for (int y = -reachY; y <= reachY; y++)
            {
                double left = radius * radius - y * grid.SpacingY * (y * grid.SpacingY) - z * grid.SpacingZ * (z * grid.SpacingZ);
                if (left >= 0) found.Add((y, z, (int)(Math.Sqrt(left) / grid.SpacingX)));
            }
        }

        return found;
    }
}
