using System.Globalization;
using System.Text;
using CsCheck;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Tables;

public sealed class DecimalTextTests
{
    [Fact]
    public void Every_finite_double_comes_back_to_the_last_bit_from_the_ways_programs_write_it() =>
        Gen.Double.Where(double.IsFinite).Sample(x =>
        {
            foreach (string format in (string[])["R", "E16", "G17"])
            {
                string text = x.ToString(format, CultureInfo.InvariantCulture);
                Assert.Equal(NumberOutcome.Number, DecimalText.Read(Encoding.UTF8.GetBytes(text), out double back));
                Assert.Equal(BitConverter.DoubleToInt64Bits(x), BitConverter.DoubleToInt64Bits(back));
            }
        });

    [Fact]
    public void Short_decimals_agree_with_the_library() =>
        Gen.Select(Gen.Long[-99_999_999_999, 99_999_999_999], Gen.Int[0, 12], Gen.Int[-30, 30]).Sample((digits, places, exponent) =>
        {
            string text = ((decimal)digits / (decimal)Math.Pow(10, places)).ToString(CultureInfo.InvariantCulture) + "e" + exponent.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(NumberOutcome.Number, DecimalText.Read(text, out double value));
            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), value);
        });

    [Theory]
    [InlineData("0", 0.0)]
    [InlineData("-.5", -0.5)]
    [InlineData("+5.", 5.0)]
    [InlineData("000012e-1", 1.2)]
    [InlineData("1E+2", 100.0)]
    [InlineData("9007199254740993", 9007199254740992.0)]
    [InlineData("0.000000000000000000000000000000000000000000001", 1e-45)]
    [InlineData("1e-999", 0.0)]
    [InlineData("0e999999999999", 0.0)]
    public void Reads(string text, double expected)
    {
        Assert.Equal(NumberOutcome.Number, DecimalText.Read(text, out double value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1 ")]
    [InlineData(" 1")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-∞")]
    [InlineData("١٢")]
    [InlineData("1\0")]
    public void Does_not_take_for_a_number(string text)
    {
        Assert.Equal(NumberOutcome.NotANumber, DecimalText.Read(text, out double value));
        Assert.True(double.IsNaN(value));
    }

    [Theory]
    [InlineData("1e309")]
    [InlineData("-1e99999999999")]
    public void Tells_what_is_too_large(string text) => Assert.Equal(NumberOutcome.TooLarge, DecimalText.Read(text, out _));

    [Theory]
    [InlineData("12,5", "'12,5' is not a number; use a point")]
    [InlineData("NaN", "'NaN' is not a number; write NA, or leave the cell empty, where there is no value")]
    [InlineData("-inf", "'-inf' is not a number; write NA, or leave the cell empty, where there is no value")]
    [InlineData(" 3 ", "' 3 ' is not a number; remove the spaces")]
    [InlineData("high", "'high' is not a number; correct it, or write NA where there is no value")]
    [InlineData("1e400", "'1e400' is beyond the largest double (1.8e308); check its unit")]
    public void Says_how_to_mend_a_cell(string cell, string expected)
    {
        NumberOutcome outcome = DecimalText.Read(cell, out _);
        TableInvalidException refused = DecimalText.Refused("features.csv, row 17 (id s0017)", "suvmax", cell, outcome);
        Assert.Equal("E2204", refused.Code);
        Assert.Equal("features.csv, row 17 (id s0017), column suvmax: " + expected, refused.Message);
    }
}
