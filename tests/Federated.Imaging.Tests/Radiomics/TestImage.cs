using System.Globalization;
using Federated.Imaging.Radiomics;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>An image and its region on one grid, from NIfTI files or a list of voxels.</summary>
internal sealed record TestImage(VoxelGrid Grid, float[] Values, bool[] Region)
{
    public static TestImage FromNifti(string image, string mask)
    {
        (VoxelGrid grid, float[] values) = Read(image);
        (VoxelGrid other, float[] region) = Read(mask);
        Assert.Equal((grid.CountX, grid.CountY, grid.CountZ), (other.CountX, other.CountY, other.CountZ));
        return new TestImage(grid, values, Array.ConvertAll(region, v => v > 0.5f));
    }

    /// <summary>The digital phantom of the reference manual: 5 x 4 x 4 voxels of 2 mm.</summary>
    public static TestImage DigitalPhantom()
    {
        VoxelGrid grid = new(5, 4, 4, 2, 2, 2);
        float[] values = new float[grid.Count];
        bool[] region = new bool[grid.Count];
        foreach (string line in File.ReadLines(References.Copied("ibsi/digital_phantom.csv")).Skip(1))
        {
            int[] row = [.. line.Split(',').Select(v => int.Parse(v, CultureInfo.InvariantCulture))];
            values[grid.Index(row[0], row[1], row[2])] = row[3];
            region[grid.Index(row[0], row[1], row[2])] = row[4] == 1;
        }

        return new TestImage(grid, values, region);
    }

    public FeatureSet Measure(ExtractionSettings settings, FeatureSelection? selection = null) =>
        RadiomicFeatures.Measure(Grid, Values, Region, settings, selection ?? FeatureSelection.Everything);

    private static (VoxelGrid Grid, float[] Values) Read(string path)
    {
        Volume image = NiftiReader.Read(File.ReadAllBytes(path));
        return (VoxelGrid.Of(image.Geometry), image.Values);
    }
}
