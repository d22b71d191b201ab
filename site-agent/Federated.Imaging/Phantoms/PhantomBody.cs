using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>The warm body of a phantom: the largest connected part above half of the level that most of the activity lies at.</summary>
internal sealed class PhantomBody
{
    private const double SmallestMillilitres = 1500;
    private const double LargestMillilitres = 16_000;
    private readonly bool[] inside;

    private PhantomBody(Volume coarse, double level, bool[] inside)
    {
        Coarse = coarse;
        Level = level;
        this.inside = inside;
    }

    /// <summary>The image as <see cref="CoarseImage"/> shows it.</summary>
    public Volume Coarse { get; }

    /// <summary>Level of the body, in units of the image.</summary>
    public double Level { get; }

    /// <summary>Voxels of <see cref="Coarse"/> inside, one flag each.</summary>
    public ReadOnlySpan<bool> Inside => inside;

    /// <exception cref="PhantomException">There is no body of one level and a phantom's size.</exception>
    public static PhantomBody Find(Volume image)
    {
        Volume coarse = CoarseImage.Of(image);
        double level = MostActivity(coarse.Values);
        if (!(level > 0)) throw new PhantomException(PhantomRefusal.NotAPhantom, "the image holds no activity: choose the reconstructed PET series of a phantom");
        bool[] body = Largest(coarse.Geometry, Array.ConvertAll(coarse.Values, value => value > 0.5 * level));
        int count = body.AsSpan().Count(true), even = 0;
        for (int i = 0; i < body.Length; i++)
            if (body[i] && Math.Abs(coarse.Values[i] - level) < 0.25 * level) even++;
        double millilitres = count * coarse.Geometry.VoxelVolume / 1000;
        if (millilitres is < SmallestMillilitres or > LargestMillilitres)
            throw new PhantomException(PhantomRefusal.NotAPhantom, $"the warm body is {millilitres:0} ml large where phantoms have {SmallestMillilitres:0} to {LargestMillilitres:0} ml: choose a phantom series");
        if (even < 0.55 * count)
            throw new PhantomException(PhantomRefusal.NotAPhantom, $"only {100.0 * even / count:0} % of the body has one level where a phantom is evenly filled: choose a phantom series");
        return new PhantomBody(coarse, level, body);
    }

    /// <summary>True when a point of the patient space lies in the body.</summary>
    public bool Contains(Point3 patient)
    {
        VolumeGeometry grid = Coarse.Geometry;
        Point3 at = grid.ToVoxel(patient);
        double x = Math.Floor(at.X + 0.5), y = Math.Floor(at.Y + 0.5), z = Math.Floor(at.Z + 0.5);
        return x >= 0 && y >= 0 && z >= 0 && x < grid.CountX && y < grid.CountY && z < grid.CountZ && inside[grid.Index((int)x, (int)y, (int)z)];
    }

    /// <summary>How far the body reaches from a point along a direction, in millimetres.</summary>
    public double Reach(Point3 from, Point3 direction)
    {
        double reach = 0;
        while (reach < 400 && Contains(from + direction * reach)) reach += 1;
        return reach;
    }

    // The histogram of logarithms, weighted by value, has its peak at the body: air has no activity and the spheres have little volume.
    private static double MostActivity(float[] values)
    {
        const double StepsPerUnit = 20;
        float highest = 0;
        foreach (float value in values) highest = Math.Max(highest, value);
        if (!(highest > 0) || !float.IsFinite(highest)) return 0;
        double[] histogram = new double[(int)(5 * StepsPerUnit) + 1];
        foreach (float value in values)
        {
            double depth = value > 0 ? Math.Log(highest / value) * StepsPerUnit : double.PositiveInfinity;
            if (depth < histogram.Length) histogram[(int)depth] += value;
        }
        int peak = 0;
        for (int i = 1; i < histogram.Length; i++)
            if (histogram[i] > histogram[peak]) peak = i;
        double level = highest * Math.Exp(-(peak + 0.5) / StepsPerUnit), sum = 0;
        int count = 0;
        foreach (float value in values)
        {
            if (Math.Abs(value - level) > 0.15 * level) continue;
            sum += value;
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }

    private static bool[] Largest(VolumeGeometry grid, bool[] above)
    {
        List<int> largest = [], part = [];
        int[] neighbours = [1, -1, grid.CountX, -grid.CountX, grid.SliceCount, -grid.SliceCount];
        for (int seed = 0; seed < above.Length; seed++)
        {
            if (!above[seed]) continue;
            part.Clear();
            part.Add(seed);
            above[seed] = false;
            for (int next = 0; next < part.Count; next++)
            {
                int at = part[next], x = at % grid.CountX, y = at / grid.CountX % grid.CountY;
                foreach (int step in neighbours)
                {
                    int to = at + step;
                    if (to < 0 || to >= above.Length || !above[to]) continue;
                    if ((step is 1 && x == grid.CountX - 1) || (step is -1 && x == 0) || (step == grid.CountX && y == grid.CountY - 1) || (step == -grid.CountX && y == 0)) continue;
                    above[to] = false;
                    part.Add(to);
                }
            }
            if (part.Count > largest.Count) (largest, part) = (part, largest);
        }
        bool[] only = new bool[above.Length];
        foreach (int voxel in largest) only[voxel] = true;
        return only;
    }
}
