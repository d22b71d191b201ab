using Federated.Privacy.Randomness;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// Shamir's secret sharing over GF(256) with the AES polynomial x^8 + x^4 + x^3 + x + 1, byte by byte (Shamir 1979, "How to share a secret"). Any
/// threshold of shares gives the secret; one fewer gives nothing at all, whatever the computing power. Field arithmetic takes the same time for every value.
/// </summary>
public static class Shamir
{
    /// <summary>Points other than zero: the largest number of holders.</summary>
    public const int MaximumHolders = 255;

    /// <summary>Shares of a secret for the holders 1 to <paramref name="holders"/>; holder x has the value at x of a random polynomial whose value at 0 is the secret.</summary>
    /// <returns>One array per holder, as long as the secret.</returns>
    public static byte[][] Share(ReadOnlySpan<byte> secret, int threshold, int holders, IRandomness randomness)
    {
        ArgumentNullException.ThrowIfNull(randomness);
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(holders, threshold);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(holders, MaximumHolders);
        byte[] coefficients = new byte[(threshold - 1) * secret.Length];
        randomness.Fill(coefficients);
        byte[][] shares = new byte[holders][];
        for (int holder = 1; holder <= holders; holder++)
        {
            byte[] share = new byte[secret.Length];
            for (int degree = threshold - 2; degree >= 0; degree--)
                for (int i = 0; i < share.Length; i++)
                    share[i] = Multiply((byte)(share[i] ^ coefficients[(degree * secret.Length) + i]), (byte)holder);
            for (int i = 0; i < share.Length; i++) share[i] ^= secret[i];
            shares[holder - 1] = share;
        }

        System.Security.Cryptography.CryptographicOperations.ZeroMemory(coefficients);
        return shares;
    }

    /// <summary>The value at zero of the polynomial through these points (Lagrange): the secret, if there are at least as many as its threshold.</summary>
    /// <param name="shares">Distinct holders, 1 to 255, and what each holds; all of one length.</param>
    public static byte[] Combine(IReadOnlyList<(int Holder, ReadOnlyMemory<byte> Share)> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        if (shares.Count == 0) throw new ArgumentException("There are no shares to combine.", nameof(shares));
        if (shares.Any(s => s.Holder is < 1 or > MaximumHolders) || shares.DistinctBy(s => s.Holder).Count() != shares.Count)
            throw new ArgumentException("Holders are distinct numbers from 1 to 255.", nameof(shares));
        byte[] secret = new byte[shares[0].Share.Length];
        foreach ((int holder, ReadOnlyMemory<byte> share) in shares)
        {
            if (share.Length != secret.Length) throw new ArgumentException("Shares of one secret have one length.", nameof(shares));
            byte weight = 1;
            foreach ((int other, _) in shares)
                if (other != holder) weight = Multiply(weight, Multiply((byte)other, Invert((byte)(other ^ holder))));
            ReadOnlySpan<byte> bytes = share.Span;
            for (int i = 0; i < secret.Length; i++) secret[i] ^= Multiply(bytes[i], weight);
        }

        return secret;
    }

    /// <summary>Product in GF(256), without tables or branches on the operands.</summary>
    internal static byte Multiply(byte a, byte b)
    {
        int product = 0, shifted = a;
        for (int bit = 0; bit < 8; bit++)
        {
            product ^= -((b >> bit) & 1) & shifted;
            shifted = (shifted << 1) ^ (-((shifted >> 7) & 1) & 0x11B);
        }

        return (byte)product;
    }

    /// <summary>Inverse in GF(256) as a^254; zero for zero.</summary>
    internal static byte Invert(byte a)
    {
        byte square = Multiply(a, a);
        byte result = square;
        for (int i = 0; i < 6; i++)
        {
            square = Multiply(square, square);
            result = Multiply(result, square);
        }

        return result;
    }
}
