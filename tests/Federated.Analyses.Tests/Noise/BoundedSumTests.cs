using System.Numerics;
using CsCheck;
using Federated.Analyses.Exchange;

namespace Federated.Analyses.Tests.Noise;

/// <summary>No part of a patient is longer than the bound, to the last integer: the noise is measured by nothing else.</summary>
public sealed class BoundedSumTests
{
    private static readonly Gen<double> Number = Gen.OneOf(Gen.Double[-1, 1], Gen.Double[-1e12, 1e12], Gen.Double[-1e-15, 1e-15], Gen.Const(0.0), Gen.Const(1.0), Gen.Const(double.MaxValue), Gen.Const(5e-324));

    [Fact]
    public void A_part_is_never_longer_than_the_bound_on_the_grid() => Gen.Select(Number.Array[1, 40], Gen.Double[1e-6, 1e6]).Sample((part, bound) =>
    {
        var sum = new BoundedSum(new SumLayout(SumBlock.Counts("x", part.Length)), bound);
        sum.Add(part);
        BigInteger squares = 0;
        foreach (Int128 element in sum.Sum.Elements) squares += BigInteger.Pow((BigInteger)element, 2);
        // bound = significand 2^exponent exactly; the grid is 2^-64.
        int exponent = Math.ILogB(bound) - 52;
        BigInteger limit = BigInteger.Pow(new BigInteger(Math.ScaleB(bound, -exponent)), 2);
        int shift = 2 * (exponent + 64);
        if (shift >= 0) limit <<= shift;
        else squares <<= -shift;
        Assert.True(squares <= limit);
    }, iter: 2_000);

    [Fact]
    public void A_part_within_the_bound_stands_as_it_is()
    {
        var sum = new BoundedSum(new SumLayout(SumBlock.Counts("x", 2), SumBlock.Counts("y")), 1);
        sum.Add([0.5, -0.25, 0.125]);
        sum.Add([0, 0, 1]);
        Assert.Equal([0.5, -0.25], sum.Sum.Block("x"));
        Assert.Equal(1.125, sum.Sum["y", 0], 1e-12);
        Assert.Equal(2, sum.Patients);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_number_that_is_none_is_refused(double number) =>
        Assert.Throws<OutOfRangeException>(() => new BoundedSum(new SumLayout(SumBlock.Counts("x", 2)), 1).Add([0, number]));

    [Fact]
    public void A_norm_is_taken_in_one_unit_only() =>
        Assert.Throws<ArgumentException>(() => new BoundedSum(new SumLayout(new SumBlock("x", [2], [0, 3])), 1));
}
