using System.Text.RegularExpressions;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Reports;
using Federated.Coordinator.Server.Commands;
using Federated.Coordinator.Server.Tests.Kit;
using Federated.Coordinator.Tests.Kit;

namespace Federated.Coordinator.Server.Tests.Pages;

/// <summary>A study's report: one document that needs nothing beside itself and tells methods from the frozen plan, results with n and intervals, the same in the export and on the pages.</summary>
public sealed class ReportTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_exported_report_tells_the_frozen_plan_participants_methods_and_results_and_fetches_nothing()
    {
        await using RunningCoordinator coordinator = await RunningCoordinator.StartAsync(readPlan: bytes => PlanDocument.Read(bytes.Span), catalogue: AnalysisCatalogue.Find, pages: true);
        await LargeConsortium.WriteAsync(coordinator.Server.Directory, DateTimeOffset.UnixEpoch.AddYears(56), Cancellation);
        using var folder = new TemporaryFolder();
        Assert.Contains("report.html", await StudyExport.WriteAsync(coordinator.Studies, LargeConsortium.Wide, folder.Path, Cancellation));
        string report = await File.ReadAllTextAsync(folder["report.html"], Cancellation);
        using Visitor statistician = await Visitor.OfAsync(coordinator, Role.Statistician);
        HttpResponseMessage page = await statistician.GetAsync($"/studies/{LargeConsortium.Wide}/report.html");
        Assert.Equal(report, await page.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(ReportPage.ContentPolicy, page.Headers.GetValues("Content-Security-Policy").Single());

        Assert.DoesNotContain("<script", report, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(new Regex("(src|href)=\"(?!data:|#)"), report);
        Assert.DoesNotContain("url(", report, StringComparison.Ordinal);
        string words = System.Net.WebUtility.HtmlDecode(Regex.Replace(report, "<[^>]+>", " "));
        string plan = (await coordinator.Studies.FindAsync(LargeConsortium.Wide, Cancellation)).Plan.Hex;
        foreach (string said in (string[])
                 [
                     $"Plan SHA-256 {plan}", "1 Frozen plan", "2 Participants", "3 Methods", "4 Results", "5 What left the hospitals", "hospital-19", "50 scanners, 1,000 features and 2 analyses",
                     "Scanner effects were removed by ComBat [1, 2] with parametric empirical Bayes estimates of location and scale per scanner and feature", "as measured and harmonized",
                     "858 of 1000 features differ by less than 10 % between scanners after harmonization", "scanner-49 lies furthest", "Table 1", "Figure 1", "in pooled standard deviations",
                 ])
            Assert.Contains(said, words, StringComparison.Ordinal);
    }

    [Fact]
    public void Estimates_stand_with_their_intervals_in_one_cell_and_shares_as_percentages()
    {
        var table = Federated.Coordinator.Pages.Facts.ResultGrid.Read("t", "name,coef,se,p,ci_lower,ci_upper,cov_between\nage,0.5,0.1,1E-09,0.3,0.7,0.123\nsex,NA,NA,NA,NA,NA,NA\n");
        (IReadOnlyList<string> columns, IReadOnlyList<int> kept) = ReportTable.Columns(table, 0.9, 10);
        Assert.Equal(["name", "coefficient (90 % CI)", "standard error", "p", "between scanners (CoV)"], columns);
        Assert.Equal(["age", "0.5000 (0.3000 to 0.7000)", "0.1000", "< 0.0001", "12 %"], kept.Select(c => ReportTable.Cell(table, 0, c)));
        Assert.Equal(["sex", "–", "–", "–", "–"], kept.Select(c => ReportTable.Cell(table, 1, c)));
    }

    [Fact]
    public void Every_kind_of_analysis_has_its_sentence_in_the_methods()
    {
        string yaml = """
            study: s
            scanners: [a, b]
            features: { names: [suv, mtv] }
            covariates: [{ name: age, type: continuous }, { name: sex, type: categorical, levels: [f, m] }]
            columns: [{ name: site, type: categorical, levels: [x, y] }, { name: yes, type: continuous }, { name: days, type: continuous }, { name: patient, type: label }]
            site: site
            analyses:
              - { id: a1, kind: describe }
              - { id: a2, kind: combat, mean-only: true, reference: a }
              - { id: c1, kind: combat, smooth: [{ covariate: age, bounds: [18, 90] }], covariance: { variance-explained: 0.9 } }
              - { id: a3, kind: variability, of: [raw, harmonized] }
              - { id: a4, kind: linear, outcome: suv, predictors: [age, sex] }
              - { id: a5, kind: logistic, outcome: yes, predictors: [harmonized], penalty: { lasso: path }, validate: { nested: 5, leave-one-site-out: true, subject: patient } }
              - { id: a6, kind: poisson, outcome: days, predictors: [age] }
              - { id: a7, kind: cox, time: days, status: yes, predictors: [suv], ties: breslow, strata: site }
              - { id: a8, kind: kaplan-meier, time: days, status: yes, group: sex }
              - { id: a9, kind: log-rank, time: days, status: yes, group: sex }
              - { id: b1, kind: roc-auc, outcome: yes, score: suv, values: { grid: [1, 2] } }
              - { id: b2, kind: wilcoxon, outcome: suv, group: sex }
              - { id: b3, kind: random-intercept, outcome: suv, predictors: [age], group: site }
              - { id: b4, kind: repeatability, subject: patient }
              - { id: b5, kind: screen, outcome: yes, adjust-for: [age] }
              - { id: b6, kind: train, outcome: yes, predictors: [suv] }
              - { id: b7, kind: phantoms }
            measurement: { calibration: { target: earl1 }, measures: [suvmax] }
            """;
        StudyPlan plan = StudyFile.Read(yaml, "s.yaml").Complete();
        string[] kinds = [.. AnalysisCatalogue.All.Select(a => a.Kind).Where(k => k is not ("survey" or "bounded-moments")).Order(StringComparer.Ordinal)];
        Assert.Equal(kinds, plan.Analyses.Select(a => a.Kind).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (AnalysisSpecification analysis in plan.Analyses)
        {
            string sentence = MethodsText.Of(plan, analysis);
            Assert.EndsWith(".", sentence, StringComparison.Ordinal);
            Assert.False(sentence.StartsWith(analysis.Kind + " with", StringComparison.Ordinal), sentence);
            Assert.DoesNotContain("\u201C\u201D", sentence, StringComparison.Ordinal);
        }
        Assert.Equal("Scanner effects were removed by ComBat [1, 2] with parametric empirical Bayes estimates of location per scanner and feature, relative to scanner a, keeping the effects of age and sex. Estimates follow from sums over hospitals and equal those of the pooled rows.", MethodsText.Of(plan, plan.Analyses[1]));
        Assert.Contains("The effect of age was a penalized cubic spline", MethodsText.Of(plan, plan.Analyses[2]), StringComparison.Ordinal);
        Assert.Contains("the principal components that explain 90 % of the variance", MethodsText.Of(plan, plan.Analyses[2]), StringComparison.Ordinal);
        Assert.Contains("with the penalty chosen inside each training part, and on each hospital by a model of the others; harmonization was estimated anew inside each training part.", MethodsText.Of(plan, plan.Analyses[5]), StringComparison.Ordinal);
    }
}
