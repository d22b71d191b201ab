using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Federated.Analyses.Tables;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>Arrays of binary64 as blobs, little endian; NaN and signed zeros keep their bits.</summary>
internal static class Doubles
{
    public static byte[] ToBlob(ReadOnlySpan<double> values)
    {
        byte[] blob = new byte[checked(values.Length * sizeof(double))];
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(blob);
        else for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(blob.AsSpan(i * sizeof(double)), values[i]);
        return blob;
    }

    public static double[] FromBlob(ReadOnlySpan<byte> blob)
    {
        if (blob.Length % sizeof(double) != 0) throw new InvalidDataException("A stored row of numbers has a broken length.");
        double[] values = new double[blob.Length / sizeof(double)];
        if (BitConverter.IsLittleEndian) blob.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        else for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(blob[(i * sizeof(double))..]);
        return values;
    }

    /// <summary>Per scanner: its index, then four arrays of p numbers.</summary>
    public static byte[] ToBlob(ImmutableArray<LocalScannerEstimates> scanners)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(scanners.Length);
        foreach (LocalScannerEstimates scanner in scanners)
        {
            writer.Write(scanner.Scanner);
            foreach (double[] array in (double[][])[scanner.GammaHat, scanner.DeltaHat, scanner.GammaStar, scanner.DeltaStar])
            {
                writer.Write(array.Length);
                writer.Write(ToBlob(array));
            }
        }

        writer.Flush();
        return stream.ToArray();
    }

    public static ImmutableArray<LocalScannerEstimates> ScannersFromBlob(byte[] blob)
    {
        using var reader = new BinaryReader(new MemoryStream(blob));
        int count = reader.ReadInt32();
        var scanners = ImmutableArray.CreateBuilder<LocalScannerEstimates>();
        for (int i = 0; i < count; i++) scanners.Add(new LocalScannerEstimates(reader.ReadInt32(), Next(), Next(), Next(), Next()));
        return scanners.ToImmutable();

        double[] Next() => FromBlob(reader.ReadBytes(checked(reader.ReadInt32() * sizeof(double))));
    }
}
