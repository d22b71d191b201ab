using System.Text.Json.Nodes;

namespace Federated.Analyses.Regression;

/// <summary>The document and the table of a path of penalized models; names are those of the references made with glmnet.</summary>
internal static class PathResult
{
    public static AnalysisResult Of(
        CoordinatorContext context, RegressionModel model, RegressionSizes sizes, string family, IReadOnlyList<PathPoint> walked, double nullDeviance, int points)
    {
        PenaltyOptions options = model.Options.Penalty!;
        PathPoint[] path = options.Lambda.IsEmpty ? [.. walked] : [.. options.Lambda.Select(l => walked.First(p => p.Strength == l))];
        string[] names = [.. model.Columns.Skip(1).Select(c => c.Name)];
        var document = new JsonObject
        {
            ["outcome"] = model.Outcome.Name,
            ["family"] = family,
            ["alpha"] = options.Alpha,
            ["standardize"] = options.Standardize,
            ["n"] = sizes.Rows,
            ["missing"] = sizes.Missing,
            ["excluded"] = sizes.ExcludedNode(),
            ["sites_with_rows"] = sizes.Sites.WithRows,
            ["converged"] = true,
            ["names"] = new JsonArray([.. names.Select(n => (JsonNode)n)]),
            ["lambda"] = Numbers(path.Select(p => p.Strength)),
            ["intercept"] = Numbers(path.Select(p => p.Coefficients[0])),
            ["coef_by_lambda"] = new JsonArray([.. path.Select(p => (JsonNode)Numbers(p.Coefficients.Skip(1)))]),
            ["df"] = new JsonArray([.. path.Select(p => (JsonNode)p.Nonzero)]),
            ["objective"] = Numbers(path.Select(p => p.Objective)),
            ["deviance"] = Numbers(path.Select(p => p.Deviance)),
            ["dev_ratio"] = Numbers(path.Select(p => 1 - (p.Deviance / nullDeviance))),
            ["nulldev"] = nullDeviance,
            ["iterations"] = points,
        };
        if (model.Options.From is { } from) document["from"] = from;
        if (model.Outcome.IsCategory) document["event"] = model.Outcome.Levels[1];
        IReadOnlyList<object?>[] rows = [.. path.Select(p => (IReadOnlyList<object?>)[
            p.Strength, (long)p.Nonzero, 1 - (p.Deviance / nullDeviance), p.Objective, .. p.Coefficients.Cast<object?>()])];
        return new AnalysisResult(document, [new ResultTable("path", ["lambda", "df", "dev_ratio", "objective", "(Intercept)", .. names], rows)]);
    }

    private static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(v => (JsonNode)v)]);
}
