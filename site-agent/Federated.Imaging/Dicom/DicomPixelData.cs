using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Federated.Imaging.Dicom;

/// <summary>The stored pixel values of an image, frame by frame. Values are as stored: no rescaling, no palette, no colour conversion.</summary>
public sealed class DicomPixelData
{
    private readonly DicomItem pixels;

    private DicomPixelData(DicomDataset dataset, DicomItem pixels)
    {
        this.pixels = pixels;
        Rows = Count(dataset, DicomTag.Rows);
        Columns = Count(dataset, DicomTag.Columns);
        SamplesPerPixel = dataset.Contains(DicomTag.SamplesPerPixel) ? Count(dataset, DicomTag.SamplesPerPixel) : 1;
        NumberOfFrames = dataset.TryGetElement(DicomTag.NumberOfFrames, out _) ? Count(dataset, DicomTag.NumberOfFrames) : 1;
        IsFloat = pixels.Tag != DicomTag.PixelData;
        BitsAllocated = pixels.Tag == DicomTag.FloatPixelData ? 32 : pixels.Tag == DicomTag.DoubleFloatPixelData ? 64 : Count(dataset, DicomTag.BitsAllocated);
        BitsStored = IsFloat ? BitsAllocated : dataset.GetSingleValueOrDefault(DicomTag.BitsStored, BitsAllocated);
        HighBit = IsFloat ? BitsAllocated - 1 : dataset.GetSingleValueOrDefault(DicomTag.HighBit, BitsStored - 1);
        IsSigned = !IsFloat && dataset.GetSingleValueOrDefault(DicomTag.PixelRepresentation, 0) == 1;
        PhotometricInterpretation = dataset.GetStringOrNull(DicomTag.PhotometricInterpretation) ?? "";
    }

    /// <summary>Rows of a frame.</summary>
    public int Rows { get; }

    /// <summary>Columns of a frame.</summary>
    public int Columns { get; }

    /// <summary>1 for measured images, 3 for colour.</summary>
    public int SamplesPerPixel { get; }

    /// <summary>Frames; 1 for single-frame objects.</summary>
    public int NumberOfFrames { get; }

    /// <summary>Bits of a sample's cell: 1, 8, 16, 32, or 64 for double floating point.</summary>
    public int BitsAllocated { get; }

    /// <summary>Bits that count; the others are masked, as they may hold overlays.</summary>
    public int BitsStored { get; }

    /// <summary>Position of the most significant bit that counts.</summary>
    public int HighBit { get; }

    /// <summary>Two's complement within the bits stored.</summary>
    public bool IsSigned { get; }

    /// <summary>True for FloatPixelData and DoubleFloatPixelData.</summary>
    public bool IsFloat { get; }

    /// <summary>MONOCHROME2, RGB, PALETTE COLOR, ...</summary>
    public string PhotometricInterpretation { get; }

    /// <summary>Samples of one frame: rows x columns x samples per pixel.</summary>
    public int SamplesPerFrame => Rows * Columns * SamplesPerPixel;

    /// <summary>True when <see cref="Create(DicomFile)"/> can decode the pixels without a transcoder.</summary>
    public static bool CanDecode(DicomTransferSyntax syntax) => !syntax.IsEncapsulated || syntax == DicomTransferSyntax.RLELossless;

    /// <summary>The pixels of an object, checked against its size before anything is allocated.</summary>
    /// <exception cref="DicomUnsupportedException">Compressed by something other than RLE, or an unusual cell size.</exception>
    /// <exception cref="DicomException">Absent, contradictory, or shorter than the header says.</exception>
    public static DicomPixelData Create(DicomFile file)
    {
        DicomDataset dataset = file.Dataset;
        DicomItem? item = null;
        foreach (DicomTag tag in (DicomTag[])[DicomTag.PixelData, DicomTag.FloatPixelData, DicomTag.DoubleFloatPixelData])
            if (dataset.TryGetItem(tag, out item)) break;
        if (item is null) throw new DicomDataException("PixelData (7FE0,0010) is absent: this object holds no image");
        if (item is DicomFragmentSequence && !CanDecode(file.TransferSyntax))
            throw new DicomUnsupportedException($"pixel data is compressed as {file.TransferSyntax}: let the archive send it uncompressed, or install gdcmconv so that it can be converted");
        if (item is DicomElement && file.TransferSyntax.IsEncapsulated)
            throw new DicomFormatException($"pixel data is not in fragments although the transfer syntax is {file.TransferSyntax}: export the object again");
        DicomPixelData data = new(dataset, item);
        data.Validate();
        // PS3.5 exchanges the bytes of 16-bit words and leaves the words in place; many writers exchange all four bytes. Nothing in the object says which was done.
        if (file.TransferSyntax.IsBigEndian && data is { BitsAllocated: 32, IsFloat: false } && item.ValueRepresentation == DicomVR.OW)
            throw new DicomUnsupportedException($"pixel cells of 32 bits in {file.TransferSyntax} can be read in two orders, and writers use both: let the archive send little endian");
        return data;
    }

    /// <summary>Stored values of a frame, row by row, samples interleaved or planar as the object states.</summary>
    /// <param name="frame">Zero-based.</param>
    /// <param name="values">Receives <see cref="SamplesPerFrame"/> values.</param>
    public void ReadStored(int frame, Span<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, NumberOfFrames);
        if (values.Length != SamplesPerFrame) throw new ArgumentException($"{SamplesPerFrame} values are needed, {values.Length} given", nameof(values));
        if (BitsAllocated == 1)
        {
            ReadBits(frame, values);
            return;
        }
        ReadOnlySpan<byte> bytes = FrameBytes(frame).Span;
        if (IsFloat)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = BitsAllocated == 32 ? BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]) : BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
            return;
        }
        int shiftUp = 31 - HighBit;
        int shiftDown = 32 - BitsStored;
        switch (BitsAllocated)
        {
            case 8:
                for (int i = 0; i < values.Length; i++) values[i] = Extract(bytes[i], shiftUp, shiftDown);
                break;
            case 16:
                ReadOnlySpan<ushort> words = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < values.Length; i++) values[i] = Extract(words[i], shiftUp, shiftDown);
                break;
            default:
                ReadOnlySpan<uint> longs = MemoryMarshal.Cast<byte, uint>(bytes);
                for (int i = 0; i < values.Length; i++) values[i] = Extract(longs[i], shiftUp, shiftDown);
                break;
        }
    }

    /// <summary>Stored values of a frame.</summary>
    public double[] ReadStored(int frame)
    {
        double[] values = new double[SamplesPerFrame];
        ReadStored(frame, values);
        return values;
    }

    // Shifting the high bit to the top and back drops bits above and below, and extends the sign.
    private double Extract(uint cell, int shiftUp, int shiftDown) => IsSigned ? (int)(cell << shiftUp) >> shiftDown : (cell << shiftUp) >> shiftDown;

    private void ReadBits(int frame, Span<double> values)
    {
        ReadOnlySpan<byte> bytes = ((DicomElement)pixels).Buffer.Span;
        long first = (long)frame * SamplesPerFrame; // Frames follow each other without padding, so one may start inside a byte (PS3.5, 8.1.1).
        for (int i = 0; i < values.Length; i++)
        {
            long bit = first + i;
            values[i] = (bytes[(int)(bit >> 3)] >> (int)(bit & 7)) & 1;
        }
    }

    private ReadOnlyMemory<byte> FrameBytes(int frame)
    {
        int size = SamplesPerFrame * (BitsAllocated / 8);
        if (pixels is DicomElement element) return element.Buffer.Slice(checked(frame * size), size);
        return RleDecoder.Decode(CompressedFrame((DicomFragmentSequence)pixels, frame).Span, Rows * Columns, SamplesPerPixel, BitsAllocated / 8);
    }

    private ReadOnlyMemory<byte> CompressedFrame(DicomFragmentSequence sequence, int frame)
    {
        if (NumberOfFrames == sequence.Fragments.Count) return sequence.Fragments[frame];
        int first = 0;
        int last = sequence.Fragments.Count;
        if (NumberOfFrames > 1)
        {
            if (sequence.OffsetTable.Count != NumberOfFrames)
                throw new DicomFormatException($"PixelData (7FE0,0010) has {sequence.Fragments.Count} fragments for {NumberOfFrames} frames and no table of offsets: export the object again");
            first = FragmentAt(sequence, sequence.OffsetTable[frame]);
            if (frame + 1 < NumberOfFrames) last = FragmentAt(sequence, sequence.OffsetTable[frame + 1]);
        }
        if (last <= first) throw new DicomFormatException($"the offset table of PixelData (7FE0,0010) runs backwards at frame {frame + 1}: export the object again");
        if (last == first + 1) return sequence.Fragments[first];
        using MemoryStream joined = new();
        for (int i = first; i < last; i++) joined.Write(sequence.Fragments[i].Span);
        return joined.GetBuffer().AsMemory(0, (int)joined.Length);
    }

    private static int FragmentAt(DicomFragmentSequence sequence, uint offset)
    {
        long start = 0;
        for (int i = 0; i < sequence.Fragments.Count; i++)
        {
            if (start == offset) return i;
            start += 8 + sequence.Fragments[i].Length;
        }
        throw new DicomFormatException($"the offset table of PixelData (7FE0,0010) points to byte {offset}, where no fragment starts: export the object again");
    }

    private void Validate()
    {
        if (BitsAllocated is not (1 or 8 or 16 or 32 or 64) || (BitsAllocated == 64 && !IsFloat))
            throw new DicomUnsupportedException($"BitsAllocated (0028,0100) is {BitsAllocated}: cells of 1, 8, 16 or 32 bits, or floating point, can be read");
        if (BitsStored < 1 || BitsStored > BitsAllocated || HighBit < BitsStored - 1 || HighBit >= BitsAllocated)
            throw new DicomFormatException($"{BitsStored} bits stored with high bit {HighBit} do not fit {BitsAllocated} bits allocated: correct (0028,0101) and (0028,0102) at the source");
        if (PhotometricInterpretation is "YBR_FULL_422" or "YBR_PARTIAL_422" or "YBR_PARTIAL_420" && pixels is DicomElement)
            throw new DicomUnsupportedException($"PhotometricInterpretation (0028,0004) {PhotometricInterpretation} shares colour between pixels: convert it to RGB first");
        long samples = (long)Rows * Columns * SamplesPerPixel;
        if (samples > Array.MaxLength / 8) throw new DicomLimitException($"a frame of {Rows} x {Columns} x {SamplesPerPixel} samples is too large to hold");
        Int128 needed = ((Int128)samples * NumberOfFrames * BitsAllocated + 7) / 8;
        if (pixels is not DicomElement element)
        {
            if (BitsAllocated == 1) throw new DicomUnsupportedException("RLE of one-bit pixels is not defined: export the object uncompressed");
            long compressed = 0;
            foreach (ReadOnlyMemory<byte> fragment in ((DicomFragmentSequence)pixels).Fragments) compressed += fragment.Length;
            if (needed > (Int128)compressed * RleDecoder.LargestRatio)
                throw new DicomFormatException($"PixelData (7FE0,0010) in RLE Lossless holds {compressed} bytes, too few for the {needed} bytes that the header describes: fetch the file again");
            return;
        }
        if (element.Length < needed)
            throw new DicomFormatException($"{element.Tag.Describe()} holds {element.Length} bytes where {Rows} x {Columns} x {SamplesPerPixel} x {NumberOfFrames} frames of {BitsAllocated} bits need {needed}: fetch the file again");
    }

    private static int Count(DicomDataset dataset, DicomTag tag)
    {
        int count = dataset.GetSingleValue<int>(tag);
        return count > 0 ? count : throw new DicomFormatException($"{tag.Describe()} is {count}: it must be positive, correct it at the source");
    }
}
