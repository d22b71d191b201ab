using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>
/// A table of numbers as a picture, a few pixels per cell: blue below zero, red above, the deeper the further; grey where there is no number. A PNG, because fifty thousand
/// cells as shapes would be megabytes.
/// </summary>
public static class HeatMap
{
    /// <summary>Pixels of a cell's height.</summary>
    public const int CellHeight = 16;

    private const byte PaletteMiddle = 127;
    private const byte Missing = 255;

    /// <summary>Pixels of a cell's width for so many columns.</summary>
    public static int CellWidth(int columns) => Math.Clamp(960 / Math.Max(columns, 1), 1, 24);

    /// <summary>The picture.</summary>
    /// <param name="values">Rows of equal length.</param>
    /// <param name="limit">The number that has the deepest colour.</param>
    public static byte[] Png(double[][] values, double limit)
    {
        int columns = values.Length == 0 ? 0 : values[0].Length, cell = CellWidth(columns), width = Math.Max(1, columns * cell), height = Math.Max(1, values.Length * CellHeight);
        using var raw = new MemoryStream();
        using (var packed = new ZLibStream(raw, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] line = new byte[width + 1]; // its first byte says: no filter
            foreach (double[] row in values)
            {
                for (int c = 0; c < columns; c++) line.AsSpan(1 + (c * cell), cell).Fill(Shade(row[c], limit));
                for (int y = 0; y < CellHeight; y++)
                {
                    // A line of background between rows keeps scanners apart.
                    if (y == CellHeight - 1) line.AsSpan(1).Fill(PaletteMiddle);
                    packed.Write(line);
                }
            }

            if (values.Length == 0) packed.Write(line);
        }

        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 3); // eight bits, palette
        Chunk(png, "IHDR", header);
        Chunk(png, "PLTE", Palette());
        Chunk(png, "IDAT", raw.ToArray());
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    private static byte Shade(double value, double limit) =>
        double.IsFinite(value) ? (byte)Math.Round(PaletteMiddle + (PaletteMiddle * Math.Clamp(value / limit, -1, 1))) : Missing;

    private static byte[] Palette()
    {
        byte[] palette = new byte[768];
        for (int i = 0; i < 255; i++)
        {
            double t = (i - PaletteMiddle) / (double)PaletteMiddle, depth = Math.Abs(t);
            (double r, double g, double b) = t < 0 ? (33, 102, 172) : (178, 24, 43);
            palette[3 * i] = (byte)(247 + (depth * (r - 247)));
            palette[(3 * i) + 1] = (byte)(247 + (depth * (g - 247)));
            palette[(3 * i) + 2] = (byte)(247 + (depth * (b - 247)));
        }

        palette.AsSpan(765).Fill(160);
        return palette;
    }

    private static void Chunk(MemoryStream png, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        png.Write(number);
    }

    // PNG specification, annex D.
    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
        }

        return ~crc;
    }
}
