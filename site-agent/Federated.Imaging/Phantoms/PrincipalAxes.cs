using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>Eigenvalues and unit eigenvectors of a symmetric matrix of three rows, by Jacobi's rotations.</summary>
internal static class PrincipalAxes
{
    public static (double[] Values, Point3[] Axes) Of(double[,] symmetric)
    {
        double[,] a = (double[,])symmetric.Clone(), v = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
        for (int sweep = 0; sweep < 30; sweep++)
        {
            for (int p = 0; p < 2; p++)
            {
                for (int q = p + 1; q < 3; q++)
                {
                    if (Math.Abs(a[p, q]) < 1e-14 * (Math.Abs(a[p, p]) + Math.Abs(a[q, q]))) continue;
                    double angle = 0.5 * Math.Atan2(2 * a[p, q], a[q, q] - a[p, p]), c = Math.Cos(angle), s = Math.Sin(angle);
                    for (int k = 0; k < 3; k++) (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]);
                    for (int k = 0; k < 3; k++) (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]);
                    for (int k = 0; k < 3; k++) (v[k, p], v[k, q]) = (c * v[k, p] - s * v[k, q], s * v[k, p] + c * v[k, q]);
                }
            }
        }
        return ([a[0, 0], a[1, 1], a[2, 2]], [.. Enumerable.Range(0, 3).Select(i => new Point3(v[0, i], v[1, i], v[2, i]))]);
    }
}
