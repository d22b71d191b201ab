using System.Globalization;
using System.IO.Enumeration;
using Federated.Imaging.Dicom;
using Federated.Imaging.Regions;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Measurement;

/// <summary>One lesion as it was drawn, on the grid of its image.</summary>
/// <param name="Name">Structure's name, segment's label, or the mask's number.</param>
/// <param name="Number">ROINumber or SegmentNumber; the label's value for NIfTI.</param>
/// <param name="Mask">Its voxels.</param>
public sealed record DrawnRegion(string Name, int Number, RegionMask Mask);

/// <summary>The regions of one object, RTSTRUCT, SEG or NIfTI, that a name asks for.</summary>
/// <param name="Regions">In the object's order; each holds at least one voxel of the image.</param>
/// <param name="Uid">SOPInstanceUID of the object; null for NIfTI.</param>
/// <param name="SopClass">SOPClassUID of the object; null for NIfTI.</param>
/// <param name="SeriesUid">SeriesInstanceUID of the object; null for NIfTI.</param>
/// <param name="Remarks">What was left out.</param>
public sealed record RegionObject(IReadOnlyList<DrawnRegion> Regions, string? Uid, string? SopClass, string? SeriesUid, IReadOnlyList<string> Remarks)
{
    /// <summary>Reads an object of any of the three kinds.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Names or numbers with * and ? for any characters, alternatives apart by |; case does not matter.</param>
    /// <param name="grid">The image's grid.</param>
    /// <param name="frameOfReference">The image's coordinate system; null when it states none.</param>
    /// <param name="except">Names, written likewise, of regions that are none of those asked for whatever <paramref name="name"/> says.</param>
    /// <exception cref="RegionException">Drawn in another coordinate system, of another kind, or no region of that name has a voxel of the image.</exception>
    public static RegionObject Read(ReadOnlyMemory<byte> bytes, string name, VolumeGeometry grid, string? frameOfReference, params ReadOnlySpan<string> except)
    {
        List<string> remarks = [];
        Wanted names = new(Alternatives(name), [.. except.ToArray().SelectMany(Alternatives)]);
        if (IsNifti(bytes.Span)) return Checked(Labels(NiftiReader.Read(bytes), names, grid), null, name, "labels", remarks);
        DicomFile file = DicomFile.Open(bytes);
        return file.Dataset.Contains(DicomTag.SegmentationType)
            ? Checked(Segments(file, names, grid, frameOfReference), file, name, "segments", remarks)
            : Checked(Structures(file, names, grid, frameOfReference, remarks), file, name, "structures", remarks);
    }

    private static bool IsNifti(ReadOnlySpan<byte> bytes) => bytes is [0x1F, 0x8B, ..] || bytes.Length >= 348 && bytes.Slice(344, 3).SequenceEqual("n+1"u8);

    private static RegionObject Checked(
        (List<DrawnRegion> Found, List<string> Known) read, DicomFile? file, string name, string kind, List<string> remarks)
    {
        List<DrawnRegion> regions = [.. read.Found.Where(r => r.Mask.Inside.AsSpan().Contains(true))];
        foreach (DrawnRegion empty in read.Found.Except(regions)) remarks.Add($"'{empty.Name}' holds no voxel of the image and was left out");
        if (read.Found.Count == 0)
            throw new RegionException($"there is no region '{name}': choose among the {kind} {(read.Known.Count == 0 ? "(none)" : string.Join(", ", read.Known.Take(12)))}");
        if (regions.Count == 0) throw new RegionException($"region '{name}' holds no voxel of the image: choose the image it was drawn on");
        DicomDataset? dataset = file?.Dataset;
        return new RegionObject(regions, dataset?.GetStringOrNull(DicomTag.SOPInstanceUID), dataset?.GetStringOrNull(DicomTag.SOPClassUID), dataset?.GetStringOrNull(DicomTag.SeriesInstanceUID), remarks);
    }

    private static (List<DrawnRegion>, List<string>) Structures(DicomFile file, Wanted names, VolumeGeometry grid, string? frameOfReference, List<string> remarks)
    {
        IReadOnlyList<StructureRegion> all = StructureSet.Read(file.Dataset);
        List<DrawnRegion> found = [];
        foreach (StructureRegion structure in all.Where(s => names.Hold(s.Name, s.Number)))
        {
            RequireFrame(structure.FrameOfReferenceUID, frameOfReference, structure.Name);
            foreach (string remark in structure.Remarks) remarks.Add($"'{structure.Name}': {remark}");
            if (structure.Contours.Count == 0) remarks.Add($"'{structure.Name}' has no closed contours and was left out");
            else
            {
                RegionMask mask = structure.ToMask(grid);
                if (SlicesApart(mask) is > 1 and int apart) remarks.Add($"'{structure.Name}': its contours lie {apart} slices of the image apart, and the slices between hold none of it: was it drawn on another image?");
                found.Add(new DrawnRegion(structure.Name, structure.Number, mask));
            }
        }
        return (found, [.. all.Select(s => s.Name)]);
    }

    // The least distance between slices that hold the region; 0 for fewer than three of them, which may be lesions apart.
    private static int SlicesApart(RegionMask mask)
    {
        int size = mask.Geometry.SliceCount;
        int[] slices = [.. Enumerable.Range(0, mask.Geometry.CountZ).Where(z => mask.Inside.AsSpan(z * size, size).Contains(true))];
        return slices.Length < 3 ? 0 : slices.Zip(slices.Skip(1), (earlier, later) => later - earlier).Min();
    }

    private static (List<DrawnRegion>, List<string>) Segments(DicomFile file, Wanted names, VolumeGeometry grid, string? frameOfReference)
    {
        Segmentation segmentation = Segmentation.Read(file);
        RequireFrame(file.Dataset.GetStringOrNull(DicomTag.FrameOfReferenceUID), frameOfReference, "segmentation");
        return ([.. segmentation.Segments.Where(s => names.Hold(s.Label, s.Number)).Select(s => new DrawnRegion(s.Label, s.Number, segmentation.Mask(s.Number).On(grid)))],
            [.. segmentation.Segments.Select(s => $"{s.Label} ({s.Number})")]);
    }

    private static (List<DrawnRegion>, List<string>) Labels(Volume image, Wanted names, VolumeGeometry grid)
    {
        float[] labels = [.. image.Values.Where(v => v != 0).Distinct().Order()];
        if (labels.Length > 1000 || labels.Any(v => v != MathF.Round(v))) throw new RegionException("the NIfTI mask does not hold whole-number labels: choose a mask or label image");
        return ([.. labels.Where(v => names.Hold("", (int)v)).Select(v => new DrawnRegion(((int)v).ToString(CultureInfo.InvariantCulture), (int)v, image.Where(x => x == v).On(grid)))],
            [.. labels.Select(v => ((int)v).ToString(CultureInfo.InvariantCulture))]);
    }

    private static string[] Alternatives(string name) => name.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static void RequireFrame(string? drawn, string? image, string name)
    {
        if (drawn is not null && image is not null && !string.Equals(drawn, image, StringComparison.Ordinal))
            throw new RegionException($"'{name}' was drawn in another frame of reference than the image's: choose the image it was drawn on, or register it first");
    }

    private sealed record Wanted(string[] Names, string[] Except)
    {
        public bool Hold(string name, int number) => Matches(Names, name, number) && !Matches(Except, name, number);

        private static bool Matches(string[] names, string name, int number) =>
            names.Any(n => n is "*" || FileSystemName.MatchesSimpleExpression(n, name) || string.Equals(n, number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
    }
}
