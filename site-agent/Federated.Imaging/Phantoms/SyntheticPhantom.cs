using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>The activity in phantoms whose truth is known.</summary>
public static class SyntheticPhantom
{
    private const double StemRadius = 3.5;

    /// <summary>A NEMA image-quality phantom with cold lung insert, sphere walls and stems.</summary>
    /// <param name="pose">Where it lies.</param>
    /// <param name="activity">What is filled in; the spheres are as hot as the body when they are not stated.</param>
    public static ActivityMap Nema(PhantomPose pose, PhantomActivity activity)
    {
        double hot = activity.Spheres ?? activity.Background;
        return patient =>
        {
            Point3 at = pose.ToPhantom(patient);
            if (at.Z < -NemaGeometry.NearEnd || at.Z > NemaGeometry.FarEnd || !IsInBody(at.X, at.Y)) return 0;
            double fromAxis = Math.Sqrt(at.X * at.X + at.Y * at.Y);
            if (fromAxis < NemaGeometry.LungOuterRadius) return 0;
            if (Math.Abs(fromAxis - NemaGeometry.RingRadius) > 20 || at.Z > 20) return activity.Background;
            int sphere = (int)Math.Round(Math.Atan2(at.Y, at.X) / (Math.PI / 3) + 6) % 6;
            Point3 offset = at - NemaGeometry.Centre(sphere);
            double distance = offset.Length, radius = NemaGeometry.Radius(sphere);
            if (distance < radius) return hot;
            bool isStem = at.Z < 0 && offset.X * offset.X + offset.Y * offset.Y < StemRadius * StemRadius;
            return distance < radius + NemaGeometry.SphereWall || isStem ? 0 : activity.Background;
        };
    }

    /// <summary>A uniform cylinder.</summary>
    /// <param name="centre">Centre in patient space.</param>
    /// <param name="axis">Unit vector along it.</param>
    /// <param name="radius">Inner radius in millimetres.</param>
    /// <param name="length">Inner length in millimetres.</param>
    /// <param name="activity">Level.</param>
    public static ActivityMap Cylinder(Point3 centre, Point3 axis, double radius, double length, double activity) => patient =>
    {
        Point3 offset = patient - centre;
        double along = offset.Dot(axis);
        return Math.Abs(along) <= length / 2 && (offset - axis * along).Length <= radius ? activity : 0;
    };

    /// <summary>The smallest grid of a spacing that holds a NEMA phantom with a margin around it.</summary>
    /// <param name="pose">Where it lies.</param>
    /// <param name="spacing">Distances of voxel centres in millimetres.</param>
    /// <param name="margin">Millimetres of air on every side.</param>
    public static VolumeGeometry Around(PhantomPose pose, Point3 spacing, double margin = 20)
    {
        Point3 low = new(double.MaxValue, double.MaxValue, double.MaxValue), high = low * -1;
        foreach (double x in (double[])[-NemaGeometry.BodyRadius, NemaGeometry.BodyRadius])
        {
            foreach (double y in (double[])[NemaGeometry.BodyCentre - NemaGeometry.BodyRadius, NemaGeometry.BodyCentre + NemaGeometry.CornerRadius])
            {
                foreach (double z in (double[])[-NemaGeometry.NearEnd, NemaGeometry.FarEnd])
                {
                    Point3 corner = pose.ToPatient(new Point3(x, y, z));
                    low = new Point3(Math.Min(low.X, corner.X), Math.Min(low.Y, corner.Y), Math.Min(low.Z, corner.Z));
                    high = new Point3(Math.Max(high.X, corner.X), Math.Max(high.Y, corner.Y), Math.Max(high.Z, corner.Z));
                }
            }
        }
        Point3 size = high - low;
        return new VolumeGeometry(
            Cells(size.X, spacing.X), Cells(size.Y, spacing.Y), Cells(size.Z, spacing.Z), spacing, low - new Point3(margin, margin, margin), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));

        int Cells(double length, double step) => (int)Math.Ceiling((length + 2 * margin) / step) + 1;
    }

    // A half circle above, a box with two round corners below.
    private static bool IsInBody(double x, double y)
    {
        double below = y - NemaGeometry.BodyCentre, aside = Math.Abs(x);
        if (below <= 0) return x * x + below * below <= NemaGeometry.BodyRadius * NemaGeometry.BodyRadius;
        double corner = Math.Max(0, aside - NemaGeometry.CornerOffset);
        return corner * corner + below * below <= NemaGeometry.CornerRadius * NemaGeometry.CornerRadius;
    }
}
