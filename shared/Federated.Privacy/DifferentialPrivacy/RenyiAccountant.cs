using System.Collections.Immutable;
using MathNet.Numerics;

namespace Federated.Privacy.DifferentialPrivacy;

/// <summary>So many releases of a sum with Gaussian noise, each over a Poisson sample of the patients.</summary>
/// <param name="Sigma">Noise multiplier: standard deviation over the sensitivity (one patient added or removed).</param>
/// <param name="SamplingRate">Probability q with which a patient is in a release; 1: always.</param>
/// <param name="Releases">How many.</param>
public sealed record GaussianReleases(double Sigma, double SamplingRate, long Releases)
{
    internal void Validate() => Validate(Sigma, SamplingRate, Releases);

    private static void Validate(double sigma, double samplingRate, long releases)
    {
        if (!double.IsFinite(sigma) || sigma <= 0) throw new ArgumentOutOfRangeException(nameof(sigma), sigma, "A noise multiplier is positive and finite.");
        if (samplingRate is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(samplingRate), samplingRate, "A sampling rate lies between 0 and 1.");
        ArgumentOutOfRangeException.ThrowIfNegative(releases);
    }
}

/// <summary>
/// Rényi differential privacy of the sampled Gaussian mechanism, composed over releases (Mironov, Talwar and Zhang 2019), and its conversion to epsilon (Balle et al.
/// 2020, theorem 21; Canonne, Kamath and Steinke 2020, proposition 12). An upper bound on the loss that composes by addition.
/// </summary>
public sealed class RenyiAccountant
{
    /// <summary>Orders from 1.01 to 1024: dense where the best order lies for one to a few hundred releases.</summary>
    public static ImmutableArray<double> DefaultOrders { get; } =
        [1.01, 1.02, 1.05, .. Enumerable.Range(1, 199).Select(i => 1 + (i / 20.0)), .. Enumerable.Range(11, 54).Select(i => (double)i), 72, 80, 96, 112, 128, 160, 192, 256, 384, 512, 768, 1024];

    private readonly ImmutableArray<double> _divergences;

    /// <summary>Nothing released yet, over these orders (each above 1).</summary>
    public RenyiAccountant(ImmutableArray<double> orders)
        : this(orders, [.. new double[orders.Length]])
    {
        if (orders.IsDefaultOrEmpty || orders.Any(a => !double.IsFinite(a) || a <= 1)) throw new ArgumentException("Orders are finite and above 1.", nameof(orders));
    }

    private RenyiAccountant(ImmutableArray<double> orders, ImmutableArray<double> divergences)
    {
        Orders = orders;
        _divergences = divergences;
    }

    /// <summary>Nothing released yet, over the default orders.</summary>
    public static RenyiAccountant Empty { get; } = new(DefaultOrders);

    /// <summary>The orders alpha.</summary>
    public ImmutableArray<double> Orders { get; }

    /// <summary>After these releases too.</summary>
    public RenyiAccountant Add(GaussianReleases releases)
    {
        ArgumentNullException.ThrowIfNull(releases);
        releases.Validate();
        return new(Orders, [.. Orders.Select((a, i) => _divergences[i] + (releases.Releases * Divergence(releases.Sigma, releases.SamplingRate, a)))]);
    }

    /// <summary>The smallest epsilon over the orders at this delta, and the order that gives it.</summary>
    public (double Epsilon, double Order) Epsilon(double delta)
    {
        if (delta is <= 0 or >= 1) throw new ArgumentOutOfRangeException(nameof(delta), delta, "Delta lies between 0 and 1.");
        (double Epsilon, double Order) best = (double.PositiveInfinity, Orders[^1]);
        for (int i = 0; i < Orders.Length; i++)
        {
            double epsilon = Math.Max(0, Convert(_divergences[i], Orders[i], delta));
            if (epsilon < best.Epsilon) best = (epsilon, Orders[i]);
        }

        return best;
    }

    /// <summary>The smallest noise multiplier with which so many releases stay within (epsilon, delta).</summary>
    public static double SigmaFor(double epsilon, double delta, double samplingRate, long releases) =>
        Search.Decreasing(s => Empty.Add(new GaussianReleases(s, samplingRate, releases)).Epsilon(delta).Epsilon, epsilon, relativePrecision: 1e-6);

    /// <summary>Epsilon at delta of a mechanism with Rényi divergence <paramref name="divergence"/> at order <paramref name="order"/>.</summary>
    public static double Convert(double divergence, double order, double delta) =>
        divergence + LogOnePlus(-1 / order) - (Math.Log(delta * order) / (order - 1));

    /// <summary>Rényi divergence of order alpha of one release.</summary>
    public static double Divergence(double sigma, double samplingRate, double order)
    {
        new GaussianReleases(sigma, samplingRate, 1).Validate();
        if (!double.IsFinite(order) || order <= 1) throw new ArgumentOutOfRangeException(nameof(order), order, "Orders are finite and above 1.");
        if (samplingRate == 0) return 0;
        if (samplingRate == 1) return order / (2 * sigma * sigma);
        return (Math.Floor(order) == order ? LogMomentOfWhole(sigma, samplingRate, (int)order) : LogMomentOfFraction(sigma, samplingRate, order)) / (order - 1);
    }

    /// <summary>
    /// log A for a whole order (Mironov et al. 2019, 3.3): A - 1 = sum over k >= 2 of C(alpha, k) (1-q)^(alpha-k) q^k (exp((k^2 - k) / (2 sigma^2)) - 1), every term
    /// positive, so nothing cancels however small the sampling rate.
    /// </summary>
    private static double LogMomentOfWhole(double sigma, double q, int order)
    {
        double[] terms = new double[order - 1];
        for (int k = 2; k <= order; k++)
        {
            double x = ((double)k * (k - 1)) / (2 * sigma * sigma);
            double logExpm1 = x > 1e-5 ? x + LogOnePlus(-Math.Exp(-x)) : Math.Log(x) + (x / 2);
            terms[k - 2] = SpecialFunctions.FactorialLn(order) - SpecialFunctions.FactorialLn(k) - SpecialFunctions.FactorialLn(order - k)
                + ((order - k) * LogOnePlus(-q)) + (k * Math.Log(q)) + logExpm1;
        }

        double logExcess = LogSum(terms);
        return logExcess > 0 ? logExcess + LogOnePlus(Math.Exp(-logExcess)) : LogOnePlus(Math.Exp(logExcess));
    }

    /// <summary>
    /// log A for any order: A = E[(1 - q + q exp((2z - 1) / (2 sigma^2)))^alpha], z normal(0, sigma^2), by the trapezoidal rule, which converges exponentially: the
    /// integrand is analytic in a strip of half-width pi sigma^2.
    /// </summary>
    private static double LogMomentOfFraction(double sigma, double q, double order)
    {
        double step = Math.Min(sigma / 8, sigma * sigma / 2);
        double low = -14 * sigma, high = order + (14 * sigma);
        int points = (int)Math.Ceiling((high - low) / step);
        double[] logTerms = new double[points];
        double excess = 0, compensation = 0;
        double logWeight = Math.Log(step / (sigma * Math.Sqrt(2 * Math.PI)));
        for (int i = 0; i < points; i++)
        {
            double z = low + (i * step);
            double loss = PrivacyLoss(z, sigma, q);
            double logDensity = logWeight - (z * z / (2 * sigma * sigma));
            logTerms[i] = logDensity + (order * loss);
            // E[ratio - 1] = 0, so alpha (ratio - 1) may be taken off each term of A - 1: what is left is of second order and does not cancel.
            double term = Math.Exp(logDensity) * (ExpMinusOne(order * loss) - (order * ExpMinusOne(loss)));
            double corrected = term - compensation, next = excess + corrected;
            compensation = next - excess - corrected;
            excess = next;
        }

        return double.IsFinite(excess) && excess < 1 ? LogOnePlus(Math.Max(0, excess)) : LogSum(logTerms);
    }

    /// <summary>log of the density ratio of the sampled mixture to the noise alone, at z.</summary>
    internal static double PrivacyLoss(double z, double sigma, double q)
    {
        double exponent = ((2 * z) - 1) / (2 * sigma * sigma);
        return exponent < 30 ? LogOnePlus(q * ExpMinusOne(exponent)) : exponent + Math.Log(q + ((1 - q) * Math.Exp(-exponent)));
    }

    /// <summary>log(1 + x) to full accuracy near zero (Kahan).</summary>
    internal static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * x / (u - 1);
    }

    /// <summary>exp(x) - 1 to full accuracy near zero (Kahan).</summary>
    internal static double ExpMinusOne(double x)
    {
        if (Math.Abs(x) > 1) return Math.Exp(x) - 1;
        double u = Math.Exp(x);
        if (u == 1) return x;
        return u - 1 == -1 ? -1 : (u - 1) * x / Math.Log(u);
    }

    private static double LogSum(double[] logs)
    {
        double largest = logs.Max();
        if (double.IsNegativeInfinity(largest)) return largest;
        double sum = 0, compensation = 0;
        foreach (double log in logs)
        {
            double term = Math.Exp(log - largest) - compensation, next = sum + term;
            compensation = next - sum - term;
            sum = next;
        }

        return largest + Math.Log(sum);
    }
}
