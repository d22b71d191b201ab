namespace Federated.Imaging.Volumes;

/// <summary>The error function, by which Gaussians are integrated over voxels and spheres.</summary>
internal static class ErrorFunction
{
    /// <summary>2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, to a few units of the last place.</summary>
    public static double Of(double x)
    {
        double size = Math.Abs(x);
        if (!(size < 6)) return double.IsNaN(x) ? x : Math.Sign(x);
        double value = size < 2.5 ? Series(size) : 1 - Complement(size);
        return x < 0 ? -value : value;
    }

    // Abramowitz and Stegun 7.1.6: all terms are positive, so none cancel.
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > 1e-17 * sum; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // Abramowitz and Stegun 7.1.14, from the innermost fraction outwards.
    private static double Complement(double x)
    {
        double fraction = x;
        for (int n = 60; n >= 1; n--) fraction = x + 0.5 * n / fraction;
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
