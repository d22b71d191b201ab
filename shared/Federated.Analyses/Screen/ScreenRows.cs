using Federated.Analyses.Tables;
using Federated.Analyses.Values;

namespace Federated.Analyses.Screen;

/// <summary>A site's rows of a screening: rows to fit on that have everything that explains the features.</summary>
internal sealed class ScreenRows
{
    private readonly double[][] _values;
    private readonly ScreenDesign _design;
    private readonly int[] _scanner;

    public ScreenRows(SiteContext context, ScreenDesign design)
    {
        StudyTable table = context.Table;
        Dictionary<PlanValue, double[]> read = design.Columns.Select(c => c.Value).Distinct().ToDictionary(v => v, v => v.Read(context, null));
        (_design, _scanner) = (design, table.Scanner);
        _values = [.. design.Columns.Select(c => read[c.Value])];
        int[] fit = [.. Enumerable.Range(0, table.Rows).Where(row => table.Fit[row])];
        Used = [.. fit.Where(row => read.All(v => !double.IsNaN(v.Value[row]) && !(v.Key.IsCategory && v.Value[row] < 0)))];
        Omitted = fit.Length - Used.Length;
        if (Used.Length > 0 && Used.Length < context.Plan.Privacy.MinimumRows)
            throw ScreenDesign.Refused("E2812", context.Specification, $"{Used.Length} rows here have all its values, and the plan asks for {context.Plan.Privacy.MinimumRows}: this site takes no part");
    }

    /// <summary>Rows of the study table.</summary>
    public int[] Used { get; }

    /// <summary>Rows left out for a missing value.</summary>
    public int Omitted { get; }

    /// <summary>A column's value in a row of the study table.</summary>
    public double Value(int row, int column)
    {
        int level = _design.Columns[column].Level;
        double value = _values[column][row];
        return level < 0 ? value : value == level ? 1 : 0;
    }

    /// <summary>Used rows by scanner, in order: sums run within one, so it does not matter which site holds it.</summary>
    public IEnumerable<int[]> Scanners() => Used.GroupBy(row => _scanner[row]).Select(g => g.ToArray());
}
