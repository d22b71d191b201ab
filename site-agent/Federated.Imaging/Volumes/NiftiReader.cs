using System.Buffers.Binary;
using System.IO.Compression;

namespace Federated.Imaging.Volumes;

/// <summary>Reads single-file NIfTI-1 images (.nii, .nii.gz), as masks and reference images come (nifti.nimh.nih.gov, nifti1.h).</summary>
public static class NiftiReader
{
    private const int HeaderBytes = 348;

    /// <summary>An image of three dimensions, in patient coordinates of DICOM.</summary>
    /// <param name="bytes">The file, compressed by gzip or not.</param>
    /// <param name="maximumBytes">Bytes it may inflate to.</param>
    /// <exception cref="VolumeException">Not NIfTI-1, of another kind, or damaged.</exception>
    public static Volume Read(ReadOnlyMemory<byte> bytes, int maximumBytes = 1 << 30)
    {
        ReadOnlySpan<byte> file = bytes.Span is [0x1F, 0x8B, ..] ? Inflate(bytes, maximumBytes) : bytes.Span;
        if (file.Length < HeaderBytes + 4) throw new VolumeException($"{file.Length} bytes are too few for a NIfTI-1 header: choose a .nii or .nii.gz file");
        bool bigEndian = BinaryPrimitives.ReadInt32BigEndian(file) == HeaderBytes;
        if (!bigEndian && BinaryPrimitives.ReadInt32LittleEndian(file) != HeaderBytes) throw new VolumeException("this is not a NIfTI-1 file: choose a .nii or .nii.gz file");
        if (!file.Slice(344, 3).SequenceEqual("n+1"u8)) throw new VolumeException("this NIfTI file keeps its data elsewhere or is another version: convert it to a single .nii file");
        Header header = new(file[..HeaderBytes], bigEndian);
        int dimensions = header.Int16(40);
        if (dimensions is < 1 or > 7) throw new VolumeException($"a NIfTI image of {dimensions} dimensions is not one: convert it again");
        int[] size = [1, 1, 1, 1, 1, 1, 1];
        for (int i = 0; i < dimensions; i++) size[i] = header.Int16(42 + 2 * i);
        if (size.Skip(3).Any(n => n != 1)) throw new VolumeException("the NIfTI image has more than three dimensions: extract one volume");
        VolumeGeometry geometry = Geometry(header, size);
        int kind = header.Int16(70);
        int width = kind switch { 2 or 256 => 1, 4 or 512 => 2, 8 or 16 or 768 => 4, 64 or 1024 or 1280 => 8, _ => throw new VolumeException($"NIfTI data type {kind} is not supported: convert to float or integer") };
        float stated = header.Single(108);
        if (!(stated >= HeaderBytes && stated <= file.Length)) throw new VolumeException($"the NIfTI data should start at byte {stated}, which the file does not have: it is damaged");
        int offset = (int)stated;
        if (file.Length - offset < (long)geometry.Count * width)
            throw new VolumeException($"the NIfTI file ends before its {geometry.Count} voxels: it is cut short, copy it again");
        double slope = header.Single(112), intercept = header.Single(116);
        if (slope == 0 || !double.IsFinite(slope)) (slope, intercept) = (1, 0);
        float[] values = new float[geometry.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)(Value(file.Slice(offset + i * width, width), kind, bigEndian) * slope + intercept);
        return new Volume(geometry, values);
    }

    private static VolumeGeometry Geometry(Header header, int[] size)
    {
        double[] spacing = [Math.Abs(header.Single(80)), Math.Abs(header.Single(84)), Math.Abs(header.Single(88))];
        double[,] rotation = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
        double[] origin = [0, 0, 0];
        if (header.Int16(254) > 0)
        {
            for (int row = 0; row < 3; row++)
            {
                for (int column = 0; column < 3; column++) rotation[row, column] = header.Single(280 + 16 * row + 4 * column);
                origin[row] = header.Single(292 + 16 * row);
            }
            for (int column = 0; column < 3; column++)
            {
                double length = Math.Sqrt(rotation[0, column] * rotation[0, column] + rotation[1, column] * rotation[1, column] + rotation[2, column] * rotation[2, column]);
                if (!(length > 0)) throw new VolumeException("the NIfTI file states no direction for an axis: convert it again");
                spacing[column] = length;
                for (int row = 0; row < 3; row++) rotation[row, column] /= length;
            }
        }
        else if (header.Int16(252) > 0)
        {
            double b = header.Single(256), c = header.Single(260), d = header.Single(264);
            double a = Math.Sqrt(Math.Max(0, 1 - b * b - c * c - d * d));
            double flip = header.Single(76) < 0 ? -1 : 1;
            rotation = new[,]
            {
                { a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c) * flip },
                { 2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b) * flip },
                { 2 * (b * d - a * c), 2 * (c * d + a * b), (a * a + d * d - b * b - c * c) * flip },
            };
            for (int i = 0; i < 3; i++) origin[i] = header.Single(268 + 4 * i);
        }
        // NIfTI counts towards right and front, DICOM towards left and back.
        return new VolumeGeometry(size[0], size[1], size[2], new Point3(spacing[0], spacing[1], spacing[2]), new Point3(-origin[0], -origin[1], origin[2]), Axis(0), Axis(1), Axis(2));

        Point3 Axis(int column) => new(-rotation[0, column], -rotation[1, column], rotation[2, column]);
    }

    private static double Value(ReadOnlySpan<byte> b, int kind, bool big) => kind switch
    {
        2 => b[0],
        256 => (sbyte)b[0],
        4 => big ? BinaryPrimitives.ReadInt16BigEndian(b) : BinaryPrimitives.ReadInt16LittleEndian(b),
        512 => big ? BinaryPrimitives.ReadUInt16BigEndian(b) : BinaryPrimitives.ReadUInt16LittleEndian(b),
        8 => big ? BinaryPrimitives.ReadInt32BigEndian(b) : BinaryPrimitives.ReadInt32LittleEndian(b),
        768 => big ? BinaryPrimitives.ReadUInt32BigEndian(b) : BinaryPrimitives.ReadUInt32LittleEndian(b),
        16 => big ? BinaryPrimitives.ReadSingleBigEndian(b) : BinaryPrimitives.ReadSingleLittleEndian(b),
        1024 => big ? BinaryPrimitives.ReadInt64BigEndian(b) : BinaryPrimitives.ReadInt64LittleEndian(b),
        1280 => big ? BinaryPrimitives.ReadUInt64BigEndian(b) : BinaryPrimitives.ReadUInt64LittleEndian(b),
        _ => big ? BinaryPrimitives.ReadDoubleBigEndian(b) : BinaryPrimitives.ReadDoubleLittleEndian(b),
    };

    private static byte[] Inflate(ReadOnlyMemory<byte> bytes, int maximumBytes)
    {
        using GZipStream gzip = new(new MemoryStream(bytes.ToArray(), writable: false), CompressionMode.Decompress);
        using MemoryStream plain = new();
        byte[] chunk = new byte[81920];
        try
        {
            for (int read; (read = gzip.Read(chunk)) > 0;)
            {
                if (plain.Length + read > maximumBytes) throw new VolumeException($"the NIfTI file inflates to more than {maximumBytes} bytes: crop the image");
                plain.Write(chunk, 0, read);
            }
        }
        catch (InvalidDataException)
        {
            throw new VolumeException("the gzip file is damaged: copy it again");
        }
        return plain.ToArray();
    }

    private readonly ref struct Header(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;

        public short Int16(int at) => bigEndian ? BinaryPrimitives.ReadInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);

        public float Single(int at) => bigEndian ? BinaryPrimitives.ReadSingleBigEndian(bytes[at..]) : BinaryPrimitives.ReadSingleLittleEndian(bytes[at..]);
    }
}
