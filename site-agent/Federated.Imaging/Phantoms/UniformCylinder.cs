using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>A cylinder filled evenly: the phantom of calibration.</summary>
internal static class UniformCylinder
{
    private const double FromWalls = 25;
    private const double ShapeTolerance = 0.08;

    /// <exception cref="PhantomException">The body is no cylinder.</exception>
    public static UniformReport Measure(Volume image, PhantomBody body, PhantomActivity? stated)
    {
        (Point3 centre, Point3 axis, double radius, double length) = Shape(body)
            ?? throw new PhantomException(PhantomRefusal.NotAPhantom, "the body has no ring of six hot spheres and is no upright cylinder either: choose the scan of a NEMA image-quality phantom or of a uniform cylinder, without a filter that hides the spheres");
        VolumeGeometry grid = image.Geometry;
        List<float> values = [];
        int slabs = Math.Max(1, (int)((length - 2 * FromWalls) / 10));
        double[] sums = new double[slabs];
        int[] counts = new int[slabs];
        double half = length / 2 - FromWalls;
        foreach ((int voxel, Point3 place) in Ball.Around(grid, centre, length / 2 + radius).Voxels(grid))
        {
            Point3 offset = place - centre;
            double along = offset.Dot(axis), across = (offset - axis * along).Length;
            if (Math.Abs(along) > half || across > radius - FromWalls) continue;
            values.Add(image.Values[voxel]);
            int slab = Math.Clamp((int)((along + half) / (2 * half) * slabs), 0, slabs - 1);
            sums[slab] += image.Values[voxel];
            counts[slab]++;
        }
        if (values.Count == 0) throw new PhantomException(PhantomRefusal.CutOff, "too little of the cylinder lies in the image: scan it whole");
        PhantomBackground inner = PhantomBackground.Of(values, grid.VoxelVolume);
        double deviation = 0;
        for (int i = 0; i < slabs; i++)
            if (counts[i] > 0) deviation = Math.Max(deviation, 100 * Math.Abs(sums[i] / counts[i] / inner.Mean - 1));
        return new UniformReport(inner, stated is null ? null : inner.Mean / stated.Background, centre, axis, radius, length, deviation);
    }

    // Second moments tell the axis: across a disc they are alike, r^2 / 4, and along the axis l^2 / 12; the volume must then be that of the cylinder, and every voxel must lie in it.
    private static (Point3 Centre, Point3 Axis, double Radius, double Length)? Shape(PhantomBody body)
    {
        VolumeGeometry grid = body.Coarse.Geometry;
        List<Point3> places = [];
        Point3 sum = default;
        for (int i = 0; i < body.Inside.Length; i++)
        {
            if (!body.Inside[i]) continue;
            Point3 place = grid.ToPatient(new Point3(i % grid.CountX, i / grid.CountX % grid.CountY, i / grid.SliceCount));
            places.Add(place);
            sum += place;
        }
        Point3 centre = sum * (1.0 / places.Count);
        double[,] moments = new double[3, 3];
        foreach (Point3 place in places)
        {
            Point3 offset = place - centre;
            double[] p = [offset.X, offset.Y, offset.Z];
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++) moments[a, b] += p[a] * p[b] / places.Count;
        }
        (double[] values, Point3[] axes) = PrincipalAxes.Of(moments);
        double volume = places.Count * grid.VoxelVolume;
        for (int i = 0; i < 3; i++)
        {
            double first = values[(i + 1) % 3], second = values[(i + 2) % 3];
            double radius = 2 * Math.Sqrt(0.5 * (first + second)), length = Math.Sqrt(12 * values[i]);
            if (Math.Abs(first / second - 1) > 2 * ShapeTolerance || Math.Abs(volume / (Math.PI * radius * radius * length) - 1) > ShapeTolerance) continue;
            if (radius < 1.6 * FromWalls || length < 3 * FromWalls) continue;
            int outside = 0;
            foreach (Point3 place in places)
            {
                Point3 offset = place - centre;
                double along = offset.Dot(axes[i]);
                if (Math.Abs(along) > length / 2 + 6 || (offset - axes[i] * along).Length > radius + 6) outside++;
            }
            if (outside < 0.01 * places.Count) return (centre, axes[i], radius, length);
        }
        return null;
    }
}
