using System.Buffers.Binary;
using System.IO.Compression;

namespace Federated.SiteAgent.Host.Phantoms;

/// <summary>A grey picture as PNG (ISO/IEC 15948): 8 bits, no interlace, rows unfiltered.</summary>
internal static class GreyPng
{
    private static readonly uint[] Remainders = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint remainder = (uint)n;
        for (int bit = 0; bit < 8; bit++) remainder = (remainder & 1) == 0 ? remainder >> 1 : 0xEDB88320 ^ (remainder >> 1);
        return remainder;
    })];

    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="grey">One byte per pixel, 0 black, rows from top to bottom.</param>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> grey)
    {
        using var rows = new MemoryStream();
        using (var compressed = new ZLibStream(rows, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int row = 0; row < height; row++)
            {
                compressed.WriteByte(0);
                compressed.Write(grey.Slice(row * width, width));
            }
        }

        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(png, "IHDR"u8, header);
        Chunk(png, "IDAT"u8, rows.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        uint check = Check(Check(0xFFFFFFFF, type), data) ^ 0xFFFFFFFF;
        BinaryPrimitives.WriteUInt32BigEndian(number, check);
        png.Write(number);
    }

    private static uint Check(uint sofar, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes) sofar = Remainders[(byte)(sofar ^ one)] ^ (sofar >> 8);
        return sofar;
    }
}
