using Federated.Statistics.Description;
using Federated.Statistics.OneWay;

namespace Federated.Statistics.Tests.OneWay;

/// <summary>Published one-way layouts.</summary>
internal static class Layouts
{
    /// <summary>R's sleep: extra hours under two drugs (Student 1908).</summary>
    public static readonly double[][] Sleep = [[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]];

    /// <summary>R's InsectSprays: counts under six sprays (Beall 1942).</summary>
    public static readonly double[][] InsectSprays =
    [
        [10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13], [11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13], [0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4],
        [3, 5, 12, 6, 4, 3, 5, 5, 5, 5, 2, 4], [3, 5, 3, 5, 3, 6, 1, 1, 3, 2, 6, 4], [11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13],
    ];

    /// <summary>Groups of 5, 3, 7 and 4 values with very unlike variances.</summary>
    public static readonly double[][] Unlike = [[1.5, 2.5, 9, 4, 4.5], [10.25, 11, 12.5], [3, 4, 5, 6, 7, 8, 9], [100.5, 90, 70, 120]];

    /// <summary>lme4's Dyestuff: yield of six batches (Davies and Goldsmith 1972).</summary>
    public static readonly double[][] Dyestuff =
    [
        [1545, 1440, 1440, 1520, 1580], [1540, 1555, 1490, 1560, 1495], [1595, 1550, 1605, 1510, 1560], [1445, 1440, 1595, 1465, 1545],
        [1595, 1630, 1515, 1635, 1625], [1520, 1455, 1450, 1480, 1445],
    ];

    public static GroupMoments Moments(double[] group, double centre) => ColumnMoments.Of(group, [centre])[0];

    public static AnalysisOfVariance Anova(double[][] groups, double centre)
    {
        OneWaySums sums = default;
        foreach (double[] group in groups) sums += OneWaySums.Of(Moments(group, centre));
        return AnalysisOfVariance.Of(sums, centre);
    }

    public static UnequalVarianceSums Unequal(double[][] groups, double centre)
    {
        double pooled = Anova(groups, centre).MeanSquareWithin;
        UnequalVarianceSums sums = default;
        foreach (double[] group in groups) sums += UnequalVarianceSums.Of(Moments(group, centre), pooled);
        return sums;
    }

    public static double[][] Shifted(double[][] groups, double offset) => [.. groups.Select(g => g.Select(y => y + offset).ToArray())];

    public static void Near(double expected, double actual, double relative) =>
        Assert.True(Math.Abs(actual - expected) <= relative * Math.Abs(expected), $"{actual:R} is not {expected:R} to {relative:R}");
}
