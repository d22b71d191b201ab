using System.Globalization;
using Federated.Coordinator.Pages.Facts;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>A result's table as a paper prints it: estimates with their intervals in one cell, column names with units, columns that only programs need left out.</summary>
public static class ReportTable
{
    private static readonly (string Value, string Lower, string Upper)[] Intervals =
    [
        ("coef", "ci_lower", "ci_upper"), ("hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper"), ("survival", "loglog_lower", "loglog_upper"),
        ("within_sd", "within_sd_lower", "within_sd_upper"), ("rc", "rc_lower", "rc_upper"), ("auc", "auc_lower", "auc_upper"),
    ];

    // Shares that people read as percentages.
    private static readonly HashSet<string> Shares = new(StringComparer.Ordinal) { "cov_between", "cov_scanner_means", "between_share", "wcv", "wcv_rms", "limit_lower", "limit_upper", "survival" };

    private static readonly HashSet<string> ForPrograms = new(StringComparer.Ordinal) { "log_lower", "log_upper", "plain_lower", "plain_upper", "welch_f", "welch_df", "bartlett_chi2", "anova_f", "eta_squared", "between_variance" };

    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["coef"] = "coefficient",
        ["se"] = "standard error",
        ["p_adjusted"] = "p, corrected",
        ["hazard_ratio"] = "hazard ratio",
        ["cov_between"] = "between scanners (CoV)",
        ["cov_scanner_means"] = "scanners' means (CoV)",
        ["between_share"] = "share of variance between scanners",
        ["within_sd"] = "within SD (units of the feature)",
        ["rc"] = "repeatability coefficient (units of the feature)",
        ["wcv"] = "within-subject CoV",
        ["wcv_rms"] = "within-subject CoV (root mean square)",
        ["n_risk"] = "at risk",
        ["n_event"] = "events",
        ["n_censor"] = "censored",
        ["std_err_greenwood"] = "Greenwood's standard error",
        ["nelson_aalen_cumhaz"] = "cumulative hazard (Nelson-Aalen)",
        ["anova_p"] = "p (analysis of variance)",
        ["welch_p"] = "p (Welch)",
        ["bartlett_p"] = "p (Bartlett)",
        ["df_residual"] = "residual degrees of freedom",
        ["robust_se"] = "robust standard error",
        ["blup"] = "predicted intercept",
    };

    /// <summary>Its columns and rows as text.</summary>
    /// <param name="table">The table.</param>
    /// <param name="confidence">Confidence of its intervals.</param>
    /// <param name="most">Most columns.</param>
    public static (IReadOnlyList<string> Columns, IReadOnlyList<int> Kept) Columns(ResultGrid table, double confidence, int most)
    {
        var names = new List<string>();
        var kept = new List<int>();
        for (int c = 0; c < table.Columns.Count && kept.Count < most; c++)
        {
            string column = table.Columns[c];
            if (ForPrograms.Contains(column) || IsBound(table, column)) continue;
            string name = Words.GetValueOrDefault(column, column.Replace('_', ' '));
            names.Add(Bounds(table, column) is null ? name : string.Create(CultureInfo.InvariantCulture, $"{name} ({100 * confidence:0.#} % CI)"));
            kept.Add(c);
        }

        return (names, kept);
    }

    /// <summary>One cell as text.</summary>
    public static string Cell(ResultGrid table, int row, int column)
    {
        string name = table.Columns[column];
        string value = One(table, row, column, name);
        return Bounds(table, name) is not { } bounds || value is "–" ? value
            : $"{value} ({One(table, row, table.Find(bounds.Lower), name)} to {One(table, row, table.Find(bounds.Upper), name)})";
    }

    private static string One(ResultGrid table, int row, int column, string kind) =>
        Shares.Contains(kind) && ResultGrid.Number(table.Rows[row][column]) is var share && double.IsFinite(share) ? Facts.Words.Percent(share) : table.Shown(row, column);

    private static (string Lower, string Upper)? Bounds(ResultGrid table, string column)
    {
        foreach ((string value, string lower, string upper) in Intervals)
            if (string.Equals(value, column, StringComparison.Ordinal) && table.Has(lower, upper)) return (lower, upper);
        return null;
    }

    private static bool IsBound(ResultGrid table, string column) =>
        Intervals.Any(i => (string.Equals(i.Lower, column, StringComparison.Ordinal) || string.Equals(i.Upper, column, StringComparison.Ordinal)) && table.Has(i.Value));
}
