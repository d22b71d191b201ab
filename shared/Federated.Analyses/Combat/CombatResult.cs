using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Statistics.Harmonization;
using Federated.Statistics.Harmonization.Covariance;
using Federated.Statistics.Harmonization.Smoothing;

namespace Federated.Analyses.Combat;

/// <summary>
/// What a ComBat tells the consortium: the frozen model per feature, what was left untouched, and the scanner effects if they are shared.
/// </summary>
internal sealed class CombatResult(StudyPlan plan, CombatOptions options, CombatDesign design, SurveyResult survey, CombatFrame frame, int sites, int steps)
{
    /// <summary>Strengths and freedom of smooth effects; null: all effects are straight.</summary>
    public Smoothness? Smoothness { get; init; }

    /// <summary>Components whose scores are harmonized too; null: none.</summary>
    public PrincipalComponents? Components { get; init; }

    public AnalysisResult Of(CombatModel model, IReadOnlyCollection<int> constant, IReadOnlyList<(string Site, Report Report)> reports)
    {
        int[] untouched = [.. Enumerable.Range(0, model.Features).Where(f => !model.IsHarmonized(f))];
        ImmutableArray<ScannerEffects> effects =
            [.. reports.SelectMany(r => r.Report.ScannerEffects).DistinctBy(e => e.Scanner).OrderBy(e => e.Scanner)];
        var tables = ImmutableArray.CreateBuilder<ResultTable>();
        tables.Add(Features(model));
        if (Smoothness is not null) tables.Add(Smooth(model, Smoothness));
        if (Components is not null) tables.Add(Covariance(Components));
        if (!effects.IsEmpty)
        {
            tables.Add(Effects("gamma_star", effects, e => e.GammaStar));
            tables.Add(Effects("delta_star", effects, e => e.DeltaStar));
        }

        return new AnalysisResult(Document(model, untouched, constant, reports), tables.ToImmutable());
    }

    private JsonObject Document(CombatModel model, int[] untouched, IReadOnlyCollection<int> constant, IReadOnlyList<(string Site, Report Report)> reports)
    {
        int harmonized = model.Features - untouched.Length;
        bool shrinks = options.Settings.Shrinkage != Shrinkage.None && harmonized >= 2;
        var document = new JsonObject
        {
            ["n"] = survey.Rows,
            ["sites"] = sites,
            ["rounds"] = steps,
            ["converged"] = true,
            ["empirical_bayes"] = shrinks ? Word(options.Settings.Shrinkage.ToString()) : "none",
            ["mean_only"] = options.Settings.MeanOnly,
            ["reference"] = options.Reference,
            ["stopping"] = Word(options.Settings.Stopping.ToString()),
            ["scale"] = Word(plan.Scale.ToString()),
            ["features"] = model.Features,
            ["features_harmonized"] = harmonized,
            ["features_untouched"] = Untouched(untouched, constant),
            ["covariates"] = new JsonArray([.. Enumerable.Range(0, design.Columns).Select(c => (JsonNode)design.Name(c))]),
            ["missing"] = Total(survey.MissingPerFeature),
            ["missing_per_feature"] = Counts(frame.Incomplete, f => plan.Features[f], f => survey.MissingPerFeature[f]),
            ["rows_per_scanner"] = Counts(Present(survey.RowsPerScanner), s => plan.Scanners[s], s => survey.RowsPerScanner[s]),
            ["new_scanners"] = new JsonArray([.. frame.New.Select(s => (JsonNode)plan.Scanners[s])]),
            ["scanners_at_several_sites"] = new JsonArray([.. frame.Shared.Select(s => (JsonNode)plan.Scanners[s])]),
            ["excluded"] = Excluded(reports),
        };
        if (!shrinks && options.Settings.Shrinkage != Shrinkage.None)
            document["note"] = "Fewer than two features are left to learn a prior from: locations and scales are used as estimated.";
        return document;
    }

    private ResultTable Features(CombatModel model)
    {
        string[] columns = ["feature", "grand_mean", "var_pooled", .. Enumerable.Range(0, design.Columns).Select(c => "beta:" + design.Name(c))];
        var rows = new object?[model.Features][];
        for (int f = 0; f < rows.Length; f++)
        {
            rows[f] = new object?[columns.Length];
            rows[f][0] = plan.Features[f];
            if (!model.IsHarmonized(f)) continue; // nothing is known of a feature that is left untouched
            rows[f][1] = model.GrandMean(f);
            rows[f][2] = model.Variance[f];
            for (int a = 0; a < model.Columns; a++)
                rows[f][3 + a] = double.ScaleB(model.Beta[(a * model.Features) + f], -frame.DesignExponent[a]);
        }

        return new ResultTable("features", [.. columns], rows);
    }

    /// <summary>The variance of each component, in variances of one feature, and whether its scores were harmonized.</summary>
    private static ResultTable Covariance(PrincipalComponents components)
    {
        double total = Total(components.Eigenvalues), cumulated = 0;
        return new ResultTable("covariance", ["component", "eigenvalue", "cumulative_share", "harmonized"],
            [.. components.Eigenvalues.Select((e, c) => (IReadOnlyList<object?>)[c + 1, e, (cumulated += e) / total, c < components.Count ? 1 : 0])]);
    }

    private static double Total(double[] values)
    {
        double total = 0;
        foreach (double value in values) total += value;
        return total;
    }

    /// <summary>How smooth each curve is: lambda, and how many columns' worth of freedom all covariates used.</summary>
    private ResultTable Smooth(CombatModel model, Smoothness found) => new(
        "smoothness", ["feature", .. design.Terms.Select(t => "lambda:" + design.Covariate(t)), "edf"],
        [.. Enumerable.Range(0, model.Features).Select(f => (IReadOnlyList<object?>)[
            plan.Features[f], .. found.Strength.Where((_, i) => i % model.Features == f).Append(found.EffectiveColumns[f]).Select(v => double.IsNaN(v) ? null : (object?)v)])]);

    private ResultTable Effects(string name, ImmutableArray<ScannerEffects> effects, Func<ScannerEffects, double[]> part) => new(
        name, ["scanner", .. plan.Features],
        [.. effects.Select(e => (IReadOnlyList<object?>)[plan.Scanners[e.Scanner], .. part(e).Select(v => double.IsNaN(v) ? null : (object?)v)])]);

    private JsonObject Untouched(int[] untouched, IReadOnlyCollection<int> constant)
    {
        var reasons = new JsonObject();
        foreach (int f in untouched)
        {
            reasons.Add(plan.Features[f], constant.Contains(f)
                ? "constant within a scanner, or with a single value there"
                : "no spread is left within scanners, or too few values");
        }

        return reasons;
    }

    private static JsonObject Excluded(IReadOnlyList<(string Site, Report Report)> reports)
    {
        var excluded = new JsonObject();
        foreach (IGrouping<ExclusionReason, KeyValuePair<ExclusionReason, long>> reason in
                 reports.SelectMany(r => r.Report.Rows.Excluded).GroupBy(e => e.Key).OrderBy(g => g.Key))
        {
            excluded.Add(Word(reason.Key.ToString()), reason.Sum(e => e.Value));
        }

        return excluded;
    }

    private static JsonObject Counts(IEnumerable<int> indices, Func<int, string> name, Func<int, long> count) =>
        new(indices.Select(i => KeyValuePair.Create(name(i), (JsonNode?)count(i))));

    private static IEnumerable<int> Present(ImmutableArray<long> rows) => Enumerable.Range(0, rows.Length).Where(s => rows[s] > 0);

    private static long Total(ImmutableArray<long> counts)
    {
        long total = 0;
        foreach (long count in counts) total += count;
        return total;
    }

    /// <summary>ScannerNotInPlan becomes scanner-not-in-plan.</summary>
    private static string Word(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "-") + char.ToLowerInvariant(c) : c.ToString()));
}
