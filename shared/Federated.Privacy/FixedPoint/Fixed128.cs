namespace Federated.Privacy.FixedPoint;

/// <summary>
/// Two's complement fixed point in Z_2^128 with 64 fraction bits (Q63.64) times a public power of two: the element <c>e</c> of unit <c>u</c> stands for
/// <c>e * 2^(u - 64)</c>. Integer addition is associative, so a sum over sites, or over scanners, has the same bits in any order.
/// </summary>
public static class Fixed128
{
    /// <summary>Fraction bits of an element whose unit is 0.</summary>
    public const int FractionBits = 64;

    /// <summary>Bytes of one element on the wire.</summary>
    public const int ElementBytes = 16;

    /// <summary>
    /// The element for <paramref name="value"/> in units of 2^<paramref name="unit"/>, rounded to nearest, ties to even.
    /// </summary>
    /// <param name="value">A finite number.</param>
    /// <param name="unit">Public power of two.</param>
    /// <param name="element">The element.</param>
    /// <returns><see langword="false"/> for NaN, infinities and |value| >= 2^(63 + unit): nothing that would wrap is ever encoded.</returns>
    public static bool TryEncode(double value, int unit, out Int128 element)
    {
        element = default;
        if (!double.IsFinite(value)) return false;
        if (value == 0) return true;

        long bits = BitConverter.DoubleToInt64Bits(value);
        int biased = (int)((bits >> 52) & 0x7FF);
        long fraction = bits & 0xF_FFFF_FFFF_FFFF;
        long significand = biased == 0 ? fraction : fraction | (1L << 52);
        int shift = (biased == 0 ? -1074 : biased - 1075) + FractionBits - unit; // element = significand * 2^shift

        UInt128 magnitude;
        if (shift >= 0)
        {
            int significantBits = 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)significand);
            if (shift + significantBits > 127) return false;
            magnitude = (UInt128)(ulong)significand << shift;
        }
        else
        {
            int drop = -shift;
            if (drop > 54)
            {
                magnitude = 0; // less than half of the last place
            }
            else
            {
                ulong whole = (ulong)significand >> drop;
                ulong remainder = (ulong)significand & ((1UL << drop) - 1);
                ulong half = 1UL << (drop - 1);
                if (remainder > half || (remainder == half && (whole & 1) == 1)) whole++;
                magnitude = whole;
            }
        }

        element = value < 0 ? -(Int128)magnitude : (Int128)magnitude;
        return true;
    }

    /// <summary>The number an element of this unit stands for, rounded once to the nearest double.</summary>
    public static double Decode(Int128 element, int unit) => Decode(element, unit, out _);

    /// <summary>
    /// The number an element stands for as an unevaluated sum of two doubles: the nearest double, and in <paramref name="low"/> what rounding left
    /// over (about 106 bits together).
    /// </summary>
    public static double Decode(Int128 element, int unit, out double low)
    {
        double high = (double)element;
        Int128 rest = high < 1.7014118346046923E+38 ? element - (Int128)high : element - Int128.MaxValue - 1; // 2^127 itself is no Int128
        low = double.ScaleB((double)rest, unit - FractionBits);
        return double.ScaleB(high, unit - FractionBits);
    }
}
