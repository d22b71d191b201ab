using System.Diagnostics;
using Federated.Imaging.Radiomics;

namespace Federated.Benchmarks;

/// <summary>
/// IBSI features of a cube of 100³ voxels (smooth structure with noise, 32 bins) and exact Moran's I and Geary's C of a ball of 13,000 voxels, on one thread.
/// Published for comparison: MIRP 2.3.4 takes 10.7 s for the cube with approximate Moran and Geary, and 23 s for the exact indices of 13,000 voxels.
/// </summary>
internal static class RadiomicsBenchmark
{
    private const int Side = 100;
    private const int Margin = 8;
    private const int Runs = 5;

    private static readonly ExtractionSettings Settings = new() { Discretisation = new Discretisation.FixedBinNumber(32), IntensityVolumeHistogram = new Discretisation.FixedBinNumber(1000) };

    public static int Run()
    {
        int width = Side + 2 * Margin;
        VoxelGrid grid = new(width, width, width, 1, 1, 1);
        float[] image = Image(grid);
        bool[] cube = Region(grid, (x, y, z) => Inside(x) && Inside(y) && Inside(z));
        double middle = (width - 1) / 2.0;
        bool[] ball = Region(grid, (x, y, z) => (x - middle) * (x - middle) + (y - middle) * (y - middle) + (z - middle) * (z - middle) < 14.6 * 14.6);

        Console.WriteLine("| what | voxels | seconds (median) | processor seconds (least) | bar |"); // others on the machine stretch the first, not the second
        Console.WriteLine("|---|---|---|---|---|");
        Time("all families, in space", cube, new FeatureSelection(FeatureFamilies.All, TextureAggregations.InSpace), "2");
        Time("all families, all aggregations", cube, FeatureSelection.Everything, "2");
        foreach (FeatureFamilies family in Enum.GetValues<FeatureFamilies>().Where(f => f is not (FeatureFamilies.None or FeatureFamilies.All)))
            Time($"{family} alone, with reading and sorting", cube, new FeatureSelection(family, TextureAggregations.InSpace), "");
        Time("morphology of a ball, exact Moran and Geary", ball, new FeatureSelection(FeatureFamilies.Morphology, TextureAggregations.InSpace), "2");
        Console.WriteLine($"Peak memory of the process: {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB.");
        return 0;

        void Time(string what, bool[] region, FeatureSelection selection, string bar)
        {
            double[] seconds = new double[Runs];
            double processor = double.PositiveInfinity;
            FeatureSet features = RadiomicFeatures.Measure(grid, image, region, Settings, selection); // compiles
            for (int run = 0; run < Runs; run++)
            {
                long started = Stopwatch.GetTimestamp();
                TimeSpan used = Environment.CpuUsage.TotalTime;
                features = RadiomicFeatures.Measure(grid, image, region, Settings, selection);
                seconds[run] = Stopwatch.GetElapsedTime(started).TotalSeconds;
                processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - used).TotalSeconds);
            }

            Array.Sort(seconds);
            Console.WriteLine($"| {what} | {features.RegionVoxels:N0} | {seconds[Runs / 2]:0.000} | {processor:0.000} | {bar} |");
        }
    }

    private static bool Inside(int at) => at is >= Margin and < Margin + Side;

    private static bool[] Region(VoxelGrid grid, Func<int, int, int, bool> inside)
    {
        bool[] region = new bool[grid.Count];
        for (int i = 0; i < region.Length; i++) region[i] = inside(i % grid.CountX, i / grid.CountX % grid.CountY, i / grid.CountX / grid.CountY);
        return region;
    }

    private static float[] Image(VoxelGrid grid)
    {
        Random noise = new(7);
        float[] image = new float[grid.Count];
        for (int i = 0; i < image.Length; i++)
        {
            int x = i % grid.CountX, y = i / grid.CountX % grid.CountY, z = i / grid.CountX / grid.CountY;
            image[i] = (float)(5 + 2 * Math.Sin(x / 9.0) * Math.Cos(y / 13.0) + Math.Sin(z / 7.0) + noise.NextDouble());
        }

        return image;
    }
}
