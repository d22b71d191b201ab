using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Federated.Statistics.Kernels;

/// <summary>Means of the columns of a block and deviations from them, in row order, so that the same rows give the same bits.</summary>
public static class Centring
{
    /// <summary>
    /// Replaces every value by its deviation from its column's mean. The mean is returned as two doubles, so an offset of 1e9 standard deviations
    /// costs no digit of the deviations. A column with a missing value becomes NaN throughout.
    /// </summary>
    /// <param name="block">Values; deviations on return.</param>
    /// <param name="mean">High parts, at least Stride long.</param>
    /// <param name="low">Low parts, at least Stride long.</param>
    public static void AboutOwnMean(FeatureBlock block, Span<double> mean, Span<double> low)
    {
        if (Vector512.IsHardwareAccelerated) AboutOwnMean<Vector512<double>, Lanes512>(block, mean, low);
        else AboutOwnMean<Vector256<double>, Lanes256>(block, mean, low);
    }

    /// <summary>Replaces every value by its deviation from a given mean, high + low.</summary>
    public static void About(FeatureBlock block, ReadOnlySpan<double> mean, ReadOnlySpan<double> low)
    {
        if (Vector512.IsHardwareAccelerated) About<Vector512<double>, Lanes512>(block, mean, low);
        else About<Vector256<double>, Lanes256>(block, mean, low);
    }

    /// <summary>The largest absolute value per column of a block, at least Stride long.</summary>
    public static void LargestDeviation(FeatureBlock block, Span<double> largest)
    {
        if (Vector512.IsHardwareAccelerated) LargestDeviation<Vector512<double>, Lanes512>(block, largest);
        else LargestDeviation<Vector256<double>, Lanes256>(block, largest);
    }

    private static void AboutOwnMean<TVector, TLanes>(FeatureBlock block, Span<double> mean, Span<double> low)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        Require(block, mean.Length);
        Require(block, low.Length);
        ref double values = ref block.Start;
        ref double means = ref MemoryMarshal.GetReference(mean);
        ref double lows = ref MemoryMarshal.GetReference(low);
        TVector rows = TLanes.All(block.Rows);
        int stride = block.Stride;
        for (int column = 0; column < stride; column += TLanes.Count)
        {
            TVector sum = TLanes.All(0);
            for (int row = 0, at = column; row < block.Rows; row++, at += stride) sum = TLanes.Add(sum, TLanes.Load(ref values, at));
            TVector centre = TLanes.Divide(sum, rows);

            TVector rest = TLanes.All(0);
            for (int row = 0, at = column; row < block.Rows; row++, at += stride)
                rest = TLanes.Add(rest, TLanes.Subtract(TLanes.Load(ref values, at), centre));
            rest = TLanes.Divide(rest, rows);

            for (int row = 0, at = column; row < block.Rows; row++, at += stride)
                TLanes.Store(TLanes.Subtract(TLanes.Subtract(TLanes.Load(ref values, at), centre), rest), ref values, at);
            TLanes.Store(centre, ref means, column);
            TLanes.Store(rest, ref lows, column);
        }
    }

    private static void About<TVector, TLanes>(FeatureBlock block, ReadOnlySpan<double> mean, ReadOnlySpan<double> low)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        Require(block, mean.Length);
        Require(block, low.Length);
        ref double values = ref block.Start;
        ref double means = ref MemoryMarshal.GetReference(mean);
        ref double lows = ref MemoryMarshal.GetReference(low);
        int stride = block.Stride;
        for (int row = 0; row < block.Rows; row++)
        {
            for (int column = 0, at = row * stride; column < stride; column += TLanes.Count, at += TLanes.Count)
            {
                TVector deviation = TLanes.Subtract(TLanes.Load(ref values, at), TLanes.Load(ref means, column));
                TLanes.Store(TLanes.Subtract(deviation, TLanes.Load(ref lows, column)), ref values, at);
            }
        }
    }

    private static void LargestDeviation<TVector, TLanes>(FeatureBlock block, Span<double> largest)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        Require(block, largest.Length);
        ref double values = ref block.Start;
        ref double maxima = ref MemoryMarshal.GetReference(largest);
        int stride = block.Stride;
        for (int column = 0; column < stride; column += TLanes.Count)
        {
            TVector maximum = TLanes.All(0);
            for (int row = 0, at = column; row < block.Rows; row++, at += stride)
                maximum = TLanes.Max(maximum, TLanes.Abs(TLanes.Load(ref values, at)));
            TLanes.Store(maximum, ref maxima, column);
        }
    }

    private static void Require(FeatureBlock block, int length) => ArgumentOutOfRangeException.ThrowIfLessThan(length, block.Stride, nameof(length));
}
