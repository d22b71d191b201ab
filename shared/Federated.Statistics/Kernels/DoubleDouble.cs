using System.Runtime.InteropServices;

namespace Federated.Statistics.Kernels;

/// <summary>
/// An unevaluated sum of two doubles, about 106 bits: |Low| is at most half a unit in the last place of High. Sums by Knuth's two-sum, products by
/// fused multiply-add (Dekker 1971; Ogita, Rump and Oishi 2005).
/// </summary>
/// <param name="High">The nearest double.</param>
/// <param name="Low">What rounding left over.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DoubleDouble(double High, double Low)
{
    /// <summary>Zero.</summary>
    public static DoubleDouble Zero => default;

    /// <summary>The nearest double.</summary>
    public double Value => High;

    /// <summary>A double, exactly.</summary>
    public static implicit operator DoubleDouble(double value) => new(value, 0);

    /// <summary>Exactly <paramref name="left"/> + <paramref name="right"/>.</summary>
    public static DoubleDouble Sum(double left, double right)
    {
        double sum = left + right;
        double shadow = sum - left;
        return new DoubleDouble(sum, (left - (sum - shadow)) + (right - shadow));
    }

    /// <summary>Exactly <paramref name="left"/> * <paramref name="right"/>.</summary>
    public static DoubleDouble Product(double left, double right)
    {
        double product = left * right;
        return new DoubleDouble(product, Math.FusedMultiplyAdd(left, right, -product));
    }

    /// <summary>Sum.</summary>
    public static DoubleDouble operator +(DoubleDouble left, DoubleDouble right)
    {
        DoubleDouble high = Sum(left.High, right.High);
        return Renormalized(high.High, high.Low + left.Low + right.Low);
    }

    /// <summary>Opposite.</summary>
    public static DoubleDouble operator -(DoubleDouble value) => new(-value.High, -value.Low);

    /// <summary>Difference.</summary>
    public static DoubleDouble operator -(DoubleDouble left, DoubleDouble right) => left + -right;

    /// <summary>Product.</summary>
    public static DoubleDouble operator *(DoubleDouble left, DoubleDouble right)
    {
        DoubleDouble high = Product(left.High, right.High);
        return Renormalized(high.High, high.Low + ((left.High * right.Low) + (left.Low * right.High)));
    }

    /// <summary>Quotient by a double.</summary>
    public static DoubleDouble operator /(DoubleDouble dividend, double divisor)
    {
        double quotient = dividend.High / divisor;
        DoubleDouble rest = dividend - Product(quotient, divisor);
        return Renormalized(quotient, rest.High / divisor);
    }

    private static DoubleDouble Renormalized(double high, double low)
    {
        double sum = high + low;
        return new DoubleDouble(sum, low - (sum - high));
    }
}
