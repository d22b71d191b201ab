using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Statistics.OneWay;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Regression;

/// <summary>The document and the table of a regression; names are those of R.</summary>
internal static class RegressionResult
{
    public static AnalysisResult OfLinear(CoordinatorContext context, RegressionModel model, RegressionSizes sizes, LeastSquares fit)
    {
        int k = model.Columns.Length;
        int[] kept = [.. Enumerable.Range(0, k).Where(j => !fit.Aliased.Contains(j))];
        double[] covariance = [.. kept.SelectMany(i => kept.Select(j => fit.Variance * fit.UnscaledCovariance[(i * k) + j]))];
        double[] coefficients = [.. kept.Select(j => fit.Coefficients[j])];
        double quantile = Tails.StudentQuantile(model.Options.Confidence, fit.ResidualDegrees);
        var document = new JsonObject
        {
            ["sigma"] = Math.Sqrt(fit.Variance),
            ["df_residual"] = fit.ResidualDegrees,
            ["rss"] = fit.ResidualSquares,
            ["r2"] = fit.RSquared,
            ["adj_r2"] = fit.AdjustedRSquared,
            ["f"] = fit.F,
            ["f_p"] = UpperTail.F(fit.F, fit.ModelDegrees, fit.ResidualDegrees),
            ["loglik"] = fit.LogLikelihood,
            ["deviance"] = fit.ResidualSquares,
            ["null_deviance"] = fit.ModelSquares + fit.ResidualSquares,
            ["aic"] = fit.Aic,
        };
        if (fit.IsPerfect) document["note"] = "The fit is essentially perfect: standard errors and p-values are rounding.";
        return Of(context, model, sizes, "gaussian", "identity", kept, coefficients, covariance, "t", t => Tails.Student(t, fit.ResidualDegrees), quantile, document);
    }

    public static AnalysisResult OfGeneralized(
        CoordinatorContext context, RegressionModel model, RegressionSizes sizes, IFamily family, GeneralizedFit fit, double nullDeviance)
    {
        GeneralizedPoint found = fit.Found;
        int rank = fit.Kept.Count;
        var document = new JsonObject
        {
            ["deviance"] = found.Deviance,
            ["null_deviance"] = nullDeviance,
            ["loglik"] = found.LogLikelihood,
            ["aic"] = (-2 * found.LogLikelihood) + (2 * rank),
            ["df_residual"] = sizes.Rows - rank,
            ["df_null"] = sizes.Rows - (model.Intercept ? 1 : 0),
            ["pearson_chisq"] = found.Pearson,
            ["gradient_max_abs"] = fit.Gradient.Max(Math.Abs),
            ["iterations"] = fit.Points,
        };
        if (family is BinomialFamily) document["brier"] = found.SquaredError / sizes.WeightSum;
        if (model.Outcome.IsCategory) document["event"] = model.Outcome.Levels[1];
        double quantile = Tails.NormalQuantile(model.Options.Confidence);
        return Of(context, model, sizes, family.Name, family.Link, [.. fit.Kept], fit.Coefficients, fit.Covariance, "z", Tails.Normal, quantile, document);
    }

    private static AnalysisResult Of(
        CoordinatorContext context, RegressionModel model, RegressionSizes sizes, string family, string link, int[] kept, double[] coefficients, double[] covariance,
        string statistic, Func<double, double> tail, double quantile, JsonObject own)
    {
        string[] columns = ["name", "coef", "se", statistic, "p", "ci_lower", "ci_upper"];
        var rows = new IReadOnlyList<object?>[model.Columns.Length];
        for (int j = 0; j < rows.Length; j++)
        {
            int at = Array.IndexOf(kept, j);
            if (at < 0)
            {
                rows[j] = [model.Columns[j].Name, null, null, null, null, null, null];
                continue;
            }

            double coefficient = coefficients[at], error = Math.Sqrt(covariance[(at * kept.Length) + at]), ratio = coefficient / error;
            rows[j] = [model.Columns[j].Name, coefficient, error, ratio, tail(ratio), coefficient - (quantile * error), coefficient + (quantile * error)];
        }

        var document = new JsonObject
        {
            ["outcome"] = model.Outcome.Name,
            ["family"] = family,
            ["link"] = link,
            ["n"] = sizes.Rows,
            ["missing"] = sizes.Missing,
            ["excluded"] = sizes.ExcludedNode(),
            ["sites_with_rows"] = sizes.Sites.WithRows,
            ["converged"] = true,
            ["names"] = Names(model.Columns.Select(c => c.Name)),
            ["aliased"] = Names(model.Columns.Where((_, j) => !kept.Contains(j)).Select(c => c.Name)),
        };
        if (model.Options.From is { } from) document["from"] = from;
        for (int c = 1; c < columns.Length; c++) document[columns[c]] = new JsonArray([.. rows.Select(r => r[c] is double v ? JsonValue.Create(v) : null)]);
        document["confidence"] = model.Options.Confidence;
        document["vcov"] = new JsonArray([.. Enumerable.Range(0, kept.Length).Select(i =>
            new JsonArray([.. covariance.AsSpan(i * kept.Length, kept.Length).ToArray().Select(v => (JsonNode)v)]))]);
        foreach ((string key, JsonNode? value) in own) document[key] = value?.DeepClone();
        return new AnalysisResult(document, [new ResultTable("coefficients", [.. columns], rows)]);
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => (JsonNode)n)]);
}
