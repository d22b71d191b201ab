using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Stages;
using Federated.Statistics.OneWay;

namespace Federated.Analyses.Variability;

/// <summary>What was found of one feature at one stage.</summary>
internal sealed record ColumnVariability(
    FeatureStage Stage, string Feature, AnalysisOfVariance Anova, WelchTest Welch, BartlettTest Bartlett, SpreadVerdict Verdict);

/// <summary>The document and the table of a variability analysis.</summary>
internal static class VariabilityResult
{
    private static readonly ImmutableArray<string> Columns =
    [
        "feature", "stage", "scanners", "n", "missing", "mean", "within_sd", "between_variance", "between_share", "eta_squared", "cov_between",
        "cov_scanner_means", "verdict", "anova_f", "anova_p", "welch_f", "welch_df", "welch_p", "bartlett_chi2", "bartlett_p",
    ];

    public static AnalysisResult Of(CoordinatorContext context, StageSelection selection, ImmutableArray<ColumnVariability> found)
    {
        long rows = context.Survey!.AllRows;
        IReadOnlyList<object?>[] table = [.. found.Select(column => Row(column, rows))];
        var document = new JsonObject
        {
            ["headline"] = Headline(selection, found),
            ["n"] = rows,
            ["sites"] = context.Sites,
            ["from"] = selection.From,
            ["of"] = new JsonArray([.. selection.Stages.Select(s => JsonValue.Create(StageSelection.Word(s)))]),
            ["bands"] = Bands(selection, found),
            ["definitions"] = new JsonObject
            {
                ["between_variance"] = "(MSB - MSW) / n0, at least 0: ANOVA estimator of the scanner component for unequal sizes",
                ["between_share"] = "between_variance / (between_variance + MSW)",
                ["cov_between"] = "sqrt(between_variance) / |mean|: the verdict's coefficient of variation",
                ["cov_scanner_means"] = "standard deviation of the scanner means / |mean of the scanner means|",
                ["verdict"] = "usable below 10 %, borderline to 15 %, not usable above; "
                    + "not applicable where the feature as measured takes both signs or |mean| < 0.1 sd",
                ["single_values"] = "scanners with one value count in ANOVA and are left out of Welch and Bartlett, which are empty where a scanner does not vary",
            },
            ["features"] = new JsonArray([.. table.Select(row => ResultCells.Row(Columns, row))]),
        };
        return new AnalysisResult(document, [new ResultTable("variability", Columns, table)]);
    }

    private static object?[] Row(ColumnVariability column, long rows)
    {
        AnalysisOfVariance anova = column.Anova;
        return
        [
            column.Feature, StageSelection.Word(column.Stage), anova.Groups, anova.Count, rows - anova.Count,
            ResultCells.Defined(anova.Mean), ResultCells.Defined(Math.Sqrt(anova.MeanSquareWithin)), ResultCells.Defined(anova.BetweenVariance),
            ResultCells.Defined(anova.BetweenShare), ResultCells.Defined(anova.EtaSquared), ResultCells.Defined(SpreadVerdicts.CoefficientOfVariation(anova)),
            ResultCells.Defined(SpreadVerdicts.CoefficientOfVariationOfMeans(anova)), SpreadVerdicts.Word(column.Verdict),
            ResultCells.Defined(anova.F), ResultCells.Defined(anova.P),
            ResultCells.Defined(column.Welch.F), ResultCells.Defined(column.Welch.Denominator), ResultCells.Defined(column.Welch.P),
            ResultCells.Defined(column.Bartlett.ChiSquared), ResultCells.Defined(column.Bartlett.P),
        ];
    }

    private static string Headline(StageSelection selection, ImmutableArray<ColumnVariability> found)
    {
        int features = found.Length / selection.Stages.Length;
        IEnumerable<string> stages = selection.Stages.Select(stage =>
            $"{Count(found, stage, SpreadVerdict.Usable)} {(stage == FeatureStage.Raw ? "before" : "after")} harmonization");
        return $"Features that vary less than 10 % between scanners: {string.Join(", ", stages)}, of {features}.";
    }

    private static JsonObject Bands(StageSelection selection, ImmutableArray<ColumnVariability> found)
    {
        var bands = new JsonObject();
        foreach (FeatureStage stage in selection.Stages)
        {
            bands[StageSelection.Word(stage)] = new JsonObject
            {
                ["below_10_percent"] = Count(found, stage, SpreadVerdict.Usable),
                ["10_to_15_percent"] = Count(found, stage, SpreadVerdict.Borderline),
                ["above_15_percent"] = Count(found, stage, SpreadVerdict.NotUsable),
                ["not_applicable"] = Count(found, stage, SpreadVerdict.NotApplicable),
            };
        }

        return bands;
    }

    private static int Count(ImmutableArray<ColumnVariability> found, FeatureStage stage, SpreadVerdict verdict) =>
        found.Count(column => column.Stage == stage && column.Verdict == verdict);
}
