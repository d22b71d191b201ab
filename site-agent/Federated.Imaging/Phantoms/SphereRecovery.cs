using Federated.Imaging.Regions;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>How much of the activity of one sphere the image shows. Recoveries are plain numbers relative to the true level of the spheres, in units of the image.</summary>
/// <param name="DiameterMillimetres">Inner diameter.</param>
/// <param name="Centre">Centre in patient space.</param>
/// <param name="Mean">RCmean(A50): mean of the part around the hottest voxel above the mean of maximum and background (EARL).</param>
/// <param name="Max">RCmax: the hottest voxel.</param>
/// <param name="Peak">RCpeak: the highest mean of a ball of 1 ml centred within the A50 part.</param>
/// <param name="HotContrastPercent">NEMA NU 2 contrast recovery of a disc of the sphere's diameter in its plane: 100 (disc / background - 1) / (spheres / background - 1).</param>
public sealed record SphereRecovery(double DiameterMillimetres, Point3 Centre, double Mean, double Max, double Peak, double HotContrastPercent)
{
    private const double Margin = 5;

    /// <summary>Reads one sphere.</summary>
    /// <param name="image">The image; it must hold the sphere and a centimetre around it.</param>
    /// <param name="sphere">Position in <see cref="NemaGeometry.Diameters"/>.</param>
    /// <param name="centre">Centre in patient space.</param>
    /// <param name="pose">Pose, for the plane of the disc.</param>
    /// <param name="level">Level of the spheres that counts as one.</param>
    /// <param name="background">Mean level of the background.</param>
    internal static SphereRecovery Of(Volume image, int sphere, Point3 centre, PhantomPose pose, double level, double background)
    {
        double radius = NemaGeometry.Radius(sphere);
        Volume near = Crop.Around(image, centre, radius + Margin + UptakeMeasures.PeakRadius + 1);
        bool[] inside = new bool[near.Geometry.Count];
        foreach ((int voxel, _) in Ball.Around(near.Geometry, centre, radius + Margin).Voxels(near.Geometry)) inside[voxel] = true;
        RegionMask neighbourhood = new(near.Geometry, inside);
        UptakeMeasures measures;
        try
        {
            measures = UptakeMeasures.Of(near, ThresholdRegions.BackgroundAdapted50(near, neighbourhood, background));
        }
        catch (RegionException)
        {
            throw new PhantomException(PhantomRefusal.SphereMissing, $"the {NemaGeometry.Diameters[sphere]} mm sphere does not stand out from the background: fill it, or scan longer");
        }
        double contrast = 100 * (Discs.Mean(near, centre, pose, radius) / background - 1) / (level / background - 1);
        return new SphereRecovery(NemaGeometry.Diameters[sphere], centre, measures.Mean / level, measures.Maximum / level, measures.PeakGlobal / level, contrast);
    }
}

/// <summary>Discs in the plane of the spheres, read between voxels.</summary>
internal static class Discs
{
    /// <summary>Mean of points half a millimetre to a millimetre apart.</summary>
    public static double Mean(Volume image, Point3 centre, PhantomPose pose, double radius)
    {
        int steps = (int)Math.Ceiling(radius);
        double sum = 0;
        int count = 0;
        for (int j = -steps; j <= steps; j++)
        {
            for (int i = -steps; i <= steps; i++)
            {
                double x = i * radius / steps, y = j * radius / steps;
                if (x * x + y * y > radius * radius) continue;
                sum += CoarseImage.Sample(image, centre + pose.AxisX * x + pose.AxisY * y);
                count++;
            }
        }
        return sum / count;
    }
}

/// <summary>Parts of an image.</summary>
internal static class Crop
{
    /// <summary>The voxels of the smallest box around a ball, as far as the image goes.</summary>
    public static Volume Around(Volume image, Point3 centre, double radius)
    {
        VolumeGeometry grid = image.Geometry;
        Ball ball = Ball.Around(grid, centre, radius);
        return Box(image, ball.FirstX, ball.LastX, ball.FirstY, ball.LastY, ball.FirstZ, ball.LastZ);
    }

    /// <summary>The voxels of a box, both ends included.</summary>
    public static Volume Box(Volume image, int firstX, int lastX, int firstY, int lastY, int firstZ, int lastZ)
    {
        VolumeGeometry grid = image.Geometry;
        VolumeGeometry part = new(
            lastX - firstX + 1, lastY - firstY + 1, lastZ - firstZ + 1, grid.Spacing, grid.ToPatient(new Point3(firstX, firstY, firstZ)), grid.DirectionX, grid.DirectionY, grid.DirectionZ);
        float[] values = new float[part.Count];
        for (int z = firstZ; z <= lastZ; z++)
        {
            for (int y = firstY; y <= lastY; y++)
                image.Values.AsSpan(grid.Index(firstX, y, z), part.CountX).CopyTo(values.AsSpan(part.Index(0, y - firstY, z - firstZ)));
        }
        return new Volume(part, values);
    }
}
