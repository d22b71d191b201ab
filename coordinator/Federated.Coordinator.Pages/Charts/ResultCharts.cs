using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>A picture of a result.</summary>
/// <param name="Name">Names its file.</param>
/// <param name="Title">What it shows, in a line.</param>
/// <param name="Svg">The picture.</param>
public sealed record Figure(string Name, string Title, string Svg);

/// <summary>Which pictures a result has: told by the columns of its tables, so that a new analysis with the same columns has them too.</summary>
public static class ResultCharts
{
    private const int MostRows = 60;

    /// <summary>The pictures of these tables, without those that would be empty.</summary>
    public static IReadOnlyList<Figure> Of(IEnumerable<ResultGrid> tables) => [.. tables.SelectMany(Of).Where(f => f.Svg.Length > 0)];

    private static IEnumerable<Figure> Of(ResultGrid table)
    {
        if (table.Has("name", "hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper"))
            yield return new Figure("forest", "Hazard ratios with their intervals", ForestPlot.Draw("Hazard ratios with their intervals", "hazard ratio (logarithmic)", Estimates(table, "hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper"), 1));
        else if (table.Has("name", "coef", "ci_lower", "ci_upper"))
            yield return new Figure("forest", "Coefficients with their intervals", ForestPlot.Draw("Coefficients with their intervals", "coefficient (units of the linear predictor)", [.. Estimates(table, "coef", "ci_lower", "ci_upper").Where(e => e.Name is not "(Intercept)")], 0));
        if (table.Has("group", "time", "survival"))
            yield return new Figure("survival", "Survival by group", LineChart.Draw("Kaplan-Meier estimate of survival by group", "time (units of the study's column)", "share without event", Groups(table, "group", "time", "survival", (0, 1)), steps: true, unit: true));
        if (table.Has("sensitivity", "specificity"))
            yield return new Figure("roc", "Receiver operating characteristic", LineChart.Draw("Receiver operating characteristic", "1 - specificity", "sensitivity", [new Series("score", [.. Enumerable.Range(0, table.Rows.Count).Select(r => (1 - table.Number(r, "specificity"), table.Number(r, "sensitivity"))).OrderBy(p => p.Item1).ThenBy(p => p.Item2)])], unit: true));
        if (table.Has("round", "training_loss", "validation_loss"))
            yield return new Figure("learning", "Learning curves", LineChart.Draw("Loss by round of training", "round", "mean loss", [Column(table, "round", "training_loss", "training"), Column(table, "round", "validation_loss", "validation")]));
        if (table.Has("group", "blup"))
            yield return new Figure("groups", "Predicted intercepts of the groups", ForestPlot.Draw("Predicted intercepts of the groups", "predicted intercept (units of the outcome)", [.. Enumerable.Range(0, Math.Min(table.Rows.Count, MostRows)).Select(r => new Estimate(table.Rows[r][table.Find("group")], table.Number(r, "blup"), table.Number(r, "blup"), table.Number(r, "blup")))], 0));
    }

    private static Estimate[] Estimates(ResultGrid table, string value, string lower, string upper) =>
        [.. Enumerable.Range(0, Math.Min(table.Rows.Count, MostRows)).Select(r => new Estimate(table.Rows[r][table.Find("name")], table.Number(r, value), table.Number(r, lower), table.Number(r, upper)))];

    private static Series Column(ResultGrid table, string x, string y, string name) => new(name, [.. Enumerable.Range(0, table.Rows.Count).Select(r => (table.Number(r, x), table.Number(r, y)))]);

    private static Series[] Groups(ResultGrid table, string group, string x, string y, (double X, double Y) start) =>
        [.. Enumerable.Range(0, table.Rows.Count).GroupBy(r => table.Rows[r][table.Find(group)], StringComparer.Ordinal).Select(g => new Series(g.Key, [start, .. g.Select(r => (table.Number(r, x), table.Number(r, y)))]))];
}
