using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>An image and its region on one grid, read the short way for tests: little-endian NIfTI-1, or a list of voxels.</summary>
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
        using GZipStream gzip = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream memory = new();
        gzip.CopyTo(memory);
        ReadOnlySpan<byte> bytes = memory.ToArray();
        Assert.Equal(348, BinaryPrimitives.ReadInt32LittleEndian(bytes));
        int nx = Short(bytes, 42), ny = Short(bytes, 44), nz = Short(bytes, 46), type = Short(bytes, 70);
        VoxelGrid grid = new(nx, ny, nz, Single(bytes, 80), Single(bytes, 84), Single(bytes, 88));
        float slope = Single(bytes, 112), intercept = Single(bytes, 116);
        if (slope == 0) (slope, intercept) = (1, 0);
        ReadOnlySpan<byte> data = bytes[(int)Single(bytes, 108)..];
        float[] values = new float[grid.Count];
        for (int i = 0; i < values.Length; i++)
        {
            double raw = type switch
            {
                2 => data[i],
                4 => BinaryPrimitives.ReadInt16LittleEndian(data[(2 * i)..]),
                8 => BinaryPrimitives.ReadInt32LittleEndian(data[(4 * i)..]),
                16 => Single(data, 4 * i),
                64 => BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]),
                512 => BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * i)..]),
                _ => throw new NotSupportedException($"NIfTI data type {type} in {path}"),
            };
            values[i] = (float)(raw * slope + intercept);
        }

        return (grid, values);
    }

    private static short Short(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);

    private static float Single(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadSingleLittleEndian(bytes[at..]);
}
