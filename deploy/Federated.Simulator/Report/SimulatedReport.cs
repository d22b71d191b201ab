using System.Globalization;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Coordinator.Pages.Facts;
using Federated.Coordinator.Pages.Reports;
using Federated.Simulator.Output;

namespace Federated.Simulator.Report;

/// <summary>What the simulator, who owns every hospital, adds to a study's report: the values of single scans, before and after, and where its time went.</summary>
public static class SimulatedReport
{
    private const int MostPlots = 24;

    /// <summary>report.html.</summary>
    public static string Write(StudyRun run) => StudyReport.Write(run.Reported, new ReportAdditions(page => Plots(page, run),
        [$"Transport {run.Transport}. {string.Join(", ", run.Phases.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name} {p.Duration.TotalSeconds:F2} s")))}."]));

    private static void Plots(ReportPage page, StudyRun run)
    {
        string? id = run.Harmonization?.Analysis.Id;
        if (id is null) return;
        // The features whose scanners differed most come first: these are what a reader wants to see mended.
        Dictionary<string, double> raw = Variation.Of(run.Findings).Features.ToDictionary(f => f.Feature, f => double.IsFinite(f.Raw) ? f.Raw : -1, StringComparer.Ordinal);
        int[] shown = [.. Enumerable.Range(0, run.Plan.Features.Length).OrderByDescending(f => raw.GetValueOrDefault(run.Plan.Features[f])).Take(MostPlots)];
        page.Part("Single scans before and after (simulation only)");
        page.Paragraph($"Each box is one scanner: quartiles and median, whiskers to 1.5 interquartile ranges{(run.Plan.Scale == FeatureScale.Log ? "; logarithmic axis" : "")}. The dashed line is the median of all scans. Only a simulation can show this: at hospitals these values stay.{(shown.Length < run.Plan.Features.Length ? $" Shown: {shown.Length} of {run.Plan.Features.Length} features." : "")}");
        foreach (int f in shown)
        {
            List<ScannerValues> before = [], after = [];
            for (int scanner = 0; scanner < run.Plan.Scanners.Length; scanner++)
            {
                before.Add(new ScannerValues(run.Plan.Scanners[scanner], [.. run.Sites.SelectMany(s => Column(s.Table, s.Table.Features, f, scanner)).Select(v => run.Plan.Scale == FeatureScale.Log ? double.Exp(v) : v)]));
                after.Add(new ScannerValues(run.Plan.Scanners[scanner], [.. run.Sites.Where(s => s.Harmonized.ContainsKey(id)).SelectMany(s => Column(s.Table, s.Harmonized[id].Features, f, scanner))]));
            }

            page.Figure($"{run.Plan.Features[f]} per scanner, as measured and harmonized.", BoxPlot.Draw(run.Plan.Features[f], run.Plan.Scale == FeatureScale.Log, before, after));
        }
    }

    private static IEnumerable<double> Column(StudyTable table, double[] values, int feature, int scanner)
    {
        int p = table.Plan.Features.Length;
        for (int r = 0; r < table.Rows; r++)
            if (table.Scanner[r] == scanner) yield return values[((long)r * p) + feature];
    }
}
