using System.Collections.Immutable;
using Federated.Analyses.Exchange;

namespace Federated.Analyses.Tables;

/// <summary>A study's rows at this site, and what was done to get them.</summary>
/// <param name="Table">What the analyses see.</param>
/// <param name="Diagnostics">For the table's owner: never leaves the site.</param>
public sealed record StudyTableBuild(StudyTable Table, StudyTableDiagnostics Diagnostics);

/// <summary>One row that was left out: where, why, and the cell that decided it.</summary>
/// <param name="RowId">Its id.</param>
/// <param name="Reason">Why.</param>
/// <param name="Column">The column that decided it; null where no single column did.</param>
/// <param name="Value">The cell's text; null where no single cell decided it.</param>
public sealed record ExcludedRow(string RowId, ExclusionReason Reason, string? Column, string? Value);

/// <summary>What became of each row, for the table's owner. Names rows and quotes cells: never leaves the site.</summary>
public sealed record StudyTableDiagnostics
{
    /// <summary>How many excluded rows are listed one by one; beyond that they are counted only.</summary>
    public const int ListedRows = 1000;

    /// <summary>Rows of the study table per scanner of the plan.</summary>
    public required ImmutableArray<long> RowsPerScanner { get; init; }

    /// <summary>The first excluded rows, in the feature table's order. Rows outside the fit are used, so they are not among them.</summary>
    public required ImmutableArray<ExcludedRow> ExcludedRows { get; init; }

    /// <summary>Values that have no logarithm (zero or negative) and are taken as missing, per feature of the plan, in rows
    /// with a scanner and covariates of the plan; all zero unless `scale: log`.</summary>
    public required ImmutableArray<long> NonPositiveValues { get; init; }

    /// <summary>Rows of the cohort table that have no features: not part of the study.</summary>
    public required long CohortRowsWithoutFeatures { get; init; }
}
