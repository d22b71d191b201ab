using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>An evenly filled part of a phantom, voxel by voxel.</summary>
/// <param name="Mean">Mean level, in units of the image.</param>
/// <param name="StandardDeviation">Of the voxels, population.</param>
/// <param name="Millilitres">Volume looked at.</param>
public sealed record PhantomBackground(double Mean, double StandardDeviation, double Millilitres)
{
    /// <summary>Standard deviation of the voxels divided by their mean: the image noise of EARL and of NU 2's uniform slices; a plain number.</summary>
    public double CoefficientOfVariation => StandardDeviation / Mean;

    internal static PhantomBackground Of(IReadOnlyCollection<float> values, double voxelVolume)
    {
        double sum = 0, squares = 0;
        foreach (float value in values) sum += value;
        double mean = sum / values.Count;
        foreach (float value in values) squares += (value - mean) * (value - mean);
        return new PhantomBackground(mean, Math.Sqrt(squares / values.Count), values.Count * voxelVolume / 1000);
    }
}

/// <summary>The background of an image-quality phantom: near the plane of the spheres, clear of spheres, lung insert and walls.</summary>
internal static class BackgroundRegion
{
    private const double HalfThickness = 25;
    private const double FromSpheres = 15;
    private const double FromWalls = 20;
    private const double FromLungAxis = NemaGeometry.LungOuterRadius + 20;
    private const double SmallestMillilitres = 100;

    /// <exception cref="PhantomException">Too little of it lies in the image.</exception>
    public static PhantomBackground Measure(Volume image, PhantomBody body, PhantomPose pose)
    {
        VolumeGeometry grid = image.Geometry;
        List<float> values = [];
        Ball around = Ball.Around(grid, pose.Centre, 180);
        foreach ((int voxel, Point3 place) in around.Voxels(grid))
        {
            Point3 at = pose.ToPhantom(place);
            if (Math.Abs(at.Z) <= HalfThickness && at.X * at.X + at.Y * at.Y >= FromLungAxis * FromLungAxis && !IsNearSphere(at) && IsDeep(body, place)) values.Add(image.Values[voxel]);
        }
        PhantomBackground background = values.Count == 0 ? new PhantomBackground(0, 0, 0) : PhantomBackground.Of(values, grid.VoxelVolume);
        return background.Millilitres >= SmallestMillilitres && background.Mean > 0
            ? background
            : throw new PhantomException(PhantomRefusal.CutOff, $"only {background.Millilitres:0} ml of background lie around the spheres within the image where {SmallestMillilitres} ml are needed: scan the whole phantom");
    }

    private static bool IsNearSphere(Point3 at)
    {
        for (int sphere = 0; sphere < NemaGeometry.Diameters.Count; sphere++)
            if ((at - NemaGeometry.Centre(sphere)).Length < NemaGeometry.Radius(sphere) + NemaGeometry.SphereWall + FromSpheres) return true;
        return false;
    }

    // The body is convex: when it reaches as far in all directions of a cube, it does in all.
    private static bool IsDeep(PhantomBody body, Point3 place)
    {
        for (int k = -1; k <= 1; k++)
        {
            for (int j = -1; j <= 1; j++)
            {
                for (int i = -1; i <= 1; i++)
                {
                    if (i == 0 && j == 0 && k == 0) continue;
                    Point3 step = new Point3(i, j, k).Normalized() * FromWalls;
                    if (!body.Contains(place + step)) return false;
                }
            }
        }
        return true;
    }
}
