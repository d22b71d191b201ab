using Federated.Imaging.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Regions;

/// <summary>One structure of an RT structure set: closed planar contours in patient coordinates.</summary>
/// <param name="Number">ROINumber (3006,0022).</param>
/// <param name="Name">ROIName (3006,0026).</param>
/// <param name="FrameOfReferenceUID">The coordinate system the contours are drawn in; null when not stated.</param>
/// <param name="Contours">Polygons, each of at least three points.</param>
/// <param name="Remarks">What was left out, one line each: points, open contours, exact copies.</param>
public sealed record StructureRegion(int Number, string Name, string? FrameOfReferenceUID, IReadOnlyList<IReadOnlyList<Point3>> Contours, IReadOnlyList<string> Remarks)
{
    /// <summary>The voxels whose centres lie inside; see <see cref="ContourMask.Draw"/>.</summary>
    public RegionMask ToMask(VolumeGeometry geometry) => ContourMask.Draw(Contours, geometry);
}

/// <summary>Reads RT structure sets (PS3.3, C.8.8.5 and C.8.8.6).</summary>
public static class StructureSet
{
    /// <summary>Every structure of the object, also those without closed contours.</summary>
    /// <exception cref="RegionException">Not a structure set, or contour data that are no points.</exception>
    public static IReadOnlyList<StructureRegion> Read(DicomDataset dataset)
    {
        if (!dataset.TryGetSequence(DicomTag.ROIContourSequence, out DicomSequence? contours) || !dataset.TryGetSequence(DicomTag.StructureSetROISequence, out DicomSequence? structures))
            throw new RegionException("this object holds no contours: choose an RT structure set");
        Dictionary<int, DicomDataset> byNumber = [];
        foreach (DicomDataset item in contours.Items)
            if (item.TryGetSingleValue(DicomTag.ReferencedROINumber, out int number)) byNumber[number] = item;
        List<StructureRegion> regions = [];
        foreach (DicomDataset structure in structures.Items)
        {
            if (!structure.TryGetSingleValue(DicomTag.ROINumber, out int number)) continue;
            List<string> remarks = [];
            List<IReadOnlyList<Point3>> polygons = byNumber.TryGetValue(number, out DicomDataset? drawn) ? Polygons(drawn, remarks) : [];
            regions.Add(new StructureRegion(number, structure.GetStringOrNull(DicomTag.ROIName) ?? "", structure.GetStringOrNull(DicomTag.ReferencedFrameOfReferenceUID), polygons, remarks));
        }
        return regions;
    }

    private static List<IReadOnlyList<Point3>> Polygons(DicomDataset drawn, List<string> remarks)
    {
        List<IReadOnlyList<Point3>> polygons = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        if (!drawn.TryGetSequence(DicomTag.ContourSequence, out DicomSequence? contours)) return polygons;
        foreach (DicomDataset contour in contours.Items)
        {
            string kind = contour.GetStringOrNull(DicomTag.ContourGeometricType) ?? "";
            if (!kind.StartsWith("CLOSED", StringComparison.Ordinal))
            {
                remarks.Add($"a contour of type '{kind}' encloses nothing and was left out");
                continue;
            }
            if (!contour.TryGetValues(DicomTag.ContourData, out double[]? numbers) || numbers.Length % 3 != 0)
                throw new RegionException($"{DicomTag.ContourData.Describe()} does not hold points of three coordinates: export the structure set again");
            // A contour drawn twice would cancel itself under the even-odd rule.
            if (!seen.Add(contour.GetString(DicomTag.ContourData)))
            {
                remarks.Add("a contour stands twice; the copy was left out");
                continue;
            }
            if (numbers.Length < 9)
            {
                remarks.Add($"a closed contour of {numbers.Length / 3} points encloses nothing and was left out");
                continue;
            }
            Point3[] points = new Point3[numbers.Length / 3];
            for (int i = 0; i < points.Length; i++) points[i] = new Point3(numbers[3 * i], numbers[3 * i + 1], numbers[3 * i + 2]);
            polygons.Add(points);
        }
        return polygons;
    }
}
