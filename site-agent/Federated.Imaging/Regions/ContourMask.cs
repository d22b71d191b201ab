using Federated.Imaging.Volumes;

namespace Federated.Imaging.Regions;

/// <summary>
/// Contours to voxels: a voxel belongs to the region when its centre lies inside an odd number of the contours of its slice, so that inner contours are holes and a keyhole works too.
/// A contour belongs to the slice whose centre is nearest; when contours of several planes fall into one slice, those of the plane nearest to its centre count.
/// </summary>
public static class ContourMask
{
    private const double PlaneTolerance = 0.25;

    /// <summary>Draws planar contours.</summary>
    /// <param name="contours">Polygons in patient coordinates.</param>
    /// <param name="geometry">The grid; its slices must be parallel to the contours.</param>
    /// <exception cref="RegionException">There is no contour, or one is not parallel to the slices.</exception>
    public static RegionMask Draw(IReadOnlyList<IReadOnlyList<Point3>> contours, VolumeGeometry geometry)
    {
        if (contours.Count == 0) throw new RegionException("the region has no closed contours: choose another region");
        bool[] inside = new bool[geometry.Count];
        foreach (IGrouping<int, (double Depth, Point3[] Points)> slice in contours.Select(c => ToVoxels(c, geometry)).GroupBy(c => (int)Math.Floor(c.Depth + 0.5)))
        {
            if (slice.Key < 0 || slice.Key >= geometry.CountZ) continue;
            double nearest = slice.Min(c => Math.Abs(c.Depth - slice.Key));
            double tolerance = 0.01 / geometry.Spacing.Z; // Contours of one plane differ by less than a hundredth of a millimetre.
            Fill([.. slice.Where(c => Math.Abs(c.Depth - slice.Key) <= nearest + tolerance).Select(c => c.Points)], inside.AsSpan(slice.Key * geometry.SliceCount, geometry.SliceCount), geometry);
        }
        return new RegionMask(geometry, inside);
    }

    private static (double Depth, Point3[] Points) ToVoxels(IReadOnlyList<Point3> contour, VolumeGeometry geometry)
    {
        Point3[] points = [.. contour.Select(geometry.ToVoxel)];
        double lowest = points.Min(p => p.Z), highest = points.Max(p => p.Z);
        if (!(highest - lowest <= PlaneTolerance))
            throw new RegionException($"a contour crosses {highest - lowest:0.##} slices of the image: it was drawn in other planes, choose the image it was drawn on");
        return (0.5 * (lowest + highest), points);
    }

    private static void Fill(List<Point3[]> polygons, Span<bool> slice, VolumeGeometry geometry)
    {
        List<double> crossings = [];
        int first = Math.Max(0, (int)Math.Ceiling(polygons.Min(p => p.Min(q => q.Y))));
        int last = Math.Min(geometry.CountY - 1, (int)Math.Floor(polygons.Max(p => p.Max(q => q.Y))));
        for (int y = first; y <= last; y++)
        {
            crossings.Clear();
            foreach (Point3[] polygon in polygons)
            {
                Point3 from = polygon[^1];
                foreach (Point3 to in polygon)
                {
                    // Half-open in y, so that a vertex on the line of centres is crossed once or not at all.
                    if ((from.Y <= y) != (to.Y <= y)) crossings.Add(from.X + (y - from.Y) / (to.Y - from.Y) * (to.X - from.X));
                    from = to;
                }
            }
            crossings.Sort();
            for (int i = 0; i + 1 < crossings.Count; i += 2)
            {
                int begin = (int)Math.Max(0, Math.Ceiling(crossings[i]));
                int end = (int)Math.Min(geometry.CountX, Math.Ceiling(crossings[i + 1]));
                for (int x = begin; x < end; x++) slice[y * geometry.CountX + x] = true;
            }
        }
    }
}
