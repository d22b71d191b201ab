using System.Runtime.InteropServices;

namespace Federated.Imaging.Radiomics;

/// <summary>
/// The surface of a mask at one half (W. E. Lorensen and H. E. Cline, "Marching cubes", SIGGRAPH 1987), as sums over the 256 cases of a cell between eight
/// voxel centres. All vertices are midpoints, so a case has one volume and one area, and a mesh need not be built: cells are counted by case.
/// The cases are derived rather than listed: on each face inside corners are cut off from outside ones, diagonal inside corners from each other, and every
/// closed loop becomes the triangles of largest area, which are those of the tables in use. Where several triangulations share the largest area the mean over
/// them is taken, so that a mirrored mask measures the same. Both faces of two touching cells follow one rule, therefore the surface has no holes.
/// </summary>
internal static class MarchingCubes
{
    // Corner c of a cell lies at (c & 1, c >> 1 & 1, c >> 2 & 1); the corners of each face counter-clockwise as seen from outside the cell.
    private static readonly int[][] Faces = [[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]];

    private static readonly List<Triangle>[] Triangles = [.. Enumerable.Range(0, 256).Select(TrianglesOf)];

    private static readonly double[] Volumes = [.. Enumerable.Range(0, 256).Select(VolumeOf)];

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Point(double X, double Y, double Z)
    {
        public static Point Middle(int corner, int other) =>
            new(((corner & 1) + (other & 1)) / 2.0, ((corner >> 1 & 1) + (other >> 1 & 1)) / 2.0, ((corner >> 2 & 1) + (other >> 2 & 1)) / 2.0);
    }

    /// <summary>A triangle seen counter-clockwise from outside; weight is its share among equally good triangulations.</summary>
    private sealed record Triangle(Point A, Point B, Point C, double Weight)
    {
        /// <summary>Twice the area, as a vector pointing out of the inside.</summary>
        public (double X, double Y, double Z) Normal
        {
            get
            {
                double ux = B.X - A.X, uy = B.Y - A.Y, uz = B.Z - A.Z, vx = C.X - A.X, vy = C.Y - A.Y, vz = C.Z - A.Z;
                return (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx);
            }
        }

        public double Area(double scaleX, double scaleY, double scaleZ)
        {
            (double x, double y, double z) = Normal;
            (x, y, z) = (x * scaleY * scaleZ, y * scaleX * scaleZ, z * scaleX * scaleY);
            return Math.Sqrt(x * x + y * y + z * z) / 2;
        }
    }

    /// <summary>Volume (cubic millimetres) and area (square millimetres) enclosed by the surface of a mask; outside the grid nothing is set.</summary>
    public static (double Volume, double Area) Measure(ReadOnlySpan<bool> mask, VoxelGrid grid)
    {
        long[] cases = Count(mask, grid);
        double volume = 0, area = 0;
        for (int c = 1; c < 256; c++)
        {
            if (cases[c] == 0) continue;
            volume += cases[c] * Volumes[c];
            area += cases[c] * AreaOf(c, grid);
        }

        return (volume * grid.VoxelVolume, area);
    }

    private static long[] Count(ReadOnlySpan<bool> mask, VoxelGrid grid)
    {
        long[] cases = new long[256];
        // The four rows that a row of cells touches, padded by an empty voxel at either end.
        byte[][] rows = [new byte[grid.CountX + 2], new byte[grid.CountX + 2], new byte[grid.CountX + 2], new byte[grid.CountX + 2]];
        for (int z = -1; z < grid.CountZ; z++)
        {
            for (int y = -1; y < grid.CountY; y++)
            {
                Read(mask, grid, y, z, rows[0]);
                Read(mask, grid, y + 1, z, rows[1]);
                Read(mask, grid, y, z + 1, rows[2]);
                Read(mask, grid, y + 1, z + 1, rows[3]);
                int left = 0;
                for (int x = 1; x < rows[0].Length; x++)
                {
                    // Right corners have odd numbers; one step on they are the left ones.
                    int right = rows[0][x] << 1 | rows[1][x] << 3 | rows[2][x] << 5 | rows[3][x] << 7;
                    cases[left | right]++;
                    left = right >> 1;
                }
            }
        }

        return cases;
    }

    private static void Read(ReadOnlySpan<bool> mask, VoxelGrid grid, int y, int z, byte[] row)
    {
        if ((uint)y >= (uint)grid.CountY || (uint)z >= (uint)grid.CountZ)
        {
            Array.Clear(row);
            return;
        }

        ReadOnlySpan<bool> source = mask.Slice(grid.Index(0, y, z), grid.CountX);
        for (int x = 0; x < source.Length; x++) row[x + 1] = source[x] ? (byte)1 : (byte)0;
    }

    private static double AreaOf(int cell, VoxelGrid grid)
    {
        double area = 0;
        foreach (Triangle t in Triangles[cell]) area += t.Weight * t.Area(grid.SpacingX, grid.SpacingY, grid.SpacingZ);
        return area;
    }

    // Divergence theorem with the field (x, 0, 0): only the mesh and the face at x = 1 contribute.
    private static double VolumeOf(int cell)
    {
        double volume = 0;
        foreach (Triangle t in Triangles[cell]) volume += t.Weight * t.Normal.X / 2 * (t.A.X + t.B.X + t.C.X) / 3;
        int inside = Faces[1].Count(corner => Inside(cell, corner));
        bool diagonal = inside == 2 && Inside(cell, Faces[1][0]) == Inside(cell, Faces[1][2]);
        return volume + inside switch { 0 => 0, 1 => 1 / 8.0, 2 => diagonal ? 1 / 4.0 : 1 / 2.0, 3 => 7 / 8.0, _ => 1 };
    }

    private static List<Triangle> TrianglesOf(int cell)
    {
        // On each face the surface runs from the edge where the outline enters the inside to the edge where it leaves it.
        Dictionary<(int, int), (int, int)> next = [];
        foreach (int[] face in Faces)
        {
            for (int k = 0; k < 4; k++)
            {
                int outside = face[k], entered = face[(k + 1) % 4];
                if (Inside(cell, outside) || !Inside(cell, entered)) continue;
                int last = k + 1;
                while (Inside(cell, face[(last + 1) % 4])) last++;
                next.Add(Edge(outside, entered), Edge(face[last % 4], face[(last + 1) % 4]));
            }
        }

        List<Triangle> triangles = [];
        while (next.Count > 0)
        {
            (int, int) start = next.Keys.Min(), at = start;
            List<Point> loop = [];
            do
            {
                loop.Add(Point.Middle(at.Item1, at.Item2));
                next.Remove(at, out at);
            }
            while (at != start);
            triangles.AddRange(LargestTriangulations(loop));
        }

        return triangles;
    }

    private static IEnumerable<Triangle> LargestTriangulations(List<Point> loop)
    {
        List<(double Area, List<Triangle> Triangles)> all =
        [
            .. from corners in Triangulations(0, loop.Count - 1)
               let triangles = corners.ConvertAll(c => new Triangle(loop[c.A], loop[c.B], loop[c.C], 1))
               select (triangles.Aggregate(0.0, (area, t) => area + t.Area(1, 1, 1)), triangles),
        ];
        double largest = all.Max(t => t.Area) - 1e-9;
        List<List<Triangle>> best = [.. from t in all where t.Area >= largest select t.Triangles];
        return from triangles in best from t in triangles select t with { Weight = 1.0 / best.Count };
    }

    /// <summary>Every way to cut the polygon of corners first ... last into triangles.</summary>
    private static IEnumerable<List<(int A, int B, int C)>> Triangulations(int first, int last)
    {
        if (last - first < 2) return [[]];
        return from apex in Enumerable.Range(first + 1, last - first - 1)
               from before in Triangulations(first, apex)
               from after in Triangulations(apex, last)
               select (List<(int, int, int)>)[.. before, .. after, (first, apex, last)];
    }

    private static bool Inside(int cell, int corner) => (cell >> corner & 1) != 0;

    private static (int, int) Edge(int a, int b) => (Math.Min(a, b), Math.Max(a, b));
}
