using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>Finds the ring of spheres among the hot spots of a body, in any orientation, by the distances between them and by how hot each must look for its size.</summary>
internal static class SphereConstellation
{
    private const double DistanceTolerance = 8;
    private const double LowestAgreement = 0.7;
    private const int MostSpots = 40;

    // Any three of the four largest spheres say where the others are; the smaller ones may be faint.
    private static readonly int[][] Triples = [[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]];

    private static readonly Point3[] Shell = Directions();

    // As the spheres look through a usual scanner and the coarse image together.
    private static readonly BlurredSphere[] Looks = [.. NemaGeometry.Diameters.Select(diameter => new BlurredSphere(diameter / 2, Math.Sqrt(CoarseImage.Width * CoarseImage.Width + 36)))];

    /// <summary>A rough pose, some millimetres off; null when the body holds no such ring.</summary>
    public static PhantomPose? Find(PhantomBody body)
    {
        List<Point3> spots = Spots(body);
        PhantomPose? best = null;
        double agreement = LowestAgreement;
        foreach (int[] triple in Triples)
        {
            (Point3 a, Point3 b, Point3 c) = (NemaGeometry.Centre(triple[0]), NemaGeometry.Centre(triple[1]), NemaGeometry.Centre(triple[2]));
            foreach (Point3 p in spots)
            {
                foreach (Point3 q in spots)
                {
                    if (!Near(p, q, (a - b).Length)) continue;
                    foreach (Point3 r in spots)
                    {
                        if (!Near(p, r, (a - c).Length) || !Near(q, r, (b - c).Length)) continue;
                        PhantomPose pose = Superpose(a, b, c, p, q, r);
                        double score = Agreement(body, pose);
                        if (score > agreement) (best, agreement) = (pose, score);
                    }
                }
            }
        }
        return best is null ? null : TowardsFarEnd(body, best);
    }

    /// <summary>Correlation between the image around the six places and what spheres would look like there; 1 is perfect.</summary>
    public static double Agreement(PhantomBody body, PhantomPose pose)
    {
        double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
        for (int sphere = 0; sphere < Looks.Length; sphere++)
        {
            Point3 centre = pose.ToPatient(NemaGeometry.Centre(sphere));
            double radius = NemaGeometry.Radius(sphere);
            Add(centre, 0);
            foreach (Point3 direction in Shell)
            {
                Add(centre + direction * (0.7 * radius), 0.7 * radius);
                Add(centre + direction * (radius + 8), radius + 8);
            }

            void Add(Point3 at, double distance)
            {
                double model = Looks[sphere].At(distance), seen = CoarseImage.Sample(body.Coarse, at);
                n++;
                x += model;
                y += seen;
                xx += model * model;
                yy += seen * seen;
                xy += model * seen;
            }
        }
        double spread = (xx - x * x / n) * (yy - y * y / n);
        return spread > 0 ? (xy - x * y / n) / Math.Sqrt(spread) : 0;
    }

    private static List<Point3> Spots(PhantomBody body)
    {
        Volume coarse = body.Coarse;
        VolumeGeometry grid = coarse.Geometry;
        List<(float Value, Point3 Place)> spots = [];
        for (int z = 1; z < grid.CountZ - 1; z++)
        {
            for (int y = 1; y < grid.CountY - 1; y++)
            {
                for (int x = 1; x < grid.CountX - 1; x++)
                {
                    float value = coarse[x, y, z];
                    if (value > 1.15 * body.Level && body.Inside[grid.Index(x, y, z)] && IsSummit(coarse, x, y, z, value)) spots.Add((value, grid.ToPatient(new Point3(x, y, z))));
                }
            }
        }
        return [.. spots.OrderByDescending(spot => spot.Value).Take(MostSpots).Select(spot => spot.Place)];
    }

    private static bool IsSummit(Volume coarse, int x, int y, int z, float value)
    {
        for (int k = -1; k <= 1; k++)
        {
            for (int j = -1; j <= 1; j++)
            {
                for (int i = -1; i <= 1; i++)
                    if (coarse[x + i, y + j, z + k] > value) return false;
            }
        }
        return true;
    }

    private static bool Near(Point3 a, Point3 b, double distance) => Math.Abs((a - b).Length - distance) < DistanceTolerance;

    private static PhantomPose Superpose(Point3 a, Point3 b, Point3 c, Point3 p, Point3 q, Point3 r)
    {
        (Point3 u, Point3 v) = Frame(a, b, c);
        (Point3 s, Point3 t) = Frame(p, q, r);
        Point3 axisX = s * u.X + t * v.X, axisY = s * u.Y + t * v.Y;
        Point3 middle = (a + b + c) * (1.0 / 3);
        return new PhantomPose((p + q + r) * (1.0 / 3) - axisX * middle.X - axisY * middle.Y, axisX, axisY, axisX.Cross(axisY));
    }

    private static (Point3 Along, Point3 Across) Frame(Point3 a, Point3 b, Point3 c)
    {
        Point3 along = (b - a).Normalized(), towards = c - a;
        return (along, (towards - along * along.Dot(towards)).Normalized());
    }

    private static PhantomPose TowardsFarEnd(PhantomBody body, PhantomPose pose)
    {
        double ahead = 0, behind = 0;
        for (int i = 0; i < 6; i++)
        {
            // Between the spheres and clear of the lung insert.
            double angle = (i + 0.5) * Math.PI / 3;
            Point3 from = pose.ToPatient(new Point3(40 * Math.Cos(angle), 40 * Math.Sin(angle), 0));
            ahead += body.Reach(from, pose.AxisZ);
            behind += body.Reach(from, pose.AxisZ * -1);
        }
        return ahead >= behind ? pose : pose.Reversed();
    }

    private static Point3[] Directions()
    {
        List<Point3> directions = [];
        for (int z = -1; z <= 1; z++)
        {
            for (int y = -1; y <= 1; y++)
            {
                for (int x = -1; x <= 1; x++)
                    if (Math.Abs(x) + Math.Abs(y) + Math.Abs(z) is 1 or 3) directions.Add(new Point3(x, y, z).Normalized());
            }
        }
        return [.. directions];
    }
}
