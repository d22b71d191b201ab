using Federated.Statistics.Kernels;
using Federated.Statistics.OneWay;
using Federated.Statistics.Regression;

namespace Federated.Statistics.Survival;

/// <summary>
/// The family of Harrington and Fleming (1982) of tests that groups have one hazard: each time counts with S(t-)^rho, the pooled survival of its stratum just before.
/// rho 0 is the log-rank test (Mantel-Haenszel), rho 1 Peto and Peto's modification of the Wilcoxon test.
/// </summary>
/// <param name="Rows">Rows per group.</param>
/// <param name="Observed">Weighted events per group.</param>
/// <param name="Expected">What they would be with one hazard.</param>
/// <param name="Variance">Covariance matrix of the difference, row-major.</param>
/// <param name="ChiSquared">The statistic.</param>
/// <param name="DegreesOfFreedom">Groups that could have had an event, less one.</param>
/// <param name="P">P(chi squared beyond the statistic).</param>
public sealed record LogRankTest(
    long[] Rows, double[] Observed, double[] Expected, double[] Variance, double ChiSquared, int DegreesOfFreedom, double P)
{
    /// <summary>The test.</summary>
    /// <param name="strata">Per stratum, a table per group over the same times.</param>
    /// <param name="rho">Power of the weights.</param>
    public static LogRankTest Of(IReadOnlyList<LifeTable[]> strata, double rho)
    {
        int groups = strata[0].Length;
        long[] rows = new long[groups];
        double[] observed = new double[groups], expected = new double[groups], variance = new double[groups * groups];
        foreach (LifeTable[] stratum in strata)
        {
            for (int g = 0; g < groups; g++) rows[g] += stratum[g].Rows;
            Add(stratum, rho, observed, expected, variance);
        }

        (double statistic, int degrees) = Statistic(observed, expected, variance);
        return new LogRankTest(rows, observed, expected, variance, statistic, degrees, UpperTail.ChiSquared(statistic, degrees));
    }

    private static void Add(LifeTable[] stratum, double rho, double[] observed, double[] expected, double[] variance)
    {
        int groups = stratum.Length;
        double survival = 1;
        for (int t = 0; t < stratum[0].Time.Length; t++)
        {
            double events = 0, risk = 0;
            foreach (LifeTable group in stratum)
            {
                events += group.Events[t];
                risk += group.AtRisk[t];
            }

            if (events == 0) continue;
            double weight = rho == 0 ? 1 : Math.Pow(survival, rho);
            double spread = risk > 1 ? weight * weight * events * (risk - events) / (risk * (risk - 1)) : 0;
            for (int g = 0; g < groups; g++)
            {
                double share = stratum[g].AtRisk[t] / risk;
                observed[g] += weight * stratum[g].Events[t];
                expected[g] += weight * events * share;
                variance[(g * groups) + g] += spread * stratum[g].AtRisk[t];
                for (int h = 0; h < groups; h++) variance[(g * groups) + h] -= spread * stratum[g].AtRisk[t] * (stratum[h].AtRisk[t] / risk);
            }

            survival *= (risk - events) / risk;
        }
    }

    // (O - E)' V^- (O - E) over the groups that were ever at risk of an event, one of which follows from the others.
    private static (double Statistic, int Degrees) Statistic(double[] observed, double[] expected, double[] variance)
    {
        int groups = observed.Length;
        int[] used = [.. Enumerable.Range(0, groups).Where(g => expected[g] > 0)];
        if (used.Length < 2) return (double.NaN, 0);
        int[] kept = used[1..];
        var matrix = new DoubleDouble[kept.Length * kept.Length];
        var difference = new DoubleDouble[kept.Length];
        double[] smallest = new double[kept.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            difference[i] = observed[kept[i]] - expected[kept[i]];
            for (int j = 0; j < kept.Length; j++) matrix[(i * kept.Length) + j] = variance[(kept[i] * groups) + kept[j]];
            smallest[i] = 1e-12 * matrix[(i * kept.Length) + i].High;
        }

        DoubleDouble[] solved = SymmetricFactor.Of(matrix, smallest).Solve(difference);
        DoubleDouble statistic = DoubleDouble.Zero;
        for (int i = 0; i < kept.Length; i++) statistic += difference[i] * solved[i];
        return (statistic.High, kept.Length);
    }
}
