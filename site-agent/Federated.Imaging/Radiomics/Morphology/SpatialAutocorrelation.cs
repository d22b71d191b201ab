namespace Federated.Imaging.Radiomics;

/// <summary>
/// Moran's I and Geary's C with weights 1 / distance over all pairs of voxels (IBSI reference manual, sections 3.1.25 and 3.1.26). On a grid the weight depends on
/// the pair's offset alone, so a sum over pairs is a sum over offsets of weight times correlation: exact over all pairs, at the cost of Fourier transforms
/// instead of n². Grids are padded so that no offset wraps around.
/// </summary>
internal sealed class SpatialAutocorrelation
{
    // Rows transformed together, and bytes that half-transformed fields may take; above it planes are done in several rounds.
    private const int Rows = 64;
    private const long Budget = 256L << 20;

    private readonly PreparedRegion region;
    private readonly VoxelGrid grid;
    private readonly int lengthX;
    private readonly int lengthY;
    private readonly int lengthZ;
    private double mean;
    private double squares;
    private int count;

    private SpatialAutocorrelation(PreparedRegion region)
    {
        this.region = region;
        grid = region.Grid;
        lengthX = BatchFourier.LengthFor(2 * grid.CountX - 1);
        lengthY = BatchFourier.LengthFor(2 * grid.CountY - 1);
        lengthZ = BatchFourier.LengthFor(2 * grid.CountZ - 1);
    }

    /// <summary>Both indices over the re-segmented region; not a number for one voxel or one intensity.</summary>
    public static (double Moran, double Geary) Measure(PreparedRegion region)
    {
        SpatialAutocorrelation sums = new(region);
        sums.Moments();
        if (sums.count < 2 || sums.squares == 0) return (double.NaN, double.NaN);
        (double products, double weights, double weightedSquares) = sums.OverPairs();
        // The sum of w (x - y)² over ordered pairs is 2 (sum of w x² - sum of w x y).
        double moran = sums.count / weights * products / sums.squares;
        double geary = (sums.count - 1) / weights * (weightedSquares - products) / sums.squares;
        return (moran, geary);
    }

    private void Moments()
    {
        double sum = 0;
        for (int i = 0; i < region.Intensity.Length; i++)
        {
            if (!region.Intensity[i]) continue;
            sum += region.Intensities[i];
            count++;
        }

        mean = sum / count;
        for (int i = 0; i < region.Intensity.Length; i++)
        {
            if (region.Intensity[i]) squares += (region.Intensities[i] - mean) * (region.Intensities[i] - mean);
        }
    }

    /// <summary>Sums over ordered pairs of w y y', of w, and of w y², where y is the deviation from the mean.</summary>
    private (double Products, double Weights, double WeightedSquares) OverPairs()
    {
        int rows = grid.CountY * grid.CountZ, planes = lengthX / 2 + 1;
        int round = (int)Math.Clamp(Budget / (6L * sizeof(double) * rows), 1, planes);
        double[] kernel = Kernel();
        Spectrum[] fields = [new(round * rows), new(round * rows), new(round * rows)];
        BatchFourier alongZ = new(lengthZ, grid.CountY);
        BatchFourier[] alongY = [new(lengthY, lengthZ), new(lengthY, lengthZ), new(lengthY, lengthZ)];
        double products = 0, weights = 0, weightedSquares = 0;
        for (int first = 0; first < planes; first += round)
        {
            int last = Math.Min(planes, first + round);
            TransformRows(first, last, fields);
            for (int kx = first; kx < last; kx++)
            {
                for (int f = 0; f < 3; f++) TransformPlane(fields[f], (kx - first) * rows, alongZ, alongY[f]);
                (double p, double w, double s) = Weigh(kernel, kx, alongY);
                // Planes kx and length - kx are conjugates of each other.
                double twice = kx == 0 || kx == lengthX / 2 ? 1 : 2;
                products += twice * p;
                weights += twice * w;
                weightedSquares += twice * s;
            }
        }

        double size = (double)lengthX * lengthY * lengthZ;
        return (products / size, weights / size, weightedSquares / size);
    }

    private sealed class Spectrum(int size)
    {
        public readonly double[] Re = new double[size];
        public readonly double[] Im = new double[size];
    }

    /// <summary>Transforms the deviation, the mask and the squared deviation along x and keeps frequencies [first, last).</summary>
    private void TransformRows(int first, int last, Spectrum[] fields)
    {
        int rows = grid.CountY * grid.CountZ;
        BatchFourier pair = new(lengthX, Rows), single = new(lengthX, Rows);
        for (int row = 0; row < rows; row += Rows)
        {
            int filled = Math.Min(Rows, rows - row);
            Array.Clear(pair.Real);
            Array.Clear(pair.Imaginary);
            Array.Clear(single.Real);
            Array.Clear(single.Imaginary);
            for (int b = 0; b < filled; b++)
            {
                int source = (row + b) * grid.CountX;
                for (int x = 0; x < grid.CountX; x++)
                {
                    if (!region.Intensity[source + x]) continue;
                    double deviation = region.Intensities[source + x] - mean;
                    pair.Real[x * Rows + b] = deviation;
                    pair.Imaginary[x * Rows + b] = 1;
                    single.Real[x * Rows + b] = deviation * deviation;
                }
            }

            pair.Transform();
            single.Transform();
            for (int kx = first; kx < last; kx++)
            {
                int here = kx * Rows, mirrored = (lengthX - kx) % lengthX * Rows, target = (kx - first) * rows + row;
                for (int b = 0; b < filled; b++)
                {
                    double r = pair.Real[here + b], i = pair.Imaginary[here + b], mr = pair.Real[mirrored + b], mi = pair.Imaginary[mirrored + b];
                    fields[0].Re[target + b] = (r + mr) / 2;
                    fields[0].Im[target + b] = (i - mi) / 2;
                    fields[1].Re[target + b] = (i + mi) / 2;
                    fields[1].Im[target + b] = (mr - r) / 2;
                    fields[2].Re[target + b] = single.Real[here + b];
                    fields[2].Im[target + b] = single.Imaginary[here + b];
                }
            }
        }
    }

    private void TransformPlane(Spectrum field, int start, BatchFourier alongZ, BatchFourier alongY)
    {
        int rows = grid.CountY * grid.CountZ;
        Fill(field.Re.AsSpan(start, rows), alongZ.Real);
        Fill(field.Im.AsSpan(start, rows), alongZ.Imaginary);
        alongZ.Transform();
        Transpose(alongZ.Real, alongY.Real);
        Transpose(alongZ.Imaginary, alongY.Imaginary);
        alongY.Transform();

        static void Fill(ReadOnlySpan<double> source, double[] target)
        {
            source.CopyTo(target);
            Array.Clear(target, source.Length, target.Length - source.Length);
        }

        void Transpose(double[] source, double[] target)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                for (int z = 0; z < lengthZ; z++) target[y * lengthZ + z] = source[z * grid.CountY + y];
            }

            Array.Clear(target, grid.CountY * lengthZ, target.Length - grid.CountY * lengthZ);
        }
    }

    private (double Products, double Weights, double WeightedSquares) Weigh(double[] kernel, int kx, BatchFourier[] plane)
    {
        int halfY = lengthY / 2 + 1, halfZ = lengthZ / 2 + 1;
        double[] yr = plane[0].Real, yi = plane[0].Imaginary, mr = plane[1].Real, mi = plane[1].Imaginary, qr = plane[2].Real, qi = plane[2].Imaginary;
        double products = 0, weights = 0, squared = 0;
        for (int ky = 0; ky < lengthY; ky++)
        {
            int kernelRow = (kx * halfY + Math.Min(ky, lengthY - ky)) * halfZ;
            for (int kz = 0; kz < lengthZ; kz++)
            {
                int at = ky * lengthZ + kz;
                double w = kernel[kernelRow + Math.Min(kz, lengthZ - kz)];
                products += w * (yr[at] * yr[at] + yi[at] * yi[at]);
                weights += w * (mr[at] * mr[at] + mi[at] * mi[at]);
                squared += w * (qr[at] * mr[at] + qi[at] * mi[at]);
            }
        }

        return (products, weights, squared);
    }

    /// <summary>Transform of the weights 1 / distance, [kx][ky][kz] up to half of each length: an even function has an even, real transform.</summary>
    private double[] Kernel()
    {
        int hx = lengthX / 2 + 1, hy = lengthY / 2 + 1, hz = lengthZ / 2 + 1;
        double[] kernel = new double[hx * hy * hz];
        for (int x = 0; x < hx; x++)
        {
            for (int y = 0; y < hy; y++)
            {
                for (int z = 0; z < hz; z++)
                {
                    double dx = x * grid.SpacingX, dy = y * grid.SpacingY, dz = z * grid.SpacingZ;
                    if (x + y + z > 0) kernel[(x * hy + y) * hz + z] = 1 / Math.Sqrt(dx * dx + dy * dy + dz * dz);
                }
            }
        }

        TransformEven(kernel, lengthX, hy * hz);
        TransformEven(kernel, lengthY, hz);
        TransformEven(kernel, lengthZ, 1);
        return kernel;
    }

    // Two even real sequences share one complex transform: each has a real result.
    private static void TransformEven(double[] values, int length, int stride)
    {
        int half = length / 2 + 1, lines = values.Length / half;
        BatchFourier plan = new(length, Rows);
        for (int first = 0; first < lines; first += 2 * Rows)
        {
            for (int b = 0; b < Rows; b++)
            {
                int real = Start(first + b), imaginary = Start(first + Rows + b);
                for (int k = 0; k < length; k++)
                {
                    int folded = Math.Min(k, length - k) * stride;
                    plan.Real[k * Rows + b] = real < 0 ? 0 : values[real + folded];
                    plan.Imaginary[k * Rows + b] = imaginary < 0 ? 0 : values[imaginary + folded];
                }
            }

            plan.Transform();
            for (int b = 0; b < Rows; b++)
            {
                int real = Start(first + b), imaginary = Start(first + Rows + b);
                for (int k = 0; k < half; k++)
                {
                    if (real >= 0) values[real + k * stride] = plan.Real[k * Rows + b];
                    if (imaginary >= 0) values[imaginary + k * stride] = plan.Imaginary[k * Rows + b];
                }
            }
        }

        int Start(int line) => line < lines ? line / stride * stride * half + line % stride : -1;
    }
}
