using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Federated.Statistics.Kernels;

/// <summary>
/// X'Y over the rows of a block, rows in order and one fused multiply-add each. Threads may only split features, so a result has the same bits for
/// any number of them.
/// </summary>
public static class CrossProducts
{
    /// <summary>Replaces <paramref name="products"/> (k x Stride) by X'Y.</summary>
    /// <param name="x">Row-major Rows x k.</param>
    /// <param name="k">Columns of X.</param>
    /// <param name="y">The block Y.</param>
    /// <param name="products">k x Stride.</param>
    public static void Multiply(ReadOnlySpan<double> x, int k, FeatureBlock y, Span<double> products)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Length, y.Rows * k, nameof(x));
        ArgumentOutOfRangeException.ThrowIfLessThan(products.Length, k * y.Stride, nameof(products));
        if (Vector512.IsHardwareAccelerated) Multiply<Vector512<double>, Lanes512>(x, k, y, products);
        else Multiply<Vector256<double>, Lanes256>(x, k, y, products);
    }

    /// <summary>
    /// The sum of squared residuals y - X beta per column of a block, where <paramref name="beta"/> is k x Stride; at least Stride sums.
    /// </summary>
    public static void ResidualSquares(ReadOnlySpan<double> x, int k, FeatureBlock y, ReadOnlySpan<double> beta, Span<double> squares)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(x.Length, y.Rows * k, nameof(x));
        ArgumentOutOfRangeException.ThrowIfLessThan(beta.Length, k * y.Stride, nameof(beta));
        ArgumentOutOfRangeException.ThrowIfLessThan(squares.Length, y.Stride, nameof(squares));
        if (Vector512.IsHardwareAccelerated) ResidualSquares<Vector512<double>, Lanes512>(x, k, y, beta, squares);
        else ResidualSquares<Vector256<double>, Lanes256>(x, k, y, beta, squares);
    }

    private static void Multiply<TVector, TLanes>(ReadOnlySpan<double> x, int k, FeatureBlock y, Span<double> products)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref double design = ref MemoryMarshal.GetReference(x);
        ref double values = ref y.Start;
        ref double sums = ref MemoryMarshal.GetReference(products);
        int stride = y.Stride;
        for (int column = 0; column < stride; column += TLanes.Count)
        {
            int a = 0;
            for (; a + 4 <= k; a += 4) // four columns of X share one load of Y
            {
                TVector first = TLanes.All(0), second = TLanes.All(0), third = TLanes.All(0), fourth = TLanes.All(0);
                for (int row = 0, at = column, from = a; row < y.Rows; row++, at += stride, from += k)
                {
                    TVector value = TLanes.Load(ref values, at);
                    first = TLanes.FusedMultiplyAdd(TLanes.All(At(ref design, from)), value, first);
                    second = TLanes.FusedMultiplyAdd(TLanes.All(At(ref design, from + 1)), value, second);
                    third = TLanes.FusedMultiplyAdd(TLanes.All(At(ref design, from + 2)), value, third);
                    fourth = TLanes.FusedMultiplyAdd(TLanes.All(At(ref design, from + 3)), value, fourth);
                }

                TLanes.Store(first, ref sums, (a * stride) + column);
                TLanes.Store(second, ref sums, ((a + 1) * stride) + column);
                TLanes.Store(third, ref sums, ((a + 2) * stride) + column);
                TLanes.Store(fourth, ref sums, ((a + 3) * stride) + column);
            }

            for (; a < k; a++)
            {
                TVector sum = TLanes.All(0);
                for (int row = 0, at = column, from = a; row < y.Rows; row++, at += stride, from += k)
                    sum = TLanes.FusedMultiplyAdd(TLanes.All(At(ref design, from)), TLanes.Load(ref values, at), sum);
                TLanes.Store(sum, ref sums, (a * stride) + column);
            }
        }
    }

    private static void ResidualSquares<TVector, TLanes>(ReadOnlySpan<double> x, int k, FeatureBlock y, ReadOnlySpan<double> beta, Span<double> squares)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref double design = ref MemoryMarshal.GetReference(x);
        ref double effects = ref MemoryMarshal.GetReference(beta);
        ref double values = ref y.Start;
        ref double sums = ref MemoryMarshal.GetReference(squares);
        int stride = y.Stride;
        for (int column = 0; column < stride; column += TLanes.Count)
        {
            TVector sum = TLanes.All(0);
            for (int row = 0, at = column, from = 0; row < y.Rows; row++, at += stride)
            {
                TVector residual = TLanes.Load(ref values, at);
                for (int a = 0, effect = column; a < k; a++, from++, effect += stride)
                    residual = TLanes.FusedMultiplyAdd(TLanes.All(-At(ref design, from)), TLanes.Load(ref effects, effect), residual);
                sum = TLanes.FusedMultiplyAdd(residual, residual, sum);
            }

            TLanes.Store(sum, ref sums, column);
        }
    }

    private static double At(ref double start, int index) => System.Runtime.CompilerServices.Unsafe.Add(ref start, index);
}
