using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>A point of the half-voxel lattice: voxel centres have even coordinates, midpoints between them odd ones.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LatticePoint(int X, int Y, int Z);

/// <summary>
/// Convex hull of lattice points (C. B. Barber and others, "The quickhull algorithm for convex hulls", ACM TOMS 22(4), 1996). Coordinates are whole numbers, so
/// every orientation test is exact in 64 bits and degenerate inputs (flat sides, many points in a line) need no tolerance.
/// </summary>
internal sealed class ConvexHull
{
    private readonly List<LatticePoint> points;
    private readonly List<Facet> facets = [];

    private ConvexHull(List<LatticePoint> points) => this.points = points;

    private sealed class Facet(int a, int b, int c)
    {
        public readonly int[] Corners = [a, b, c];
        // Neighbour k lies across the edge from corner k to corner k + 1.
        public readonly Facet[] Neighbours = new Facet[3];
        public readonly List<int> Outside = [];
        public long NormalX, NormalY, NormalZ, Offset;
        public long Furthest;
        public int FurthestPoint;
        public bool Removed;

        public long Height(LatticePoint p) => NormalX * p.X + NormalY * p.Y + NormalZ * p.Z - Offset;
    }

    /// <summary>Corner points of the hull.</summary>
    public List<LatticePoint> Vertices { get; } = [];

    /// <summary>Hull of points that do not all lie in one plane, as those of a voxel surface never do.</summary>
    public static ConvexHull Of(List<LatticePoint> points)
    {
        ConvexHull hull = new(points);
        hull.Build();
        return hull;
    }

    /// <summary>Volume and area when one lattice step is half a voxel of <paramref name="grid"/>.</summary>
    public (double Volume, double Area) Measure(VoxelGrid grid)
    {
        double hx = grid.SpacingX / 2, hy = grid.SpacingY / 2, hz = grid.SpacingZ / 2, area = 0;
        long sixfold = 0;
        foreach (Facet f in facets)
        {
            if (f.Removed) continue;
            double x = f.NormalX * hy * hz, y = f.NormalY * hx * hz, z = f.NormalZ * hx * hy;
            area += Math.Sqrt(x * x + y * y + z * z) / 2;
            sixfold += f.Offset;
        }

        return (sixfold / 6.0 * hx * hy * hz, area);
    }

    private void Build()
    {
        Stack<Facet> open = new(Simplex());
        List<Facet> visible = [];
        List<(int From, int To, Facet Beyond)> horizon = [];
        Dictionary<int, Facet> byStart = [];
        while (open.TryPop(out Facet? facet))
        {
            if (facet.Removed || facet.Outside.Count == 0) continue;
            int eye = facet.FurthestPoint;
            FindHorizon(facet, points[eye], visible, horizon);
            byStart.Clear();
            foreach ((int from, int to, Facet beyond) in horizon)
            {
                Facet added = Add(from, to, eye);
                added.Neighbours[0] = beyond;
                beyond.Neighbours[Array.IndexOf(beyond.Corners, to)] = added;
                byStart.Add(from, added);
            }

            foreach (Facet added in byStart.Values)
            {
                Facet following = byStart[added.Corners[1]];
                added.Neighbours[1] = following;
                following.Neighbours[2] = added;
            }

            foreach (Facet gone in visible)
            {
                foreach (int point in gone.Outside)
                {
                    if (point != eye) Assign(point, byStart.Values);
                }

                gone.Outside.Clear();
            }

            foreach (Facet added in byStart.Values) open.Push(added);
        }

        HashSet<int> used = [];
        foreach (Facet f in facets)
        {
            if (!f.Removed) used.UnionWith(f.Corners);
        }

        foreach (int index in used.Order()) Vertices.Add(points[index]);
    }

    private List<Facet> Simplex()
    {
        int a = 0, b = 0;
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i].X < points[a].X) a = i;
            if (points[i].X > points[b].X) b = i;
        }

        int c = Furthest(i => Squared(Cross(points[a], points[b], points[i])));
        int d = Furthest(i => Math.Abs((double)Triple(a, b, c, i)));
        if (Triple(a, b, c, d) == 0) throw new InvalidOperationException("The points of a convex hull must not lie in one plane.");
        // The first three corners are seen from outside, so the fourth lies below them.
        if (Triple(a, b, c, d) > 0) (b, c) = (c, b);
        Facet abc = Add(a, b, c), acd = Add(a, c, d), adb = Add(a, d, b), bdc = Add(b, d, c);
        Link(abc, adb, bdc, acd);
        Link(acd, abc, bdc, adb);
        Link(adb, acd, bdc, abc);
        Link(bdc, adb, acd, abc);
        for (int i = 0; i < points.Count; i++) Assign(i, facets);
        return [abc, acd, adb, bdc];

        static void Link(Facet facet, Facet first, Facet second, Facet third)
        {
            facet.Neighbours[0] = first;
            facet.Neighbours[1] = second;
            facet.Neighbours[2] = third;
        }

        int Furthest(Func<int, double> measure)
        {
            int best = 0;
            double most = -1;
            for (int i = 0; i < points.Count; i++)
            {
                double m = measure(i);
                if (m > most) (most, best) = (m, i);
            }

            return best;
        }
    }

    private Facet Add(int a, int b, int c)
    {
        Facet facet = new(a, b, c);
        (facet.NormalX, facet.NormalY, facet.NormalZ) = Cross(points[a], points[b], points[c]);
        facet.Offset = facet.NormalX * points[a].X + facet.NormalY * points[a].Y + facet.NormalZ * points[a].Z;
        facets.Add(facet);
        return facet;
    }

    private void Assign(int point, IEnumerable<Facet> candidates)
    {
        LatticePoint p = points[point];
        foreach (Facet facet in candidates)
        {
            long height = facet.Height(p);
            if (height <= 0) continue;
            facet.Outside.Add(point);
            if (height > facet.Furthest) (facet.Furthest, facet.FurthestPoint) = (height, point);
            return;
        }
    }

    // Facets strictly seen from the eye are removed; a facet in one plane with the eye stays, so no new facet is ever flat.
    private static void FindHorizon(Facet seen, LatticePoint eye, List<Facet> visible, List<(int, int, Facet)> horizon)
    {
        visible.Clear();
        horizon.Clear();
        seen.Removed = true;
        visible.Add(seen);
        for (int i = 0; i < visible.Count; i++)
        {
            Facet facet = visible[i];
            for (int k = 0; k < 3; k++)
            {
                Facet neighbour = facet.Neighbours[k];
                if (neighbour.Removed) continue;
                if (neighbour.Height(eye) > 0)
                {
                    neighbour.Removed = true;
                    visible.Add(neighbour);
                }
            }
        }

        foreach (Facet facet in visible)
        {
            for (int k = 0; k < 3; k++)
            {
                if (!facet.Neighbours[k].Removed) horizon.Add((facet.Corners[k], facet.Corners[(k + 1) % 3], facet.Neighbours[k]));
            }
        }
    }

    private static (long X, long Y, long Z) Cross(LatticePoint a, LatticePoint b, LatticePoint c)
    {
        long ux = b.X - a.X, uy = b.Y - a.Y, uz = b.Z - a.Z, vx = c.X - a.X, vy = c.Y - a.Y, vz = c.Z - a.Z;
        return (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
    }

    private static double Squared((long X, long Y, long Z) v) => (double)v.X * v.X + (double)v.Y * v.Y + (double)v.Z * v.Z;

    private long Triple(int a, int b, int c, int d)
    {
        (long x, long y, long z) = Cross(points[a], points[b], points[c]);
        return x * (points[d].X - points[a].X) + y * (points[d].Y - points[a].Y) + z * (points[d].Z - points[a].Z);
    }
}
