using Federated.Analyses.Study;

namespace Federated.Analyses.Tables;

/// <summary>Turns the cells of a cohort column into the numbers that analyses see.</summary>
internal static class ColumnReader
{
    /// <summary>The number of a cell whose level the plan does not list.</summary>
    public const double LevelNotInPlan = -1;

    /// <summary>One number per row, in the order of <paramref name="rows"/>.</summary>
    /// <exception cref="TableInvalidException">There is no such column, or a cell of a column of numbers is none.</exception>
    public static double[] Read(CohortColumn column, CohortTable cohort, int[] rows)
    {
        ReadOnlySpan<string> cells = cohort.Column(column.Name, "what an analysis reads");
        double[] values = new double[rows.Length];
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string level in column.Levels) known.Add(level, known.Count);
        for (int i = 0; i < rows.Length; i++)
        {
            string cell = cells[rows[i]];
            if (DecimalText.IsMissing(cell))
            {
                values[i] = double.NaN;
                continue;
            }

            switch (column.Type)
            {
                case ColumnType.Number:
                    if (DecimalText.Read(cell, out values[i]) is var outcome and not NumberOutcome.Number)
                        throw DecimalText.Refused($"{cohort.Name}, row id {PlainText.Shown(cohort.RowIds[rows[i]])}", column.Name, cell, outcome);
                    break;
                case ColumnType.Category:
                    values[i] = known.TryGetValue(cell, out int level) ? level : LevelNotInPlan;
                    break;
                default:
                    if (!known.TryGetValue(cell, out int label)) known.Add(cell, label = known.Count);
                    values[i] = label;
                    break;
            }
        }

        return values;
    }
}
