using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Federated.Analyses;
using Federated.Coordinator.Pages.Charts;
using Federated.Coordinator.Pages.Facts;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>What a program that knows more than the coordinator, such as the simulator, adds to a report.</summary>
/// <param name="Results">Writes parts at the end of the results.</param>
/// <param name="Footer">Lines of the footer.</param>
public sealed record ReportAdditions(Action<ReportPage> Results, IReadOnlyList<string> Footer);

/// <summary>A study's report: methods and results as a paper has them, from the frozen plan and the results alone. One document without script or anything to fetch, for screen and paper.</summary>
public static class StudyReport
{
    private const int MostRows = 40, MostColumns = 12, MostFeatures = 60, MostFacts = 18;
    private const double DeepestEffect = 2;

    // Tables that a figure or a shorter table stands for; they are whole in their files.
    private static readonly HashSet<string> DrawnOrLong = new(StringComparer.Ordinal) { "gamma_star", "delta_star", "curve", "curves", "histogram", "quantiles", "rounds", "baseline", "path", "variability" };

    /// <summary>The document.</summary>
    public static string Write(ReportedStudy study, ReportAdditions? additions = null)
    {
        var page = new ReportPage();
        Plan(page, study);
        Participants(page, study);
        Methods(page, study);
        page.Section("Results");
        foreach (AnalysisFinding finding in study.Findings.Where(f => f.Analysis.Id != AnalysisDependencies.Survey)) Result(page, finding);
        additions?.Results(page);
        Exchange(page, study);
        return page.Close(
            study.Plan.Title, Lead(study),
            [
                $"Plan SHA-256 {study.Study.Plan.Hex}. Manifest SHA-256 {study.Manifest.Digest}. Federated {ReportedStudy.Version}, .NET {Environment.Version}.",
                .. additions?.Footer ?? [],
                "Numbers are from sums over hospitals and equal those of the pooled rows. The plan, the manifest, the approvals with their signatures and every table in full lie beside this report.",
            ]);
    }

    private static IEnumerable<string> Lead(ReportedStudy study)
    {
        if (study.Plan.Purpose.Length > 0) yield return study.Plan.Purpose.TrimEnd('.') + ".";
        FeatureVariation[] features = [.. Variation.Of(study.Findings).Features];
        if (features.Any(f => double.IsFinite(f.Harmonized)))
            yield return $"{features.Count(f => f.Verdict is "usable")} of {features.Length} features differ by less than 10 % between scanners after harmonization; as measured it was {features.Count(f => FeatureVariation.VerdictOn(f.Raw) is "usable")}.";
    }

    private static void Plan(ReportPage page, ReportedStudy reported)
    {
        Study study = reported.Study;
        page.Section("Frozen plan");
        page.Facts(
        [
            ("Study", study.Created.Id), ("Recipient of results", Stated(reported.Plan.Recipient)), ("Ethics or data permit", Stated(reported.Plan.Approval)),
            ("Plan frozen", Words.Time(study.Created.At)), ("Plan SHA-256", study.Plan.Hex), ("Manifest SHA-256", reported.Manifest.Digest.ToString()!),
            ("First round", study.Rounds.Count > 0 ? Words.Time(study.Rounds[0].Request.At) : "–"), ("Attempt", study.Attempt.ToString(CultureInfo.InvariantCulture)),
            ("Sums", study.Created.Masked ? "masked: only the total over hospitals can be read" : "plain: the coordinator could see each hospital's own"), ("Software", $"Federated {ReportedStudy.Version}"),
        ]);
        page.Table("Analyses of the plan, in running order, and how they ended", ["Analysis", "Kind", "Rounds", "Outcome"], study.Created.Analyses.Select(a => (IReadOnlyList<string>)
        [
            a.Id, a.Kind, study.OutcomesOf(a.Id).Count().ToString(CultureInfo.InvariantCulture),
            study.Outcomes.TryGetValue(a.Id, out AnalysisOutcome? outcome) ? outcome.IsRefused ? $"refused ({outcome.Code}): {outcome.Reason}" : "concluded" : "open",
        ]));
    }

    private static void Participants(ReportPage page, ReportedStudy reported)
    {
        Study study = reported.Study;
        page.Section("Participants");
        ILookup<string, Running.ReportedRows> rows = reported.Rows.GroupBy(r => r.Site, StringComparer.Ordinal).Select(g => g.First()).ToLookup(r => r.Site, StringComparer.Ordinal);
        page.Table(
            rows.Count > 0 ? $"Hospitals, their officers' approvals, and the scans that they used in {reported.Rows[0].Analysis}" : "Hospitals and their officers' approvals; no analysis of the plan tells rows per hospital",
            ["Hospital", "Approved", "Takes part", "Scans used (n)", "Left out (n, reason)"],
            study.Invited.Select(site => (IReadOnlyList<string>)
            [
                site, study.Decisions.GetValueOrDefault(site) is { Approval: SiteApproval.Approved } yes ? Words.Time(yes.At) : study.ApprovalOf(site).ToString().ToLowerInvariant(),
                study.Participants.Contains(site) ? "yes" : study.Dropped.TryGetValue(site, out string? why) ? $"no: {why}" : "no",
                rows[site].FirstOrDefault() is { } own ? own.Rows.Used.ToString("N0", CultureInfo.InvariantCulture) : "–", rows[site].FirstOrDefault() is { } left ? RowCounts.Excluded(left.Rows) : "–",
            ]));
        page.Table("Rows that each analysis used over all hospitals, and rows that it left out", ["Analysis", "Used (n)", "Missing (n)", "Left out (n, reason)"], RowCounts.ByAnalysis(reported.Findings).Select(a => (IReadOnlyList<string>)
        [
            a.Analysis, Number(a.Used), Number(a.Missing), a.Excluded.Count == 0 ? "none told" : string.Join("; ", a.Excluded.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Rows:N0} {e.Reason}"))),
        ]));
        IReadOnlyList<(string Feature, long Missing)> missing = RowCounts.Missing(reported.Findings);
        if (missing.Count == 0) page.Paragraph("No value of a feature was told to be missing before modelling.");
        else page.Table($"Values that were missing before modelling{Shown(missing.Count, MostRows, "feature")}", ["Feature", "Missing (n)"], missing.Take(MostRows).Select(m => (IReadOnlyList<string>)[m.Feature, Number(m.Missing)]));
    }

    private static void Methods(ReportPage page, ReportedStudy reported)
    {
        page.Section("Methods");
        page.Paragraph(string.Join(" ", MethodsText.Design(reported.Plan)));
        foreach (Federated.Analyses.Study.AnalysisSpecification analysis in reported.Plan.Analyses) page.Named(analysis.Id, MethodsText.Of(reported.Plan, analysis));
        foreach (string reference in MethodsText.References(reported.Plan)) page.Paragraph(reference, "reference");
    }

    private static void Result(ReportPage page, AnalysisFinding finding)
    {
        page.Part($"{finding.Analysis.Id} ({finding.Analysis.Kind})");
        if (finding.Document is not { } document)
        {
            page.Paragraph($"Refused ({finding.Code}): {finding.Reason}", "not-usable");
            return;
        }

        (string Name, string Value)[] facts = [.. ReportFacts.Of(document, MostFacts)];
        if (facts.Length > 0) page.Facts(facts);
        ResultGrid[] tables = [.. document.Tables.Select(t => ResultGrid.Read(t.Name, t.Csv))];
        if (finding.Analysis.Kind is "variability" or "combat") Scanners(page, finding);
        foreach (Figure figure in ResultCharts.Of(tables).Concat(ValidationCharts.Of(document.Json)).Where(f => f.Svg.Length > 0)) page.Figure($"{figure.Title}, {finding.Analysis.Id}.", figure.Svg);
        if (ValidationTable.Of(document.Json) is { Count: > 0 } validated) page.Table($"Predictions of {finding.Analysis.Id} on rows that made the model and on rows that it had not seen", ValidationTable.Columns, validated);
        double confidence = Confidence(document.Json);
        if (SurvivalGroups.Of(document.Json) is { Count: > 0 } groups)
            page.Table($"Survival by group, {finding.Analysis.Id}; times in the units of the study's column", SurvivalGroups.Columns, groups);
        foreach (ResultGrid table in tables.Where(t => t.Rows.Count > 0 && t.Columns.Count > 0 && !DrawnOrLong.Contains(t.Name)))
        {
            (IReadOnlyList<string> columns, IReadOnlyList<int> kept) = ReportTable.Columns(table, confidence, MostColumns);
            page.Table(
                $"{table.Name.Replace('_', ' ')} of {finding.Analysis.Id}{Shown(table.Rows.Count, MostRows, "row")}{(kept.Count < MostColumns ? "" : ", first columns")}", columns,
                Enumerable.Range(0, Math.Min(table.Rows.Count, MostRows)).Select(row => (IReadOnlyList<string>)[.. kept.Select(c => ReportTable.Cell(table, row, c))]));
        }
    }

    private static void Scanners(ReportPage page, AnalysisFinding finding)
    {
        var variation = Variation.Of([finding]);
        if (variation.Features.Count > 0)
        {
            FeatureVariation[] worst = [.. variation.Features.OrderByDescending(f => double.IsFinite(f.Raw) ? f.Raw : -1).Take(MostFeatures)];
            page.Figure($"Between-scanner coefficient of variation per feature, hollow as measured, filled harmonized; the band is 10 to 15 %{Shown(variation.Features.Count, MostFeatures, "feature")}.", SpreadChart.Draw(worst));
            page.Table($"Can a feature be used across hospitals? Coefficient of variation (CoV) between scanners; usable below 10 %, not above 15 %{Shown(variation.Features.Count, MostFeatures, "feature")}",
                ["Feature", "As measured (CoV)", "Harmonized (CoV)", "Scanners' means, harmonized (CoV)", "Verdict"],
                worst.Select(f => (IReadOnlyList<string>)[f.Feature, Words.Percent(f.Raw), Words.Percent(f.Harmonized), Words.Percent(f.MeansHarmonized), f.Verdict]));
        }

        if (variation.Effects is not { } effects) return;
        (string Scanner, double Distance)[] far = [.. effects.ByDistance()];
        page.Paragraph($"{far[0].Scanner} lies furthest from the others: {Words.Number(far[0].Distance)} pooled standard deviations, root mean square over features{(far.Length > 1 ? $"; next is {far[1].Scanner} with {Words.Number(far[1].Distance)}" : "")}.");
        Heat(page, effects, "Location effects of scanners (rows, top to bottom: {0}) on features (columns, in the plan's order), in pooled standard deviations: blue below the others, red above, full colour at 2.", effects.Location);
        Heat(page, effects, "Scale effects of scanners (rows, top to bottom: {0}) on features, log2 of the ratio of variances: blue less scatter, red more, full colour at 2.", [.. effects.Scale.Select(row => Array.ConvertAll(row, Math.Log2))]);
    }

    private static void Heat(ReportPage page, ScannerEffectsGrid effects, string caption, double[][] values)
    {
        string title = string.Format(CultureInfo.InvariantCulture, caption, string.Join(", ", effects.Scanners));
        page.Figure(title, $"<img alt=\"{System.Net.WebUtility.HtmlEncode(title)}\" src=\"data:image/png;base64,{Convert.ToBase64String(HeatMap.Png(values, DeepestEffect))}\">");
    }

    private static void Exchange(ReportPage page, ReportedStudy reported)
    {
        page.Section("What left the hospitals");
        Round[] rounds = [.. reported.Study.Rounds.Where(r => r.State == RoundState.Aggregated)];
        page.Paragraph($"{Words.Bytes(rounds.Sum(r => r.Answers.Values.Sum(a => a.Payload?.Bytes ?? 0)))} in {rounds.Length:N0} rounds, all hospitals together.");
        page.Table("Payloads that were added up, over hospitals and rounds", ["Analysis, step", "Kind", "Rounds", "Messages", "Sent"], rounds
            .GroupBy(r => (r.Request.Analysis, r.Request.Step, r.Request.Kind)).Take(MostRows).Select(g => (IReadOnlyList<string>)
            [
                $"{g.Key.Analysis}, {g.Key.Step}", g.Key.Kind == ExchangeKind.Sum ? "sum" : "report, seen per hospital", Number(g.Count()), Number(g.Sum(r => r.Answers.Values.Count(a => a.Payload is not null))),
                Words.Bytes(g.Sum(r => r.Answers.Values.Sum(a => a.Payload?.Bytes ?? 0))),
            ]));
    }

    private static double Confidence(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("confidence", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0.95;
    }

    private static string Shown(int all, int most, string what) => all <= most ? "" : string.Create(CultureInfo.InvariantCulture, $"; the first {most} of {all:N0} {what}s");

    private static string Number(long? count) => count is { } n ? n.ToString("N0", CultureInfo.InvariantCulture) : "–";

    private static string Stated(string text) => text.Length == 0 ? "not stated" : text;
}
