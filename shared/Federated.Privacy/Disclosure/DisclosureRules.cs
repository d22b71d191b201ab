using System.Collections.Immutable;

namespace Federated.Privacy.Disclosure;

/// <summary>The rules, as they stand in a site's ledger. Numbers are stable.</summary>
public enum DisclosureRule
{
    /// <summary>Rows per scanner batch.</summary>
    ScannerBatch = 1,

    /// <summary>Rows per level of a categorical covariate.</summary>
    CovariateLevel = 2,

    /// <summary>Parameters of a model against its rows.</summary>
    ParametersPerRow = 3,

    /// <summary>Distance of a quantile from either end, in rows.</summary>
    OrderStatistic = 4,

    /// <summary>Count of a histogram's bin.</summary>
    HistogramBin = 5,

    /// <summary>Patients behind a model update.</summary>
    UpdatePatients = 6,

    /// <summary>Patients in one batch of training.</summary>
    TrainingBatch = 7,

    /// <summary>Records by which two released cohorts differ.</summary>
    Differencing = 8,
}

/// <summary>One check as it is recorded, whether it allowed or refused.</summary>
/// <param name="Rule">Which rule.</param>
/// <param name="Where">What it speaks of, by index in the plan: scanner, level, bin; 0 where there is only one.</param>
/// <param name="Measured">What was found. It stays at the site.</param>
/// <param name="Limit">What the policy asks.</param>
/// <param name="Allowed">The outcome.</param>
public sealed record DisclosureCheck(DisclosureRule Rule, int Where, double Measured, double Limit, bool Allowed);

/// <summary>The rules themselves: each gives its checks, one per thing it speaks of.</summary>
public static class DisclosureRules
{
    /// <summary>Every scanner batch that is used has enough rows; one without any is not part of the release.</summary>
    public static ImmutableArray<DisclosureCheck> ScannerBatches(DisclosurePolicy policy, ReadOnlySpan<long> rows) => Groups(DisclosureRule.ScannerBatch, policy.LeastGroup, rows);

    /// <summary>Every level of a categorical covariate that occurs has enough rows.</summary>
    public static ImmutableArray<DisclosureCheck> CovariateLevels(DisclosurePolicy policy, ReadOnlySpan<long> rows) => Groups(DisclosureRule.CovariateLevel, policy.LeastGroup, rows);

    /// <summary>A model has at most a third as many parameters as rows: near saturation its fit gives back the rows.</summary>
    public static DisclosureCheck Parameters(DisclosurePolicy policy, long parameters, long rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(parameters);
        double limit = policy.ParametersPerRow * rows;
        return new DisclosureCheck(DisclosureRule.ParametersPerRow, 0, parameters, limit, rows > 0 && parameters <= limit);
    }

    /// <summary>An order statistic has enough rows on either side of it: a minimum, a maximum or an extreme quantile is one patient's value.</summary>
    /// <param name="policy">The limits.</param>
    /// <param name="quantile">0 (minimum) to 1 (maximum).</param>
    /// <param name="rows">Rows it is taken over.</param>
    public static DisclosureCheck OrderStatistic(DisclosurePolicy policy, double quantile, long rows)
    {
        if (quantile is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "A quantile lies between 0 and 1.");
        double fromEnd = Math.Floor(Math.Min(quantile, 1 - quantile) * Math.Max(rows - 1, 0) * (1 + 1e-12));
        return new DisclosureCheck(DisclosureRule.OrderStatistic, 0, fromEnd, policy.LeastFromEnd, fromEnd >= policy.LeastFromEnd);
    }

    /// <summary>Bins are empty or hold enough rows.</summary>
    public static ImmutableArray<DisclosureCheck> HistogramBins(DisclosurePolicy policy, ReadOnlySpan<long> counts) => Groups(DisclosureRule.HistogramBin, policy.LeastBin, counts);

    /// <summary>A model update stands for enough patients, and no training batch is a single one: its gradient gives the patient back.</summary>
    public static ImmutableArray<DisclosureCheck> Update(DisclosurePolicy policy, long patients, long smallestBatch) =>
    [
        new(DisclosureRule.UpdatePatients, 0, patients, policy.LeastPatientsPerUpdate, patients >= policy.LeastPatientsPerUpdate),
        new(DisclosureRule.TrainingBatch, 0, smallestBatch, 2, smallestBatch >= 2),
    ];

    private static ImmutableArray<DisclosureCheck> Groups(DisclosureRule rule, int least, ReadOnlySpan<long> rows)
    {
        var checks = ImmutableArray.CreateBuilder<DisclosureCheck>(rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(rows[i], nameof(rows));
            checks.Add(new DisclosureCheck(rule, i, rows[i], least, rows[i] == 0 || rows[i] >= least));
        }

        return checks.MoveToImmutable();
    }
}
