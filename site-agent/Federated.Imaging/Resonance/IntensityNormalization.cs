using Federated.Imaging.Volumes;

namespace Federated.Imaging.Resonance;

/// <summary>An image whose intensities cannot be normalized: one line that names what is wrong.</summary>
public sealed class NormalizationException(string message) : Exception(message);

/// <summary>How magnetic resonance intensities, which have no unit, are put on one scale.</summary>
public enum IntensityScale
{
    /// <summary>As stored.</summary>
    Stored,

    /// <summary>Mean 0 and standard deviation 1 over the foreground.</summary>
    ZScore,

    /// <summary>Mean 0 and standard deviation 1 over normal-appearing white matter (Shinohara et al. 2014, NeuroImage: Clinical 6:9).</summary>
    WhiteStripe,

    /// <summary>Percentiles of the foreground moved onto a standard scale (Nyul, Udupa and Zhang 2000, IEEE Trans Med Imaging 19:143).</summary>
    Nyul,
}

/// <summary>Linear scales of magnetic resonance intensities.</summary>
public static class IntensityNormalization
{
    private const int HistogramBins = 256;

    /// <summary>
    /// The foreground where nobody drew one: voxels above the threshold that parts the histogram into two classes of the least variance (Otsu 1979, IEEE Trans SMC 9:62).
    /// </summary>
    /// <exception cref="NormalizationException">The image is constant, or has a value that is no number.</exception>
    public static RegionMask Foreground(Volume image)
    {
        (float low, float high) = Range(image.Values);
        long[] counts = new long[HistogramBins];
        double width = ((double)high - low) / HistogramBins;
        foreach (float value in image.Values) counts[Math.Min(HistogramBins - 1, (int)((value - low) / width))]++;
        double total = image.Values.Length, all = 0, below = 0, moment = 0, best = -1;
        for (int bin = 0; bin < HistogramBins; bin++) all += bin * (double)counts[bin];
        int threshold = 0;
        for (int bin = 0; bin < HistogramBins - 1; bin++)
        {
            below += counts[bin];
            moment += bin * (double)counts[bin];
            if (below == 0 || below == total) continue;
            double apart = (moment / below) - ((all - moment) / (total - below)), between = below * (total - below) * apart * apart;
            if (between > best) (best, threshold) = (between, bin);
        }

        double limit = low + ((threshold + 1) * width);
        return image.Where(value => value > limit);
    }

    /// <summary>(x - mean) / standard deviation, both over the foreground; divisor n.</summary>
    /// <exception cref="NormalizationException">The foreground has fewer than two values, or they are all the same.</exception>
    public static Volume ZScore(Volume image, RegionMask foreground)
    {
        (double mean, double deviation) = Moments(Values(image, foreground));
        return Linear(image, mean, deviation, "the foreground");
    }

    /// <summary>
    /// (x - mean) / standard deviation of the white stripe: values within 5 % of the quantile at which the smoothed histogram of the foreground has the mode of white matter: on T1-weighted
    /// images the last of its modes.
    /// </summary>
    /// <exception cref="NormalizationException">No such mode, or nothing varies there.</exception>
    public static Volume WhiteStripe(Volume image, RegionMask foreground)
    {
        double[] sorted = Values(image, foreground);
        Array.Sort(sorted);
        double mode = LastMode(sorted);
        double at = Rank(sorted, mode);
        double low = Quantile(sorted, Math.Max(at - StripeWidth, 0)), high = Quantile(sorted, Math.Min(at + StripeWidth, 1));
        (double mean, double deviation) = Moments([.. sorted.Where(v => v >= low && v <= high)]);
        return Linear(image, mean, deviation, "the white stripe");
    }

    /// <summary>Quantile of sorted values, linear between order statistics (R's type 7).</summary>
    internal static double Quantile(double[] sorted, double p)
    {
        double position = p * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }

    /// <summary>Values of the foreground, at least two that differ.</summary>
    internal static double[] Values(Volume image, RegionMask foreground)
    {
        if (!foreground.Geometry.Matches(image.Geometry)) throw new NormalizationException("the foreground lies on another grid than the image: bring it onto the image's grid first");
        var values = new List<double>();
        for (int i = 0; i < image.Values.Length; i++)
            if (foreground.Inside[i]) values.Add(image.Values[i]);
        if (values.Count < 2) throw new NormalizationException($"the foreground holds {values.Count} voxels: draw one, or choose another image");
        _ = Range([.. values.Select(v => (float)v)]);
        return [.. values];
    }

    private const double StripeWidth = 0.05;
    private const double LeastModeHeight = 0.05; // of the highest: lower bumps are noise of the smoothing
    private const int Points = 512;

    /// <summary>The highest intensity at which a Gaussian kernel estimate of the density (bandwidth by Silverman's rule) has a mode.</summary>
    private static double LastMode(double[] sorted)
    {
        // Vessels and fat lie beyond the brain's own modes and are few: the last percent is not looked at.
        double low = sorted[0], high = Quantile(sorted, 0.99);
        (_, double deviation) = Moments(sorted);
        double bandwidth = 0.9 * Math.Min(deviation, (Quantile(sorted, 0.75) - Quantile(sorted, 0.25)) / 1.34) * Math.Pow(sorted.Length, -0.2);
        double step = (high - low) / (Points - 1);
        if (!(step > 0)) throw new NormalizationException("the foreground hardly varies, so it has no mode of white matter: choose another image");
        bandwidth = Math.Max(bandwidth, 2 * step);
        double[] counts = new double[Points], density = new double[Points];
        foreach (double value in sorted)
        {
            double place = (value - low) / step;
            int bin = (int)place;
            if (bin >= Points - 1) continue;
            counts[bin] += 1 - (place - bin);
            counts[bin + 1] += place - bin;
        }

        int reach = (int)Math.Ceiling(4 * bandwidth / step);
        for (int i = 0; i < Points; i++)
            for (int k = Math.Max(0, i - reach); k <= Math.Min(Points - 1, i + reach); k++) density[i] += counts[k] * Math.Exp(-0.5 * Math.Pow((i - k) * step / bandwidth, 2));
        double highest = density.Max();
        for (int i = Points - 2; i > 0; i--)
            if (density[i] >= density[i - 1] && density[i] > density[i + 1] && density[i] >= LeastModeHeight * highest) return low + (i * step);
        throw new NormalizationException("the foreground's histogram has no mode inside its range: this is no head on which white matter can be found");
    }

    private static double Rank(double[] sorted, double value)
    {
        int at = Array.BinarySearch(sorted, value);
        return (at < 0 ? ~at : at) / (double)sorted.Length;
    }

    private static (double Mean, double Deviation) Moments(double[] values)
    {
        double mean = 0, squares = 0;
        foreach (double value in values) mean += value / values.Length;
        foreach (double value in values) squares += (value - mean) * (value - mean);
        return (mean, Math.Sqrt(squares / values.Length));
    }

    private static Volume Linear(Volume image, double mean, double deviation, string of) => deviation > 0
        ? new Volume(image.Geometry, Array.ConvertAll(image.Values, v => (float)((v - mean) / deviation)))
        : throw new NormalizationException($"all of {of} has one value, so there is nothing to scale by: choose another image or foreground");

    private static (float Low, float High) Range(float[] values)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in values)
        {
            if (!float.IsFinite(value)) throw new NormalizationException("the image holds a value that is no number: repair it at its source");
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        return high > low ? (low, high) : throw new NormalizationException("the image has the same value everywhere: choose another image");
    }
}
