using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Regions;

/// <summary>One segment of a DICOM segmentation.</summary>
/// <param name="Number">SegmentNumber (0062,0004).</param>
/// <param name="Label">SegmentLabel (0062,0005).</param>
public sealed record Segment(int Number, string Label);

/// <summary>A DICOM segmentation (PS3.3, A.51 and C.8.20): binary, fractional or label map; segments may overlap and frames without voxels may be absent.</summary>
public sealed class Segmentation
{
    /// <summary>Most voxels between a segmentation's first and last slice: 2^28, a thousand slices of 512 x 512. Frames may be far apart, so their own size is no bound.</summary>
    public const int MaximumVoxels = 1 << 28;

    private readonly DicomPixelData pixels;
    private readonly List<(SlicePlane Plane, int? Segment)> frames;
    private readonly bool isLabelMap;
    private readonly double maximum;

    private Segmentation(IReadOnlyList<Segment> segments, DicomPixelData pixels, List<(SlicePlane, int?)> frames, bool isLabelMap, double maximum, VolumeGeometry geometry)
    {
        Segments = segments;
        Geometry = geometry;
        this.pixels = pixels;
        this.frames = frames;
        this.isLabelMap = isLabelMap;
        this.maximum = maximum;
    }

    /// <summary>Segments in the order of the object.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>The smallest grid that holds every frame.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Reads a segmentation object.</summary>
    /// <exception cref="RegionException">Not a segmentation, or its frames lie on no common grid.</exception>
    /// <exception cref="DicomException">Its pixel data cannot be read.</exception>
    public static Segmentation Read(DicomFile file)
    {
        DicomDataset dataset = file.Dataset;
        string type = dataset.GetStringOrNull(DicomTag.SegmentationType) ?? throw new RegionException($"{DicomTag.SegmentationType.Describe()} is missing: choose a DICOM segmentation");
        if (type is not ("BINARY" or "FRACTIONAL" or "LABELMAP")) throw new RegionException($"{DicomTag.SegmentationType.Describe()} '{type}' is not BINARY, FRACTIONAL or LABELMAP: convert the segmentation");
        Segment[] segments =
        [
            .. dataset.GetSequence(DicomTag.SegmentSequence).Items.Select(item => new Segment(item.GetSingleValue<int>(DicomTag.SegmentNumber), item.GetStringOrNull(DicomTag.SegmentLabel) ?? "")),
        ];
        double largest = type is "FRACTIONAL" ? dataset.GetSingleValue<double>(DicomTag.MaximumFractionalValue) : 1;
        if (!(largest > 0)) throw new RegionException($"{DicomTag.MaximumFractionalValue.Describe()} is {largest}: it must be positive");
        DicomPixelData stored = DicomPixelData.Create(file);
        if (stored.SamplesPerPixel != 1) throw new RegionException($"{DicomTag.SamplesPerPixel.Describe()} is {stored.SamplesPerPixel} where a segmentation has 1: export it again");
        List<(SlicePlane Plane, int? Segment)> planes = [];
        foreach (SlicePlane plane in SlicePlane.Of(file))
        {
            int? segment = DicomFunctionalGroups.TryGetMacro(dataset, plane.Frame, DicomTag.SegmentIdentificationSequence, out DicomDataset? identification)
                ? identification.GetSingleValue<int>(DicomTag.ReferencedSegmentNumber)
                : null;
            if (segment is null && type is not "LABELMAP") throw new RegionException($"frame {plane.Frame + 1} does not say which segment it belongs to: export the segmentation again");
            planes.Add((plane, segment));
        }
        return new Segmentation(segments, stored, planes, type is "LABELMAP", largest, Grid(planes));
    }

    /// <summary>One segment on the object's own grid.</summary>
    /// <param name="number">SegmentNumber.</param>
    /// <param name="threshold">Share from which a fractional voxel is inside.</param>
    /// <exception cref="RegionException">There is no such segment.</exception>
    public RegionMask Mask(int number, double threshold = 0.5)
    {
        if (Segments.All(s => s.Number != number)) throw new RegionException($"there is no segment {number}: choose one of {string.Join(", ", Segments.Select(s => $"{s.Number} ({s.Label})"))}");
        bool[] inside = new bool[Geometry.Count];
        double[] values = new double[pixels.SamplesPerFrame];
        foreach ((SlicePlane plane, int? segment) in frames)
        {
            if (!isLabelMap && segment != number) continue;
            pixels.ReadStored(plane.Frame, values);
            int start = (int)Math.Round(Geometry.ToVoxel(plane.Position).Z) * Geometry.SliceCount;
            for (int i = 0; i < values.Length; i++) inside[start + i] |= isLabelMap ? values[i] == number : values[i] / maximum >= threshold;
        }
        return new RegionMask(Geometry, inside);
    }

    private static VolumeGeometry Grid(List<(SlicePlane Plane, int? Segment)> frames)
    {
        SlicePlane first = frames[0].Plane;
        foreach ((SlicePlane plane, _) in frames)
        {
            Point3 shift = plane.Position - first.Position;
            bool isAside = Math.Abs(shift.Dot(first.RowDirection)) > 0.1 * first.SpacingX || Math.Abs(shift.Dot(first.ColumnDirection)) > 0.1 * first.SpacingY;
            if (isAside || (plane.RowDirection - first.RowDirection).Length > 1e-3 || (plane.ColumnDirection - first.ColumnDirection).Length > 1e-3)
                throw new RegionException($"frame {plane.Frame + 1} is shifted or turned against the first (tiled or multi-planar segmentation): convert it to a stack of whole slices");
        }
        double[] depths = [.. frames.Select(f => f.Plane.Depth).Order()];
        double[] steps = [.. depths.Skip(1).Zip(depths, (later, earlier) => later - earlier).Where(step => step > 0.01)];
        DicomDataset measures = DicomFunctionalGroups.MacroOrTopLevel(first.Dataset, first.Frame, DicomTag.PixelMeasuresSequence);
        double stated = measures.GetSingleValueOrDefault(DicomTag.SpacingBetweenSlices, 0.0);
        double thickness = measures.GetSingleValueOrDefault(DicomTag.SliceThickness, 0.0);
        // Only frames with voxels need to be there, so the distance stated comes before the distance found.
        double step = stated > 0 && Fits(stated) ? stated : steps.Length > 0 && Fits(steps.Min()) ? steps.Min() : steps.Length == 0 && thickness > 0 ? thickness
            : throw new RegionException("the frames of the segmentation lie at uneven distances: export it on the grid of its image");
        int count = (int)Math.Round((depths[^1] - depths[0]) / step) + 1;
        Point3 normal = first.RowDirection.Cross(first.ColumnDirection);
        int rows = first.Dataset.GetSingleValue<int>(DicomTag.Rows), columns = first.Dataset.GetSingleValue<int>(DicomTag.Columns);
        if ((long)rows * columns * count > MaximumVoxels)
            throw new RegionException($"the frames span {count} slices of {columns} x {rows} voxels, more than the {MaximumVoxels} that are held: export the segmentation in parts");
        return new VolumeGeometry(columns, rows, count, new Point3(first.SpacingX, first.SpacingY, step), first.Position + normal * (depths[0] - first.Depth), first.RowDirection, first.ColumnDirection, normal);

        bool Fits(double distance) => (depths[^1] - depths[0]) / distance < 65536 && depths.All(d => Math.Abs((d - depths[0]) / distance - Math.Round((d - depths[0]) / distance)) < 0.05);
    }
}
