using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;

namespace Federated.Analyses.Tables;

/// <summary>
/// Joins a site's features and cohort by row id into the table that the analyses see. Which rows count, and in which order they stand, depends on the
/// plan
/// and the cells only, never on the order in which either table was written.
/// </summary>
public static class StudyTableBuilder
{
    /// <summary>Builds the study table.</summary>
    /// <param name="plan">The approved plan.</param>
    /// <param name="features">As measured; must hold every feature of the plan.</param>
    /// <param name="cohort">Must hold the scanner column, every covariate, and the column of `fit-on`.</param>
    /// <exception cref="TableInvalidException">The features were measured otherwise than the plan asks, a column is missing, or a continuous covariate holds something that is not a number.</exception>
    public static StudyTableBuild Build(StudyPlan plan, FeatureTable features, CohortTable cohort)
    {
        if (plan.Measurement is { } asked && !string.Equals(asked.Digest, features.MeasuredUnder, StringComparison.Ordinal)) throw TableKeys.MeasuredOtherwise(features, asked.Digest);
        int[] featureColumns = FeatureColumns(plan, features);
        CohortRows rows = Choose(plan, features, cohort, featureColumns, out Tally tally);
        int n = rows.Entries.Count;
        int k = plan.DesignColumns.Length;
        int p = plan.Features.Length;

        CollectionsMarshal.AsSpan(rows.Entries).Sort((a, b) =>
            a.Scanner != b.Scanner ? a.Scanner.CompareTo(b.Scanner) : CodePointOrder.Instance.Compare(features.RowIds[a.FeatureRow], features.RowIds[b.FeatureRow]));

        var ids = ImmutableArray.CreateBuilder<string>(n);
        int[] scanner = new int[n];
        bool[] fit = new bool[n];
        if ((long)n * Math.Max(k, p) > Array.MaxLength)
            throw new TableInvalidException("E2206", $"{features.Name}: {n:N0} rows with {Math.Max(k, p):N0} columns are more than fit in memory at once; split the study's features or covariates");
        double[] design = new double[n * k];
        double[] values = new double[n * p];
        double[]? measured = plan.Scale == FeatureScale.Log ? new double[values.Length] : null;
        long[] perScanner = new long[plan.Scanners.Length];
        for (int i = 0; i < n; i++)
        {
            Entry entry = rows.Entries[i];
            ids.Add(features.RowIds[entry.FeatureRow]);
            scanner[i] = entry.Scanner;
            fit[i] = entry.Fit;
            perScanner[entry.Scanner]++;
            FillDesign(plan, CollectionsMarshal.AsSpan(rows.Covariates).Slice(entry.CovariateRow * plan.Covariates.Length, plan.Covariates.Length), design.AsSpan(i * k, k));
            FillFeatures(features.Row(entry.FeatureRow), featureColumns, plan.Scale, values.AsSpan(i * p, p));
            if (measured is not null) FillFeatures(features.Row(entry.FeatureRow), featureColumns, FeatureScale.Identity, measured.AsSpan(i * p, p));
        }

        return new StudyTableBuild(
            new StudyTable(plan, ids.MoveToImmutable(), scanner, design, values, fit, tally.Counts.ToImmutableSortedDictionary())
            {
                Measured = measured,
                Columns = [.. plan.Columns.Select(column => ColumnReader.Read(column, cohort, [.. rows.Entries.Select(e => e.CohortRow)]))],
            },
            new StudyTableDiagnostics
            {
                RowsPerScanner = [.. perScanner],
                ExcludedRows = [.. tally.Rows],
                NonPositiveValues = [.. tally.NonPositive],
                CohortRowsWithoutFeatures = cohort.Rows - tally.CohortRowsMet,
            });
    }

    private static int[] FeatureColumns(StudyPlan plan, FeatureTable features)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int c = 0; c < features.Features.Length; c++) index.Add(features.Features[c], c);
        int[] columns = new int[plan.Features.Length];
        for (int f = 0; f < columns.Length; f++)
        {
            if (!index.TryGetValue(plan.Features[f], out columns[f]))
                throw TableKeys.UnknownColumn(features.Name, plan.Features[f], "a feature", features.Features);
        }

        return columns;
    }

    private static CohortRows Choose(StudyPlan plan, FeatureTable features, CohortTable cohort, int[] featureColumns, out Tally tally)
    {
        ReadOnlySpan<string> scannerCells = cohort.Column(plan.ScannerColumn, "the scanner");
        ReadOnlySpan<string> fitCells = plan.FitOn is null ? [] : cohort.Column(plan.FitOn.Column, "the rows to fit on");
        foreach (Covariate covariate in plan.Covariates) _ = cohort.Column(covariate.Name, "a covariate");

        Dictionary<string, int> scanners = Numbered(plan.Scanners);
        Dictionary<string, int>[] levels = [.. plan.Covariates.Select(c => Numbered(c.Levels))];
        Dictionary<string, int> cohortRows = Numbered(cohort.RowIds);
        tally = new Tally(plan.Features.Length);
        var chosen = new CohortRows();
        double[] covariates = new double[plan.Covariates.Length];
        for (int row = 0; row < features.Rows; row++)
        {
            string id = features.RowIds[row];
            if (!cohortRows.TryGetValue(id, out int at))
            {
                tally.Exclude(new ExcludedRow(id, ExclusionReason.NoCohortRow, null, null));
                continue;
            }

            tally.CohortRowsMet++;
            if (!scanners.TryGetValue(scannerCells[at], out int scanner))
            {
                tally.Exclude(new ExcludedRow(id, ExclusionReason.ScannerNotInPlan, plan.ScannerColumn, scannerCells[at]));
                continue;
            }

            if (ReadCovariates(plan, cohort, levels, at, covariates) is { } excluded)
            {
                tally.Exclude(excluded);
                continue;
            }

            if (plan.Scale == FeatureScale.Log) tally.CountNonPositive(features.Row(row), featureColumns);
            if (!AnyValue(features.Row(row), featureColumns, plan.Scale))
            {
                tally.Exclude(new ExcludedRow(id, features.LeftOut.GetValueOrDefault(id, ExclusionReason.NoFeatureValue), null, null));
                continue;
            }

            bool fit = plan.FitOn is null || string.Equals(fitCells[at], plan.FitOn.Value, StringComparison.Ordinal);
            if (!fit) tally.Count(ExclusionReason.OutsideFit);
            chosen.Entries.Add(new Entry(row, at, scanner, fit, chosen.Entries.Count));
            chosen.Covariates.AddRange(covariates);
        }

        return chosen;
    }

    // A number per covariate: its value, or the index of its level. Returns the exclusion if there is none.
    private static ExcludedRow? ReadCovariates(StudyPlan plan, CohortTable cohort, Dictionary<string, int>[] levels, int row, double[] values)
    {
        for (int c = 0; c < values.Length; c++)
        {
            Covariate covariate = plan.Covariates[c];
            string cell = cohort.Column(covariate.Name, "a covariate")[row];
            if (DecimalText.IsMissing(cell)) return new ExcludedRow(cohort.RowIds[row], ExclusionReason.CovariateMissing, covariate.Name, cell);
            if (covariate.Type == CovariateType.Continuous)
            {
                if (DecimalText.Read(cell, out values[c]) is var outcome and not NumberOutcome.Number)
                    throw DecimalText.Refused($"{cohort.Name}, row id {PlainText.Shown(cohort.RowIds[row])}", covariate.Name, cell, outcome);
            }
            else
            {
                if (!levels[c].TryGetValue(cell, out int level))
                    return new ExcludedRow(cohort.RowIds[row], ExclusionReason.LevelNotInPlan, covariate.Name, cell);
                values[c] = level;
            }
        }

        return null;
    }

    private static void FillDesign(StudyPlan plan, ReadOnlySpan<double> covariates, Span<double> design)
    {
        int column = 0;
        for (int c = 0; c < covariates.Length; c++)
        {
            if (plan.Covariates[c].Type == CovariateType.Continuous)
            {
                design[column++] = covariates[c];
                continue;
            }

            for (int level = 1; level < plan.Covariates[c].Levels.Length; level++) design[column++] = covariates[c] == level ? 1 : 0;
        }
    }

    private static void FillFeatures(ReadOnlySpan<double> row, int[] columns, FeatureScale scale, Span<double> values)
    {
        for (int f = 0; f < values.Length; f++)
        {
            double value = row[columns[f]];
            values[f] = scale == FeatureScale.Identity ? value : value > 0 ? Math.Log(value) : double.NaN;
        }
    }

    private static bool AnyValue(ReadOnlySpan<double> row, int[] columns, FeatureScale scale)
    {
        foreach (int column in columns)
            if (scale == FeatureScale.Log ? row[column] > 0 : !double.IsNaN(row[column])) return true;
        return false;
    }

    private static Dictionary<string, int> Numbered(ImmutableArray<string> names)
    {
        var numbers = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++) numbers.Add(names[i], i);
        return numbers;
    }

    private readonly record struct Entry(int FeatureRow, int CohortRow, int Scanner, bool Fit, int CovariateRow);

    private sealed class CohortRows
    {
        public List<Entry> Entries { get; } = [];

        public List<double> Covariates { get; } = [];
    }

    private sealed class Tally(int features)
    {
        public Dictionary<ExclusionReason, long> Counts { get; } = [];

        public List<ExcludedRow> Rows { get; } = [];

        public long[] NonPositive { get; } = new long[features];

        public long CohortRowsMet { get; set; }

        public void Count(ExclusionReason reason) => CollectionsMarshal.GetValueRefOrAddDefault(Counts, reason, out _)++;

        public void CountNonPositive(ReadOnlySpan<double> row, int[] columns)
        {
            for (int f = 0; f < columns.Length; f++)
                if (row[columns[f]] <= 0) NonPositive[f]++;
        }

        public void Exclude(ExcludedRow row)
        {
            Count(row.Reason);
            if (Rows.Count < StudyTableDiagnostics.ListedRows) Rows.Add(row);
        }
    }
}
