using System.Globalization;
using System.Text;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>An estimate with its interval.</summary>
public sealed record Estimate(string Name, double Value, double Lower, double Upper);

/// <summary>Estimates with their intervals, one under the other, about a line of no effect.</summary>
public static class ForestPlot
{
    private const int Width = 720, LabelWidth = 190, NumberWidth = 190, RowHeight = 24, Bottom = 44;

    /// <summary>The picture; empty without a finite estimate.</summary>
    /// <param name="label">What it shows.</param>
    /// <param name="axis">Axis title with its unit.</param>
    /// <param name="estimates">Rows.</param>
    /// <param name="none">Where there is no effect: 0, or 1 on a ratio's logarithmic axis.</param>
    public static string Draw(string label, string axis, IReadOnlyList<Estimate> estimates, double none)
    {
        Estimate[] rows = [.. estimates.Where(e => double.IsFinite(e.Lower) && double.IsFinite(e.Upper) && (none == 0 || e.Lower > 0))];
        if (rows.Length == 0) return "";
        Func<double, double> scale = none == 0 ? v => v : Math.Log;
        double low = Math.Min(scale(Math.Max(none, none == 0 ? 0 : double.Epsilon)), rows.Min(e => scale(e.Lower))), high = Math.Max(scale(none == 0 ? 0 : none), rows.Max(e => scale(e.Upper)));
        (low, high) = Svg.Widened(low, high);
        double margin = 0.04 * (high - low);
        (low, high) = (low - margin, high + margin);
        int height = (rows.Length * RowHeight) + Bottom;
        double X(double v) => LabelWidth + ((Width - LabelWidth - NumberWidth) * (scale(v) - low) / (high - low));
        StringBuilder svg = Svg.Open(Width, height, label);
        int end = rows.Length * RowHeight;
        foreach (double tick in Svg.Ticks(low, high))
        {
            double value = none == 0 ? tick : Math.Exp(tick);
            svg.Line("grid", X(value), 0, X(value), end + 4).Label("tick", X(value), end + 18, "middle", Words.Number(value));
        }

        svg.Line("chance", X(none), 0, X(none), end);
        svg.Label("axis-title", X(none == 0 ? (low + high) / 2 : Math.Exp((low + high) / 2)), end + 38, "middle", axis);
        for (int r = 0; r < rows.Length; r++)
        {
            double y = (r * RowHeight) + (RowHeight / 2.0);
            Estimate e = rows[r];
            svg.Label("label", LabelWidth - 8, y + 4, "end", e.Name.Length > 26 ? e.Name[..25] + "…" : e.Name).Line("interval", X(e.Lower), y, X(e.Upper), y);
            svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"estimate\" x=\"{X(e.Value) - 4:F1}\" y=\"{y - 4:F1}\" width=\"8\" height=\"8\"/>");
            svg.Label("tick", Width - 4, y + 4, "end", $"{Words.Number(e.Value)} ({Words.Number(e.Lower)} to {Words.Number(e.Upper)})");
        }

        return svg.Append("</svg>").ToString();
    }
}
