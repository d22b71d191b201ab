namespace Federated.Imaging.Radiomics;

/// <summary>Principal components of a region's voxel centres.</summary>
internal static class PrincipalAxes
{
    /// <summary>Variances (over n - 1, square millimetres) along the principal axes, largest first.</summary>
    public static (double Major, double Minor, double Least) Variances(ReadOnlySpan<bool> mask, VoxelGrid grid)
    {
        // Sums of whole numbers: exact, whatever the order.
        long n = 0, x1 = 0, y1 = 0, z1 = 0, xx = 0, yy = 0, zz = 0, xy = 0, xz = 0, yz = 0;
        for (int z = 0; z < grid.CountZ; z++)
        {
            for (int y = 0; y < grid.CountY; y++)
            {
                ReadOnlySpan<bool> row = mask.Slice(grid.Index(0, y, z), grid.CountX);
                long m = 0, s = 0, q = 0;
                for (int x = 0; x < row.Length; x++)
                {
                    if (!row[x]) continue;
                    m++;
                    s += x;
                    q += (long)x * x;
                }

                n += m;
                x1 += s;
                xx += q;
                y1 += m * y;
                z1 += m * z;
                yy += m * y * y;
                zz += m * z * z;
                xy += s * y;
                xz += s * z;
                yz += m * y * z;
            }
        }

        double[,] covariance = new double[3, 3];
        covariance[0, 0] = Moment(xx, x1, x1) * grid.SpacingX * grid.SpacingX;
        covariance[1, 1] = Moment(yy, y1, y1) * grid.SpacingY * grid.SpacingY;
        covariance[2, 2] = Moment(zz, z1, z1) * grid.SpacingZ * grid.SpacingZ;
        covariance[0, 1] = covariance[1, 0] = Moment(xy, x1, y1) * grid.SpacingX * grid.SpacingY;
        covariance[0, 2] = covariance[2, 0] = Moment(xz, x1, z1) * grid.SpacingX * grid.SpacingZ;
        covariance[1, 2] = covariance[2, 1] = Moment(yz, y1, z1) * grid.SpacingY * grid.SpacingZ;
        double[] values = Eigenvalues(covariance);
        return (values[2], values[1], values[0]);

        double Moment(long product, long first, long second) => (double)((Int128)product * n - (Int128)first * second) / ((double)n * Math.Max(1, n - 1));
    }

    /// <summary>Eigenvalues of a symmetric 3 x 3 matrix by Jacobi rotations (Golub and Van Loan, section 8.5), ascending; never below zero here.</summary>
    private static double[] Eigenvalues(double[,] a)
    {
        for (int sweep = 0; sweep < 50; sweep++)
        {
            double off = Math.Abs(a[0, 1]) + Math.Abs(a[0, 2]) + Math.Abs(a[1, 2]);
            if (off <= 1e-30 * (a[0, 0] + a[1, 1] + a[2, 2])) break;
            foreach ((int p, int q) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
            {
                if (a[p, q] == 0) continue;
                double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
                double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
                double c = 1 / Math.Sqrt(t * t + 1), s = t * c;
                for (int k = 0; k < 3; k++) (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
                for (int k = 0; k < 3; k++) (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
            }
        }

        double[] values = [Math.Max(0, a[0, 0]), Math.Max(0, a[1, 1]), Math.Max(0, a[2, 2])];
        Array.Sort(values);
        return values;
    }
}
