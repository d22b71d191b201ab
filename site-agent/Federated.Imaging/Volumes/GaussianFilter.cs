using System.Numerics;
using System.Runtime.InteropServices;

namespace Federated.Imaging.Volumes;

/// <summary>
/// Blurs an image by a Gaussian of a stated width in millimetres along every axis, whatever the spacing. The weights are the Gaussian's share of each voxel, and its width is set such that their
/// second moment is exactly that of the width asked for: filters of any width, narrower than a voxel too, add in square to the resolution of the image.
/// Beyond its outermost centres an image goes on with its outermost values, so a uniform image stays uniform.
/// </summary>
public static class GaussianFilter
{
    /// <summary>Widest filter in millimetres of full width at half maximum.</summary>
    public const double MaximumWidth = 100;

    /// <summary>Full width at half maximum of a Gaussian, divided by its standard deviation: 2 sqrt(2 ln 2).</summary>
    public static readonly double WidthPerDeviation = 2 * Math.Sqrt(2 * Math.Log(2));

    /// <summary>The blurred image; the image itself when the width is zero.</summary>
    /// <param name="image">The image.</param>
    /// <param name="fwhmMillimetres">Full width at half maximum in millimetres, from 0 to <see cref="MaximumWidth"/>.</param>
    public static Volume Apply(Volume image, double fwhmMillimetres)
    {
        if (fwhmMillimetres is not (>= 0 and <= MaximumWidth))
            throw new ArgumentOutOfRangeException(nameof(fwhmMillimetres), fwhmMillimetres, $"a Gaussian filter is 0 to {MaximumWidth} mm wide at half maximum");
        if (fwhmMillimetres == 0) return image;
        VolumeGeometry grid = image.Geometry;
        double deviation = fwhmMillimetres / WidthPerDeviation;
        float[] values = new float[grid.Count], scratch = new float[grid.Count];
        AlongRows(image.Values, scratch, grid.CountX, Weights(deviation / grid.Spacing.X));
        AcrossBlocks(scratch, values, grid.CountX, grid.CountY, grid.CountZ, Weights(deviation / grid.Spacing.Y));
        AcrossBlocks(values, scratch, grid.SliceCount, grid.CountZ, 1, Weights(deviation / grid.Spacing.Z));
        return new Volume(grid, scratch);
    }

    /// <summary>Weights of the centre voxel and of its neighbours on one side, for a standard deviation in voxels. Centre + twice the others is one.</summary>
    internal static float[] Weights(double deviation)
    {
        double variance = deviation * deviation;
        // The share of each voxel widens a Gaussian by up to the variance of a voxel: find the narrower one that ends at the variance asked for.
        double low = 0, high = deviation + 1;
        for (int i = 0; i < 80; i++)
        {
            double middle = 0.5 * (low + high);
            if (SecondMoment(Shares(middle)) < variance) low = middle;
            else high = middle;
        }
        return Array.ConvertAll(Shares(high), share => (float)share);
    }

    private static double[] Shares(double deviation)
    {
        int reach = (int)Math.Ceiling(5 * deviation + 0.5);
        double[] shares = new double[reach + 1];
        double total = 0;
        for (int k = 0; k <= reach; k++)
        {
            shares[k] = 0.5 * (ErrorFunction.Of((k + 0.5) / (deviation * Math.Sqrt(2))) - ErrorFunction.Of((k - 0.5) / (deviation * Math.Sqrt(2))));
            total += k == 0 ? shares[k] : 2 * shares[k];
        }
        return Array.ConvertAll(shares, share => share / total);
    }

    private static double SecondMoment(double[] shares)
    {
        double moment = 0;
        for (int k = 1; k < shares.Length; k++) moment += 2.0 * k * k * shares[k];
        return moment;
    }

    private static void AlongRows(float[] source, float[] target, int length, float[] weights)
    {
        int reach = weights.Length - 1;
        float[] padded = new float[length + 2 * reach];
        for (int start = 0; start < source.Length; start += length)
        {
            ReadOnlySpan<float> row = source.AsSpan(start, length);
            padded.AsSpan(0, reach).Fill(row[0]);
            row.CopyTo(padded.AsSpan(reach));
            padded.AsSpan(reach + length).Fill(row[^1]);
            Span<float> result = target.AsSpan(start, length);
            Scale(padded.AsSpan(reach, length), weights[0], result);
            for (int k = 1; k <= reach; k++) AddPair(padded.AsSpan(reach - k, length), padded.AsSpan(reach + k, length), weights[k], result);
        }
    }

    // Blocks that follow each other along the axis: rows of a slice for y, whole slices for z.
    private static void AcrossBlocks(float[] source, float[] target, int block, int blocks, int groups, float[] weights)
    {
        for (int group = 0; group < groups; group++)
        {
            int first = group * blocks * block;
            for (int b = 0; b < blocks; b++)
            {
                Span<float> result = target.AsSpan(first + b * block, block);
                Scale(source.AsSpan(first + b * block, block), weights[0], result);
                for (int k = 1; k < weights.Length; k++)
                {
                    AddPair(
                        source.AsSpan(first + Math.Max(0, b - k) * block, block), source.AsSpan(first + Math.Min(blocks - 1, b + k) * block, block), weights[k], result);
                }
            }
        }
    }

    private static void Scale(ReadOnlySpan<float> source, float weight, Span<float> target)
    {
        for (int i = 0; i < target.Length; i++) target[i] = weight * source[i];
    }

    private static void AddPair(ReadOnlySpan<float> before, ReadOnlySpan<float> after, float weight, Span<float> target)
    {
        ReadOnlySpan<Vector<float>> a = MemoryMarshal.Cast<float, Vector<float>>(before), b = MemoryMarshal.Cast<float, Vector<float>>(after);
        Span<Vector<float>> sum = MemoryMarshal.Cast<float, Vector<float>>(target);
        Vector<float> factor = new(weight);
        for (int i = 0; i < sum.Length; i++) sum[i] += factor * (a[i] + b[i]);
        for (int i = sum.Length * Vector<float>.Count; i < target.Length; i++) target[i] += weight * (before[i] + after[i]);
    }
}
