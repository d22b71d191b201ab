using MathNet.Numerics;

namespace Federated.Statistics.Ranks;

/// <summary>p-values of one statistic for three alternatives: the first group (or the difference) lies elsewhere, lower, or higher.</summary>
/// <param name="TwoSided">Elsewhere.</param>
/// <param name="Less">Lower.</param>
/// <param name="Greater">Higher.</param>
public sealed record RankProbabilities(double TwoSided, double Less, double Greater);

/// <summary>A rank test of Wilcoxon (1945): the statistic, its p-values by the normal approximation with and without the correction for continuity, and exactly where there are no ties.</summary>
/// <param name="Statistic">W of the first group less its smallest possible value (Mann and Whitney's U), or V, the sum of the ranks of the positive differences.</param>
/// <param name="Corrected">Normal approximation, moved by one half towards the mean.</param>
/// <param name="Uncorrected">Normal approximation.</param>
/// <param name="Exact">From the distribution of the statistic itself; null with ties, or from 100 rows on, where the approximation leaves nothing to gain (wilcox.test goes by it from 50 rows on unless asked otherwise).</param>
public sealed record RankTest(double Statistic, RankProbabilities Corrected, RankProbabilities Uncorrected, RankProbabilities? Exact)
{
    private const int MostExact = 100;

    /// <summary>The rank-sum test (Mann and Whitney 1947) of two groups with at least a row each.</summary>
    public static RankTest RankSum(ValueCounts values)
    {
        double n = values.FirstRows, m = values.SecondRows, all = n + m, w = values.Wins;
        double sigma = Math.Sqrt(n * m / 12 * (all + 1 - (values.TieTerm / (all * (all - 1)))));
        bool exact = values.FirstRows < MostExact && values.SecondRows < MostExact && !values.HasTies;
        return new RankTest(w, Approximate(w - (n * m / 2), sigma, 0.5), Approximate(w - (n * m / 2), sigma, 0), exact ? Exactly(RankSumCounts((int)n, (int)m), w) : null);
    }

    /// <summary>The signed-rank test of differences; those of zero are left out.</summary>
    /// <param name="absolute">Absolute differences other than zero: positive ones are the first group, negative ones the second.</param>
    /// <param name="zeros">Differences of zero that were left out.</param>
    public static RankTest SignedRank(ValueCounts absolute, long zeros)
    {
        double n = absolute.FirstRows + absolute.SecondRows, below = 0, v = 0;
        for (int i = 0; i < absolute.Values.Length; i++)
        {
            long here = absolute.First[i] + absolute.Second[i];
            v += absolute.First[i] * (below + ((here + 1) / 2.0)); // the mean rank of those that share it
            below += here;
        }

        double centred = v - (n * (n + 1) / 4), sigma = Math.Sqrt((n * (n + 1) * ((2 * n) + 1) / 24) - (absolute.TieTerm / 48));
        bool exact = n < MostExact && zeros == 0 && !absolute.HasTies;
        return new RankTest(v, Approximate(centred, sigma, 0.5), Approximate(centred, sigma, 0), exact ? Exactly(SignedRankCounts((int)n), v) : null);
    }

    private static RankProbabilities Approximate(double centred, double sigma, double correction)
    {
        double both = (centred - (Math.Sign(centred) * correction)) / sigma;
        return new RankProbabilities(
            2 * Math.Min(Lower(both), Lower(-both)), Lower((centred + correction) / sigma), Lower(-(centred - correction) / sigma));
    }

    // P(Z <= z), with all digits in the tail.
    private static double Lower(double z) => 0.5 * SpecialFunctions.Erfc(-z / Math.Sqrt(2));

    private static RankProbabilities Exactly(double[] counts, double statistic)
    {
        int at = (int)Math.Round(statistic);
        double total = 0, lower = 0, upper = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            total += counts[i];
            if (i <= at) lower += counts[i];
            if (i >= at) upper += counts[i];
        }

        return new RankProbabilities(Math.Min(1, 2 * Math.Min(lower, upper) / total), lower / total, upper / total);
    }

    // How many ways there are to each U: coefficients of the Gaussian binomial, by the recursion of Mann and Whitney (1947, eq. 1).
    private static double[] RankSumCounts(int n, int m)
    {
        double[][] row = [.. Enumerable.Range(0, m + 1).Select(_ => new double[(n * m) + 1])];
        for (int j = 0; j <= m; j++) row[j][0] = 1;
        for (int i = 1; i <= n; i++)
        {
            double[][] next = [.. Enumerable.Range(0, m + 1).Select(_ => new double[(n * m) + 1])];
            next[0][0] = 1;
            for (int j = 1; j <= m; j++)
            {
                // The largest of all belongs to the first group and beats all j of the second, or to the second.
                for (int u = 0; u <= i * j; u++) next[j][u] = (u >= j ? row[j][u - j] : 0) + next[j - 1][u];
            }

            row = next;
        }

        return row[m];
    }

    private static double[] SignedRankCounts(int n)
    {
        double[] counts = new double[(n * (n + 1) / 2) + 1];
        counts[0] = 1;
        for (int rank = 1; rank <= n; rank++)
            for (int v = counts.Length - 1; v >= rank; v--) counts[v] += counts[v - rank];
        return counts;
    }
}
