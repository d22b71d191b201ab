using Federated.Imaging.Dicom;

namespace Federated.Imaging.Volumes;

/// <summary>Slices of one series in the order of space, at one moment, on a regular grid.</summary>
public sealed class SliceStack
{
    /// <summary>Largest deviation of a slice distance from the usual one, as a fraction of it.</summary>
    public const double GapTolerance = 0.01;

    /// <summary>Largest sideways shift over the whole stack, as a fraction of a pixel; more is a tilted gantry.</summary>
    public const double ShearTolerance = 0.1;

    private SliceStack(VolumeGeometry geometry, IReadOnlyList<SlicePlane> slices)
    {
        Geometry = geometry;
        Slices = slices;
    }

    /// <summary>The grid.</summary>
    public VolumeGeometry Geometry { get; }

    /// <summary>Slices from z = 0 on.</summary>
    public IReadOnlyList<SlicePlane> Slices { get; }

    /// <summary>Objects of one series as one stack.</summary>
    /// <exception cref="VolumeException">Several time frames, or anything <see cref="TimeFrames"/> refuses.</exception>
    public static SliceStack From(IEnumerable<DicomFile> files)
    {
        IReadOnlyList<SliceStack> frames = TimeFrames(files);
        return frames.Count == 1 ? frames[0] : throw new VolumeException($"the series holds {frames.Count} time frames: choose one");
    }

    /// <summary>Objects of one series as one stack per time frame, in the order of time.</summary>
    /// <exception cref="VolumeException">
    /// Several series, sizes, orientations or pixel spacings; a slice that occurs twice; a gap; a tilted gantry (sheared stacks are refused, not resampled).
    /// </exception>
    public static IReadOnlyList<SliceStack> TimeFrames(IEnumerable<DicomFile> files)
    {
        List<SlicePlane> planes = [.. files.SelectMany(SlicePlane.Of)];
        if (planes.Count == 0) throw new VolumeException("there are no images: choose a series of images");
        SlicePlane first = planes[0];
        foreach (SlicePlane plane in planes) RequireAlike(first, plane);
        planes.Sort((a, b) => a.Depth != b.Depth ? a.Depth.CompareTo(b.Depth) : string.CompareOrdinal(a.TimeKey, b.TimeKey));
        List<List<SlicePlane>> positions = Positions(planes);
        int frames = positions[0].Count;
        foreach (List<SlicePlane> position in positions)
        {
            for (int i = 1; i < position.Count; i++)
            {
                if (string.Equals(position[i].TimeKey, position[i - 1].TimeKey, StringComparison.Ordinal))
                    throw new VolumeException($"two slices lie at {Place(position[i])} at the same time ({position[i - 1].Name} and {position[i].Name}): remove the copy or choose one reconstruction");
            }
            if (position.Count != frames)
                throw new VolumeException($"there are {position.Count} slices at {Place(position[0])} but {frames} at {Place(positions[0][0])}: slices are missing or stand twice; fetch the series again");
        }
        return [.. Enumerable.Range(0, frames).Select(frame => Stack([.. positions.Select(position => position[frame])]))];
    }

    /// <summary>The image in the units of its rescale slope and intercept, each slice with its own.</summary>
    public Volume Read() => Read((slice, _) =>
    {
        DicomRescale rescale = slice.Rescale;
        return (rescale.Slope, rescale.Intercept);
    });

    /// <summary>The image with a factor and an offset of your choice per slice: value = stored x factor + offset.</summary>
    /// <param name="scale">Factor and offset of a slice, given the slice and its z.</param>
    public Volume Read(Func<SlicePlane, int, (double Factor, double Offset)> scale)
    {
        Dictionary<DicomFile, DicomPixelData> decoded = new(ReferenceEqualityComparer.Instance);
        foreach (SlicePlane slice in Slices)
        {
            // Every slice's bytes are checked against its size before the image is allocated.
            if (!decoded.TryGetValue(slice.File, out DicomPixelData? pixels)) decoded[slice.File] = pixels = DicomPixelData.Create(slice.File);
            if (pixels.SamplesPerPixel != 1 || pixels.PhotometricInterpretation.StartsWith("PALETTE", StringComparison.Ordinal))
                throw new VolumeException($"{slice.Name} is a colour image, which holds no measured values: choose the original series");
        }
        float[] values = new float[Geometry.Count];
        double[] stored = new double[Geometry.SliceCount];
        for (int z = 0; z < Slices.Count; z++)
        {
            SlicePlane slice = Slices[z];
            decoded[slice.File].ReadStored(slice.Frame, stored);
            (double factor, double offset) = scale(slice, z);
            Span<float> target = values.AsSpan(z * Geometry.SliceCount, Geometry.SliceCount);
            for (int i = 0; i < stored.Length; i++) target[i] = (float)(stored[i] * factor + offset);
        }
        return new Volume(Geometry, values);
    }

    private static void RequireAlike(SlicePlane first, SlicePlane plane)
    {
        if (!Same(DicomTag.SeriesInstanceUID)) throw new VolumeException($"{first.Name} and {plane.Name} belong to different series: give one series at a time");
        if (!Same(DicomTag.Rows) || !Same(DicomTag.Columns)) throw new VolumeException($"{plane.Name} has another number of rows or columns than {first.Name}: remove localizers and derived images");
        if ((plane.RowDirection - first.RowDirection).Length > 1e-3 || (plane.ColumnDirection - first.ColumnDirection).Length > 1e-3)
            throw new VolumeException($"{plane.Name} is oriented otherwise than {first.Name}: remove localizers and other planes");
        if (Math.Abs(plane.SpacingX / first.SpacingX - 1) > 1e-4 || Math.Abs(plane.SpacingY / first.SpacingY - 1) > 1e-4)
            throw new VolumeException($"{plane.Name} has another pixel spacing than {first.Name}: give one reconstruction at a time");

        bool Same(DicomTag tag) => string.Equals(first.Dataset.GetStringOrNull(tag), plane.Dataset.GetStringOrNull(tag), StringComparison.Ordinal);
    }

    private static List<List<SlicePlane>> Positions(List<SlicePlane> planes)
    {
        // Positions closer than a hundredth of a millimetre are one: headers carry at least two decimals.
        List<List<SlicePlane>> positions = [[planes[0]]];
        foreach (SlicePlane plane in planes.Skip(1))
        {
            if (plane.Depth - positions[^1][0].Depth < 0.01) positions[^1].Add(plane);
            else positions.Add([plane]);
        }
        foreach (List<SlicePlane> position in positions) position.Sort((a, b) => string.CompareOrdinal(a.TimeKey, b.TimeKey));
        return positions;
    }

    private static SliceStack Stack(List<SlicePlane> slices)
    {
        SlicePlane first = slices[0];
        Point3 normal = first.RowDirection.Cross(first.ColumnDirection);
        (double usual, double distance) = SliceDistance(slices);
        for (int z = 1; z < slices.Count; z++)
        {
            double step = slices[z].Depth - slices[z - 1].Depth;
            if (Math.Abs(step - usual) > GapTolerance * usual)
                throw new VolumeException($"slices are {usual:0.###} mm apart but {step:0.###} mm between {Place(slices[z - 1])} and {Place(slices[z])}: a slice is missing or out of place; fetch the series again");
        }
        for (int z = 1; z < slices.Count; z++)
        {
            Point3 shift = slices[z].Position - first.Position;
            double sideways = Math.Max(Math.Abs(shift.Dot(first.RowDirection)) / first.SpacingX, Math.Abs(shift.Dot(first.ColumnDirection)) / first.SpacingY);
            if (sideways > ShearTolerance)
                throw new VolumeException($"slices shift sideways by {sideways:0.##} pixels up to {Place(slices[z])}, as with a tilted gantry: resample the series to upright slices first");
        }
        int rows = first.Dataset.GetSingleValue<int>(DicomTag.Rows), columns = first.Dataset.GetSingleValue<int>(DicomTag.Columns);
        VolumeGeometry geometry = new(columns, rows, slices.Count, new Point3(first.SpacingX, first.SpacingY, distance), first.Position, first.RowDirection, first.ColumnDirection, normal);
        return new SliceStack(geometry, slices);
    }

    private static (double Usual, double Mean) SliceDistance(List<SlicePlane> slices)
    {
        // The median tells a gap from the usual distance; the mean over the stack then averages the rounding of positions.
        if (slices.Count > 1)
        {
            double[] steps = [.. slices.Skip(1).Zip(slices, (later, earlier) => later.Depth - earlier.Depth).Order()];
            double median = steps[steps.Length / 2];
            return (median, (slices[^1].Depth - slices[0].Depth) / (slices.Count - 1));
        }
        DicomDataset measures = DicomFunctionalGroups.MacroOrTopLevel(slices[0].Dataset, slices[0].Frame, DicomTag.PixelMeasuresSequence);
        foreach (DicomTag tag in (DicomTag[])[DicomTag.SpacingBetweenSlices, DicomTag.SliceThickness])
            if (measures.GetSingleValueOrDefault(tag, 0.0) is > 0 and double thickness) return (thickness, thickness);
        throw new VolumeException($"a single slice states no thickness: SliceThickness (0018,0050) is needed to know its volume");
    }

    private static string Place(SlicePlane slice) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{slice.Depth:0.###} mm");
}
