namespace Federated.Analyses.Tables;

/// <summary>
/// Orders text by Unicode code point, as Python, R's "C" locale and UTF-8 bytes do. Ordinal comparison in .NET orders UTF-16 units, which puts
/// characters
/// beyond U+FFFF before U+E000: a table would then be sorted differently from one written by another program.
/// </summary>
public sealed class CodePointOrder : IComparer<string>
{
    private CodePointOrder()
    {
    }

    /// <summary>The one instance.</summary>
    public static CodePointOrder Instance { get; } = new();

    /// <summary>Negative, zero or positive, as <paramref name="x"/> comes before, equals or comes after <paramref name="y"/>.</summary>
    public int Compare(string? x, string? y)
    {
        if (x is null || y is null) return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        int shared = x.AsSpan().CommonPrefixLength(y);
        if (shared == x.Length || shared == y.Length) return x.Length.CompareTo(y.Length);
        return Rank(x[shared]) - Rank(y[shared]);
    }

    // Surrogates stand for code points above every other UTF-16 unit: move them to the end.
    private static int Rank(char unit) => unit < 0xD800 ? unit : unit < 0xE000 ? unit + 0x2000 : unit - 0x800;
}
