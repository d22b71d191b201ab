using System.Numerics;
using System.Runtime.InteropServices;

namespace Federated.Privacy.SecureAggregation;

/// <summary>The integers that are added up: the lane of an aggregation. The number is the width in bits, as it enters the context.</summary>
public enum Ring
{
    /// <summary>Z_2^64, 8 bytes an element, little endian: clipped model updates.</summary>
    Bits64 = 64,

    /// <summary>Z_2^128, 16 bytes an element, little endian: statistics.</summary>
    Bits128 = 128,
}

/// <summary>Addition in a ring over little-endian payload bytes.</summary>
internal static class RingArithmetic
{
    public static int ElementBytes(Ring ring) => (int)ring / 8;

    /// <summary>total += addend, or total -= addend, element by element, modulo the ring.</summary>
    public static void Accumulate(Ring ring, Span<byte> total, ReadOnlySpan<byte> addend, bool subtract)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Masked vectors are little endian: run this on a little-endian machine.");
        if (total.Length != addend.Length || total.Length % ElementBytes(ring) != 0)
            throw new ArgumentException($"{addend.Length} bytes cannot be added to {total.Length} bytes of {(int)ring}-bit elements.", nameof(addend));
        Span<ulong> left = MemoryMarshal.Cast<byte, ulong>(total);
        ReadOnlySpan<ulong> right = MemoryMarshal.Cast<byte, ulong>(addend);
        if (ring == Ring.Bits64) Accumulate64(left, right, subtract);
        else Accumulate128(left, right, subtract);
    }

    private static void Accumulate64(Span<ulong> total, ReadOnlySpan<ulong> addend, bool subtract)
    {
        int i = 0;
        for (; i <= total.Length - Vector<ulong>.Count; i += Vector<ulong>.Count)
        {
            var left = new Vector<ulong>(total[i..]);
            var right = new Vector<ulong>(addend[i..]);
            (subtract ? left - right : left + right).CopyTo(total[i..]);
        }

        for (; i < total.Length; i++) total[i] = unchecked(subtract ? total[i] - addend[i] : total[i] + addend[i]);
    }

    private static void Accumulate128(Span<ulong> total, ReadOnlySpan<ulong> addend, bool subtract)
    {
        for (int i = 0; i + 1 < total.Length && i + 1 < addend.Length; i += 2)
        {
            ulong low = total[i], high = total[i + 1];
            unchecked
            {
                if (subtract)
                {
                    ulong borrow = low < addend[i] ? 1UL : 0;
                    total[i] = low - addend[i];
                    total[i + 1] = high - addend[i + 1] - borrow;
                }
                else
                {
                    ulong sum = low + addend[i];
                    ulong carry = sum < low ? 1UL : 0;
                    total[i] = sum;
                    total[i + 1] = high + addend[i + 1] + carry;
                }
            }
        }
    }
}
