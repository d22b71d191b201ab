using System.Globalization;
using System.Text;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Charts;

/// <summary>All rounds of a study by hospital in one picture: time runs to the right, one row per hospital; runs of equal parts are one shape, so that hundreds of rounds stay small.</summary>
public static class TimelineChart
{
    private const int Width = 720, LabelWidth = 150, RowHeight = 16, Axis = 26, Most = 60;

    /// <summary>The picture; empty without a round.</summary>
    /// <param name="lines">Rounds, oldest first.</param>
    /// <param name="sites">Rows.</param>
    public static string Draw(IReadOnlyList<RoundLine> lines, IReadOnlyList<string> sites)
    {
        if (lines.Count == 0 || sites.Count == 0) return "";
        string[] shown = [.. sites.Take(Most)];
        double cell = Math.Min((Width - LabelWidth - 8) / (double)lines.Count, 24);
        int end = shown.Length * RowHeight;
        StringBuilder svg = Svg.Open(Width, end + Axis, $"{lines.Count} rounds by {sites.Count} hospitals; the table below has the same");
        for (int s = 0; s < shown.Length; s++)
        {
            int top = s * RowHeight;
            svg.Label("label", LabelWidth - 8, top + 12, "end", shown[s].Length > 20 ? shown[s][..19] + "…" : shown[s]);
            for (int first = 0, next; first < lines.Count; first = next)
            {
                Part part = lines[first].PartOf(shown[s]);
                for (next = first + 1; next < lines.Count && lines[next].PartOf(shown[s]) == part && lines[next].Round.Attempt == lines[first].Round.Attempt; next++) { }
                if (part == Part.None) continue;
                svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"part {part.ToString().ToLowerInvariant()}\" x=\"{LabelWidth + (first * cell):F1}\" y=\"{top + 2}\" width=\"{Math.Max(((next - first) * cell) - 0.5, 0.5):F1}\" height=\"{RowHeight - 4}\"/>");
            }
        }

        // A mark where the asked step passes to another analysis, or everything begins again.
        double labelled = double.NegativeInfinity;
        for (int r = 0; r < lines.Count; r++)
        {
            bool begins = r == 0 || lines[r].Round.Attempt != lines[r - 1].Round.Attempt || !string.Equals(lines[r].Round.Request.Analysis, lines[r - 1].Round.Request.Analysis, StringComparison.Ordinal);
            if (!begins) continue;
            double x = LabelWidth + (r * cell);
            svg.Line("grid", x, 0, x, end + 5);
            if (x - labelled < 70) continue;
            svg.Label("tick", x, end + 18, "start", lines[r].Round.Request.Analysis.Length > 14 ? lines[r].Round.Request.Analysis[..13] + "…" : lines[r].Round.Request.Analysis);
            labelled = x;
        }

        return svg.Append("</svg>").ToString();
    }
}
