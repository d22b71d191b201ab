using Federated.Imaging.Volumes;

namespace Federated.Imaging.Regions;

/// <summary>Uptake within one region.</summary>
/// <param name="Voxels">Voxels of the region.</param>
/// <param name="Minimum">Lowest uptake.</param>
/// <param name="Maximum">SUVmax.</param>
/// <param name="Mean">SUVmean.</param>
/// <param name="Median">Middle uptake; the mean of the two middle ones for an even count.</param>
/// <param name="StandardDeviation">Of the population, as IBSI's variance divides by the number of voxels.</param>
/// <param name="PeakLocal">SUVpeak around the hottest voxel: mean of the 1 ml sphere there (IBSI VJGA); of several hottest voxels the highest.</param>
/// <param name="PeakGlobal">SUVpeak anywhere in the region: highest mean of a 1 ml sphere centred on a voxel of the region (IBSI 0F91).</param>
/// <param name="Millilitres">Volume of the voxels; the metabolic tumour volume when the region is one.</param>
public sealed record UptakeMeasures(
    int Voxels, double Minimum, double Maximum, double Mean, double Median, double StandardDeviation, double PeakLocal, double PeakGlobal, double Millilitres)
{
    /// <summary>Radius of a sphere of one millilitre, in millimetres: 10 (3 / (4 pi))^(1/3).</summary>
    public static readonly double PeakRadius = 10 * Math.Cbrt(3 / (4 * Math.PI));

    /// <summary>Total lesion glycolysis: SUVmean x volume in ml.</summary>
    public double TotalLesionGlycolysis => Mean * Millilitres;

    /// <summary>How unevenly it is taken up.</summary>
    public required UptakeHeterogeneity Heterogeneity { get; init; }

    /// <summary>Standard deviation divided by mean.</summary>
    public double CoefficientOfVariation => StandardDeviation / Mean;

    /// <summary>Measures a region. Peak spheres may reach voxels outside the region but not outside the image.</summary>
    /// <param name="uptake">The image.</param>
    /// <param name="region">The region, on any grid.</param>
    /// <exception cref="RegionException">The region holds no voxel of the image.</exception>
    public static UptakeMeasures Of(Volume uptake, RegionMask region)
    {
        bool[] inside = region.On(uptake.Geometry).Inside;
        int count = inside.AsSpan().Count(true);
        if (count == 0) throw new RegionException("the region holds no voxel of the image: choose another region or image");
        double[] values = new double[count];
        int next = 0;
        double sum = 0;
        for (int i = 0; i < inside.Length; i++)
        {
            if (!inside[i]) continue;
            values[next++] = uptake.Values[i];
            sum += uptake.Values[i];
        }
        double mean = sum / count, squares = 0;
        foreach (double value in values) squares += (value - mean) * (value - mean);
        Array.Sort(values);
        (double local, double global) = Peaks(uptake, inside, (float)values[^1]);
        double voxel = uptake.Geometry.VoxelVolume / 1000;
        return new UptakeMeasures(count, values[0], values[^1], mean, 0.5 * (values[(count - 1) / 2] + values[count / 2]), Math.Sqrt(squares / count), local, global, count * voxel)
        {
            Heterogeneity = UptakeHeterogeneity.Of(values, voxel),
        };
    }

    private static (double Local, double Global) Peaks(Volume uptake, bool[] inside, float maximum)
    {
        VolumeGeometry grid = uptake.Geometry;
        (int X, int Y, int Z)[] sphere = Sphere(grid.Spacing);
        double local = double.NegativeInfinity, global = double.NegativeInfinity;
        for (int i = 0; i < inside.Length; i++)
        {
            if (!inside[i]) continue;
            int x = i % grid.CountX, y = i / grid.CountX % grid.CountY, z = i / grid.SliceCount;
            double sum = 0;
            int count = 0;
            foreach ((int dx, int dy, int dz) in sphere)
            {
                int a = x + dx, b = y + dy, c = z + dz;
                if ((uint)a >= (uint)grid.CountX || (uint)b >= (uint)grid.CountY || (uint)c >= (uint)grid.CountZ) continue;
                sum += uptake[a, b, c];
                count++;
            }
            double peak = sum / count;
            global = Math.Max(global, peak);
            if (uptake.Values[i] == maximum) local = Math.Max(local, peak);
        }
        return (local, global);
    }

    private static (int X, int Y, int Z)[] Sphere(Point3 spacing)
    {
        List<(int, int, int)> offsets = [];
        int reachX = (int)(PeakRadius / spacing.X), reachY = (int)(PeakRadius / spacing.Y), reachZ = (int)(PeakRadius / spacing.Z);
        for (int z = -reachZ; z <= reachZ; z++)
        {
            for (int y = -reachY; y <= reachY; y++)
            {
                for (int x = -reachX; x <= reachX; x++)
                    if (new Point3(x * spacing.X, y * spacing.Y, z * spacing.Z).Length <= PeakRadius) offsets.Add((x, y, z));
            }
        }
        return [.. offsets];
    }
}
