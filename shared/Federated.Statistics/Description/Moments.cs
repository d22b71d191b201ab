namespace Federated.Statistics.Description;

/// <summary>Mean, standard deviation, skewness and kurtosis from sums. A quantity that the values do not define is NaN.</summary>
/// <param name="Count">Values.</param>
/// <param name="Mean">Mean.</param>
/// <param name="StandardDeviation">With n - 1; exactly 0 where all values are the same.</param>
/// <param name="Skewness">m3 / m2^1.5 with central moments over n.</param>
/// <param name="ExcessKurtosis">m4 / m2^2 - 3 with central moments over n: 0 for a normal distribution.</param>
public sealed record Moments(long Count, double Mean, double StandardDeviation, double Skewness, double ExcessKurtosis)
{
    /// <summary>Location and spread.</summary>
    /// <param name="count">n.</param>
    /// <param name="centre">The public centre.</param>
    /// <param name="deviations">sum (y - centre).</param>
    /// <param name="squares">sum (y - centre)^2.</param>
    public static Moments Of(long count, double centre, double deviations, double squares)
    {
        if (count == 0) return new Moments(0, double.NaN, double.NaN, double.NaN, double.NaN);
        double mean = centre + (deviations / count);
        double variance = count > 1 ? Math.Max(0, squares - (deviations * deviations / count)) / (count - 1) : double.NaN;
        double rounding = ColumnMoments.RelativeRounding * Math.Abs(mean);
        double deviation = variance <= rounding * rounding ? 0 : Math.Sqrt(variance);
        return new Moments(count, mean, deviation, double.NaN, double.NaN);
    }

    /// <summary>The same with the shape of the distribution.</summary>
    /// <param name="cubes">sum z^3, where z = (y - mean) / sd.</param>
    /// <param name="fourths">sum z^4.</param>
    public Moments WithShape(double cubes, double fourths)
    {
        if (Count < 2 || !(StandardDeviation > 0)) return this;
        double second = (Count - 1.0) / Count; // of z, whose sd was taken with n - 1
        return this with { Skewness = cubes / Count / Math.Pow(second, 1.5), ExcessKurtosis = (fourths / Count / (second * second)) - 3 };
    }
}
