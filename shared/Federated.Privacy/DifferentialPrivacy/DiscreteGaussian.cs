using System.Numerics;
using System.Runtime.InteropServices;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>
/// The discrete Gaussian on the integers, P(x) proportional to exp(-x^2 / (2 sigma^2)), sampled exactly from random bits with rational arithmetic (Canonne, Kamath
/// and Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithms 1 to 3): no floating-point number takes part, so none of the known attacks on
/// rounded Gaussian noise applies, and the noise is an element of the ring in which vectors are summed.
/// </summary>
/// <remarks>The time a draw takes depends on the value drawn; draw before the vector leaves, not while somebody waits for it.</remarks>
public sealed class DiscreteGaussian
{
    private readonly BigInteger _numerator;
    private readonly BigInteger _denominator;
    private readonly BigInteger _scale; // t = floor(sigma) + 1

    /// <summary>With the variance numerator / denominator, both positive, in squared units of the grid.</summary>
    public DiscreteGaussian(BigInteger numerator, BigInteger denominator)
    {
        if (numerator.Sign <= 0 || denominator.Sign <= 0) throw new ArgumentOutOfRangeException(nameof(numerator), "A variance is positive.");
        BigInteger divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        _numerator = numerator / divisor;
        _denominator = denominator / divisor;
        _scale = SquareRoot(_numerator / _denominator) + 1;
    }

    /// <summary>With a standard deviation of sigma, the double taken exactly as the rational number it is, in units of the grid.</summary>
    public static DiscreteGaussian OfStandardDeviation(double sigma)
    {
        if (!double.IsFinite(sigma) || sigma <= 0) throw new ArgumentOutOfRangeException(nameof(sigma), "A standard deviation is positive and finite.");
        int exponent = Math.ILogB(sigma) - 52;
        var significand = new BigInteger(Math.ScaleB(sigma, -exponent));
        return exponent >= 0
            ? new DiscreteGaussian(BigInteger.Pow(significand << exponent, 2), BigInteger.One)
            : new DiscreteGaussian(BigInteger.Pow(significand, 2), BigInteger.One << (-2 * exponent));
    }

    /// <summary>One draw.</summary>
    public BigInteger Sample(IRandomness randomness)
    {
        var bits = new RandomBits(randomness);
        return Sample(bits);
    }

    /// <summary>Adds an independent draw to every element of a vector, modulo the ring.</summary>
    public void AddTo(Ring ring, Span<byte> vector, IRandomness randomness)
    {
        var bits = new RandomBits(randomness);
        if (ring == Ring.Bits64)
        {
            foreach (ref ulong element in MemoryMarshal.Cast<byte, ulong>(vector)) element = unchecked(element + (ulong)(Sample(bits) & ulong.MaxValue));
        }
        else
        {
            foreach (ref UInt128 element in MemoryMarshal.Cast<byte, UInt128>(vector)) element = unchecked(element + (UInt128)(Sample(bits) & UInt128.MaxValue));
        }
    }

    /// <summary>Algorithm 3: a discrete Laplace draw, kept with probability exp(-(|y| - sigma^2 / t)^2 / (2 sigma^2)).</summary>
    private BigInteger Sample(RandomBits bits)
    {
        while (true)
        {
            BigInteger candidate = Laplace(bits);
            BigInteger deviation = (BigInteger.Abs(candidate) * _denominator * _scale) - _numerator;
            if (bits.BernoulliExponential(deviation * deviation, 2 * _numerator * _denominator * _scale * _scale)) return candidate;
        }
    }

    /// <summary>Algorithm 2 with scale t: P(y) proportional to exp(-|y| / t).</summary>
    private BigInteger Laplace(RandomBits bits)
    {
        while (true)
        {
            BigInteger remainder = bits.Below(_scale);
            if (!bits.BernoulliExponential(remainder, _scale)) continue;
            BigInteger whole = 0;
            while (bits.BernoulliExponential(BigInteger.One, BigInteger.One)) whole++;
            BigInteger magnitude = remainder + (_scale * whole);
            bool negative = bits.Below(2).IsOne;
            if (negative && magnitude.IsZero) continue;
            return negative ? -magnitude : magnitude;
        }
    }

    /// <summary>floor of the square root, by Newton's iteration from above.</summary>
    private static BigInteger SquareRoot(BigInteger value)
    {
        if (value.IsZero) return BigInteger.Zero;
        BigInteger root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + (value / root)) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }
}
