using System.Numerics;
using System.Runtime.InteropServices;
using CsCheck;
using Federated.Privacy.DifferentialPrivacy;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.DifferentialPrivacy;

/// <summary>Draws have the discrete Gaussian's probabilities; seeds are fixed, so each of these passes always or never.</summary>
public class DiscreteGaussianTests
{
    /// <summary>Chi-square against exp(-x^2 / 2 sigma^2) normalised by direct summation; the limit is far beyond the 0.9999 quantile.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(1, 1)]
    [InlineData(9, 2)]
    [InlineData(100, 1)]
    public void Frequencies_are_those_of_the_definition(int numerator, int denominator)
    {
        const int Draws = 40_000;
        double variance = (double)numerator / denominator;
        var distribution = new DiscreteGaussian(numerator, denominator);
        var randomness = new SeededRandomness(20);
        var counts = new Dictionary<int, int>();
        for (int i = 0; i < Draws; i++)
        {
            int draw = (int)distribution.Sample(randomness);
            counts[draw] = counts.GetValueOrDefault(draw) + 1;
        }

        int reach = (int)Math.Ceiling(12 * Math.Sqrt(variance)) + 3;
        double norm = 0;
        for (int x = -reach; x <= reach; x++) norm += Math.Exp(-x * x / (2 * variance));
        double chiSquare = 0;
        int cells = 0;
        for (int x = -reach; x <= reach; x++)
        {
            double expected = Draws * Math.Exp(-x * x / (2 * variance)) / norm;
            if (expected < 10) continue;
            double difference = counts.GetValueOrDefault(x) - expected;
            chiSquare += difference * difference / expected;
            cells++;
        }

        Assert.True(chiSquare < cells + (4.5 * Math.Sqrt(2 * cells)) + 8, $"chi-square {chiSquare:F1} over {cells} cells");
    }

    [Fact]
    public void Wide_noise_on_the_grid_of_statistics_has_its_spread()
    {
        double sigma = Math.ScaleB(1.37, 61);
        var distribution = DiscreteGaussian.OfStandardDeviation(sigma);
        byte[] vector = new byte[16 * 4000];
        distribution.AddTo(Ring.Bits128, vector, new SeededRandomness(3));
        double squares = 0, sum = 0;
        foreach (Int128 element in MemoryMarshal.Cast<byte, Int128>(vector))
        {
            double z = (double)element / sigma;
            squares += z * z;
            sum += z;
        }

        Assert.InRange(squares / 4000, 0.9, 1.1); // 4.5 standard errors
        Assert.InRange(sum / 4000, -0.07, 0.07);
    }

    [Fact]
    public void Noise_is_added_modulo_the_ring_and_repeats_with_its_seed()
    {
        var distribution = new DiscreteGaussian(25, 1);
        byte[] zeros = new byte[8 * 100], values = new byte[8 * 100];
        new SeededRandomness(1).Fill(values);
        byte[] before = [.. values];
        distribution.AddTo(Ring.Bits64, zeros, new SeededRandomness(8));
        distribution.AddTo(Ring.Bits64, values, new SeededRandomness(8));
        ReadOnlySpan<ulong> noise = MemoryMarshal.Cast<byte, ulong>(zeros), noisy = MemoryMarshal.Cast<byte, ulong>(values), clear = MemoryMarshal.Cast<byte, ulong>(before);
        for (int i = 0; i < noise.Length; i++) Assert.Equal(unchecked(clear[i] + noise[i]), noisy[i]);
        Assert.All(noise.ToArray(), n => Assert.InRange((long)n, -50, 50));
        Assert.Contains(noise.ToArray(), n => (long)n < 0);
    }

    /// <summary>P(true) of the coin that decides acceptance is exp(-x), for x below and above one.</summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    public void The_exponential_coin_is_fair_to_its_exponent(int numerator, int denominator)
    {
        var bits = new RandomBits(new SeededRandomness(5));
        int heads = 0;
        for (int i = 0; i < 30_000; i++)
            if (bits.BernoulliExponential(numerator, denominator)) heads++;
        double p = Math.Exp(-(double)numerator / denominator);
        Assert.InRange(heads / 30_000.0, p - (4.5 * Math.Sqrt(p * (1 - p) / 30_000)), p + (4.5 * Math.Sqrt(p * (1 - p) / 30_000)));
    }

    [Fact]
    public void Dice_stay_below_their_bound() => Gen.Select(Gen.ULong, Gen.Int[1, 200]).Sample(
        (seed, bits) =>
        {
            BigInteger bound = (BigInteger.One << bits) - (seed % 7) + 6;
            BigInteger draw = new RandomBits(new SeededRandomness(seed)).Below(bound);
            Assert.True(draw >= 0 && draw < bound);
        },
        iter: 300);

    [Fact]
    public void A_variance_is_positive()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscreteGaussian(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => DiscreteGaussian.OfStandardDeviation(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => DiscreteGaussian.OfStandardDeviation(-1));
    }
}
