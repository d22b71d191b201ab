using System.Globalization;
using System.Text;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>A named line.</summary>
public sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Lines or steps over one axis: survival, receiver operating characteristic, learning.</summary>
public static class LineChart
{
    private const int Width = 720, Height = 340, Left = 64, Right = 16, Top = 16, Bottom = 48;

    /// <summary>The picture; empty where no line has two points.</summary>
    /// <param name="label">What it shows, for those who do not see it.</param>
    /// <param name="horizontal">Axis title with its unit.</param>
    /// <param name="vertical">Axis title with its unit.</param>
    /// <param name="series">At most eight lines are told apart.</param>
    /// <param name="steps">Whether a line keeps its height until the next point.</param>
    /// <param name="unit">Whether both axes, or the vertical one if <paramref name="steps"/>, run from 0 to 1.</param>
    public static string Draw(string label, string horizontal, string vertical, IReadOnlyList<Series> series, bool steps = false, bool unit = false)
    {
        (double X, double Y)[] all = [.. series.SelectMany(s => s.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))];
        if (all.Length < 2) return "";
        (double left, double right) = unit && !steps ? (0, 1) : (Math.Min(steps ? 0 : double.PositiveInfinity, all.Min(p => p.X)), all.Max(p => p.X));
        (double low, double high) = unit ? (0, 1) : (all.Min(p => p.Y), all.Max(p => p.Y));
        (left, right) = Svg.Widened(left, right);
        (low, high) = Svg.Widened(low, high);
        double X(double x) => Left + ((Width - Left - Right) * (x - left) / (right - left));
        double Y(double y) => Height - Bottom - ((Height - Top - Bottom) * (y - low) / (high - low));
        StringBuilder svg = Svg.Open(Width, Height + (22 * ((series.Count + 2) / 3)), label);
        foreach (double tick in Svg.Ticks(left, right)) svg.Line("grid", X(tick), Top, X(tick), Height - Bottom).Label("tick", X(tick), Height - Bottom + 18, "middle", Words.Number(tick));
        foreach (double tick in Svg.Ticks(low, high)) svg.Line("grid", Left, Y(tick), Width - Right, Y(tick)).Label("tick", Left - 8, Y(tick) + 4, "end", Words.Number(tick));
        if (unit && !steps) svg.Line("chance", X(0), Y(0), X(1), Y(1));
        svg.Label("axis-title", (Left + Width - Right) / 2.0, Height - 8, "middle", horizontal);
        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"axis-title\" transform=\"translate(14 {(Top + Height - Bottom) / 2.0:F0}) rotate(-90)\" text-anchor=\"middle\">{Svg.Text(vertical)}</text>");
        for (int s = 0; s < series.Count; s++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"line c{s % 8}\" d=\"");
            bool first = true;
            double before = double.NaN;
            foreach ((double x, double y) in series[s].Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)))
            {
                if (steps && !first) svg.Append(CultureInfo.InvariantCulture, $"L{X(x):F1} {Y(before):F1}");
                svg.Append(CultureInfo.InvariantCulture, $"{(first ? 'M' : 'L')}{X(x):F1} {Y(y):F1}");
                (first, before) = (false, y);
            }

            double at = Left + (s % 3 * 220), under = Height + 12 + (22 * (s / 3));
            svg.Append("\"/>").Line($"line c{s % 8}", at, under, at + 24, under).Label("legend", at + 30, under + 4, "start", series[s].Name);
        }

        return svg.Append("</svg>").ToString();
    }
}
