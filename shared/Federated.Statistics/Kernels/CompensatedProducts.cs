using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Federated.Statistics.Kernels;

/// <summary>
/// X'Y and diag(Y'Y) with twice the digits (two-product by fused multiply-add, two-sum; Ogita, Rump and Oishi 2005, algorithm 5.3), as two doubles
/// per sum. What a site sends is then exact to the last bit of a double, and a residual sum of squares taken from the sums keeps its digits even
/// where covariates explain nearly all of a feature.
/// </summary>
public static class CompensatedProducts
{
    /// <summary>X'Y (k x Stride) into high + low.</summary>
    public static void Multiply(ReadOnlySpan<double> x, int k, FeatureBlock y, Span<double> high, Span<double> low)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Length, y.Rows * k, nameof(x));
        ArgumentOutOfRangeException.ThrowIfLessThan(high.Length, k * y.Stride, nameof(high));
        ArgumentOutOfRangeException.ThrowIfLessThan(low.Length, k * y.Stride, nameof(low));
        if (Vector512.IsHardwareAccelerated) Multiply<Vector512<double>, Lanes512>(x, k, y, high, low);
        else Multiply<Vector256<double>, Lanes256>(x, k, y, high, low);
    }

    /// <summary>diag(Y'Y) (Stride) into high + low.</summary>
    public static void Squares(FeatureBlock y, Span<double> high, Span<double> low)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(high.Length, y.Stride, nameof(high));
        ArgumentOutOfRangeException.ThrowIfLessThan(low.Length, y.Stride, nameof(low));
        if (Vector512.IsHardwareAccelerated) Squares<Vector512<double>, Lanes512>(y, high, low);
        else Squares<Vector256<double>, Lanes256>(y, high, low);
    }

    private static void Multiply<TVector, TLanes>(ReadOnlySpan<double> x, int k, FeatureBlock y, Span<double> high, Span<double> low)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref double values = ref y.Start;
        ref double highs = ref MemoryMarshal.GetReference(high);
        ref double lows = ref MemoryMarshal.GetReference(low);
        int stride = y.Stride;
        for (int a = 0; a < k; a++)
        {
            for (int column = 0; column < stride; column += TLanes.Count)
            {
                TVector sum = TLanes.All(0), rest = TLanes.All(0);
                for (int row = 0, at = column; row < y.Rows; row++, at += stride)
                    Accumulate<TVector, TLanes>(TLanes.All(x[(row * k) + a]), TLanes.Load(ref values, at), ref sum, ref rest);
                Store<TVector, TLanes>(sum, rest, ref highs, ref lows, (a * stride) + column);
            }
        }
    }

    private static void Squares<TVector, TLanes>(FeatureBlock y, Span<double> high, Span<double> low)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref double values = ref y.Start;
        ref double highs = ref MemoryMarshal.GetReference(high);
        ref double lows = ref MemoryMarshal.GetReference(low);
        for (int column = 0; column < y.Stride; column += TLanes.Count)
        {
            TVector sum = TLanes.All(0), rest = TLanes.All(0);
            for (int row = 0, at = column; row < y.Rows; row++, at += y.Stride)
            {
                TVector value = TLanes.Load(ref values, at);
                Accumulate<TVector, TLanes>(value, value, ref sum, ref rest);
            }

            Store<TVector, TLanes>(sum, rest, ref highs, ref lows, column);
        }
    }

    private static void Accumulate<TVector, TLanes>(TVector left, TVector right, ref TVector sum, ref TVector rest)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TVector product = TLanes.Multiply(left, right);
        TVector productError = TLanes.FusedMultiplyAdd(left, right, TLanes.Subtract(TLanes.All(0), product));
        TVector total = TLanes.Add(sum, product);
        TVector shadow = TLanes.Subtract(total, sum);
        TVector sumError = TLanes.Add(TLanes.Subtract(sum, TLanes.Subtract(total, shadow)), TLanes.Subtract(product, shadow));
        sum = total;
        rest = TLanes.Add(rest, TLanes.Add(productError, sumError));
    }

    private static void Store<TVector, TLanes>(TVector sum, TVector rest, ref double high, ref double low, int index)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TVector total = TLanes.Add(sum, rest);
        TLanes.Store(total, ref high, index);
        TLanes.Store(TLanes.Subtract(rest, TLanes.Subtract(total, sum)), ref low, index);
    }
}
