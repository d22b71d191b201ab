using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>Activity in space, in becquerel per millilitre or any other unit of concentration, at a point of the patient space.</summary>
public delegate double ActivityMap(Point3 patient);

/// <summary>
/// A scanner made of physics: it blurs what is there by its point-spread function, averages it over each voxel, multiplies it by its calibration error and adds noise. What is known of the truth can
/// then be compared with what is measured in the image.
/// </summary>
public sealed record SyntheticScanner
{
    private const double FinestStep = 2;
    private const int PartsPerStep = 4;

    /// <summary>Full width at half maximum of the Gaussian point-spread function in millimetres, at least 0.</summary>
    public required double FwhmMillimetres { get; init; }

    /// <summary>What the image shows of the true activity; 1 is right.</summary>
    public double CalibrationFactor { get; init; } = 1;

    /// <summary>Standard deviation of the voxels where the activity is <see cref="NoiseReference"/>, as a fraction of it. Its square grows with the activity, as counts do. Default: none.</summary>
    public double Noise { get; init; }

    /// <summary>Activity at which <see cref="Noise"/> is stated.</summary>
    public double NoiseReference { get; init; } = 1;

    /// <summary>Full width at half maximum of the correlation kernel of the noise in millimetres. Default 4.</summary>
    public double NoiseFwhmMillimetres { get; init; } = 4;

    /// <summary>The image of some activity.</summary>
    /// <param name="activity">The truth. Sharp edges are averaged from 64 points of every part of a voxel they cross.</param>
    /// <param name="grid">Voxels of the image.</param>
    /// <param name="seed">Of the noise.</param>
    public Volume Scan(ActivityMap activity, VolumeGeometry grid, ulong seed)
    {
        Volume blurred = Blurred(activity, grid);
        float[] values = blurred.Values;
        if (Noise > 0)
        {
            Volume noise = UnitNoise(grid, seed);
            for (int i = 0; i < values.Length; i++) values[i] += (float)(Noise * Math.Sqrt(Math.Max(0, values[i]) * NoiseReference)) * noise.Values[i];
        }
        // Reconstructions by expectation maximisation hold no negative activity.
        for (int i = 0; i < values.Length; i++) values[i] = Math.Max(0, (float)(values[i] * CalibrationFactor));
        return blurred;
    }

    private Volume Blurred(ActivityMap activity, VolumeGeometry grid)
    {
        int nx = Parts(grid.Spacing.X), ny = Parts(grid.Spacing.Y), nz = Parts(grid.Spacing.Z);
        VolumeGeometry fine = new(
            grid.CountX * nx, grid.CountY * ny, grid.CountZ * nz, new Point3(grid.Spacing.X / nx, grid.Spacing.Y / ny, grid.Spacing.Z / nz),
            grid.ToPatient(new Point3(0.5 / nx - 0.5, 0.5 / ny - 0.5, 0.5 / nz - 0.5)), grid.DirectionX, grid.DirectionY, grid.DirectionZ);
        Volume image = CoarseImage.Blocks(GaussianFilter.Apply(Averaged(activity, fine), FwhmMillimetres), nx, ny, nz);
        return new Volume(grid, image.Values);
    }

    private static Volume Averaged(ActivityMap activity, VolumeGeometry fine)
    {
        float[] centres = new float[fine.Count], values = new float[fine.Count];
        int next = 0;
        for (int z = 0; z < fine.CountZ; z++)
        {
            for (int y = 0; y < fine.CountY; y++)
                for (int x = 0; x < fine.CountX; x++) centres[next++] = (float)activity(fine.ToPatient(new Point3(x, y, z)));
        }
        next = 0;
        for (int z = 0; z < fine.CountZ; z++)
        {
            for (int y = 0; y < fine.CountY; y++)
            {
                for (int x = 0; x < fine.CountX; x++, next++)
                {
                    float own = centres[next];
                    bool isEdge = (x > 0 && centres[next - 1] != own) || (x + 1 < fine.CountX && centres[next + 1] != own)
                        || (y > 0 && centres[next - fine.CountX] != own) || (y + 1 < fine.CountY && centres[next + fine.CountX] != own)
                        || (z > 0 && centres[next - fine.SliceCount] != own) || (z + 1 < fine.CountZ && centres[next + fine.SliceCount] != own);
                    values[next] = isEdge ? Mean(activity, fine, x, y, z) : own;
                }
            }
        }
        return new Volume(fine, values);
    }

    private static float Mean(ActivityMap activity, VolumeGeometry fine, int x, int y, int z)
    {
        double sum = 0;
        for (int k = 0; k < PartsPerStep; k++)
        {
            for (int j = 0; j < PartsPerStep; j++)
            {
                for (int i = 0; i < PartsPerStep; i++)
                    sum += activity(fine.ToPatient(new Point3(x + (i + 0.5) / PartsPerStep - 0.5, y + (j + 0.5) / PartsPerStep - 0.5, z + (k + 0.5) / PartsPerStep - 0.5)));
            }
        }
        return (float)(sum / (PartsPerStep * PartsPerStep * PartsPerStep));
    }

    private Volume UnitNoise(VolumeGeometry grid, ulong seed)
    {
        SeededNormals normals = new(seed);
        float[] values = new float[grid.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)normals.Next();
        Volume correlated = GaussianFilter.Apply(new Volume(grid, values), NoiseFwhmMillimetres);
        double deviation = NoiseFwhmMillimetres / GaussianFilter.WidthPerDeviation;
        double variance = NoiseFwhmMillimetres == 0 ? 1 : Squares(deviation / grid.Spacing.X) * Squares(deviation / grid.Spacing.Y) * Squares(deviation / grid.Spacing.Z);
        float scale = (float)(1 / Math.Sqrt(variance));
        return new Volume(grid, Array.ConvertAll(correlated.Values, value => value * scale));

        static double Squares(double inVoxels)
        {
            float[] weights = GaussianFilter.Weights(inVoxels);
            double sum = (double)weights[0] * weights[0];
            for (int k = 1; k < weights.Length; k++) sum += 2.0 * weights[k] * weights[k];
            return sum;
        }
    }

    private static int Parts(double spacing) => Math.Max(1, (int)Math.Ceiling(spacing / FinestStep));
}
