using System.Buffers.Binary;

namespace Federated.Imaging.Volumes;

/// <summary>Writes a volume as single-file NIfTI-1 of single precision (.nii), in RAS coordinates as the format asks (nifti1.h).</summary>
public static class NiftiWriter
{
    private const int HeaderBytes = 348;
    private const int DataOffset = 352;

    /// <summary>The file.</summary>
    public static byte[] Write(Volume image)
    {
        VolumeGeometry grid = image.Geometry;
        byte[] file = new byte[DataOffset + (4L * image.Values.Length)];
        Span<byte> header = file;
        BinaryPrimitives.WriteInt32LittleEndian(header, HeaderBytes);
        short[] dimensions = [3, (short)grid.CountX, (short)grid.CountY, (short)grid.CountZ, 1, 1, 1, 1];
        if (grid.CountX > short.MaxValue || grid.CountY > short.MaxValue || grid.CountZ > short.MaxValue) throw new VolumeException("a NIfTI-1 file holds at most 32767 voxels along an axis: crop the image");
        for (int i = 0; i < dimensions.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(header[(40 + (2 * i))..], dimensions[i]);
        BinaryPrimitives.WriteInt16LittleEndian(header[70..], 16); // float
        BinaryPrimitives.WriteInt16LittleEndian(header[72..], 32);
        float[] spacing = [1, (float)grid.Spacing.X, (float)grid.Spacing.Y, (float)grid.Spacing.Z];
        for (int i = 0; i < spacing.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(header[(76 + (4 * i))..], spacing[i]);
        BinaryPrimitives.WriteSingleLittleEndian(header[108..], DataOffset);
        BinaryPrimitives.WriteSingleLittleEndian(header[112..], 1);
        header[123] = 2; // millimetres
        BinaryPrimitives.WriteInt16LittleEndian(header[254..], 1); // the matrix below is in scanner coordinates
        // DICOM counts x to the left and y to the back, NIfTI to the right and to the front.
        Row(header, 280, -grid.DirectionX.X * grid.Spacing.X, -grid.DirectionY.X * grid.Spacing.Y, -grid.DirectionZ.X * grid.Spacing.Z, -grid.Origin.X);
        Row(header, 296, -grid.DirectionX.Y * grid.Spacing.X, -grid.DirectionY.Y * grid.Spacing.Y, -grid.DirectionZ.Y * grid.Spacing.Z, -grid.Origin.Y);
        Row(header, 312, grid.DirectionX.Z * grid.Spacing.X, grid.DirectionY.Z * grid.Spacing.Y, grid.DirectionZ.Z * grid.Spacing.Z, grid.Origin.Z);
        "n+1\0"u8.CopyTo(header[344..]);
        for (int i = 0; i < image.Values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(DataOffset + (4 * i)), image.Values[i]);
        return file;
    }

    private static void Row(Span<byte> header, int at, double x, double y, double z, double origin)
    {
        float[] row = [(float)x, (float)y, (float)z, (float)origin];
        for (int i = 0; i < row.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(header[(at + (4 * i))..], row[i]);
    }
}
