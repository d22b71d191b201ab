using System.Text.Json.Nodes;
using Federated.Analyses.Regression;
using Federated.Statistics.Mixed;
using Federated.Statistics.Regression;

namespace Federated.Analyses.Mixed;

/// <summary>A mixed model as a document and tables; names are lme4's where it has one.</summary>
internal static class RandomInterceptResult
{
    public static AnalysisResult Of(
        CoordinatorContext context, RegressionModel model, Grouping grouping, RegressionSizes sizes, GroupsFound found, RandomIntercept restricted, RandomIntercept ordinary)
    {
        double quantile = Tails.NormalQuantile(model.Options.Confidence);
        IReadOnlyList<object?>[] rows = [.. Enumerable.Range(0, model.Columns.Length).Select(j => Row(model.Columns[j].Name, found.Kept.IndexOf(j), restricted, quantile))];
        var document = new JsonObject
        {
            ["outcome"] = model.Outcome.Name,
            [grouping.Named ? "group" : "subject"] = grouping.Value.Name,
            ["n"] = found.Sums.Rows,
            ["groups"] = found.Sums.Groups,
            ["missing"] = sizes.Missing,
            ["excluded"] = sizes.ExcludedNode(),
            ["without_group"] = found.Without,
            ["withheld"] = found.Withheld,
            ["sites"] = context.Sites,
            ["names"] = new JsonArray([.. model.Columns.Select(c => (JsonNode)c.Name)]),
            ["aliased"] = new JsonArray([.. Enumerable.Range(0, model.Columns.Length).Where(j => !found.Kept.Contains(j)).Select(j => (JsonNode)model.Columns[j].Name)]),
            ["confidence"] = model.Options.Confidence,
            ["reml_exact"] = Estimates(restricted, grouping, found),
            ["ml_exact"] = Estimates(ordinary, grouping, found),
            ["anova"] = Components(found),
        };
        if (restricted.GroupVariance == 0) document["note"] = $"Rows of one {grouping.Value.Name} resemble each other no more than rows of others: the variance between them is estimated as zero.";
        var tables = new List<ResultTable> { new("coefficients", ["name", "coef", "se", "z", "p", "ci_lower", "ci_upper"], rows) };
        if (grouping.Named) tables.Add(new ResultTable("groups", ["group", "n", "blup"], [.. found.Named.Select(g => new object?[] { grouping.Value.Levels[g.Level], g.Rows, restricted.Predict(g.Rows, g.Sums) })]));
        return new AnalysisResult(document, [.. tables]);
    }

    private static JsonObject? Components(GroupsFound found)
    {
        if (found.Kept.Length != 1) return null; // predictors take part of what lies between groups
        var components = OneWayComponents.Of(found.Sums);
        return new JsonObject
        {
            ["ms_between"] = components.MeanSquareBetween,
            ["ms_within"] = components.MeanSquareWithin,
            ["n0"] = components.TypicalSize,
            ["icc1"] = components.IntraclassCorrelation,
            ["var_group"] = components.GroupVariance,
        };
    }

    private static object?[] Row(string name, int at, RandomIntercept fit, double quantile)
    {
        if (at < 0) return [name, null, null, null, null, null, null];
        double coefficient = fit.Coefficients[at], error = Math.Sqrt(fit.Covariance[(at * fit.Coefficients.Length) + at]), z = coefficient / error;
        return [name, coefficient, error, z, Tails.Normal(z), coefficient - (quantile * error), coefficient + (quantile * error)];
    }

    private static JsonObject Estimates(RandomIntercept fit, Grouping grouping, GroupsFound found)
    {
        int k = fit.Coefficients.Length;
        var node = new JsonObject
        {
            ["fixed"] = new JsonArray([.. fit.Coefficients.Select(c => (JsonNode)c)]),
            ["fixed_se"] = new JsonArray([.. Enumerable.Range(0, k).Select(j => (JsonNode)Math.Sqrt(fit.Covariance[(j * k) + j]))]),
            ["var_group"] = fit.GroupVariance,
            ["var_residual"] = fit.ResidualVariance,
            ["icc"] = fit.IntraclassCorrelation,
            ["icc_ci"] = new JsonArray(fit.Interval.Lower, fit.Interval.Upper),
            ["criterion"] = fit.Criterion,
            ["loglik"] = fit.LogLikelihood,
        };
        if (!grouping.Named) return node;
        node["blup_group"] = new JsonArray([.. found.Named.Select(g => (JsonNode)grouping.Value.Levels[g.Level])]);
        node["blup"] = new JsonArray([.. found.Named.Select(g => (JsonNode)fit.Predict(g.Rows, g.Sums))]);
        return node;
    }
}
