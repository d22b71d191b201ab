using Federated.Coordinator.Pages.Facts;
using Federated.Coordinator.Running;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>The single numbers of a result that a reader of a paper looks for, in the words of a paper.</summary>
internal static class ReportFacts
{
    // What only programs need, or stands elsewhere in the report.
    private static readonly HashSet<string> Left = new(StringComparer.Ordinal)
    {
        "sites", "rounds", "converged", "stopping", "gradient_max_abs", "iterations", "points", "confidence", "features", "from", "note", "scale", "seed", "minimum_rows", "sites_with_rows", "units", "plan", "headline",
    };

    private static readonly string[] LeftGroups = ["rows_per_scanner:", "missing_per_feature:", "excluded:", "validation:", "bands:", "concordance_counts:", "definitions:", "versions:", "features_untouched:"];

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["n"] = "rows (n)",
        ["n_pos"] = "positives (n)",
        ["n_neg"] = "negatives (n)",
        ["missing"] = "rows or values missing (n)",
        ["loglik"] = "log likelihood",
        ["loglik_null"] = "log likelihood without predictors",
        ["aic"] = "AIC",
        ["df_residual"] = "residual degrees of freedom",
        ["df_null"] = "null degrees of freedom",
        ["pearson_chisq"] = "Pearson's chi-squared",
        ["brier"] = "Brier score (rows that made the model)",
        ["auc"] = "area under the curve",
        ["delong_ci"] = "DeLong's interval",
        ["delong_se"] = "DeLong's standard error",
        ["chisq"] = "chi-squared",
        ["df"] = "degrees of freedom",
        ["lr_test"] = "likelihood ratio",
        ["lr_p"] = "p (likelihood ratio)",
        ["wald_test"] = "Wald",
        ["wald_p"] = "p (Wald)",
        ["score_test"] = "score",
        ["score_p"] = "p (score)",
        ["training_rounds"] = "rounds of training",
        ["best_after"] = "best after round",
        ["mean_only"] = "locations only",
        ["empirical_bayes"] = "empirical Bayes",
    };

    /// <summary>Names and values, at most so many.</summary>
    public static IEnumerable<(string Name, string Value)> Of(ResultDocument document, int most) => ResultFacts.Of(document)
        .Where(f => !Left.Contains(f.Name) && !LeftGroups.Any(g => f.Name.StartsWith(g, StringComparison.Ordinal)) && f.Name is not ("delong_variance" or "delong_ci95"))
        .Select(f => (Names.GetValueOrDefault(f.Name, f.Name.Replace('_', ' ')), f.Value)).Take(most);
}
