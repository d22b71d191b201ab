using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Validation;

namespace Federated.Analyses.Regression;

/// <summary>The options of `linear`, `logistic` and `poisson`.</summary>
internal sealed record RegressionOptions
{
    /// <summary>An option does not fit the plan or the others.</summary>
    public const string Unfit = "E2301";

    private const int MostPredictors = 2_000;
    private static readonly TextShape Value = new() { Names = NameOf.Value };
    private static readonly TextShape Number = new() { Names = NameOf.Number };

    /// <summary>The keys.</summary>
    public static ImmutableArray<OptionKey> Keys { get; } =
    [
        new("outcome", Value, "What is explained: a feature, a covariate or a column of the cohort.") { Required = true },
        new("predictors", new ListShape(Value, 0, MostPredictors), "What explains it: features, covariates, columns of the cohort, or `harmonized` for every harmonized feature.") { Required = true },
        new("from", new TextShape { Names = NameOf.EarlierCombat }, "Id of the combat whose features `harmonized` means; absent: the last one before."),
        new("intercept", new BooleanShape(), "Whether the model has an intercept.") { Default = true },
        new("offset", Number, "Added to the linear predictor with coefficient 1, such as the logarithm of an exposure."),
        new("weights", Number, "How much each row counts; a row of weight zero is left out."),
        new("factors", new ListShape(new TextShape { Names = NameOf.Category }, 0, MostPredictors), "Predictors that are categories, even where they look like numbers: one column for each level after the first.")
        { Default = new JsonArray() },
        new("site-effects", new ChoiceShape("none", "fixed") { ReadsSite = "fixed" }, "fixed: one column for each hospital after the first, from the column `site`.") { Default = "none" },
        PenaltyOptions.Key,
        ValidationOptions.Key,
        new("confidence", new NumberShape(0, 1) { Between = true }, "Confidence of the intervals.") { Default = 0.95 },
    ];

    public required string Outcome { get; init; }

    public required ImmutableArray<string> Predictors { get; init; }

    public required string? From { get; init; }

    public required bool Intercept { get; init; }

    public required string? Offset { get; init; }

    public required string? Weights { get; init; }

    public required ImmutableArray<string> Factors { get; init; }

    public required bool SiteEffects { get; init; }

    public required double Confidence { get; init; }

    /// <summary>Null = none.</summary>
    public required PenaltyOptions? Penalty { get; init; }

    /// <summary>Null = none.</summary>
    public required ValidationOptions? Validation { get; init; }

    /// <summary>Reads an entry that fits its shape.</summary>
    /// <exception cref="AnalysisRefusedException">E2301: the options do not go together.</exception>
    public static RegressionOptions Read(StudyPlan plan, AnalysisSpecification specification)
    {
        JsonObject options = specification.Options;
        ImmutableArray<string> predictors = Words(options["predictors"]);
        ImmutableArray<string> factors = Words(options["factors"]);
        string where = $"Analysis {specification.Id}";
        if (factors.FirstOrDefault(f => !predictors.Contains(f, StringComparer.Ordinal)) is { } stray)
            throw new AnalysisRefusedException(Unfit, $"{where}: factor '{PlainText.Shown(stray)}' is no predictor: add it to predictors, or take it off factors.");

        string[] combats = [.. plan.Analyses.TakeWhile(a => !Is(a.Id, specification.Id)).Where(a => Is(a.Kind, "combat")).Select(a => a.Id)];
        bool harmonized = predictors.Contains("harmonized", StringComparer.Ordinal);
        if (harmonized && combats.Length == 0)
            throw new AnalysisRefusedException(Unfit, $"{where}: predictors name harmonized features, but no combat comes before it: add one, or name features.");
        bool siteEffects = (string?)options["site-effects"] is "fixed";
        if (siteEffects && plan.SiteColumn is null)
            throw new AnalysisRefusedException(Unfit, $"{where}: site-effects: fixed needs to know the hospitals: name their column with site: at the top of the study.");
        bool intercept = (bool?)options["intercept"] ?? true;
        PenaltyOptions? penalty = PenaltyOptions.Read(options["penalty"], where);
        if (penalty is not null && !intercept)
            throw new AnalysisRefusedException(Unfit, $"{where}: a penalty needs an intercept, which it leaves alone: leave out intercept: false.");
        ValidationOptions? validation = ValidationOptions.Read(plan, specification);
        string outcome = (string)options["outcome"]!;
        if (harmonized && validation is { Inside: true } && plan.Covariates.Any(c => Is(c.Name, outcome)))
            throw new AnalysisRefusedException("E2801", $"{where}: harmonization that keeps '{PlainText.Shown(outcome)}' as a covariate knows the outcome of rows held out: take it off covariates.");
        return new RegressionOptions
        {
            Outcome = outcome,
            Predictors = predictors,
            From = harmonized ? (string?)options["from"] ?? combats[^1] : null,
            Intercept = intercept,
            Penalty = penalty,
            Validation = validation,
            Offset = (string?)options["offset"],
            Weights = (string?)options["weights"],
            Factors = factors,
            SiteEffects = siteEffects,
            Confidence = options["confidence"] is JsonValue confidence ? (double)confidence : 0.95,
        };
    }

    private static ImmutableArray<string> Words(JsonNode? list) => list is JsonArray words ? PlanParts.Words(words) : [];

    private static bool Is(string a, string b) => string.Equals(a, b, StringComparison.Ordinal);
}
