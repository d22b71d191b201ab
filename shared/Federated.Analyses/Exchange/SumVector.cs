using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Federated.Privacy.FixedPoint;

namespace Federated.Analyses.Exchange;

/// <summary>A number that does not fit the agreed scale: it would wrap silently, so it is refused at the site.</summary>
public sealed class OutOfRangeException(string block, int index)
    : Exception($"A number of block {block} (position {index}) does not fit the agreed scale.")
{
    /// <summary>The block's name.</summary>
    public string Block { get; } = block;

    /// <summary>Flat position in the block.</summary>
    public int Index { get; } = index;
}

/// <summary>
/// The vector of one Sum in Z_2^128: filled by a site, or added up over sites. Numbers are converted one contribution at a time and then added as
/// integers, so the result has the same bits whatever the order or grouping of the contributions.
/// </summary>
public sealed class SumVector
{
    private readonly Int128[] _elements;

    /// <summary>A vector of zeros.</summary>
    public SumVector(SumLayout layout)
    {
        Layout = layout;
        _elements = new Int128[layout.Length];
    }

    private SumVector(SumLayout layout, Int128[] elements)
    {
        Layout = layout;
        _elements = elements;
    }

    /// <summary>What each element means.</summary>
    public SumLayout Layout { get; }

    /// <summary>The integers, in layout order.</summary>
    public ReadOnlySpan<Int128> Elements => _elements;

    /// <summary>Bytes of a payload with this layout.</summary>
    public static int PayloadBytes(SumLayout layout) => checked(layout.Length * Fixed128.ElementBytes);

    /// <summary>Adds <paramref name="values"/> to a whole block, element by element.</summary>
    /// <exception cref="OutOfRangeException">A value is not finite or too large for its unit.</exception>
    public void Add(string block, ReadOnlySpan<double> values)
    {
        (SumBlock declared, int start) = Layout[block];
        if (values.Length != declared.Length)
            throw new ArgumentException($"Block {block} holds {declared.Length} numbers, not {values.Length}.", nameof(values));
        for (int i = 0; i < values.Length; i++) AddAt(declared, start, i, values[i]);
    }

    /// <summary>Adds one value at a flat position of a block.</summary>
    /// <exception cref="OutOfRangeException">The value is not finite or too large for its unit.</exception>
    public void Add(string block, int index, double value)
    {
        (SumBlock declared, int start) = Layout[block];
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)declared.Length, nameof(index));
        AddAt(declared, start, index, value);
    }

    /// <summary>Adds values to a run of a block from flat position <paramref name="start"/> on.</summary>
    /// <exception cref="OutOfRangeException">A value is not finite or too large for its unit.</exception>
    public void Add(string block, int start, ReadOnlySpan<double> values)
    {
        (SumBlock declared, int first) = Layout[block];
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start + (uint)values.Length, (uint)declared.Length, nameof(start));
        for (int i = 0; i < values.Length; i++) AddAt(declared, first, start + i, values[i]);
    }

    /// <summary>Adds an integer as it stands (packed counters), modulo 2^128.</summary>
    public void AddRaw(string block, int index, Int128 value)
    {
        (SumBlock declared, int start) = Layout[block];
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)declared.Length, nameof(index));
        _elements[start + index] = unchecked(_elements[start + index] + value);
    }

    /// <summary>
    /// Whether every element is small enough that <paramref name="sites"/> such vectors cannot wrap: |element| &lt; 2^127 / sites.
    /// </summary>
    /// <exception cref="OutOfRangeException">It is not.</exception>
    /// <remarks>Blocks named in <paramref name="packed"/> hold packed counters and are left out.</remarks>
    public void RequireRoomFor(int sites, params ReadOnlySpan<string> packed)
    {
        Int128 limit = Int128.MaxValue / Math.Max(sites, 1);
        foreach (SumBlock block in Layout.Blocks)
        {
            if (packed.Contains(block.Name)) continue;
            int start = Layout[block.Name].Start;
            for (int i = 0; i < block.Length; i++)
                if (_elements[start + i] > limit || _elements[start + i] < -limit) throw new OutOfRangeException(block.Name, i);
        }
    }

    /// <summary>Adds another site's vector, modulo 2^128.</summary>
    public void AddPayload(ReadOnlySpan<byte> payload)
    {
        if (payload.Length != PayloadBytes(Layout))
            throw new ArgumentException($"A payload of {PayloadBytes(Layout)} bytes was declared; this one has {payload.Length}.", nameof(payload));
        AddPayload(payload, 0);
    }

    /// <summary>Adds part of another site's vector, modulo 2^128: whole elements, the first of which stands at <paramref name="first"/>.</summary>
    public void AddPayload(ReadOnlySpan<byte> part, int first)
    {
        int count = part.Length / Fixed128.ElementBytes;
        if (part.Length % Fixed128.ElementBytes != 0 || first < 0 || count > _elements.Length - first)
            throw new ArgumentException($"{part.Length} bytes at element {first} are not a part of a vector of {_elements.Length} elements.", nameof(part));
        Span<Int128> place = _elements.AsSpan(first, count);
        if (BitConverter.IsLittleEndian)
        {
            ReadOnlySpan<Int128> addend = MemoryMarshal.Cast<byte, Int128>(part); // laid out as it travels
            for (int i = 0; i < place.Length; i++) place[i] = unchecked(place[i] + addend[i]);
            return;
        }

        for (int i = 0; i < place.Length; i++) place[i] = unchecked(place[i] + BinaryPrimitives.ReadInt128LittleEndian(part[(i * Fixed128.ElementBytes)..]));
    }

    /// <summary>The elements as they travel: 16 bytes each, little endian.</summary>
    public byte[] ToPayload()
    {
        if (BitConverter.IsLittleEndian) return MemoryMarshal.AsBytes(_elements.AsSpan()).ToArray();
        byte[] payload = new byte[PayloadBytes(Layout)];
        for (int i = 0; i < _elements.Length; i++)
            BinaryPrimitives.WriteInt128LittleEndian(payload.AsSpan(i * Fixed128.ElementBytes), _elements[i]);
        return payload;
    }

    /// <summary>A vector read back from its payload.</summary>
    public static SumVector FromPayload(SumLayout layout, ReadOnlySpan<byte> payload)
    {
        var vector = new SumVector(layout, new Int128[layout.Length]);
        vector.AddPayload(payload);
        return vector;
    }

    /// <summary>The number at a flat position of a block, rounded once to double.</summary>
    public double this[string block, int index] => Read(block, index, out _);

    /// <summary>The number at a flat position as two doubles, high and the rest (about 106 bits).</summary>
    public double Read(string block, int index, out double low)
    {
        (SumBlock declared, int start) = Layout[block];
        return Fixed128.Decode(_elements[start + index], declared.UnitAt(index), out low);
    }

    /// <summary>The integer at a flat position of a block.</summary>
    public Int128 Raw(string block, int index) => _elements[Layout[block].Start + index];

    /// <summary>All numbers of a block, row-major.</summary>
    public double[] Block(string block)
    {
        (SumBlock declared, int start) = Layout[block];
        double[] values = new double[declared.Length];
        for (int i = 0; i < values.Length; i++) values[i] = Fixed128.Decode(_elements[start + i], declared.UnitAt(i));
        return values;
    }

    private void AddAt(SumBlock block, int start, int index, double value)
    {
        if (!Fixed128.TryEncode(value, block.UnitAt(index), out Int128 element)) throw new OutOfRangeException(block.Name, index);
        Int128 sum = unchecked(_elements[start + index] + element);
        bool wrapped = Int128.IsNegative(element) == Int128.IsNegative(_elements[start + index]) && Int128.IsNegative(sum) != Int128.IsNegative(element);
        if (wrapped) throw new OutOfRangeException(block.Name, index);
        _elements[start + index] = sum;
    }
}
