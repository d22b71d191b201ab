using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Tests.Study;

public sealed class CanonicalJsonTests
{
    /// <summary>RFC 8785, appendix B, and the borders of ECMAScript's notations.</summary>
    [Theory]
    [InlineData(0x0000000000000000, "0")]
    [InlineData(0x8000000000000000, "0")]
    [InlineData(0x0000000000000001, "5e-324")]
    [InlineData(0x8000000000000001, "-5e-324")]
    [InlineData(0x7fefffffffffffff, "1.7976931348623157e+308")]
    [InlineData(0xffefffffffffffff, "-1.7976931348623157e+308")]
    [InlineData(0x4340000000000000, "9007199254740992")]
    [InlineData(0xc340000000000000, "-9007199254740992")]
    [InlineData(0x4430000000000000, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6, "1e+23")]
    [InlineData(0x44b52d02c7e14af7, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4e, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4f, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8d, "0.000001")]
    [InlineData(0x41b3de4355555553, "333333333.3333332")]
    [InlineData(0x41b3de4355555557, "333333333.33333343")]
    [InlineData(0xbecbf647612f3696, "-0.0000033333333333333333")]
    [InlineData(0x43143ff3c1cb0959, "1424953923781206.2")]
    public void Numbers_are_spelled_as_the_standard_says(ulong bits, string expected) =>
        Assert.Equal(expected, CanonicalJson.Number(BitConverter.UInt64BitsToDouble(bits)));

    [Fact]
    public void Every_finite_number_reads_back_the_same() =>
        Gen.Double.Where(double.IsFinite).Sample(x => Assert.Equal(x, double.Parse(CanonicalJson.Number(x), CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void What_is_not_finite_has_no_spelling(double value) => Assert.Throws<ArgumentException>(() => CanonicalJson.Number(value));

    /// <summary>RFC 8785, section 3.2.3.</summary>
    [Fact]
    public void Members_are_sorted_by_utf16_units()
    {
        var document = new JsonObject
        {
            ["\u20ac"] = "Euro Sign",
            ["\r"] = "Carriage Return",
            ["\ufb33"] = "Hebrew Letter Dalet With Dagesh",
            ["1"] = "One",
            ["\ud83d\ude00"] = "Emoji: Grinning Face",
            ["\u0080"] = "Control",
            ["\u00f6"] = "Latin Small Letter O With Diaeresis",
        };
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
            + "\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
            Encoding.UTF8.GetString(CanonicalJson.Write(document)));
    }

    [Fact]
    public void Text_is_escaped_no_more_than_needed() =>
        Assert.Equal(
            "{\"a\":[null,true,false,{},[],1.5,\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\"/<>&\"]}",
            Encoding.UTF8.GetString(CanonicalJson.Write(new JsonObject
            {
                ["a"] = new JsonArray(null, true, false, new JsonObject(), new JsonArray(), 1.5, "\u20ac$\u000f\nA'B\"\\\"/<>&"),
            })));

    [Fact]
    public void Half_a_character_has_no_spelling() => Assert.Throws<EncoderFallbackException>(() => CanonicalJson.Write(JsonValue.Create("\ud83d")));
}
