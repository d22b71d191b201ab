using System.Globalization;
using System.Text;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>Between-scanner variation per feature, as measured and as harmonized, against the band of 10 to 15 %.</summary>
public static class SpreadChart
{
    private const int Width = 720, LabelWidth = 190, RowHeight = 20, Bottom = 44, Top = 6;

    /// <summary>The picture; empty without a feature.</summary>
    public static string Draw(IReadOnlyList<FeatureVariation> features)
    {
        if (features.Count == 0) return "";
        double most = Math.Clamp(features.SelectMany(f => (double[])[f.Raw, f.Harmonized]).Where(double.IsFinite).DefaultIfEmpty(0.2).Max(), 0.2, 1.0);
        int end = Top + (features.Count * RowHeight);
        double X(double v) => LabelWidth + ((Width - LabelWidth - 20) * Math.Min(v, most) / most);
        StringBuilder svg = Svg.Open(Width, end + Bottom, "Between-scanner coefficient of variation per feature, as measured and harmonized; below 10 % is usable, above 15 % is not");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"band\" x=\"{X(0.10):F1}\" y=\"{Top}\" width=\"{X(0.15) - X(0.10):F1}\" height=\"{end - Top}\"/>");
        foreach (double tick in Svg.Ticks(0, most)) svg.Line("grid", X(tick), Top, X(tick), end).Label("tick", X(tick), end + 16, "middle", Words.Percent(tick));
        svg.Label("axis-title", (LabelWidth + Width) / 2.0, end + 36, "middle", "between-scanner coefficient of variation");
        for (int r = 0; r < features.Count; r++)
        {
            FeatureVariation f = features[r];
            double y = Top + (r * RowHeight) + (RowHeight / 2.0);
            svg.Label("label", LabelWidth - 8, y + 4, "end", f.Feature.Length > 26 ? f.Feature[..25] + "…" : f.Feature);
            if (double.IsFinite(f.Raw) && double.IsFinite(f.Harmonized)) svg.Line("change", X(f.Raw), y, X(f.Harmonized), y);
            if (double.IsFinite(f.Raw)) svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"raw\" cx=\"{X(f.Raw):F1}\" cy=\"{y:F1}\" r=\"4\"/>");
            if (double.IsFinite(f.Harmonized)) svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"harmonized\" cx=\"{X(f.Harmonized):F1}\" cy=\"{y:F1}\" r=\"4\"/>");
        }

        return svg.Append("</svg>").ToString();
    }
}
