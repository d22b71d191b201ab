using MathNet.Numerics;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>
/// The Gaussian mechanism of sensitivity 1 without subsampling, exactly (Balle and Wang 2018, theorem 8). Sigma is the noise multiplier: standard deviation over
/// sensitivity.
/// </summary>
public static class GaussianMechanism
{
    /// <summary>The smallest delta for which noise of this sigma is (epsilon, delta)-private.</summary>
    public static double Delta(double sigma, double epsilon)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        double first = Normal.Upper((epsilon * sigma) - (0.5 / sigma));
        double second = Math.Exp(epsilon + Normal.LogUpper((epsilon * sigma) + (0.5 / sigma)));
        return Math.Max(0, first - second);
    }

    /// <summary>The smallest sigma for which the noise is (epsilon, delta)-private.</summary>
    public static double Sigma(double epsilon, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epsilon);
        if (delta is <= 0 or >= 1) throw new ArgumentOutOfRangeException(nameof(delta), delta, "Delta lies between 0 and 1.");
        return Search.Decreasing(sigma => Delta(sigma, epsilon), delta, relativePrecision: 1e-15);
    }
}

/// <summary>Zero-concentrated differential privacy: the Gaussian mechanism, discrete or continuous, has rho = 1 / (2 sigma^2), and rho adds up.</summary>
public static class ZeroConcentratedPrivacy
{
    /// <summary>rho of so many releases with this noise multiplier.</summary>
    public static double Rho(double sigma, long releases = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        ArgumentOutOfRangeException.ThrowIfNegative(releases);
        return releases / (2 * sigma * sigma);
    }

    /// <summary>Epsilon at a delta, and the order that gives it (Canonne, Kamath and Steinke 2020, proposition 12).</summary>
    public static (double Epsilon, double Order) Epsilon(double rho, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rho);
        if (delta is <= 0 or >= 1) throw new ArgumentOutOfRangeException(nameof(delta), delta, "Delta lies between 0 and 1.");
        if (rho == 0) return (0, double.PositiveInfinity);
        // The bound has one minimum; it is sought over log(order - 1), on which it is smooth from near 1 to far beyond sqrt(log(1/delta)/rho).
        double order = 1 + Math.Exp(Search.Minimum(x => At(1 + Math.Exp(x)), Math.Log(1e-3), Math.Log(10 + (10 * Math.Sqrt(-Math.Log(delta) / rho)))));
        return (Math.Max(0, At(order)), order);
        double At(double a) => RenyiAccountant.Convert(a * rho, a, delta);
    }
}

/// <summary>Tails of the standard normal distribution with full relative accuracy.</summary>
internal static class Normal
{
    /// <summary>P(Z > x).</summary>
    public static double Upper(double x) => 0.5 * SpecialFunctions.Erfc(x / Math.Sqrt(2));

    /// <summary>log P(Z > x), also where the probability itself underflows (asymptotic series, Abramowitz and Stegun 26.2.12).</summary>
    public static double LogUpper(double x)
    {
        if (x < 30) return Math.Log(Upper(x));
        double r = 1 / (x * x);
        return (-0.5 * x * x) - Math.Log(x * Math.Sqrt(2 * Math.PI)) + Math.Log(1 - (r * (1 - (3 * r * (1 - (5 * r * (1 - (7 * r))))))));
    }

    /// <summary>P(a &lt; Z &lt; b), the difference taken on the side where the tails are small.</summary>
    public static double Between(double a, double b) => a > 0 ? Upper(a) - Upper(b) : Upper(-b) - Upper(-a);
}

/// <summary>One-dimensional searches over well-behaved functions.</summary>
internal static class Search
{
    /// <summary>Where a decreasing function of a positive number falls to <paramref name="target"/>: the smallest argument found at which it is not above it.</summary>
    public static double Decreasing(Func<double, double> function, double target, double relativePrecision)
    {
        double low = 1, high = 1;
        while (function(high) > target)
        {
            low = high;
            high *= 2;
            if (high > 1e12) throw new ArgumentOutOfRangeException(nameof(target), target, "No noise reaches this.");
        }

        while (low == high || function(low) <= target)
        {
            high = low;
            low /= 2;
            if (low < 1e-12) return high;
        }

        while (high - low > relativePrecision * high)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) break;
            if (function(middle) > target) low = middle;
            else high = middle;
        }

        return high;
    }

    /// <summary>Where a function with one minimum has it (golden section).</summary>
    public static double Minimum(Func<double, double> function, double low, double high)
    {
        double golden = (Math.Sqrt(5) - 1) / 2;
        double a = high - (golden * (high - low)), b = low + (golden * (high - low));
        double atA = function(a), atB = function(b);
        while (high - low > 1e-9)
        {
            if (atA < atB)
            {
                (high, b, atB) = (b, a, atA);
                a = high - (golden * (high - low));
                atA = function(a);
            }
            else
            {
                (low, a, atA) = (a, b, atB);
                b = low + (golden * (high - low));
                atB = function(b);
            }
        }

        return (low + high) / 2;
    }
}
