using CsCheck;
using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>What must hold for any region: fast forms equal the definitions, turned and mirrored regions measure the same.</summary>
public class RadiomicPropertyTests
{
    private static readonly Gen<TestImage> Images =
        from x in Gen.Int[1, 9]
        from y in Gen.Int[1, 9]
        from z in Gen.Int[1, 9]
        from spacing in Gen.Double[0.5, 4].Array[3]
        from values in Gen.Int[1, 12].Array[x * y * z]
        from region in Gen.Int[0, 3].Array[x * y * z]
        where region.Count(r => r > 0) > 1
        select new TestImage(new VoxelGrid(x, y, z, spacing[0], spacing[1], spacing[2]), Array.ConvertAll(values, v => (float)v), Array.ConvertAll(region, r => r > 0));

    private static readonly ExtractionSettings AsItIs = new() { Discretisation = new Discretisation.None(), IntensityVolumeHistogram = new Discretisation.None() };

    [Fact]
    public void Autocorrelation_by_Fourier_transforms_is_the_sum_over_all_pairs() => Images.Sample(image =>
    {
        FeatureSet features = image.Measure(AsItIs, new FeatureSelection(FeatureFamilies.Morphology, TextureAggregations.None));
        (double moran, double geary) = OverAllPairs(image);
        AssertClose(moran, features["morph_moran_i"], 1e-11);
        AssertClose(geary, features["morph_geary_c"], 1e-11);
    }, iter: 300);

    [Fact]
    public void The_diameter_is_the_largest_distance_of_two_points_of_the_surface() => Images.Sample(image =>
    {
        List<(double X, double Y, double Z)> surface = [.. Surface(image)];
        double most = 0;
        foreach ((double x, double y, double z) in surface)
        {
            foreach ((double u, double v, double w) in surface) most = Math.Max(most, Math.Sqrt((x - u) * (x - u) + (y - v) * (y - v) + (z - w) * (z - w)));
        }

        AssertClose(most, image.Measure(AsItIs, new FeatureSelection(FeatureFamilies.Morphology, TextureAggregations.None))["morph_diam"], 1e-12);
    }, iter: 200);

    [Fact]
    public void A_mirrored_region_has_the_same_features() => Images.Sample(image =>
    {
        FeatureSet here = image.Measure(AsItIs), there = Mirrored(image).Measure(AsItIs);
        foreach (FeatureValue value in here.Values) AssertClose(value.Value, there[value.Tag], 1e-9, value.Tag);
    }, iter: 100);

    [Fact]
    public void The_hull_of_a_box_of_voxels_and_its_surface_are_the_octagonal_box_that_marching_cubes_draw()
    {
        // Each of the 8 corners loses a sixth of a half-voxel cube, each edge a prism of an eighth of a voxel per voxel of length.
        VoxelGrid grid = new(6, 5, 4, 1, 1, 1);
        bool[] region = new bool[grid.Count];
        Array.Fill(region, true);
        float[] values = [.. Enumerable.Range(1, grid.Count).Select(v => (float)v)];
        FeatureSet features = new TestImage(grid, values, region).Measure(AsItIs, new FeatureSelection(FeatureFamilies.Morphology, TextureAggregations.None));
        double edges = 4 * (5 + 4 + 3), volume = 6 * 5 * 4 - edges / 8 - 8 * (1 / 8.0 - 1 / 48.0);
        AssertClose(volume, features["morph_volume"], 1e-12);
        AssertClose(1, features["morph_vol_dens_conv_hull"], 1e-12);
        AssertClose(1, features["morph_area_dens_conv_hull"], 1e-12);
    }

    private static void AssertClose(double expected, double measured, double tolerance, string what = "") =>
        Assert.True(double.IsNaN(expected) ? double.IsNaN(measured) : Math.Abs(expected - measured) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{what} {measured:R} instead of {expected:R}");

    private static (double Moran, double Geary) OverAllPairs(TestImage image)
    {
        List<(double X, double Y, double Z, double Value)> voxels = [];
        VoxelGrid g = image.Grid;
        for (int i = 0; i < g.Count; i++)
        {
            if (image.Region[i]) voxels.Add((i % g.CountX * g.SpacingX, i / g.CountX % g.CountY * g.SpacingY, i / g.CountX / g.CountY * g.SpacingZ, image.Values[i]));
        }

        double mean = 0, squares = 0, weights = 0, products = 0, differences = 0;
        foreach (var v in voxels) mean += v.Value / voxels.Count;
        foreach (var a in voxels)
        {
            squares += (a.Value - mean) * (a.Value - mean);
            foreach (var b in voxels)
            {
                double distance = Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y) + (a.Z - b.Z) * (a.Z - b.Z));
                if (distance == 0) continue;
                weights += 1 / distance;
                products += (a.Value - mean) * (b.Value - mean) / distance;
                differences += (a.Value - b.Value) * (a.Value - b.Value) / distance;
            }
        }

        if (voxels.TrueForAll(v => v.Value.Equals(voxels[0].Value))) return (double.NaN, double.NaN);
        return (voxels.Count / weights * products / squares, (voxels.Count - 1) / (2 * weights) * differences / squares);
    }

    private static IEnumerable<(double X, double Y, double Z)> Surface(TestImage image)
    {
        VoxelGrid g = image.Grid;
        for (int i = 0; i < g.Count; i++)
        {
            int x = i % g.CountX, y = i / g.CountX % g.CountY, z = i / g.CountX / g.CountY;
            if (!image.Region[i]) continue;
            foreach ((int dx, int dy, int dz) in ((int, int, int)[])[(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
            {
                (int u, int v, int w) = (x + dx, y + dy, z + dz);
                bool inside = (uint)u < (uint)g.CountX && (uint)v < (uint)g.CountY && (uint)w < (uint)g.CountZ && image.Region[g.Index(u, v, w)];
                if (!inside) yield return ((x + dx / 2.0) * g.SpacingX, (y + dy / 2.0) * g.SpacingY, (z + dz / 2.0) * g.SpacingZ);
            }
        }
    }

    private static TestImage Mirrored(TestImage image)
    {
        VoxelGrid g = image.Grid;
        float[] values = new float[g.Count];
        bool[] region = new bool[g.Count];
        for (int i = 0; i < g.Count; i++)
        {
            int to = g.Index(g.CountX - 1 - i % g.CountX, i / g.CountX % g.CountY, i / g.CountX / g.CountY);
            values[to] = image.Values[i];
            region[to] = image.Region[i];
        }

        return new TestImage(g, values, region);
    }
}
