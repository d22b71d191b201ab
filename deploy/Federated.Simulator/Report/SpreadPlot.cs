using System.Globalization;
using System.Net;
using System.Text;
using Federated.Simulator.Output;

namespace Federated.Simulator.Report;

/// <summary>How much one feature varies between scanners, before and after.</summary>
/// <param name="Feature">Its name.</param>
/// <param name="Raw">Coefficient of variation as measured: square root of the between-scanner variance component over the mean.</param>
/// <param name="Harmonized">The same, harmonized.</param>
/// <param name="MeansHarmonized">Coefficient of variation of the scanners' means, harmonized: holds the chance of few patients per scanner too.</param>
public sealed record FeatureSpread(string Feature, double Raw, double Harmonized, double MeansHarmonized);

/// <summary>One line per feature from its spread as measured to its spread harmonized, over the 10-15 % band that clinical use demands.</summary>
public static class SpreadPlot
{
    private const int RowHeight = 20;
    private const int LabelWidth = 190;
    private const int PlotWidth = 560;

    /// <summary>The picture.</summary>
    public static string Draw(IReadOnlyList<FeatureSpread> features)
    {
        double largest = features.SelectMany(f => new[] { f.Raw, f.Harmonized }).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        double right = double.Max(0.2, double.Ceiling(largest * 20) / 20);
        double X(double cov) => LabelWidth + (PlotWidth * double.Min(cov, right) / right);
        int bottom = 24 + (features.Count * RowHeight);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {LabelWidth + PlotWidth + 60} {bottom + 40}\" role=\"img\" aria-label=\"Between-scanner coefficient of variation per feature\">");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"band\" x=\"{X(0.10):F1}\" y=\"20\" width=\"{X(0.15) - X(0.10):F1}\" height=\"{bottom - 20}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{X(0.125):F1}\" y=\"13\" text-anchor=\"middle\">10–15 %</text>");
        for (int f = 0; f < features.Count; f++)
        {
            FeatureSpread spread = features[f];
            double y = 24 + (f * RowHeight) + (RowHeight / 2.0);
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"label\" x=\"{LabelWidth - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{WebUtility.HtmlEncode(spread.Feature)}</text>");
            if (double.IsFinite(spread.Raw) && double.IsFinite(spread.Harmonized))
                svg.Append(CultureInfo.InvariantCulture, $"<line class=\"change\" x1=\"{X(spread.Raw):F1}\" x2=\"{X(spread.Harmonized):F1}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>");
            if (double.IsFinite(spread.Raw))
                svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"raw\" cx=\"{X(spread.Raw):F1}\" cy=\"{y:F1}\" r=\"5\"><title>as measured {NumberFormat.Percent(spread.Raw)}</title></circle>");
            if (double.IsFinite(spread.Harmonized))
                svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"harmonized\" cx=\"{X(spread.Harmonized):F1}\" cy=\"{y:F1}\" r=\"5\"><title>harmonized {NumberFormat.Percent(spread.Harmonized)}</title></circle>");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{LabelWidth}\" x2=\"{LabelWidth + PlotWidth}\" y1=\"{bottom}\" y2=\"{bottom}\"/>");
        for (int t = 0; t <= 4; t++)
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{X(right * t / 4):F1}\" y=\"{bottom + 16}\" text-anchor=\"middle\">{100 * right * t / 4:F0} %</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{LabelWidth}\" y=\"{bottom + 34}\">between-scanner coefficient of variation: <tspan class=\"rawText\">● as measured</tspan>  <tspan class=\"harmonizedText\">● harmonized</tspan></text>");
        return svg.Append("</svg>").ToString();
    }
}
