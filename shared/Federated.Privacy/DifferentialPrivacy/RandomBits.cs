using System.Numerics;
using Federated.Privacy.Randomness;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>Exact coins and dice from random bytes, fetched in blocks.</summary>
internal sealed class RandomBits(IRandomness randomness)
{
    private readonly byte[] _block = new byte[512];
    private int _used = 512;

    /// <summary>Uniform in 0 .. bound - 1, by rejection.</summary>
    public BigInteger Below(BigInteger bound)
    {
        BigInteger last = bound - 1;
        long bits = last.GetBitLength();
        if (bits <= 63) return Below((ulong)bound);
        int bytes = checked((int)((bits + 7) / 8));
        byte mask = (byte)(0xFF >> ((8 * bytes) - (int)bits));
        byte[] draw = new byte[bytes];
        while (true)
        {
            for (int i = 0; i < bytes; i++) draw[i] = NextByte();
            draw[bytes - 1] &= mask;
            var value = new BigInteger(draw, isUnsigned: true);
            if (value <= last) return value;
        }
    }

    /// <summary>True with probability numerator / denominator.</summary>
    public bool Bernoulli(BigInteger numerator, BigInteger denominator) => Below(denominator) < numerator;

    /// <summary>True with probability exp(-numerator / denominator), exactly (algorithm 1 of Canonne, Kamath and Steinke 2020).</summary>
    public bool BernoulliExponential(BigInteger numerator, BigInteger denominator)
    {
        BigInteger whole = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        for (BigInteger i = 0; i < whole; i++)
            if (!BernoulliExponentialOfFraction(BigInteger.One, BigInteger.One)) return false;
        return BernoulliExponentialOfFraction(rest, denominator);
    }

    private bool BernoulliExponentialOfFraction(BigInteger numerator, BigInteger denominator)
    {
        int k = 1;
        while (Bernoulli(numerator, denominator * k)) k++;
        return (k & 1) == 1;
    }

    private ulong Below(ulong bound)
    {
        ulong last = bound - 1;
        int bits = 64 - BitOperations.LeadingZeroCount(last);
        ulong mask = bits == 0 ? 0 : ulong.MaxValue >> (64 - bits);
        while (true)
        {
            ulong value = 0;
            for (int i = 0; i < bits; i += 8) value = (value << 8) | NextByte();
            value &= mask;
            if (value <= last) return value;
        }
    }

    private byte NextByte()
    {
        if (_used == _block.Length)
        {
            randomness.Fill(_block);
            _used = 0;
        }

        return _block[_used++];
    }
}
