using System.Buffers.Binary;

namespace Federated.Imaging.Dicom;

/// <summary>Parses the bytes of one dataset. Values stay slices of the input, so nothing larger than the file is ever held.</summary>
internal sealed class DicomReader
{
    private const uint UndefinedLength = 0xFFFFFFFF;

    private readonly ReadOnlyMemory<byte> data;
    private readonly DicomReadOptions options;
    private readonly List<string> remarks;
    private int position;
    private int elements;

    public DicomReader(ReadOnlyMemory<byte> data, int start, DicomReadOptions options, List<string> remarks)
    {
        this.data = data;
        this.options = options;
        this.remarks = remarks;
        position = start;
    }

    private readonly record struct Scope(bool IsExplicit, bool IsBigEndian, int Depth, int PixelRepresentation)
    {
        public Scope Nested => this with { Depth = Depth + 1 };
    }

    private readonly record struct Header(DicomTag Tag, DicomVR VR, uint Length, int Start);

    public DicomDataset ReadDataset(DicomTransferSyntax syntax) => ReadItems(new Scope(syntax.IsExplicit, syntax.IsBigEndian, 0, 0), data.Length, null, isTopLevel: true);

    /// <summary>Group 0002, always explicit little endian, and where the dataset after it starts.</summary>
    public (DicomDataset Meta, int End) ReadMetaInformation()
    {
        DicomDataset meta = [];
        Scope scope = new(IsExplicit: true, IsBigEndian: false, 0, 0);
        while (position + 8 <= data.Length && BinaryPrimitives.ReadUInt16LittleEndian(data.Span[position..]) == 0x0002)
        {
            Header header = ReadHeader(scope, data.Length, meta);
            meta.AddOrUpdate(ReadValue(header, scope, data.Length, meta));
        }
        return (meta, position);
    }

    private DicomDataset ReadItems(Scope scope, int end, DicomDataset? parent, bool isTopLevel = false, bool untilDelimiter = false)
    {
        if (scope.Depth > options.MaximumDepth) throw new DicomLimitException($"sequences nest deeper than {options.MaximumDepth} at byte {position}: raise MaximumDepth if this file is genuine");
        DicomDataset dataset = [];
        if (parent is not null) dataset.InheritedCharacterSet = parent.CharacterSet;
        uint previous = 0;
        while (position < end)
        {
            if (end - position < 8)
            {
                if (!isTopLevel && !untilDelimiter && data.Span[position..end].ContainsAnyExcept((byte)0)) throw Truncated("an element header", end);
                Remark($"{end - position} bytes after the last element at byte {position} were left unread");
                position = end;
                break;
            }
            Header header = ReadHeader(scope, end, dataset);
            if (header.Tag == DicomTag.ItemDelimitation && untilDelimiter) return dataset;
            if (header.Tag.Group == 0xFFFE)
            {
                if (header.Length != 0) throw new DicomFormatException($"{header.Tag} stands between elements at byte {header.Start}: the sequence before it is damaged; export the object again");
                Remark($"stray delimiter {header.Tag} at byte {header.Start}");
                continue;
            }
            if (isTopLevel && options.StopBefore is { } stop && header.Tag.Number >= stop.Number) return dataset;
            if (header.Tag.Number <= previous && previous != 0)
                Remark(dataset.Contains(header.Tag) ? $"{header.Tag} occurs twice: the later value is used" : $"{header.Tag} at byte {header.Start} is out of order");
            previous = header.Tag.Number;
            dataset.AddOrUpdate(ReadValue(header, scope, end, dataset));
            if (header.Tag == DicomTag.PixelRepresentation) scope = scope with { PixelRepresentation = dataset.GetSingleValueOrDefault(header.Tag, 0) };
            if (header.Tag == DicomTag.SpecificCharacterSet && dataset.CharacterSet.UnknownTerm is { } unknown) Remark($"unknown character set '{unknown}': read as Latin-1");
        }
        if (untilDelimiter) throw Truncated("an item delimiter", end);
        return dataset;
    }

    private Header ReadHeader(Scope scope, int end, DicomDataset dataset)
    {
        if (++elements > options.MaximumElements) throw new DicomLimitException($"more than {options.MaximumElements} elements at byte {position}: raise MaximumElements if this file is genuine");
        int start = position;
        ReadOnlySpan<byte> bytes = data.Span[position..end];
        if (bytes.Length < 8) throw Truncated("an element header", end);
        DicomTag tag = new(UInt16(bytes, scope.IsBigEndian), UInt16(bytes[2..], scope.IsBigEndian));
        if (tag.Group == 0xFFFE || !scope.IsExplicit)
        {
            position += 8;
            uint length = UInt32(bytes[4..], scope.IsBigEndian);
            return new Header(tag, tag.Group == 0xFFFE ? DicomVR.UN : Implicit(tag, dataset, scope), length, start);
        }
        DicomVR? vr = DicomVR.FromBytes(bytes[4], bytes[5]);
        if (vr is null)
        {
            uint implicitLength = UInt32(bytes[4..], scope.IsBigEndian);
            if (!char.IsAsciiLetterUpper((char)bytes[4]) && implicitLength <= bytes.Length - 8)
            {
                Remark($"{tag} at byte {start} has no value representation: read as implicit");
                position += 8;
                return new Header(tag, Implicit(tag, dataset, scope), implicitLength, start);
            }
            // Representations invented after this reader have the long form (PS3.5, 6.2.2 note); the short form is the older mistake.
            bool isLong = bytes.Length >= 12 && bytes[6] == 0 && bytes[7] == 0 && char.IsAsciiLetterUpper((char)bytes[4]);
            Remark($"{tag} at byte {start} has an unknown value representation {bytes[4]:X2}{bytes[5]:X2}: read as {Implicit(tag, dataset, scope)}");
            position += isLong ? 12 : 8;
            return new Header(tag, Implicit(tag, dataset, scope), isLong ? UInt32(bytes[8..], scope.IsBigEndian) : UInt16(bytes[6..], scope.IsBigEndian), start);
        }
        if (!vr.HasLongLength)
        {
            position += 8;
            return new Header(tag, vr, UInt16(bytes[6..], scope.IsBigEndian), start);
        }
        if (bytes.Length < 12) throw Truncated("an element header", end);
        position += 12;
        return new Header(tag, vr, UInt32(bytes[8..], scope.IsBigEndian), start);
    }

    private static DicomVR Implicit(DicomTag tag, DicomDataset dataset, Scope scope)
    {
        DicomTag full = tag.IsPrivate && dataset.CreatorOf(tag) is { } creator ? new DicomTag(tag.Group, tag.Element, creator) : tag;
        return DicomDictionary.FindVR(full, scope.PixelRepresentation) ?? DicomVR.UN;
    }

    private DicomItem ReadValue(Header header, Scope scope, int end, DicomDataset dataset)
    {
        if (header.Length == UndefinedLength)
        {
            if (header.Tag == DicomTag.PixelData || header.VR == DicomVR.OB || header.VR == DicomVR.OW) return ReadFragments(header, end);
            if (header.VR != DicomVR.SQ && header.VR != DicomVR.UN)
                throw new DicomFormatException($"{header.Tag.Describe()} of type {header.VR} at byte {header.Start} has undefined length, which only sequences may have: export the object again");
            // An unknown sequence of undefined length is implicit little endian whatever surrounds it (PS3.5, 6.2.2).
            Scope nested = header.VR == DicomVR.UN ? scope with { IsExplicit = false, IsBigEndian = false } : scope;
            return ReadSequence(header.Tag, nested, end, untilDelimiter: true, dataset);
        }
        if (header.Length > end - position)
            throw new DicomFormatException($"{header.Tag.Describe()} at byte {header.Start} claims {header.Length} bytes but {end - position} remain: the file is damaged or cut short; fetch it again");
        int length = (int)header.Length;
        if (header.VR == DicomVR.SQ) return ReadSequence(header.Tag, scope, position + length, untilDelimiter: false, dataset);
        ReadOnlyMemory<byte> value = data.Slice(position, length);
        DicomVR vr = header.VR;
        if (vr == DicomVR.UN && scope.IsExplicit && DicomDictionary.FindVR(header.Tag, scope.PixelRepresentation) is { } known)
        {
            if (known == DicomVR.SQ)
            {
                if (TryReadUnknownSequence(header, scope, length, dataset) is { } sequence) return sequence;
            }
            else
            {
                vr = known;
                scope = scope with { IsBigEndian = false };
            }
        }
        position += length;
        if (scope.IsBigEndian && vr.UnitSize > 1) value = DicomByteOrder.Swap(value.Span, vr.UnitSize);
        return new DicomElement(header.Tag, vr, value);
    }

    private DicomSequence? TryReadUnknownSequence(Header header, Scope scope, int length, DicomDataset dataset)
    {
        int start = position;
        try
        {
            return ReadSequence(header.Tag, scope with { IsExplicit = false, IsBigEndian = false }, position + length, untilDelimiter: false, dataset);
        }
        catch (DicomFormatException)
        {
            Remark($"{header.Tag.Describe()} of unknown representation at byte {header.Start} is not a readable sequence: kept as bytes");
            position = start;
            return null;
        }
    }

    private DicomSequence ReadSequence(DicomTag tag, Scope scope, int end, bool untilDelimiter, DicomDataset dataset)
    {
        List<DicomDataset> items = [];
        while (position < end)
        {
            if (end - position < 8) throw Truncated("an item header", end);
            Header header = ReadHeader(scope, end, dataset);
            if (header.Tag == DicomTag.SequenceDelimitation)
            {
                if (untilDelimiter) return new DicomSequence(tag, items);
                Remark($"{tag} of defined length holds a delimiter at byte {header.Start}");
                continue;
            }
            if (header.Tag == DicomTag.ItemDelimitation && header.Length == 0)
            {
                Remark($"stray item delimiter at byte {header.Start}");
                continue;
            }
            if (header.Tag != DicomTag.Item)
                throw new DicomFormatException($"{tag.Describe()} holds {header.Tag} where an item should start, at byte {header.Start}: export the object again");
            if (header.Length == UndefinedLength)
            {
                items.Add(ReadItems(scope.Nested, end, dataset, untilDelimiter: true));
                continue;
            }
            if (header.Length > end - position)
                throw new DicomFormatException($"an item of {tag.Describe()} at byte {header.Start} claims {header.Length} bytes but {end - position} remain: fetch the file again");
            items.Add(ReadItems(scope.Nested, position + (int)header.Length, dataset));
        }
        if (untilDelimiter) throw Truncated($"the end of sequence {tag}", end);
        return new DicomSequence(tag, items);
    }

    private DicomFragmentSequence ReadFragments(Header pixels, int end)
    {
        List<ReadOnlyMemory<byte>> fragments = [];
        uint[] offsets = [];
        for (bool isFirst = true; ; isFirst = false)
        {
            if (end - position < 8) throw Truncated("a pixel data fragment", end);
            if (++elements > options.MaximumElements) throw new DicomLimitException($"more than {options.MaximumElements} fragments: raise MaximumElements if this file is genuine");
            ReadOnlySpan<byte> bytes = data.Span[position..];
            DicomTag tag = new(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]));
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            position += 8;
            if (tag == DicomTag.SequenceDelimitation) break;
            if (tag != DicomTag.Item) throw new DicomFormatException($"{pixels.Tag.Describe()} holds {tag} where a fragment should start, at byte {position - 8}: fetch the file again");
            if (length > end - position) throw new DicomFormatException($"a fragment of {pixels.Tag.Describe()} at byte {position - 8} claims {length} bytes but {end - position} remain: fetch the file again");
            ReadOnlyMemory<byte> fragment = data.Slice(position, (int)length);
            position += (int)length;
            if (!isFirst)
            {
                fragments.Add(fragment);
                continue;
            }
            offsets = new uint[fragment.Length / 4];
            for (int i = 0; i < offsets.Length; i++) offsets[i] = BinaryPrimitives.ReadUInt32LittleEndian(fragment.Span[(4 * i)..]);
        }
        return new DicomFragmentSequence(pixels.Tag, DicomVR.OB, offsets, fragments);
    }

    private void Remark(string remark)
    {
        // A damaged file could earn one remark per element; the first hundred say enough.
        if (remarks.Count < 100) remarks.Add(DicomException.OneLine(remark));
    }

    private static DicomFormatException Truncated(string what, int end) => new($"the data end at byte {end} inside {what}: the file is cut short; fetch it again");

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool bigEndian) => bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool bigEndian) => bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
