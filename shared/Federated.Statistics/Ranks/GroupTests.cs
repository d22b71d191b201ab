using Federated.Statistics.OneWay;
using Federated.Statistics.Regression;

namespace Federated.Statistics.Ranks;

/// <summary>Welch's test that two groups have one mean (Biometrika 34:28, 1947).</summary>
/// <param name="T">Difference of the means, first less second, in its standard errors.</param>
/// <param name="DegreesOfFreedom">By Satterthwaite.</param>
/// <param name="P">Two-sided.</param>
public sealed record WelchTest(double T, double DegreesOfFreedom, double P)
{
    /// <summary>The test; NaN with fewer than two rows in a group.</summary>
    public static WelchTest Of(ValueCounts values)
    {
        (double mean, double error) first = Moments(values.Values, values.First, values.FirstRows), second = Moments(values.Values, values.Second, values.SecondRows);
        double both = first.error + second.error, t = (first.mean - second.mean) / Math.Sqrt(both);
        double degrees = both * both / ((first.error * first.error / (values.FirstRows - 1)) + (second.error * second.error / (values.SecondRows - 1)));
        return new WelchTest(t, degrees, Tails.Student(t, degrees));
    }

    // Mean and its squared standard error.
    private static (double Mean, double Error) Moments(double[] values, long[] counts, long rows)
    {
        double sum = 0, squares = 0;
        for (int i = 0; i < values.Length; i++) sum += values[i] * counts[i];
        double mean = sum / rows;
        for (int i = 0; i < values.Length; i++) squares += counts[i] * (values[i] - mean) * (values[i] - mean);
        return (mean, rows > 1 ? squares / (rows - 1) / rows : double.NaN);
    }
}

/// <summary>Kruskal and Wallis' test (J Am Stat Assoc 47:583, 1952) of two groups, corrected for ties.</summary>
/// <param name="ChiSquared">The statistic, with one degree of freedom.</param>
/// <param name="P">P(chi squared beyond it).</param>
public sealed record KruskalWallisTest(double ChiSquared, double P)
{
    /// <summary>The test; NaN when all values are one.</summary>
    public static KruskalWallisTest Of(ValueCounts values)
    {
        double n = values.FirstRows, m = values.SecondRows, all = n + m;
        double first = values.Wins + (n * (n + 1) / 2), second = (all * (all + 1) / 2) - first; // sums of ranks
        double h = (12 / (all * (all + 1)) * ((first * first / n) + (second * second / m))) - (3 * (all + 1));
        double chiSquared = h / (1 - (values.TieTerm / ((all * all * all) - all)));
        return new KruskalWallisTest(chiSquared, UpperTail.ChiSquared(chiSquared, 1));
    }
}
