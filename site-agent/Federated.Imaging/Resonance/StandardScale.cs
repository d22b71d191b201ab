using System.Collections.Immutable;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Resonance;

/// <summary>
/// A standard scale of intensities after Nyul, Udupa and Zhang (2000): what the 1st, 10th, 20th, .. 90th and 99th percentile of a foreground become. Between them intensities move linearly,
/// beyond them along the outer segments.
/// </summary>
public sealed record StandardScale
{
    /// <summary>The percentiles, as fractions.</summary>
    public static ImmutableArray<double> Percentiles { get; } = [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];

    /// <summary>A scale.</summary>
    /// <param name="landmarks">What each percentile becomes, rising.</param>
    /// <exception cref="NormalizationException">Not eleven numbers, or they do not rise.</exception>
    public StandardScale(ImmutableArray<double> landmarks)
    {
        if (landmarks.Length != Percentiles.Length) throw new NormalizationException($"a standard scale has {Percentiles.Length} landmarks, for the percentiles 1, 10, 20, .. 90, 99; {landmarks.Length} are given");
        for (int i = 0; i < landmarks.Length; i++)
            if (!double.IsFinite(landmarks[i]) || (i > 0 && landmarks[i] <= landmarks[i - 1])) throw new NormalizationException($"landmark {i + 1} of the standard scale does not lie above the one before: landmarks rise");
        Landmarks = landmarks;
    }

    /// <summary>What each percentile becomes.</summary>
    public ImmutableArray<double> Landmarks { get; }

    /// <summary>Learns a scale: each image's percentiles 1 and 99 become 0 and 100, and the others the mean of where they fall.</summary>
    /// <param name="images">Each with its foreground.</param>
    /// <exception cref="NormalizationException">No image, or one without spread.</exception>
    public static StandardScale Learn(IEnumerable<(Volume Image, RegionMask Foreground)> images)
    {
        double[] sums = new double[Percentiles.Length];
        int count = 0;
        foreach ((Volume image, RegionMask foreground) in images)
        {
            double[] own = Of(image, foreground);
            for (int i = 0; i < sums.Length; i++) sums[i] += 100 * (own[i] - own[0]) / (own[^1] - own[0]);
            count++;
        }

        if (count == 0) throw new NormalizationException("a standard scale needs at least one image to learn from");
        double[] landmarks = [.. sums.Select(s => s / count)];
        for (int i = 1; i < landmarks.Length; i++) landmarks[i] = Math.Max(landmarks[i], landmarks[i - 1] + 1e-6);
        return new StandardScale([.. landmarks]);
    }

    /// <summary>The image on this scale.</summary>
    /// <exception cref="NormalizationException">Its foreground has no spread.</exception>
    public Volume Apply(Volume image, RegionMask foreground)
    {
        double[] own = Of(image, foreground);
        return new Volume(image.Geometry, Array.ConvertAll(image.Values, value => (float)Moved(value, own)));
    }

    /// <summary>Percentiles of an image's foreground.</summary>
    private static double[] Of(Volume image, RegionMask foreground)
    {
        double[] sorted = IntensityNormalization.Values(image, foreground);
        Array.Sort(sorted);
        double[] own = [.. Percentiles.Select(p => IntensityNormalization.Quantile(sorted, p))];
        return own[^1] > own[0] ? own : throw new NormalizationException("the foreground's percentiles 1 and 99 are the same: choose another image or foreground");
    }

    // Segments of the image's own percentiles that have no length are passed over: they hold no intensity to move.
    private double Moved(double value, double[] own)
    {
        int low = 0, high = own.Length - 1;
        for (int i = 1; i < own.Length && own[i] <= value; i++) low = i;
        for (int i = own.Length - 2; i >= 0 && own[i] > value; i--) high = i;
        if (low == own.Length - 1) (low, high) = (Before(own, own.Length - 1), own.Length - 1);
        else if (value < own[0]) (low, high) = (0, After(own, 0));
        return Landmarks[low] + ((value - own[low]) * (Landmarks[high] - Landmarks[low]) / (own[high] - own[low]));
    }

    private static int Before(double[] own, int at)
    {
        int i = at - 1;
        while (own[i] == own[at]) i--;
        return i;
    }

    private static int After(double[] own, int at)
    {
        int i = at + 1;
        while (own[i] == own[at]) i++;
        return i;
    }
}
