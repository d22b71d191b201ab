using System.Buffers.Binary;

namespace Federated.Imaging.Dicom;

/// <summary>RLE Lossless: byte planes compressed by PackBits (PS3.5, annex G).</summary>
internal static class RleDecoder
{
    private const int HeaderBytes = 64;

    /// <summary>The best PackBits can do is 2 bytes for 128.</summary>
    public const int LargestRatio = 64;

    /// <summary>One frame: samples interleaved, numbers little endian.</summary>
    /// <param name="frame">Header of 64 bytes and its segments.</param>
    /// <param name="pixels">Rows times columns.</param>
    /// <param name="samples">Samples per pixel.</param>
    /// <param name="bytesPerSample">1, 2 or 4.</param>
    public static byte[] Decode(ReadOnlySpan<byte> frame, int pixels, int samples, int bytesPerSample)
    {
        int planes = samples * bytesPerSample;
        long size = (long)pixels * planes;
        if (frame.Length < HeaderBytes) throw Damaged("its header is shorter than 64 bytes");
        if (size > (long)frame.Length * LargestRatio || size > Array.MaxLength) throw Damaged($"{frame.Length} bytes cannot hold {size}");
        uint segments = BinaryPrimitives.ReadUInt32LittleEndian(frame);
        if (segments != planes) throw Damaged($"it has {segments} segments where {planes} are needed");
        byte[] decoded = new byte[size];
        for (int plane = 0; plane < planes; plane++)
        {
            uint start = BinaryPrimitives.ReadUInt32LittleEndian(frame[(4 + 4 * plane)..]);
            uint end = plane + 1 < planes ? BinaryPrimitives.ReadUInt32LittleEndian(frame[(8 + 4 * plane)..]) : (uint)frame.Length;
            if (start < HeaderBytes || end < start || end > frame.Length) throw Damaged($"segment {plane + 1} lies outside the frame");
            int sample = plane / bytesPerSample;
            int significance = bytesPerSample - 1 - plane % bytesPerSample; // The most significant byte comes first.
            Unpack(frame[(int)start..(int)end], decoded, sample * bytesPerSample + significance, planes, pixels);
        }
        return decoded;
    }

    private static void Unpack(ReadOnlySpan<byte> packed, Span<byte> plane, int offset, int stride, int count)
    {
        int written = 0;
        int next = 0;
        while (written < count)
        {
            if (next >= packed.Length) throw Damaged($"a segment ends after {written} of {count} bytes");
            int control = (sbyte)packed[next++];
            if (control == -128) continue;
            int run = Math.Min(control >= 0 ? control + 1 : 1 - control, count - written);
            if (next + (control >= 0 ? run : 1) > packed.Length) throw Damaged("a run reaches past its segment");
            for (int i = 0; i < run; i++) plane[offset + (written + i) * stride] = packed[control >= 0 ? next + i : next];
            next += control >= 0 ? control + 1 : 1;
            written += run;
        }
    }

    private static DicomFormatException Damaged(string why) => new($"PixelData (7FE0,0010) in RLE Lossless is damaged: {why}; fetch the file again");
}
