using System.Collections.Immutable;

namespace Federated.Ledger.Entries;

/// <summary>What a field of an entry holds. A closed set of shapes, so that every reader, of every later release, can show every entry.</summary>
public abstract record LedgerValue
{
    private LedgerValue()
    {
    }

    /// <summary>Words, well-formed Unicode.</summary>
    public sealed record Text(string Value) : LedgerValue;

    /// <summary>A whole number.</summary>
    public sealed record Whole(long Value) : LedgerValue;

    /// <summary>A finite number, or an infinite one; never NaN.</summary>
    public sealed record Real(double Value) : LedgerValue;

    /// <summary>Bytes: digests, signatures, keys.</summary>
    public sealed record Bytes(ImmutableArray<byte> Value) : LedgerValue;

    /// <summary>Yes or no.</summary>
    public sealed record Flag(bool Value) : LedgerValue;

    /// <summary>Named fields.</summary>
    public sealed record Group(LedgerFields Value) : LedgerValue;

    /// <summary>Values in order.</summary>
    public sealed record List(ImmutableArray<LedgerValue> Value) : LedgerValue;
}

/// <summary>Named fields in the ascending order of their names, each once. Immutable: every method gives new fields.</summary>
public sealed class LedgerFields
{
    private readonly ImmutableSortedDictionary<string, LedgerValue> _fields;

    internal LedgerFields(ImmutableSortedDictionary<string, LedgerValue> fields) => _fields = fields;

    /// <summary>No field.</summary>
    public static LedgerFields Empty { get; } = new(ImmutableSortedDictionary.Create<string, LedgerValue>(StringComparer.Ordinal));

    /// <summary>Every field, by name.</summary>
    public IReadOnlyDictionary<string, LedgerValue> All => _fields;

    internal int Count => _fields.Count;

    /// <summary>With one more field.</summary>
    /// <param name="name">1 to 63 of a-z, 0-9 and '-', beginning with a letter; not there yet.</param>
    /// <param name="value">What it holds.</param>
    /// <exception cref="ArgumentException">The name is not one, or is taken.</exception>
    public LedgerFields With(string name, LedgerValue value)
    {
        if (!LedgerNames.IsName(name)) throw new ArgumentException($"'{name}' is not a field's name: a-z, 0-9 and '-', at most {LedgerNames.Longest}.", nameof(name));
        return new LedgerFields(_fields.Add(name, value));
    }

    /// <summary>With words.</summary>
    public LedgerFields Text(string name, string value) => With(name, new LedgerValue.Text(value));

    /// <summary>With a whole number.</summary>
    public LedgerFields Whole(string name, long value) => With(name, new LedgerValue.Whole(value));

    /// <summary>With a number.</summary>
    public LedgerFields Real(string name, double value) => With(name, new LedgerValue.Real(value));

    /// <summary>With bytes.</summary>
    public LedgerFields Bytes(string name, ReadOnlySpan<byte> value) => With(name, new LedgerValue.Bytes([.. value]));

    /// <summary>With a yes or no.</summary>
    public LedgerFields Flag(string name, bool value) => With(name, new LedgerValue.Flag(value));

    /// <summary>With a list of groups.</summary>
    public LedgerFields Groups(string name, IEnumerable<LedgerFields> groups) => With(name, new LedgerValue.List([.. groups.Select(g => (LedgerValue)new LedgerValue.Group(g))]));

    /// <summary>With a list of whole numbers.</summary>
    public LedgerFields Wholes(string name, IEnumerable<long> values) => With(name, new LedgerValue.List([.. values.Select(v => (LedgerValue)new LedgerValue.Whole(v))]));

    /// <summary>With a list of words.</summary>
    public LedgerFields Texts(string name, IEnumerable<string> values) => With(name, new LedgerValue.List([.. values.Select(v => (LedgerValue)new LedgerValue.Text(v))]));

    /// <summary>The words under a name; null = there are none.</summary>
    public string? FindText(string name) => _fields.GetValueOrDefault(name) is LedgerValue.Text { Value: var text } ? text : null;

    /// <summary>The whole number under a name; null = there is none.</summary>
    public long? FindWhole(string name) => _fields.GetValueOrDefault(name) is LedgerValue.Whole { Value: var whole } ? whole : null;

    /// <summary>The bytes under a name, as lower-case hexadecimal digits; null = there are none.</summary>
    public string? FindHex(string name) => _fields.GetValueOrDefault(name) is LedgerValue.Bytes { Value: var bytes } ? Convert.ToHexStringLower(bytes.AsSpan()) : null;

    /// <summary>The groups under a name; none where there are none.</summary>
    public IEnumerable<LedgerFields> FindGroups(string name) =>
        _fields.GetValueOrDefault(name) is LedgerValue.List { Value: var values } ? values.OfType<LedgerValue.Group>().Select(g => g.Value) : [];
}

/// <summary>What kinds of entries and fields may be called.</summary>
internal static class LedgerNames
{
    public const int Longest = 63;

    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > Longest || !char.IsAsciiLetterLower(name[0])) return false;
        foreach (char c in name)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        return true;
    }
}
