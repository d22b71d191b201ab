namespace Federated.Imaging.Radiomics;

/// <summary>Moments, percentiles and deviations of a sample: what the statistical features and the histogram features have in common (IBSI reference manual, sections 3.3 and 3.4).</summary>
internal sealed class IntensitySummary
{
    /// <summary>Summarises a sample.</summary>
    /// <param name="sorted">Values in ascending order; at least one.</param>
    public IntensitySummary(ReadOnlySpan<double> sorted)
    {
        int n = sorted.Length;
        double sum = 0;
        foreach (double v in sorted) sum += v;
        Mean = sum / n;
        double second = 0, third = 0, fourth = 0, absolute = 0, squares = 0;
        foreach (double v in sorted)
        {
            double d = v - Mean, d2 = d * d;
            second += d2;
            third += d2 * d;
            fourth += d2 * d2;
            absolute += Math.Abs(d);
            squares += v * v;
        }

        Variance = second / n;
        Skewness = third / n / Math.Pow(Variance, 1.5);
        Kurtosis = fourth / n / (Variance * Variance) - 3;
        Energy = squares;
        RootMeanSquare = Math.Sqrt(squares / n);
        MeanAbsoluteDeviation = absolute / n;
        Minimum = sorted[0];
        Maximum = sorted[^1];
        Median = Percentile(sorted, 0.5);
        Percentile10 = Percentile(sorted, 0.1);
        Percentile25 = Percentile(sorted, 0.25);
        Percentile75 = Percentile(sorted, 0.75);
        Percentile90 = Percentile(sorted, 0.9);

        double robustSum = 0, medianDeviation = 0;
        int robustCount = 0;
        foreach (double v in sorted)
        {
            medianDeviation += Math.Abs(v - Median);
            if (v < Percentile10 || v > Percentile90) continue;
            robustSum += v;
            robustCount++;
        }

        double robustMean = robustSum / robustCount, robust = 0;
        foreach (double v in sorted)
        {
            if (v >= Percentile10 && v <= Percentile90) robust += Math.Abs(v - robustMean);
        }

        RobustMeanAbsoluteDeviation = robust / robustCount;
        MedianAbsoluteDeviation = medianDeviation / n;
    }

    public double Mean { get; }

    /// <summary>Sum of squared deviations over n.</summary>
    public double Variance { get; }

    public double Skewness { get; }

    /// <summary>Excess kurtosis.</summary>
    public double Kurtosis { get; }

    public double Median { get; }

    public double Minimum { get; }

    public double Maximum { get; }

    public double Percentile10 { get; }

    public double Percentile25 { get; }

    public double Percentile75 { get; }

    public double Percentile90 { get; }

    public double InterquartileRange => Percentile75 - Percentile25;

    public double Range => Maximum - Minimum;

    public double MeanAbsoluteDeviation { get; }

    /// <summary>Mean absolute deviation of the values between the 10th and the 90th percentile.</summary>
    public double RobustMeanAbsoluteDeviation { get; }

    /// <summary>Mean absolute deviation from the median.</summary>
    public double MedianAbsoluteDeviation { get; }

    public double CoefficientOfVariation => Math.Sqrt(Variance) / Mean;

    public double QuartileDispersion => (Percentile75 - Percentile25) / (Percentile75 + Percentile25);

    public double Energy { get; }

    public double RootMeanSquare { get; }

    /// <summary>Percentile by linear interpolation between order statistics (definition 7 of Hyndman and Fan 1996); the reference manual leaves the choice open.</summary>
    private static double Percentile(ReadOnlySpan<double> sorted, double fraction)
    {
        double position = fraction * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
