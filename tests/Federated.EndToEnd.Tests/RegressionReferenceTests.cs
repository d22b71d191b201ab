using System.Text.Json;

namespace Federated.EndToEnd.Tests;

/// <summary>Regressions over the whole product against R on the pooled rows.</summary>
public class RegressionReferenceTests
{
    // Where the reference's own figures are not of R's summary but of a tool that loses digits, or say how well R converged.
    private static readonly HashSet<string> NotCompared = ["software", "gradient_max_abs", "auc_in_sample"];

    public static TheoryData<string, string> Cases => new()
    {
        { "linear_diabetes", "memory" }, { "linear_longley_illconditioned", "memory" }, { "linear_weighted_synth", "memory" },
        { "logistic_breast_cancer_6", "memory" }, { "logistic_infert_factor", "memory" }, { "logistic_rank_deficient", "memory" }, { "logistic_rotterdam_recur", "memory" },
        { "logistic_site_fixed_effects", "memory" }, { "logistic_synth_2000x6", "memory" }, { "poisson_offset_synth", "memory" }, { "poisson_warpbreaks", "memory" },
        { "linear_diabetes", "grpc" }, { "linear_longley_illconditioned", "grpc" }, { "linear_weighted_synth", "grpc" },
        { "logistic_breast_cancer_6", "grpc" }, { "logistic_infert_factor", "grpc" }, { "logistic_rank_deficient", "grpc" }, { "logistic_rotterdam_recur", "grpc" },
        { "logistic_site_fixed_effects", "grpc" }, { "logistic_synth_2000x6", "grpc" }, { "poisson_offset_synth", "grpc" }, { "poisson_warpbreaks", "grpc" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Equals_R_on_the_pooled_rows(string name, string transport)
    {
        var reference = StatisticsCase.Open(name);
        JsonElement found = await reference.RunAsync(
            $"kind: {reference.Word("kind").Trim('"')}, outcome: {reference.Word("outcome")}, predictors: {reference.List("features")}, factors: {reference.List("factors")}, "
            + $"intercept: {reference.Word("intercept")}, offset: {reference.Word("offset")}, weights: {reference.Word("weights")}", transport);
        foreach (JsonProperty field in reference.Expected.EnumerateObject().Where(f => !NotCompared.Contains(f.Name)))
        {
            double tolerance = field.Name switch
            {
                "se" or "vcov" or "t" or "z" => 1e-8,
                "p" => 1e-6, // of z = 57, p moves a thousand times as fast as z
                _ => name.Contains("longley", StringComparison.Ordinal) ? 1e-7 : 1e-9,
            };
            Assert.True(found.TryGetProperty(field.Name, out JsonElement value), $"{name}: no {field.Name}");
            StatisticsCase.Agree(field.Value, value, tolerance, $"{name}: {field.Name}");
        }
    }

    public static TheoryData<string, string, string> Penalized
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (string name in (string[])["enet_gaussian_diabetes_a05", "enet_logistic_breast_cancer_lasso", "enet_logistic_synth_a05", "enet_logistic_synth_nostd_a03"])
            {
                cases.Add(name, "memory", "plain");
                cases.Add(name, "grpc", "plain");
                cases.Add(name, "grpc", "secure");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Penalized))]
    public async Task Finds_the_exact_minimum_of_every_penalized_model(string name, string transport, string aggregation)
    {
        var reference = StatisticsCase.Open(name);
        string kind = reference.Options.GetProperty("family").GetString() == "gaussian" ? "linear" : "logistic";
        JsonElement found = await reference.RunAsync(
            $"kind: {kind}, outcome: {reference.Word("outcome")}, predictors: {reference.List("features")}, "
            + $"penalty: {{ alpha: {reference.Word("alpha")}, lambda: {reference.List("lambda")}, standardize: {reference.Word("standardize")} }}", transport, aggregation);
        foreach (string field in (string[])["names", "lambda", "intercept", "coef_by_lambda", "objective", "df", "dev_ratio", "nulldev"])
            StatisticsCase.Agree(reference.Expected.GetProperty(field), found.GetProperty(field), field is "dev_ratio" ? 1e-6 : 1e-7, $"{name}: {field}");
        Assert.Equal(
            reference.Expected.GetProperty("coef_by_lambda").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(c => c.GetDouble() == 0),
            found.GetProperty("coef_by_lambda").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(c => c.GetDouble() == 0));
    }
}
