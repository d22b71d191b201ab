namespace Federated.Imaging.Radiomics;

/// <summary>Intensity histogram features (IBSI reference manual, section 3.4).</summary>
internal static class IntensityHistogram
{
    /// <summary>Adds the 23 features.</summary>
    /// <param name="counts">Voxels per grey level; entry i is level i + 1. At least one voxel.</param>
    /// <param name="features">Where values go.</param>
    public static void Measure(ReadOnlySpan<int> counts, FeatureWriter features)
    {
        int n = 0;
        foreach (int count in counts) n += count;
        double[] sorted = new double[n];
        int at = 0;
        double entropy = 0, uniformity = 0;
        int most = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            sorted.AsSpan(at, counts[i]).Fill(i + 1);
            at += counts[i];
            most = Math.Max(most, counts[i]);
            if (counts[i] == 0) continue;
            double p = counts[i] / (double)n;
            entropy -= p * Math.Log2(p);
            uniformity += p * p;
        }

        IntensitySummary s = new(sorted);
        (double maximum, int maximumAt, double minimum, int minimumAt) = Gradient(counts);
        features.Add("ih_mean", s.Mean);
        features.Add("ih_var", s.Variance);
        features.Add("ih_skew", s.Skewness);
        features.Add("ih_kurt", s.Kurtosis);
        features.Add("ih_median", s.Median);
        features.Add("ih_min", s.Minimum);
        features.Add("ih_p10", s.Percentile10);
        features.Add("ih_p90", s.Percentile90);
        features.Add("ih_max", s.Maximum);
        features.Add("ih_mode", Mode(counts, most, s.Mean));
        features.Add("ih_iqr", s.InterquartileRange);
        features.Add("ih_range", s.Range);
        features.Add("ih_mad", s.MeanAbsoluteDeviation);
        features.Add("ih_rmad", s.RobustMeanAbsoluteDeviation);
        features.Add("ih_medad", s.MedianAbsoluteDeviation);
        features.Add("ih_cov", s.CoefficientOfVariation);
        features.Add("ih_qcod", s.QuartileDispersion);
        features.Add("ih_entropy", entropy);
        features.Add("ih_uniformity", uniformity);
        features.Add("ih_max_grad", maximum);
        features.Add("ih_max_grad_g", maximumAt);
        features.Add("ih_min_grad", minimum);
        features.Add("ih_min_grad_g", minimumAt);
    }

    // Of several fullest levels the one closest to the mean, of two equally close the lower.
    private static int Mode(ReadOnlySpan<int> counts, int most, double mean)
    {
        int mode = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] == most && (mode == 0 || Math.Abs(i + 1 - mean) < Math.Abs(mode - mean))) mode = i + 1;
        }

        return mode;
    }

    // Central differences inside, one-sided ones at the ends; of equal gradients the lowest level counts. One level has no gradient.
    private static (double Maximum, int MaximumAt, double Minimum, int MinimumAt) Gradient(ReadOnlySpan<int> counts)
    {
        double maximum = double.NegativeInfinity, minimum = double.PositiveInfinity;
        int maximumAt = 1, minimumAt = 1;
        if (counts.Length == 1) return (0, 1, 0, 1);
        for (int i = 0; i < counts.Length; i++)
        {
            int before = Math.Max(0, i - 1), after = Math.Min(counts.Length - 1, i + 1);
            double gradient = (counts[after] - counts[before]) / (double)(after - before);
            if (gradient > maximum) (maximum, maximumAt) = (gradient, i + 1);
            if (gradient < minimum) (minimum, minimumAt) = (gradient, i + 1);
        }

        return (maximum, maximumAt, minimum, minimumAt);
    }
}
