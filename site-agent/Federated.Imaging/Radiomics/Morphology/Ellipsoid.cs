namespace Federated.Imaging.Radiomics;

/// <summary>Volume and area of the approximate enclosing ellipsoid as the standard computes them.</summary>
internal static class Ellipsoid
{
    private const int Degree = 20;

    /// <summary>4/3 pi a b c.</summary>
    public static double Volume(double a, double b, double c) => 4 * Math.PI / 3 * a * b * c;

    /// <summary>
    /// Area by the reference manual's series of Legendre polynomials up to degree 20 (section 3.1.20), for semi-axes a >= b >= c. It is kept because the standard's
    /// values rest on it, although it differs from the area of an ellipsoid by some per cent. Terms are (alpha beta)^n P_n((alpha² + beta²) / (2 alpha beta)),
    /// built by the polynomials' recurrence times (alpha beta)^n so that two equal axes divide nothing by zero.
    /// </summary>
    public static double Area(double a, double b, double c)
    {
        double alpha2 = 1 - b * b / (a * a), beta2 = 1 - c * c / (a * a), middle = (alpha2 + beta2) / 2, product2 = alpha2 * beta2;
        double before = 1, term = middle, sum = before - term / 3;
        for (int n = 2; n <= Degree; n++)
        {
            (before, term) = (term, ((2 * n - 1) * middle * term - (n - 1) * product2 * before) / n);
            sum += term / (1 - 4.0 * n * n);
        }

        return 4 * Math.PI * a * b * sum;
    }
}
