using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Coordinator.Service;
using Federated.Simulator.Output;

namespace Federated.Simulator.Report;

/// <summary>report.html: one page, no script, nothing fetched; reads from the headline to the evidence and prints well.</summary>
public static class ReportPage
{
    private const int MostPlots = 24;

    /// <summary>The page.</summary>
    public static string Write(StudyRun run)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Text(run.Plan.Title)}</title><style>{Style()}</style></head><body><main>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(run.Plan.Title)}</h1>");
        if (run.Plan.Purpose.Length > 0) page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">{Text(run.Plan.Purpose)}</p>");
        IReadOnlyList<FeatureSpread> spreads = Spreads(run);
        Headline(page, run, spreads);
        Refusals(page, run);
        if (spreads.Count > 0) Spread(page, spreads);
        Plots(page, run, spreads);
        Rows(page, run);
        Exchange(page, run);
        Footer(page, run);
        return page.Append("</main></body></html>\n").ToString();
    }

    /// <summary>Between-scanner CoV per feature before and after, read off the last variability analysis; empty without one.</summary>
    public static IReadOnlyList<FeatureSpread> Spreads(StudyRun run)
    {
        if (run.Variability is not { } variability) return [];
        var byFeature = new Dictionary<string, FeatureSpread>(StringComparer.Ordinal);
        foreach (IReadOnlyDictionary<string, string> row in CsvFile.Rows(variability.Document!.Tables[0].Csv))
        {
            FeatureSpread known = byFeature.GetValueOrDefault(row["feature"]) ?? new FeatureSpread(row["feature"], double.NaN, double.NaN, double.NaN);
            double Cell(string column) => double.TryParse(row[column], CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
            byFeature[row["feature"]] = row["stage"] == "raw"
                ? known with { Raw = Cell("cov_between") }
                : known with { Harmonized = Cell("cov_between"), MeansHarmonized = Cell("cov_scanner_means") };
        }

        return [.. run.Plan.Features.Where(byFeature.ContainsKey).Select(f => byFeature[f])];
    }

    /// <summary>The clinical verdict on a between-scanner coefficient of variation.</summary>
    public static string Verdict(double cov) => !double.IsFinite(cov) ? "not applicable" : cov < 0.10 ? "usable" : cov <= 0.15 ? "borderline" : "not usable";

    private static void Headline(StringBuilder page, StudyRun run, IReadOnlyList<FeatureSpread> spreads)
    {
        long rows = run.Sites.Sum(s => (long)s.Table.Rows);
        if (spreads.Any(s => double.IsFinite(s.Harmonized)))
        {
            int before = spreads.Count(s => Verdict(s.Raw) == "usable");
            int after = spreads.Count(s => Verdict(s.Harmonized) == "usable");
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"lead\">{after} of {spreads.Count} features differ by less than 10 % between scanners after harmonization; as measured it was {before}.</p>");
        }

        page.Append("<ul class=\"tiles\">");
        Tile(page, run.Sites.Length.ToString(CultureInfo.InvariantCulture), "hospitals");
        Tile(page, run.Plan.Scanners.Length.ToString(CultureInfo.InvariantCulture), "scanners");
        Tile(page, rows.ToString("N0", CultureInfo.InvariantCulture), "scans used");
        Tile(page, run.Plan.Features.Length.ToString("N0", CultureInfo.InvariantCulture), "features");
        Tile(page, NumberFormat.Bytes(run.Exchange.Where(m => m.ToCoordinator).Sum(m => m.Bytes)), "left all hospitals together, sums and declared reports only");
        page.Append("</ul>\n");
    }

    private static void Refusals(StringBuilder page, StudyRun run)
    {
        foreach (AnalysisFinding refused in run.Refused)
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"not-usable\" role=\"alert\"><b>{Text(refused.Analysis.Id)}</b> was refused ({Text(refused.Code)}): {Text(refused.Reason)}</p>");
    }

    private static void Spread(StringBuilder page, IReadOnlyList<FeatureSpread> spreads)
    {
        FeatureSpread[] worst = [.. spreads.OrderByDescending(s => double.IsFinite(s.Raw) ? s.Raw : -1).Take(60)];
        page.Append(CultureInfo.InvariantCulture, $"<h2>How much scanners differ</h2><p>Coefficient of variation between scanners: the square root of the between-scanner variance component over the mean. Clinical use wants less than 10–15 %. Zero means that scanners differ no more than the patients on them would by chance; the last column but one, the variation of the scanners' means, still holds that chance.{(worst.Length < spreads.Count ? $" Shown: the {worst.Length} most scanner-dependent of {spreads.Count} features." : "")}</p>");
        page.Append("<figure class=\"scroll\">").Append(SpreadPlot.Draw(worst)).Append("</figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of spread per feature\"><table><caption>Between-scanner coefficient of variation, as measured and harmonized</caption><thead><tr><th scope=\"col\">feature</th><th scope=\"col\">as measured</th><th scope=\"col\">harmonized</th><th scope=\"col\">scanners' means, harmonized</th><th scope=\"col\">verdict</th></tr></thead><tbody>");
        foreach (FeatureSpread s in worst)
        {
            string verdict = Verdict(double.IsFinite(s.Harmonized) ? s.Harmonized : s.Raw);
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(s.Feature)}</th><td>{NumberFormat.Percent(s.Raw)}</td><td>{NumberFormat.Percent(s.Harmonized)}</td><td>{NumberFormat.Percent(s.MeansHarmonized)}</td><td class=\"{verdict.Replace(' ', '-')}\">{verdict}</td></tr>");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Plots(StringBuilder page, StudyRun run, IReadOnlyList<FeatureSpread> spreads)
    {
        string? id = run.Harmonization?.Analysis.Id;
        if (id is null) return;
        // The features whose scanners differed most come first: these are what a reader wants to see mended.
        Dictionary<string, double> raw = spreads.ToDictionary(s => s.Feature, s => double.IsFinite(s.Raw) ? s.Raw : -1, StringComparer.Ordinal);
        int[] shown = [.. Enumerable.Range(0, run.Plan.Features.Length).OrderByDescending(f => raw.GetValueOrDefault(run.Plan.Features[f])).Take(MostPlots)];
        page.Append(CultureInfo.InvariantCulture, $"<h2>Before and after, per feature</h2><p>Each box is one scanner: quartiles and median, whiskers to 1.5 interquartile ranges{(run.Plan.Scale == FeatureScale.Log ? "; logarithmic axis" : "")}. The dashed line is the median of all scans.{(shown.Length < run.Plan.Features.Length ? $" Shown: {shown.Length} of {run.Plan.Features.Length} features." : "")}</p>");
        foreach (int f in shown)
        {
            List<ScannerValues> before = [], after = [];
            for (int scanner = 0; scanner < run.Plan.Scanners.Length; scanner++)
            {
                before.Add(new ScannerValues(run.Plan.Scanners[scanner], [.. run.Sites.SelectMany(s => Column(s.Table, s.Table.Features, f, scanner)).Select(v => run.Plan.Scale == FeatureScale.Log ? double.Exp(v) : v)]));
                after.Add(new ScannerValues(run.Plan.Scanners[scanner], [.. run.Sites.Where(s => s.Harmonized.ContainsKey(id)).SelectMany(s => Column(s.Table, s.Harmonized[id].Features, f, scanner))]));
            }

            page.Append(CultureInfo.InvariantCulture, $"<figure><h3>{Text(run.Plan.Features[f])}</h3>");
            page.Append(BoxPlot.Draw(run.Plan.Features[f], run.Plan.Scale == FeatureScale.Log, before, after)).Append("</figure>\n");
        }
    }

    private static IEnumerable<double> Column(StudyTable table, double[] values, int feature, int scanner)
    {
        int p = table.Plan.Features.Length;
        for (int r = 0; r < table.Rows; r++)
            if (table.Scanner[r] == scanner) yield return values[((long)r * p) + feature];
    }

    private static void Rows(StringBuilder page, StudyRun run)
    {
        page.Append("<h2>Who took part</h2><div class=\"scroll\"><table><caption>Scans per hospital: used, and left out by reason</caption><thead><tr><th scope=\"col\">hospital</th><th scope=\"col\">scans used</th><th scope=\"col\">left out</th></tr></thead><tbody>");
        foreach (SiteOutcome site in run.Sites)
        {
            string left = string.Join(", ", site.Table.Excluded.Where(e => e.Value > 0).Select(e => $"{e.Value} {Reason(e.Key)}"));
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(site.Label)}</th><td>{site.Table.Rows}</td><td>{(left.Length == 0 ? "none" : left)}</td></tr>");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static string Reason(ExclusionReason reason) => reason switch
    {
        ExclusionReason.ScannerNotInPlan => "on a scanner outside the plan",
        ExclusionReason.CovariateMissing => "without a covariate",
        ExclusionReason.LevelNotInPlan => "with a level outside the plan",
        ExclusionReason.NoFeatureValue => "without any feature",
        ExclusionReason.OutsideFit => "not used to estimate",
        ExclusionReason.NoCohortRow => "without a cohort row",
        ExclusionReason.ProtocolNotFollowed => "acquired outside the protocol",
        ExclusionReason.NotMeasured => "that could not be measured",
        _ => reason.ToString(),
    };

    private static void Exchange(StringBuilder page, StudyRun run)
    {
        page.Append("<h2>What left the hospitals</h2><div class=\"scroll\"><table><caption>Payloads sent, added over hospitals</caption><thead><tr><th scope=\"col\">analysis, step</th><th scope=\"col\">kind</th><th scope=\"col\">messages</th><th scope=\"col\">bytes</th></tr></thead><tbody>");
        foreach (IGrouping<(int Round, string Analysis, string Step, string Kind), ExchangedMessage> step in run.Exchange.Where(m => m.ToCoordinator).GroupBy(m => (m.Round, m.Analysis, m.Step, m.Kind)).OrderBy(g => g.Key.Round))
            page.Append(CultureInfo.InvariantCulture, $"<tr><th scope=\"row\">{Text(step.Key.Analysis)}, {Text(step.Key.Step)}</th><td>{step.Key.Kind}</td><td>{step.Count()}</td><td>{NumberFormat.Bytes(step.Sum(m => m.Bytes))}</td></tr>");
        page.Append("</tbody></table></div>\n");
    }

    private static void Footer(StringBuilder page, StudyRun run) => page.Append(
        CultureInfo.InvariantCulture,
        $"<footer>Plan {ResultsFolder.PlanDigest(run)} · Federated {Assembly.GetExecutingAssembly().GetName().Version!.ToString(3)} · transport {Text(run.Transport)} · {string.Join(", ", run.Phases.Select(p => $"{p.Name} {p.Duration.TotalSeconds:F2} s"))}</footer>");

    private static void Tile(StringBuilder page, string number, string label) => page.Append(CultureInfo.InvariantCulture, $"<li><b>{number}</b>{label}</li>");

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Style()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
