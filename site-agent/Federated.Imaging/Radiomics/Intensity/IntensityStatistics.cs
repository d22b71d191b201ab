namespace Federated.Imaging.Radiomics;

/// <summary>Intensity-based statistical features (IBSI reference manual, section 3.3).</summary>
internal static class IntensityStatistics
{
    /// <summary>Adds the 18 features.</summary>
    /// <param name="sorted">Intensities of the re-segmented region, ascending.</param>
    /// <param name="features">Where values go.</param>
    public static void Measure(ReadOnlySpan<double> sorted, FeatureWriter features)
    {
        IntensitySummary s = new(sorted);
        features.Add("stat_mean", s.Mean);
        features.Add("stat_var", s.Variance);
        features.Add("stat_skew", s.Skewness);
        features.Add("stat_kurt", s.Kurtosis);
        features.Add("stat_median", s.Median);
        features.Add("stat_min", s.Minimum);
        features.Add("stat_p10", s.Percentile10);
        features.Add("stat_p90", s.Percentile90);
        features.Add("stat_max", s.Maximum);
        features.Add("stat_iqr", s.InterquartileRange);
        features.Add("stat_range", s.Range);
        features.Add("stat_mad", s.MeanAbsoluteDeviation);
        features.Add("stat_rmad", s.RobustMeanAbsoluteDeviation);
        features.Add("stat_medad", s.MedianAbsoluteDeviation);
        features.Add("stat_cov", s.CoefficientOfVariation);
        features.Add("stat_qcod", s.QuartileDispersion);
        features.Add("stat_energy", s.Energy);
        features.Add("stat_rms", s.RootMeanSquare);
    }
}
