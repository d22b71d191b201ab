namespace Federated.Statistics.Kernels;

/// <summary>Sums of doubles with a stated order and a stated error.</summary>
public static class Summation
{
    /// <summary>
    /// The sum in the given order, compensated (Neumaier 1974): as if computed with twice the digits and rounded once. NaN and infinities propagate.
    /// </summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        double compensation = 0;
        foreach (double value in values)
        {
            DoubleDouble next = DoubleDouble.Sum(sum, value);
            sum = next.High;
            compensation += next.Low;
        }

        return double.IsFinite(sum) ? sum + compensation : sum;
    }

    /// <summary>The mean, NaN of nothing.</summary>
    public static double Mean(ReadOnlySpan<double> values) => Sum(values) / values.Length;

    /// <summary>The variance about the mean with divisor n - 1, by two passes; NaN of fewer than two values.</summary>
    public static double Variance(ReadOnlySpan<double> values)
    {
        if (values.Length < 2) return double.NaN;
        double mean = Mean(values);
        double squares = 0;
        double compensation = 0;
        foreach (double value in values)
        {
            double deviation = value - mean;
            DoubleDouble next = DoubleDouble.Sum(squares, deviation * deviation);
            squares = next.High;
            compensation += next.Low;
        }

        return (squares + compensation) / (values.Length - 1);
    }
}
