using System.Collections.Immutable;

namespace Federated.Analyses.Survey;

/// <summary>What the opening sum says of the whole consortium: sizes and scales, per scanner, level, covariate and feature.</summary>
public sealed record SurveyResult
{
    /// <summary>Fit rows per scanner of the plan.</summary>
    public required ImmutableArray<long> RowsPerScanner { get; init; }

    /// <summary>All rows (fit or not) per scanner.</summary>
    public required ImmutableArray<long> AllRowsPerScanner { get; init; }

    /// <summary>How many sites hold rows of each scanner.</summary>
    public required ImmutableArray<int> HoldersPerScanner { get; init; }

    /// <summary>Fit rows per level of each covariate of the plan, reference level first; empty for a continuous one.</summary>
    public ImmutableArray<ImmutableArray<long>> RowsPerLevel { get; init; } = [];

    /// <summary>
    /// Values missing among the rows that may estimate something, per feature: fit rows, and at each site every row of a scanner without fit rows
    /// there.
    /// </summary>
    public required ImmutableArray<long> MissingPerFeature { get; init; }

    /// <summary>
    /// Public power of two not below the root mean square of any scanner at any site, over all its rows, per feature; int.MinValue where a feature
    /// has no non-zero value.
    /// </summary>
    public required ImmutableArray<int> FeatureExponent { get; init; }

    /// <summary>The same per design column.</summary>
    public required ImmutableArray<int> DesignExponent { get; init; }

    /// <summary>Fit rows in all.</summary>
    public long Rows => Total(RowsPerScanner);

    /// <summary>Rows in all, fit or not.</summary>
    public long AllRows => Total(AllRowsPerScanner);

    private static long Total(ImmutableArray<long> perScanner)
    {
        long rows = 0;
        foreach (long scanner in perScanner) rows += scanner;
        return rows;
    }
}
