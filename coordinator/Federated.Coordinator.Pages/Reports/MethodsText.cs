using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>A study's methods in sentences, from the frozen plan alone: what was done is what was approved.</summary>
public static class MethodsText
{
    private const int MostNamed = 12;

    /// <summary>How data were brought together without being brought together.</summary>
    public static IEnumerable<string> Design(StudyPlan plan)
    {
        yield return $"The analysis plan was frozen before any hospital computed: it names {Counted(plan.Scanners.Length, "scanner")}, {Counted(plan.Features.Length, "feature")} and {Counted(plan.Analyses.Length, "analysis", "analyses")}, and each hospital's officer approved its digest.";
        yield return plan.Privacy.Aggregation == Aggregation.Secure
            ? "No image and no patient's row left a hospital. Hospitals sent sums, as 128-bit fixed-point integers masked so that only the total over hospitals could be read, and the reports that the plan declares; exact addition makes results independent of the order and the division of rows among hospitals."
            : "No image and no patient's row left a hospital. Hospitals sent sums, as 128-bit fixed-point integers, and the reports that the plan declares; the plan asked for plain sums, so the coordinator could see each hospital's own. Exact addition makes results independent of the order and the division of rows among hospitals.";
        yield return $"A row is one scan on one of the plan's scanners ({Quoted(plan.ScannerColumn)}, one machine under one reconstruction). Rows were left out where the scanner or a level is not in the plan, a covariate is missing, or no feature has a value.";
        if (plan.FitOn is { } fit) yield return $"Estimates are from rows with {fit.Column} = {fit.Value}; all rows were then treated with the frozen estimates.";
        if (plan.Scale == FeatureScale.Log) yield return "Features were harmonized as natural logarithms and returned to the scale of measurement; values of zero or below count as missing.";
        if (plan.Privacy.MinimumRows is { } least) yield return $"Counts of fewer than {least} rows were not told.";
    }

    /// <summary>What one analysis did.</summary>
    public static string Of(StudyPlan plan, AnalysisSpecification analysis)
    {
        JsonObject o = analysis.Options;
        string word(string key, string otherwise) => (string?)o[key] ?? otherwise;
        string percent = Percent(o["confidence"] is JsonValue level ? (double)level : 0.95);
        string stages = Stages(plan, analysis);
        string outcome = Quoted(word("outcome", "")), predictors = Names(o["predictors"]);
        return analysis.Kind switch
        {
            "combat" => $"Scanner effects were removed by ComBat [1, 2] with {(word("empirical-bayes", "parametric") is "none" ? "estimates that are not shrunk" : $"{word("empirical-bayes", "parametric")} empirical Bayes estimates")} of {((bool?)o["mean-only"] ?? false ? "location" : "location and scale")} per scanner and feature"
                + (word("reference", "") is { Length: > 0 } reference ? $", relative to scanner {reference}" : "")
                + (plan.Covariates.IsEmpty ? "; no covariate was to be kept." : $", keeping the effects of {Listed(plan.Covariates.Select(c => c.Name))}.")
                + (o["smooth"] is JsonArray { Count: > 0 } smooth ? $" The effect of {Listed(smooth.Select(term => (string)term!["covariate"]!))} was a penalized cubic spline whose smoothness generalized cross-validation chose per feature, unless the plan gave it." : "")
                + (o["covariance"] is JsonObject covariance ? $" How features vary together was harmonized too (CovBat), in the scores of {(covariance["components"] is { } number ? $"{number} principal components" : $"the principal components that explain {Percent((double?)covariance["variance-explained"] ?? 0.95)} of the variance")}." : "")
                + " Estimates follow from sums over hospitals and equal those of the pooled rows.",
            "bounded-moments" => $"Number of patients, mean and standard deviation of {Names(o["values"])} were told with differential privacy: every patient counted once, values were held within the plan's bounds, and noise was added to the sums; beside each number stands how far the noise moves it.",
            "variability" => $"Variation between scanners was estimated per feature {stages} as the scanner component of a one-way analysis of variance with unequal sizes, told as coefficient of variation: the square root of that component over the mean. Below 10 % a feature counts as usable across scanners, to 15 % as borderline, above as not usable. Means were compared by Welch's test and variances by Bartlett's.",
            "describe" => $"Features were described {stages} by moments, histograms and quantiles (inverse of the pooled empirical distribution, told with the interval that is sure to hold them).",
            "linear" or "logistic" or "poisson" => Regression(analysis.Kind, o, outcome, predictors, percent),
            "cox" => $"Time to event ({Quoted(word("time", ""))}, event {Quoted(word("status", ""))}) was related to {predictors} by Cox's proportional hazards model with {Capital(word("ties", "efron"))}'s treatment of ties{(word("strata", "") is { Length: > 0 } strata ? $", stratified by {Quoted(strata)}" : "")}; intervals are Wald's at {percent}{Times(o)}.",
            "kaplan-meier" => $"Survival ({Quoted(word("time", ""))}, event {Quoted(word("status", ""))}) was estimated by Kaplan and Meier's product limit{(word("group", "") is { Length: > 0 } group ? $" by {Quoted(group)}" : "")} with Greenwood's errors and log-log intervals at {percent}{Times(o)}.",
            "log-rank" => $"Survival ({Quoted(word("time", ""))}, event {Quoted(word("status", ""))}) was compared between levels of {Quoted(word("group", ""))} by the {(o["rho"] is JsonValue rho && (double)rho != 0 ? string.Create(CultureInfo.InvariantCulture, $"weighted log-rank test (rho {(double)rho})") : "log-rank test")}{(word("strata", "") is { Length: > 0 } within ? $", stratified by {Quoted(within)}" : "")}{Times(o)}.",
            "roc-auc" => $"How well {Quoted(word("score", ""))} tells {outcome} was measured by the area under the receiver operating characteristic with DeLong's interval at {percent}{Grid(o)}.",
            "wilcoxon" => $"{outcome} was compared {(word("test", "rank-sum") is "signed-rank" or "signed_rank" ? $"with {Quoted(word("paired-with", ""))} of the same row by Wilcoxon's signed-rank test" : $"between levels of {Quoted(word("group", ""))} by Wilcoxon's rank-sum test")}{Grid(o)}.",
            "random-intercept" => $"{outcome} was related to {predictors} by a linear mixed model with a random intercept per {Quoted(word("group", word("subject", "group")))}, fitted by restricted maximum likelihood; the intraclass correlation has a profile interval at {percent}.",
            "repeatability" => $"Repeatability of every feature {stages} was estimated from repeated scans of one {Quoted(word("subject", "subject"))} ({(word("condition", "same-scanner") is "any-scanner" ? "on any scanner of the hospital" : "on the same scanner")}): within-subject standard deviation, repeatability coefficient and within-subject coefficient of variation, intervals at {percent}.",
            "phantoms" => "Scanners were compared by their own phantom scans: calibration factor, noise, resolution, recovery coefficients and harmonizing filter, with control charts over time.",
            "screen" => $"Every feature {stages} was related to {outcome}{(o["adjust-for"] is JsonArray { Count: > 0 } adjust ? $", adjusted for {Names(adjust)}" : "")}, by linear models; p-values were corrected for the number of features by {Correction(word("correction", "BH"))} ({Percent(o["alpha"] is JsonValue alpha ? (double)alpha : 0.05)}).",
            "train" => Training(o, outcome, predictors),
            _ => $"{analysis.Kind} with {PlainOptions(o)}.",
        };
    }

    /// <summary>What the numbers in brackets stand for, where a sentence has them.</summary>
    public static IEnumerable<string> References(StudyPlan plan) => plan.Analyses.Any(a => a.Kind is "combat")
        ? ["[1] Johnson WE, Li C, Rabinovic A. Adjusting batch effects in microarray expression data using empirical Bayes methods. Biostatistics 2007;8:118-127.", "[2] Fortin JP, et al. Harmonization of cortical thickness measurements across scanners and sites. NeuroImage 2018;167:104-120."]
        : [];

    private static string Regression(string kind, JsonObject o, string outcome, string predictors, string percent)
    {
        string sentence = $"{outcome} was related to {predictors} by {kind} regression{((string?)o["site-effects"] is "fixed" ? " with a fixed effect per hospital" : "")}{((string?)o["weights"] is { } weights ? $", weighted by {Quoted(weights)}" : "")}{((string?)o["offset"] is { } offset ? $", with offset {Quoted(offset)}" : "")}";
        sentence += o["penalty"] is JsonObject penalty
            ? $", with an elastic net penalty (share of the lasso {(penalty["lasso"] is not null ? "1" : penalty["alpha"]?.ToJsonString() ?? "1")}); no standard errors are told after a choice of columns."
            : $"; coefficients have Wald's intervals at {percent}.";
        if (o["validate"] is JsonObject v)
        {
            int folds = (int?)v["folds"] ?? (int?)v["nested"] ?? 0;
            sentence += $" Predictions were validated on rows that the model had not seen{(folds > 0 ? $", by {folds}-fold cross-validation{(v["nested"] is not null ? " with the penalty chosen inside each training part" : "")}" : "")}{((bool?)v["leave-one-site-out"] ?? false ? ", and on each hospital by a model of the others" : "")}; "
                + ((string?)v["harmonize"] is "before" ? "harmonization was estimated on all rows, which tells the model of rows that it must not know." : "harmonization was estimated anew inside each training part.");
        }

        return sentence;
    }

    private static string Training(JsonObject o, string outcome, string predictors)
    {
        string model = o["model"] is JsonObject network ? $"a multilayer perceptron ({string.Join(", ", network["hidden"]!.AsArray().Select(u => u!.ToJsonString()))} hidden units, {(string?)network["activation"] ?? "relu"})" : "a logistic model";
        string number(string key, string otherwise) => o[key] is JsonValue value ? value.ToJsonString() : otherwise;
        return $"{outcome} was predicted from {predictors} by {model}, trained in at most {number("rounds", "50")} rounds by {(string?)o["strategy"] ?? "fedavg"} ({number("local-epochs", "1")} local epochs, batches of {number("batch", "32")}, rate {number("rate", "0.1")}, participation {number("participation", "1")}, seed {number("seed", "1")}); a share of {number("validation", "0.2")} of rows was kept from training, and the model of least loss on them counts.";
    }

    private static string Stages(StudyPlan plan, AnalysisSpecification analysis)
    {
        if (analysis.Options["of"] is JsonArray { Count: > 0 } named) return string.Join(" and ", named.Select(s => (string)s! is "raw" ? "as measured" : (string)s!));
        return plan.Analyses.TakeWhile(a => a.Id != analysis.Id).Any(a => a.Kind is "combat") ? "as measured and as harmonized" : "as measured";
    }

    private static string Times(JsonObject o) => o["times"] is JsonObject times ? $"; times were rounded up to the ends of {times["grid"]!.AsArray().Count} agreed intervals" : "; times are exact";

    private static string Grid(JsonObject o) => o["values"] is JsonObject values && values["grid"] is JsonArray grid ? $"; values were rounded up to the ends of {grid.Count} agreed intervals" : "";

    private static string Correction(string word) => word switch { "BH" => "Benjamini and Hochberg's procedure", "BY" => "Benjamini and Yekutieli's procedure", "none" => "no procedure", _ => $"{Capital(word)}'s procedure" };

    private static string Names(JsonNode? list) => list is JsonArray { Count: > 0 } names ? Listed(names.Select(n => (string)n! is "harmonized" ? "every harmonized feature" : (string)n!)) : "nothing but an intercept";

    private static string Listed(IEnumerable<string> names)
    {
        ImmutableArray<string> all = [.. names];
        string[] shown = [.. all.Take(MostNamed)];
        if (all.Length > MostNamed) return $"{string.Join(", ", shown)} and {all.Length - MostNamed} more";
        return shown.Length < 2 ? string.Concat(shown) : $"{string.Join(", ", shown[..^1])} and {shown[^1]}";
    }

    private static string PlainOptions(JsonObject o) => o.Count == 0 ? "its default options" : string.Join(", ", o.Select(p => $"{p.Key} {p.Value?.ToJsonString()}"));

    private static string Quoted(string name) => $"\u201C{name}\u201D";

    private static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.##} %");

    private static string Counted(int count, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");
}
