using System.Globalization;
using System.Net;
using System.Text;
using Federated.Simulator.Output;

namespace Federated.Simulator.Report;

/// <summary>Values of one scanner at one stage.</summary>
public sealed record ScannerValues(string Scanner, double[] Values);

/// <summary>
/// Tukey box plots of one feature per scanner, as measured beside harmonized, as SVG. Boxes are quartiles with the median, whiskers reach the last value within
/// 1.5 interquartile ranges, values outside are points.
/// </summary>
public static class BoxPlot
{
    private const int RowHeight = 22;
    private const int LabelWidth = 150;
    private const int PanelWidth = 300;
    private const int Gap = 24;
    private const int AxisHeight = 34;

    /// <summary>The picture; both panels share one axis so that the eye can compare.</summary>
    public static string Draw(string feature, bool logarithmic, IReadOnlyList<ScannerValues> before, IReadOnlyList<ScannerValues> after)
    {
        double[] all = [.. before.Concat(after).SelectMany(s => s.Values).Where(v => double.IsFinite(v) && (!logarithmic || v > 0)).Order()];
        if (all.Length == 0) return "";
        Func<double, double> scale = logarithmic ? double.Log10 : v => v;
        (double low, double high) = (scale(all[0]), scale(all[^1]));
        if (high <= low) (low, high) = (low - 0.5, high + 0.5);
        double margin = 0.03 * (high - low);
        (low, high) = (low - margin, high + margin);

        int height = 30 + (before.Count * RowHeight) + AxisHeight;
        int width = LabelWidth + (2 * PanelWidth) + Gap;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(feature)} per scanner before and after harmonization\">");
        for (int panel = 0; panel < 2; panel++)
        {
            int left = LabelWidth + (panel * (PanelWidth + Gap));
            double X(double value) => left + (PanelWidth * (scale(value) - low) / (high - low));
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"head\" x=\"{left}\" y=\"16\">{(panel == 0 ? "as measured" : "harmonized")}</text>");
            IReadOnlyList<ScannerValues> rows = panel == 0 ? before : after;
            Axis(svg, logarithmic, low, high, left, 30 + (rows.Count * RowHeight));
            double middle = Quantile([.. rows.SelectMany(r => r.Values).Where(double.IsFinite).Order()], 0.5);
            if (double.IsFinite(middle) && (!logarithmic || middle > 0))
                svg.Append(CultureInfo.InvariantCulture, $"<line class=\"middle\" x1=\"{X(middle):F1}\" x2=\"{X(middle):F1}\" y1=\"26\" y2=\"{30 + (rows.Count * RowHeight)}\"/>");
            for (int r = 0; r < rows.Count; r++)
            {
                int top = 30 + (r * RowHeight);
                if (panel == 0)
                    svg.Append(CultureInfo.InvariantCulture, $"<text class=\"label\" x=\"{LabelWidth - 8}\" y=\"{top + 14}\" text-anchor=\"end\">{WebUtility.HtmlEncode(Shorten(rows[r].Scanner))}</text>");
                Box(svg, rows[r].Values, logarithmic, X, top + 3);
            }
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The p-quantile of sorted values (linear interpolation of order statistics, R's type 7).</summary>
    public static double Quantile(double[] sorted, double p)
    {
        if (sorted.Length == 0) return double.NaN;
        double position = p * (sorted.Length - 1);
        int below = (int)position;
        return below + 1 < sorted.Length ? sorted[below] + ((position - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }

    private static void Box(StringBuilder svg, double[] values, bool logarithmic, Func<double, double> x, int top)
    {
        double[] sorted = [.. values.Where(v => double.IsFinite(v) && (!logarithmic || v > 0)).Order()];
        if (sorted.Length == 0) return;
        (double q1, double median, double q3) = (Quantile(sorted, 0.25), Quantile(sorted, 0.5), Quantile(sorted, 0.75));
        double reach = 1.5 * (q3 - q1);
        double whiskerLow = sorted.First(v => v >= q1 - reach);
        double whiskerHigh = sorted.Last(v => v <= q3 + reach);
        const int Height = RowHeight - 8;
        double center = top + (Height / 2.0);
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"whisker\" x1=\"{x(whiskerLow):F1}\" x2=\"{x(whiskerHigh):F1}\" y1=\"{center}\" y2=\"{center}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"box\" x=\"{x(q1):F1}\" y=\"{top}\" width=\"{double.Max(1, x(q3) - x(q1)):F1}\" height=\"{Height}\"><title>n {sorted.Length}, median {NumberFormat.Rounded(median)}, quartiles {NumberFormat.Rounded(q1)} to {NumberFormat.Rounded(q3)}</title></rect>");
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"median\" x1=\"{x(median):F1}\" x2=\"{x(median):F1}\" y1=\"{top}\" y2=\"{top + Height}\"/>");
        foreach (double outlier in sorted.Where(v => v < whiskerLow || v > whiskerHigh))
            svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"outlier\" cx=\"{x(outlier):F1}\" cy=\"{center}\" r=\"1.6\"/>");
    }

    private static void Axis(StringBuilder svg, bool logarithmic, double low, double high, int left, int top)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{left}\" x2=\"{left + PanelWidth}\" y1=\"{top}\" y2=\"{top}\"/>");
        for (int t = 0; t <= 4; t++)
        {
            double position = low + (t * (high - low) / 4);
            double x = left + (PanelWidth * t / 4.0);
            string anchor = t switch { 0 => "start", 4 => "end", _ => "middle" };
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{top}\" y2=\"{top + 4}\"/><text class=\"tick\" x=\"{x:F1}\" y=\"{top + 17}\" text-anchor=\"{anchor}\">{NumberFormat.Rounded(logarithmic ? double.Pow(10, position) : position)}</text>");
        }
    }

    private static string Shorten(string label) => label.Length <= 22 ? label : label[..21] + "…";
}
