using Federated.Imaging.Dicom;
using Federated.Imaging.Pet;
using Federated.Imaging.Regions;
using Federated.Imaging.Volumes;

namespace Federated.Fuzz;

/// <summary>One way for foreign bytes into the program, and what it may allocate for so many bytes.</summary>
/// <param name="Name">For the command line and the report.</param>
/// <param name="Run">Reads the bytes as the site does; throws anything but the documented exceptions when it is at fault.</param>
/// <param name="Bytes">Largest allocation that is in proportion to an input of so many bytes.</param>
internal sealed record Target(string Name, Action<byte[]> Run, Func<int, long> Bytes)
{
    // Deflate grows a thousandfold at most; a pixel of one bit becomes a double and a float.
    private static long Proportion(int length) => 8_000_000 + 1_200L * length;

    // A sparse segmentation may describe slices far apart, and a contour needs the whole image it is drawn on: their grids are bounded by themselves.
    private static long WithGrids(int length) => 3L * Segmentation.MaximumVoxels + Proportion(length);

    public static IReadOnlyList<Target> All { get; } =
    [
        new("dicom", Forgiving(Dicom), Proportion),
        new("structures", Forgiving(Structures), Proportion),
        new("segmentation", Forgiving(Segments), WithGrids),
        new("nifti", Forgiving(bytes => NiftiReader.Read(bytes, 1 << 26).Where(v => v > 0)), length => 600_000_000 + Proportion(length)),
    ];

    private static Action<byte[]> Forgiving(Action<byte[]> read) => bytes =>
    {
        try
        {
            read(bytes);
        }
        catch (Exception refusal) when (refusal is DicomException or VolumeException or SuvException or RegionException)
        {
            if (refusal.Message.Length < 15 || refusal.Message.Contains('\n', StringComparison.Ordinal)) throw new InvalidOperationException($"a poor reason: '{refusal.Message}'", refusal);
        }
    };

    private static void Dicom(byte[] bytes)
    {
        DicomFile file = DicomFile.Open(bytes);
        foreach (DicomItem item in file.Dataset)
            if (item is DicomElement { Length: < 1000 }) file.Dataset.GetStringOrNull(item.Tag);
        using (MemoryStream again = new()) file.Save(again);
        SliceStack stack = SliceStack.From([file]);
        Volume image = file.Dataset.GetStringOrNull(DicomTag.Modality) is "PT" ? SuvSeries.Of(stack).Read(stack) : stack.Read();
        if (image.Values.Length != image.Geometry.Count) throw new InvalidOperationException("an image of another size than its grid");
    }

    private static void Structures(byte[] bytes)
    {
        VolumeGeometry grid = VolumeGeometry.Upright(64, 48, 24, new Point3(2, 2, 3));
        foreach (StructureRegion region in StructureSet.Read(DicomFile.Open(bytes).Dataset).Take(16)) region.ToMask(grid);
    }

    private static void Segments(byte[] bytes)
    {
        Segmentation segmentation = Segmentation.Read(DicomFile.Open(bytes));
        if (segmentation.Segments.Count > 0) segmentation.Mask(segmentation.Segments[0].Number);
    }
}
