using Federated.Imaging.Volumes;

namespace Federated.Imaging.Phantoms;

/// <summary>
/// What a Gaussian point-spread function leaves of a uniform ball: the share of its activity seen at a distance from its centre (Hofheinz 2010, Phys Med Biol 55:1099, eq. 1-4).
/// A ball whose cold wall stands in a warm background is one such ball less a larger one. Read from a table of steps of a tenth of a millimetre.
/// </summary>
internal sealed class BlurredSphere
{
    private const double StepsPerMillimetre = 10;
    private readonly float[] table;

    /// <summary>A ball of one unit of activity.</summary>
    /// <param name="radius">Millimetres.</param>
    /// <param name="fwhm">Full width at half maximum of the point-spread function in millimetres, positive.</param>
    public BlurredSphere(double radius, double fwhm)
        : this(radius, 0, fwhm, 1, 0)
    {
    }

    /// <summary>A filled ball in the background it displaces together with its wall, relative to that background: what it adds to an image that is 1 everywhere.</summary>
    /// <param name="radius">Inner radius in millimetres.</param>
    /// <param name="wall">Thickness of the wall in millimetres.</param>
    /// <param name="fwhm">Full width at half maximum of the point-spread function in millimetres, positive.</param>
    /// <param name="ratio">Level inside, relative to the background.</param>
    /// <param name="displaced">1, or 0 for a ball in empty space.</param>
    public BlurredSphere(double radius, double wall, double fwhm, double ratio, double displaced)
    {
        double scale = fwhm / GaussianFilter.WidthPerDeviation * Math.Sqrt(2);
        table = new float[(int)((radius + wall + 4.5 * scale) * StepsPerMillimetre) + 2];
        for (int i = 0; i < table.Length - 1; i++)
        {
            double z = i / StepsPerMillimetre / scale;
            table[i] = (float)((ratio == 0 ? 0 : ratio * Exact(z, radius / scale)) - (displaced == 0 ? 0 : displaced * Exact(z, (radius + wall) / scale)));
        }
    }

    /// <summary>Value at a distance of the centre in millimetres.</summary>
    public double At(double distance)
    {
        double position = distance * StepsPerMillimetre;
        int below = (int)position;
        if (below >= table.Length - 1) return 0;
        return table[below] + (position - below) * (table[below + 1] - table[below]);
    }

    // Distance and radius in units of sqrt(2) standard deviations.
    private static double Exact(double z, double radius) => z < 1e-6
        ? ErrorFunction.Of(radius) - 2 / Math.Sqrt(Math.PI) * radius * Math.Exp(-radius * radius)
        : 0.5 * (ErrorFunction.Of(z + radius) - ErrorFunction.Of(z - radius))
            - (Math.Exp(-(z - radius) * (z - radius)) - Math.Exp(-(z + radius) * (z + radius))) / (2 * Math.Sqrt(Math.PI) * z);
}
