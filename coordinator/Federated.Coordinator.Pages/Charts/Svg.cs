using System.Globalization;
using System.Net;
using System.Text;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>Pieces of pictures that every chart uses; colours come from the style sheet, so that light and dark both read well.</summary>
internal static class Svg
{
    public static StringBuilder Open(int width, int height, string label) => new StringBuilder().Append(
        CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{Text(label)}\">");

    public static StringBuilder Line(this StringBuilder svg, string kind, double x1, double y1, double x2, double y2) =>
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"{kind}\" x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\"/>");

    public static StringBuilder Label(this StringBuilder svg, string kind, double x, double y, string anchor, string text) =>
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"{kind}\" x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\">{Text(text)}</text>");

    public static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A range that is one, also where all numbers are the same.</summary>
    public static (double Low, double High) Widened(double low, double high)
    {
        double least = Math.Max(Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9, double.Epsilon * 1e6);
        if (high - low > least) return (low, high);
        double margin = Math.Max(0.5, Math.Abs(low) * 0.05);
        return (low - margin, high + margin);
    }

    /// <summary>About five round numbers that span a range.</summary>
    public static double[] Ticks(double low, double high)
    {
        if (!(high > low) || !double.IsFinite(high - low)) return [];
        double step = Math.Pow(10, Math.Floor(Math.Log10((high - low) / 5)));
        foreach (double factor in (ReadOnlySpan<double>)[2, 2.5, 2])
            if ((high - low) / step > 6) step *= factor;
        var ticks = new List<double>();
        for (double tick = Math.Ceiling(low / step) * step; tick <= high + (step * 1e-9); tick += step) ticks.Add(Math.Abs(tick) < step * 1e-9 ? 0 : tick);
        return [.. ticks];
    }
}
