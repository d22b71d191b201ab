using System.Buffers.Binary;
using System.IO.Compression;

namespace Federated.Imaging.Dicom;

/// <summary>Writes Part 10 files: sequences with defined length, meta information with its group length.</summary>
internal static class DicomWriter
{
    private static readonly DicomUID ImplementationClass = DicomUID.FromName("Federated.Imaging");

    public static DicomDataset MetaInformation(DicomDataset dataset, DicomTransferSyntax syntax)
    {
        DicomUID sopClass = dataset.GetSingleValue<DicomUID>(DicomTag.SOPClassUID);
        DicomUID sopInstance = dataset.GetSingleValue<DicomUID>(DicomTag.SOPInstanceUID);
        return new DicomDataset()
            .AddOrUpdate(new DicomElement(DicomTag.FileMetaInformationVersion, DicomVR.OB, new byte[] { 0, 1 }))
            .AddOrUpdate(DicomTag.MediaStorageSOPClassUID, sopClass)
            .AddOrUpdate(DicomTag.MediaStorageSOPInstanceUID, sopInstance)
            .AddOrUpdate(DicomTag.TransferSyntaxUID, syntax.UID)
            .AddOrUpdate(DicomTag.ImplementationClassUID, ImplementationClass)
            .AddOrUpdate(DicomTag.ImplementationVersionName, "FEDERATED_1");
    }

    public static void Write(Stream stream, DicomDataset dataset, DicomTransferSyntax syntax)
    {
        using MemoryStream meta = new();
        WriteItems(meta, MetaInformation(dataset, syntax), DicomTransferSyntax.ExplicitVRLittleEndian);
        using MemoryStream head = new();
        head.Write(new byte[128]);
        head.Write("DICM"u8);
        DicomDataset length = new DicomDataset().AddOrUpdate(DicomTag.FileMetaInformationGroupLength, (uint)meta.Length);
        WriteItems(head, length, DicomTransferSyntax.ExplicitVRLittleEndian);
        meta.WriteTo(head);
        head.WriteTo(stream);
        using MemoryStream body = new();
        WriteItems(body, dataset, syntax);
        if (!syntax.IsDeflated)
        {
            body.WriteTo(stream);
            return;
        }
        using MemoryStream deflated = new();
        using (DeflateStream deflate = new(deflated, CompressionLevel.Optimal, leaveOpen: true)) body.WriteTo(deflate);
        if (deflated.Length % 2 == 1) deflated.WriteByte(0);
        deflated.WriteTo(stream);
    }

    private static void WriteItems(Stream stream, DicomDataset dataset, DicomTransferSyntax syntax)
    {
        foreach (DicomItem item in dataset)
        {
            switch (item)
            {
                case DicomElement { Tag.Element: 0, Tag.Group: not 0x0002 }:
                    break; // Group lengths are retired, and would be wrong after any change.
                case DicomElement element:
                    WriteElement(stream, element, syntax);
                    break;
                case DicomSequence sequence:
                    using (MemoryStream content = new())
                    {
                        foreach (DicomDataset nested in sequence.Items) WriteItem(content, nested, syntax);
                        WriteHeader(stream, sequence.Tag, DicomVR.SQ, checked((uint)content.Length), syntax);
                        content.WriteTo(stream);
                    }
                    break;
                case DicomFragmentSequence fragments:
                    WriteFragments(stream, fragments, syntax);
                    break;
            }
        }
    }

    private static void WriteItem(Stream stream, DicomDataset dataset, DicomTransferSyntax syntax)
    {
        using MemoryStream content = new();
        WriteItems(content, dataset, syntax);
        WriteMarker(stream, DicomTag.Item, checked((uint)content.Length), syntax);
        content.WriteTo(stream);
    }

    private static void WriteElement(Stream stream, DicomElement element, DicomTransferSyntax syntax)
    {
        DicomVR vr = element.ValueRepresentation;
        uint padded = (uint)element.Length + ((uint)element.Length & 1);
        if (syntax.IsExplicit && !vr.HasLongLength && padded > ushort.MaxValue) vr = DicomVR.UN; // The short form cannot hold it (PS3.5, 6.2.2).
        WriteHeader(stream, element.Tag, vr, padded, syntax);
        if (syntax.IsBigEndian && element.ValueRepresentation.UnitSize > 1 && vr != DicomVR.UN) stream.Write(DicomByteOrder.Swap(element.Buffer.Span, vr.UnitSize));
        else stream.Write(element.Buffer.Span);
        if ((element.Length & 1) == 1) stream.WriteByte(vr.PaddingByte);
    }

    private static void WriteFragments(Stream stream, DicomFragmentSequence pixels, DicomTransferSyntax syntax)
    {
        if (!syntax.IsEncapsulated) throw new DicomDataException($"compressed pixel data cannot be written as {syntax.Name}: decode it first or keep its transfer syntax");
        WriteHeader(stream, pixels.Tag, DicomVR.OB, 0xFFFFFFFF, syntax);
        WriteMarker(stream, DicomTag.Item, (uint)(4 * pixels.OffsetTable.Count), syntax);
        Span<byte> offset = stackalloc byte[4];
        foreach (uint value in pixels.OffsetTable)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(offset, value);
            stream.Write(offset);
        }
        foreach (ReadOnlyMemory<byte> fragment in pixels.Fragments)
        {
            WriteMarker(stream, DicomTag.Item, (uint)(fragment.Length + (fragment.Length & 1)), syntax);
            stream.Write(fragment.Span);
            if ((fragment.Length & 1) == 1) stream.WriteByte(0);
        }
        WriteMarker(stream, DicomTag.SequenceDelimitation, 0, syntax);
    }

    private static void WriteHeader(Stream stream, DicomTag tag, DicomVR vr, uint length, DicomTransferSyntax syntax)
    {
        if (!syntax.IsExplicit)
        {
            WriteMarker(stream, tag, length, syntax);
            return;
        }
        Span<byte> header = stackalloc byte[12];
        WriteTag(header, tag, syntax.IsBigEndian);
        header[4] = (byte)vr.Code[0];
        header[5] = (byte)vr.Code[1];
        if (vr.HasLongLength)
        {
            UInt32(header[8..], length, syntax.IsBigEndian);
            stream.Write(header);
            return;
        }
        if (syntax.IsBigEndian) BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)length);
        else BinaryPrimitives.WriteUInt16LittleEndian(header[6..], (ushort)length);
        stream.Write(header[..8]);
    }

    private static void WriteMarker(Stream stream, DicomTag tag, uint length, DicomTransferSyntax syntax)
    {
        Span<byte> header = stackalloc byte[8];
        WriteTag(header, tag, syntax.IsBigEndian);
        UInt32(header[4..], length, syntax.IsBigEndian);
        stream.Write(header);
    }

    private static void WriteTag(Span<byte> place, DicomTag tag, bool bigEndian)
    {
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(place, tag.Group);
            BinaryPrimitives.WriteUInt16BigEndian(place[2..], tag.Element);
            return;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(place, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(place[2..], tag.Element);
    }

    private static void UInt32(Span<byte> place, uint value, bool bigEndian)
    {
        if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(place, value);
        else BinaryPrimitives.WriteUInt32LittleEndian(place, value);
    }
}
