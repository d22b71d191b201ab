using System.Numerics;
using CsCheck;
using Federated.Privacy.FixedPoint;

namespace Federated.Privacy.Tests.FixedPoint;

public sealed class Fixed128Tests
{
    private static readonly Gen<int> Units = Gen.Int[-240, 160];

    /// <summary>Numbers of any size that an element of the unit can hold.</summary>
    private static readonly Gen<(double Value, int Unit)> Fitting =
        Gen.Select(Units, Gen.Int[-130, 61], Gen.Double[1, 2], Gen.Bool, (unit, exponent, fraction, negative) =>
            (Value: double.ScaleB(negative ? -fraction : fraction, unit + exponent), Unit: unit));

    [Fact]
    public void What_fits_with_all_its_bits_comes_back_unchanged() => Fitting.Where(v => Math.Abs(v.Value) >= double.ScaleB(1, v.Unit - 12)).Sample(v =>
    {
        Assert.True(Fixed128.TryEncode(v.Value, v.Unit, out Int128 element));
        Assert.Equal(v.Value, Fixed128.Decode(element, v.Unit));
    });

    [Fact]
    public void Anything_else_is_rounded_to_the_nearest_element_ties_to_even() => Fitting.Sample(v =>
    {
        Assert.True(Fixed128.TryEncode(v.Value, v.Unit, out Int128 element));
        (BigInteger numerator, int power) = Exactly(v.Value);
        int shift = power + Fixed128.FractionBits - v.Unit; // value in elements = numerator * 2^shift
        BigInteger expected = shift >= 0 ? numerator << shift : RoundedShift(numerator, -shift);
        Assert.Equal(expected, (BigInteger)element);
    });

    [Fact]
    public void An_opposite_has_the_opposite_element() => Fitting.Sample(v =>
    {
        Fixed128.TryEncode(v.Value, v.Unit, out Int128 element);
        Fixed128.TryEncode(-v.Value, v.Unit, out Int128 opposite);
        Assert.Equal(-element, opposite);
    });

    [Fact]
    public void Two_doubles_hold_an_element_to_106_bits() => Gen.Long.Select(Gen.ULong, Units).Sample((high, low, unit) =>
    {
        var element = new Int128((ulong)high, low);
        double first = Fixed128.Decode(element, unit, out double rest);
        Assert.Equal(first, Fixed128.Decode(element, unit));
        BigInteger read = (BigInteger)double.ScaleB(first, 64 - unit) + (BigInteger)double.ScaleB(rest, 64 - unit);
        BigInteger error = BigInteger.Abs(read - (BigInteger)element);
        Assert.True(error <= BigInteger.Abs((BigInteger)element) >> 105, $"{element}: {error}");
    });

    [Fact]
    public void A_sum_does_not_depend_on_order_or_grouping() => Gen.Double[-1e6, 1e6].Array[1, 30].Select(Gen.Int).Sample((values, seed) =>
    {
        Int128 forward = 0, shuffled = 0;
        foreach (double value in values) forward += Encode(value);
        new Random(seed).Shuffle(values);
        Int128[] groups = new Int128[3];
        for (int i = 0; i < values.Length; i++) groups[i % 3] += Encode(values[i]);
        foreach (Int128 group in groups) shuffled += group;
        Assert.Equal(forward, shuffled);
    });

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(double.NegativeInfinity, 100)]
    [InlineData(9223372036854775808.0, 0)]
    [InlineData(-9223372036854775808.0, 0)]
    [InlineData(1.0, -63)]
    [InlineData(double.MaxValue, 160)]
    public void What_would_wrap_is_never_encoded(double value, int unit) => Assert.False(Fixed128.TryEncode(value, unit, out _));

    [Theory]
    [InlineData(9223372036854774784.0, 0)]
    [InlineData(-9223372036854774784.0, 0)]
    public void The_largest_that_fits_is_encoded(double value, int unit)
    {
        Assert.True(Fixed128.TryEncode(value, unit, out Int128 element));
        Assert.Equal(value, Fixed128.Decode(element, unit));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.Epsilon)]
    [InlineData(-1e-300)]
    public void Nothing_and_next_to_nothing_are_zero(double value)
    {
        Assert.True(Fixed128.TryEncode(value, 0, out Int128 element));
        Assert.Equal(Int128.Zero, element);
    }

    private static Int128 Encode(double value) => Fixed128.TryEncode(value, -40, out Int128 element) ? element : throw new InvalidOperationException();

    private static (BigInteger Numerator, int Power) Exactly(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        BigInteger significand = (bits & 0xF_FFFF_FFFF_FFFF) | (1L << 52);
        return (value < 0 ? -significand : significand, (int)((bits >> 52) & 0x7FF) - 1075);
    }

    private static BigInteger RoundedShift(BigInteger value, int bits)
    {
        BigInteger magnitude = BigInteger.Abs(value), whole = magnitude >> bits, rest = magnitude - (whole << bits), half = BigInteger.One << (bits - 1);
        if (rest > half || (rest == half && !whole.IsEven)) whole++;
        return value.Sign < 0 ? -whole : whole;
    }
}
