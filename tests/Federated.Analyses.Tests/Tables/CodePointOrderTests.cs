using System.Text;
using CsCheck;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Tables;

public sealed class CodePointOrderTests
{
    [Fact]
    public void Is_the_order_of_the_code_points() =>
        Gen.Select(Gen.Int[0, 0x10FFFF].Where(c => c is < 0xD800 or > 0xDFFF).List[0, 6], Gen.Int[0, 0x10FFFF].Where(c => c is < 0xD800 or > 0xDFFF).List[0, 6])
            .Sample((a, b) =>
            {
                int expected = a.Zip(b, (x, y) => x.CompareTo(y)).FirstOrDefault(c => c != 0);
                if (expected == 0) expected = a.Count.CompareTo(b.Count);
                Assert.Equal(expected, Math.Sign(CodePointOrder.Instance.Compare(Of(a), Of(b))));
            });

    [Fact]
    public void Puts_characters_beyond_the_first_plane_last() => Assert.True(CodePointOrder.Instance.Compare("\U0001F600", "\uFFFD") > 0);

    [Fact]
    public void Knows_a_character_from_the_same_first_half() => Assert.True(CodePointOrder.Instance.Compare("\U0001F600", "\U0001F601") < 0);

    private static string Of(List<int> codePoints)
    {
        var text = new StringBuilder();
        foreach (int codePoint in codePoints) text.Append(char.ConvertFromUtf32(codePoint));
        return text.ToString();
    }
}
