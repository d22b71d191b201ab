using CsCheck;
using Federated.Analyses.Exchange;

namespace Federated.Analyses.Tests.Exchange;

public sealed class WideBlockTests
{
    private static readonly WideBlock Block = new("sum");

    [Fact]
    public void One_double_comes_back_whole_down_to_160_bits_below_the_unit() =>
        Gen.Select(Gen.Double[1, 2], Gen.Int[-105, 61], Gen.Int[-200, 200], Gen.Bool).Sample((significand, exponent, unit, negative) =>
        {
            double value = double.ScaleB(negative ? -significand : significand, exponent + unit);
            SumVector sum = Vector(unit);
            Block.Add(sum, 0, value);
            Assert.Equal(value, Block.Read(sum, 0));
        });

    [Fact]
    public void Sums_of_far_apart_numbers_are_exact_in_any_order() =>
        Gen.Select(Gen.Shuffle(new[] { 1e18, 1, 1e-18, -1e18, 3e-18 }), Gen.Int[0, 5]).Sample((values, cut) =>
        {
            SumVector one = Vector(0), other = Vector(0);
            foreach (double value in values[..cut]) Block.Add(one, 0, value);
            foreach (double value in values[cut..]) Block.Add(other, 0, value);
            one.AddPayload(other.ToPayload());
            one.RequireRoomFor(2);
            Assert.Equal(1.0, Block.Read(one, 0));
            Block.Add(one, 0, -1);
            Assert.Equal(1e-18 + 3e-18, Block.Read(one, 0), 1e-33);
        });

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e20)]
    public void What_does_not_fit_is_refused_by_name(double value)
    {
        var refused = Assert.Throws<OutOfRangeException>(() => Block.Add(Vector(0), 0, value));
        Assert.Equal("sum", refused.Block);
    }

    private static SumVector Vector(int unit) => new(new SumLayout([.. Block.Blocks([1], [unit])]));
}
