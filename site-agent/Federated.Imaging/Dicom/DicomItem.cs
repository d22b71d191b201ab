namespace Federated.Imaging.Dicom;

/// <summary>One entry of a dataset: an element with bytes, a sequence of datasets, or fragments of compressed pixels.</summary>
public abstract class DicomItem
{
    private protected DicomItem(DicomTag tag, DicomVR vr)
    {
        Tag = tag;
        ValueRepresentation = vr;
    }

    /// <summary>Address as it stands in the file.</summary>
    public DicomTag Tag { get; }

    /// <summary>How the value is read.</summary>
    public DicomVR ValueRepresentation { get; }

    /// <summary>Tag and representation.</summary>
    public override string ToString() => $"{Tag.Describe()} {ValueRepresentation}";
}

/// <summary>An element whose value is bytes; numbers are little endian whatever the file was.</summary>
public sealed class DicomElement : DicomItem
{
    /// <summary>Wraps bytes without copying them.</summary>
    public DicomElement(DicomTag tag, DicomVR vr, ReadOnlyMemory<byte> value) : base(tag, vr) => Buffer = value;

    /// <summary>The value: little endian, padded to an even length when it was read.</summary>
    public ReadOnlyMemory<byte> Buffer { get; }

    /// <summary>Bytes of the value.</summary>
    public int Length => Buffer.Length;
}

/// <summary>A sequence (SQ): datasets in order.</summary>
public sealed class DicomSequence : DicomItem
{
    /// <summary>A sequence of these items.</summary>
    public DicomSequence(DicomTag tag, params IEnumerable<DicomDataset> items) : base(tag, DicomVR.SQ) => Items = [.. items];

    /// <summary>The items in order; may be empty.</summary>
    public IReadOnlyList<DicomDataset> Items { get; }
}

/// <summary>Encapsulated pixel data: an offset table and compressed fragments (PS3.5, A.4).</summary>
public sealed class DicomFragmentSequence : DicomItem
{
    /// <summary>Fragments in the order of the file.</summary>
    public DicomFragmentSequence(DicomTag tag, DicomVR vr, IReadOnlyList<uint> offsetTable, IReadOnlyList<ReadOnlyMemory<byte>> fragments) : base(tag, vr)
    {
        OffsetTable = offsetTable;
        Fragments = fragments;
    }

    /// <summary>Byte offset of each frame's first item from the end of the table; may be empty.</summary>
    public IReadOnlyList<uint> OffsetTable { get; }

    /// <summary>The compressed bytes.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Fragments { get; }
}
