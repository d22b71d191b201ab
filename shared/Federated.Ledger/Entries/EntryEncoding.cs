using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Federated.Ledger.Entries;

/// <summary>The first byte of a value. On disk and in every export: never reused.</summary>
internal enum ValueTag : byte
{
    Text = 1,
    Whole = 2,
    Real = 3,
    Bytes = 4,
    Group = 5,
    List = 6,
    Flag = 7,
}

/// <summary>
/// The one encoding of an entry; README.md lays it out. Integers are big endian, lengths come first, names ascend, nothing is optional: two different entries
/// never have the same bytes.
/// </summary>
internal static class EntryWriter
{
    public const int Deepest = 4;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static ImmutableArray<byte> Write(LedgerEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Byte(buffer, LedgerEntry.Version);
        Name(buffer, entry.Kind);
        Long(buffer, entry.At.ToUnixTimeMilliseconds());
        buffer.Write(entry.Salt.AsSpan());
        Fields(buffer, entry.Fields, 0);
        return [.. buffer.WrittenSpan];
    }

    private static void Fields(ArrayBufferWriter<byte> buffer, LedgerFields fields, int depth)
    {
        Int(buffer, fields.Count);
        foreach ((string name, LedgerValue value) in fields.All)
        {
            Name(buffer, name);
            Value(buffer, value, depth + 1);
        }
    }

    private static void Value(ArrayBufferWriter<byte> buffer, LedgerValue value, int depth)
    {
        if (depth > Deepest) throw new ArgumentException($"An entry's values are nested at most {Deepest} deep.", nameof(value));
        switch (value)
        {
            case LedgerValue.Text text:
                Byte(buffer, (byte)ValueTag.Text);
                Counted(buffer, Strict.GetBytes(text.Value));
                break;
            case LedgerValue.Whole whole:
                Byte(buffer, (byte)ValueTag.Whole);
                Long(buffer, whole.Value);
                break;
            case LedgerValue.Real real:
                if (double.IsNaN(real.Value)) throw new ArgumentException("A number of an entry is never NaN.", nameof(value));
                Byte(buffer, (byte)ValueTag.Real);
                Long(buffer, BitConverter.DoubleToInt64Bits(real.Value));
                break;
            case LedgerValue.Bytes bytes:
                Byte(buffer, (byte)ValueTag.Bytes);
                Counted(buffer, bytes.Value.AsSpan());
                break;
            case LedgerValue.Flag flag:
                Byte(buffer, (byte)ValueTag.Flag);
                Byte(buffer, flag.Value ? (byte)1 : (byte)0);
                break;
            case LedgerValue.Group group:
                Byte(buffer, (byte)ValueTag.Group);
                Fields(buffer, group.Value, depth);
                break;
            case LedgerValue.List list:
                Byte(buffer, (byte)ValueTag.List);
                Int(buffer, list.Value.Length);
                foreach (LedgerValue item in list.Value) Value(buffer, item, depth + 1);
                break;
        }
    }

    private static void Name(ArrayBufferWriter<byte> buffer, string name)
    {
        Byte(buffer, (byte)name.Length);
        buffer.Write(Encoding.ASCII.GetBytes(name));
    }

    private static void Counted(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        Int(buffer, bytes.Length);
        buffer.Write(bytes);
    }

    private static void Byte(ArrayBufferWriter<byte> buffer, byte value) => buffer.Write([value]);

    private static void Int(ArrayBufferWriter<byte> buffer, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(buffer.GetSpan(4), value);
        buffer.Advance(4);
    }

    private static void Long(ArrayBufferWriter<byte> buffer, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(buffer.GetSpan(8), value);
        buffer.Advance(8);
    }
}

/// <summary>Reads what <see cref="EntryWriter"/> writes and nothing else; every length is compared with the bytes that are there before anything is made of it.</summary>
internal ref struct EntryReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    // The shortest field is a name of one letter and a flag: 4 bytes. It bounds how many can follow.
    private const int ShortestField = 4;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    public ReadOnlySpan<byte> Take(string what, int length)
    {
        if (length < 0 || length > _bytes.Length - _position)
            throw new LedgerEntryInvalidException($"The {what} at byte {_position} should have {length} bytes; {_bytes.Length - _position} are left.");
        ReadOnlySpan<byte> taken = _bytes.Slice(_position, length);
        _position += length;
        return taken;
    }

    public byte Byte(string what) => Take(what, 1)[0];

    public string Name(string what)
    {
        int at = _position;
        ReadOnlySpan<byte> taken = Take(what, Byte(what));
        string name = Encoding.Latin1.GetString(taken);
        return LedgerNames.IsName(name) ? name : throw new LedgerEntryInvalidException($"The {what} at byte {at} is not a name.");
    }

    public DateTimeOffset Instant(string what)
    {
        long milliseconds = Long(what);
        return milliseconds is >= -62135596800000 and <= 253402300799999
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : throw new LedgerEntryInvalidException($"The {what} is not a time of years 1 to 9999.");
    }

    public LedgerFields Fields(int depth)
    {
        int count = Count("count of fields", ShortestField);
        var fields = ImmutableSortedDictionary.CreateBuilder<string, LedgerValue>(StringComparer.Ordinal);
        string before = "";
        for (int i = 0; i < count; i++)
        {
            int at = _position;
            string name = Name("field's name");
            if (string.CompareOrdinal(before, name) >= 0) throw new LedgerEntryInvalidException($"The field '{name}' at byte {at} is out of order or there twice.");
            fields.Add(name, Value(depth + 1));
            before = name;
        }

        return new LedgerFields(fields.ToImmutable());
    }

    public readonly void End()
    {
        if (_position != _bytes.Length) throw new LedgerEntryInvalidException($"{_bytes.Length - _position} bytes follow the entry's end at byte {_position}.");
    }

    private LedgerValue Value(int depth)
    {
        int at = _position;
        if (depth > EntryWriter.Deepest) throw new LedgerEntryInvalidException($"The value at byte {at} is nested more than {EntryWriter.Deepest} deep.");
        switch ((ValueTag)Byte("value's tag"))
        {
            case ValueTag.Text:
                return new LedgerValue.Text(Text(Take("text", Count("text's length", 1)), at));
            case ValueTag.Whole:
                return new LedgerValue.Whole(Long("whole number"));
            case ValueTag.Real:
                double real = BitConverter.Int64BitsToDouble(Long("number"));
                return double.IsNaN(real) ? throw new LedgerEntryInvalidException($"The number at byte {at} is NaN.") : new LedgerValue.Real(real);
            case ValueTag.Bytes:
                return new LedgerValue.Bytes([.. Take("bytes", Count("bytes' length", 1))]);
            case ValueTag.Flag:
                byte flag = Byte("flag");
                return flag <= 1 ? new LedgerValue.Flag(flag == 1) : throw new LedgerEntryInvalidException($"The flag at byte {at} is neither 0 nor 1.");
            case ValueTag.Group:
                return new LedgerValue.Group(Fields(depth));
            case ValueTag.List:
                int count = Count("list's length", 2);
                var items = ImmutableArray.CreateBuilder<LedgerValue>(count);
                for (int i = 0; i < count; i++) items.Add(Value(depth + 1));
                return new LedgerValue.List(items.MoveToImmutable());
            default:
                throw new LedgerEntryInvalidException($"The value at byte {at} is of no known shape.");
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes, int at)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new LedgerEntryInvalidException($"The text at byte {at} is not UTF-8.");
        }
    }

    private int Count(string what, int least)
    {
        int at = _position;
        int count = BinaryPrimitives.ReadInt32BigEndian(Take(what, 4));
        return count >= 0 && count <= (_bytes.Length - _position) / least
            ? count
            : throw new LedgerEntryInvalidException($"The {what} at byte {at} says {count}, more than the {_bytes.Length - _position} bytes that follow can hold.");
    }

    private long Long(string what) => BinaryPrimitives.ReadInt64BigEndian(Take(what, 8));
}
