using Federated.Imaging.Dicom;

namespace Federated.Imaging.Volumes;

/// <summary>One frame of one object, with its place in space and time.</summary>
/// <param name="File">The object.</param>
/// <param name="Frame">Zero-based frame within it.</param>
/// <param name="Position">Centre of the first pixel.</param>
/// <param name="RowDirection">Unit vector along increasing columns.</param>
/// <param name="ColumnDirection">Unit vector along increasing rows.</param>
/// <param name="SpacingX">Millimetres between columns.</param>
/// <param name="SpacingY">Millimetres between rows.</param>
/// <param name="TimeKey">What tells time frames at one position apart; ordinal order is order in time.</param>
public sealed record SlicePlane(DicomFile File, int Frame, Point3 Position, Point3 RowDirection, Point3 ColumnDirection, double SpacingX, double SpacingY, string TimeKey)
{
    /// <summary>The object's dataset.</summary>
    public DicomDataset Dataset => File.Dataset;

    /// <summary>SOPInstanceUID and frame number for messages that stay at the site.</summary>
    public string Name => $"{Dataset.GetStringOrNull(DicomTag.SOPInstanceUID) ?? "(no UID)"} frame {Frame + 1}";

    /// <summary>Position along the normal of the plane, in millimetres.</summary>
    public double Depth => Position.Dot(RowDirection.Cross(ColumnDirection));

    /// <summary>Slope and intercept of this frame.</summary>
    public DicomRescale Rescale => DicomFunctionalGroups.Rescale(Dataset, Frame);

    /// <summary>All frames of an object as planes.</summary>
    /// <exception cref="VolumeException">Position, orientation or spacing is missing.</exception>
    public static IEnumerable<SlicePlane> Of(DicomFile file)
    {
        DicomDataset dataset = file.Dataset;
        int frames = dataset.TryGetElement(DicomTag.NumberOfFrames, out _) ? dataset.GetSingleValue<int>(DicomTag.NumberOfFrames) : 1;
        bool isEnhanced = dataset.Contains(DicomTag.PerFrameFunctionalGroupsSequence);
        if (frames < 1) throw new VolumeException($"NumberOfFrames (0028,0008) is {frames}: correct it at the source");
        if (frames > 1 && !isEnhanced) throw new VolumeException("a multi-frame object states no position per frame: export it as an enhanced object or slice by slice");
        if (isEnhanced && dataset.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items.Count != frames)
            throw new VolumeException($"{frames} frames are stated but {dataset.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items.Count} are described: export the object again");
        for (int frame = 0; frame < frames; frame++)
        {
            DicomDataset position = DicomFunctionalGroups.MacroOrTopLevel(dataset, frame, DicomTag.PlanePositionSequence);
            DicomDataset orientation = DicomFunctionalGroups.MacroOrTopLevel(dataset, frame, DicomTag.PlaneOrientationSequence);
            DicomDataset measures = DicomFunctionalGroups.MacroOrTopLevel(dataset, frame, DicomTag.PixelMeasuresSequence);
            double[] p = Numbers(position, DicomTag.ImagePositionPatient, 3);
            double[] o = Numbers(orientation, DicomTag.ImageOrientationPatient, 6);
            double[] s = Numbers(measures, DicomTag.PixelSpacing, 2);
            Point3 row = new(o[0], o[1], o[2]), column = new(o[3], o[4], o[5]);
            if (!(Math.Abs(row.Length - 1) < 1e-3 && Math.Abs(column.Length - 1) < 1e-3 && Math.Abs(row.Dot(column)) < 1e-3))
                throw new VolumeException($"{DicomTag.ImageOrientationPatient.Describe()} does not hold two unit vectors at right angles: correct it at the source");
            yield return new SlicePlane(file, frame, new Point3(p[0], p[1], p[2]), row.Normalized(), column.Normalized(), s[1], s[0], TimeKeyOf(dataset, frame));
        }
    }

    private static string TimeKeyOf(DicomDataset dataset, int frame)
    {
        DicomDataset content = DicomFunctionalGroups.MacroOrTopLevel(dataset, frame, DicomTag.FrameContentSequence);
        string key = "";
        foreach (DicomTag tag in (DicomTag[])[DicomTag.TemporalPositionIndex, DicomTag.TemporalPositionIdentifier, DicomTag.FrameReferenceTime, DicomTag.TriggerTime, DicomTag.EchoTime])
        {
            DicomDataset place = content.Contains(tag) ? content : dataset;
            double value = place.GetSingleValueOrDefault(tag, 0.0);
            key += $"{(long)Math.Round(value * 1000) + 1_000_000_000_000_000:D16}|";
        }
        return key + (content.GetStringOrNull(DicomTag.FrameAcquisitionDateTime) ?? dataset.GetStringOrNull(DicomTag.AcquisitionDate) + dataset.GetStringOrNull(DicomTag.AcquisitionTime));
    }

    private static double[] Numbers(DicomDataset place, DicomTag tag, int count) =>
        place.TryGetValues(tag, out double[]? values) && values.Length == count
            ? values
            : throw new VolumeException($"{tag.Describe()} does not hold {count} numbers: the image has no place in space, export it again with its geometry");
}
