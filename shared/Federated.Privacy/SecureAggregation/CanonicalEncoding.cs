using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// The one encoding that is hashed, signed and stored here: a sequence of fields, each its length (4 bytes, big endian) and its bytes. Two different
/// sequences of fields never have the same bytes. Integers are 4- or 8-byte big-endian fields.
/// </summary>
internal sealed class CanonicalWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public CanonicalWriter Field(ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(4), bytes.Length);
        _buffer.Advance(4);
        _buffer.Write(bytes);
        return this;
    }

    public CanonicalWriter Field(ImmutableArray<byte> bytes) => Field(bytes.AsSpan());

    public CanonicalWriter Text(string text) => Field(Encoding.UTF8.GetBytes(text));

    public CanonicalWriter Number(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return Field(bytes);
    }

    public CanonicalWriter Number(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Field(bytes);
    }

    /// <summary>A list: how many, then each.</summary>
    public CanonicalWriter List<T>(IReadOnlyCollection<T> items, Action<CanonicalWriter, T> write)
    {
        Number(items.Count);
        foreach (T item in items) write(this, item);
        return this;
    }

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    public byte[] Digest() => SHA256.HashData(_buffer.WrittenSpan);
}

/// <summary>Bytes that are not what they should be; the message says what was expected and where.</summary>
public sealed class EncodingInvalidException(string message) : Exception(message);

/// <summary>Reads fields back, checking every length before anything is allocated.</summary>
internal ref struct CanonicalReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _position;

    /// <summary>A field of between <paramref name="least"/> and <paramref name="most"/> bytes.</summary>
    public ReadOnlySpan<byte> Field(string name, int least, int most)
    {
        ReadOnlySpan<byte> rest = _bytes[_position..];
        if (rest.Length < 4) throw new EncodingInvalidException($"{name} is missing at byte {_position}: the record is cut short.");
        int length = BinaryPrimitives.ReadInt32BigEndian(rest);
        if (length < least || length > most || length > rest.Length - 4)
            throw new EncodingInvalidException($"{name} at byte {_position} says {length} bytes; {least} to {most} within the record were expected.");
        _position += 4 + length;
        return rest.Slice(4, length);
    }

    public ImmutableArray<byte> Bytes(string name, int length) => [.. Field(name, length, length)];

    public ImmutableArray<byte> Bytes(string name, int least, int most) => [.. Field(name, least, most)];

    public string Text(string name, int most) => Encoding.UTF8.GetString(Field(name, 0, most));

    public int Number(string name) => BinaryPrimitives.ReadInt32BigEndian(Field(name, 4, 4));

    public long LongNumber(string name) => BinaryPrimitives.ReadInt64BigEndian(Field(name, 8, 8));

    public int Count(string name, int most)
    {
        int count = Number(name);
        if (count < 0 || count > most) throw new EncodingInvalidException($"{name} counts {count}; 0 to {most} were expected.");
        return count;
    }

    public readonly void End()
    {
        if (_position != _bytes.Length) throw new EncodingInvalidException($"{_bytes.Length - _position} bytes follow the record's end at byte {_position}.");
    }
}
