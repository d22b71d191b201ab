using System.Text.Json.Nodes;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Study;

/// <summary>Everything study.yaml may say, declared once: the reader, its messages and the JSON schema follow from here.</summary>
internal static class StudyShape
{
    public const int MostScanners = 10_000;
    public const int MostFeatures = 200_000;
    public const int MostCovariates = 256;
    public const int MostColumns = 4_096;
    public const int MostLevels = 1_000;
    public const int MostAnalyses = 64;
    public const int MostSites = 10_000;
    public const int MostRows = 1_000_000;
    public const int MostDeadlineSeconds = 30 * 24 * 3600;

    public static readonly TextShape Name = new();
    public static readonly TextShape Label = new() { Label = true };
    public static readonly TextShape Title = new() { Most = 200, Sentence = true };
    public static readonly TextShape Sentence = new() { Most = 2_000, Sentence = true };
    public static readonly ListShape Scanners = new(Label, 1, MostScanners);
    public static readonly ListShape Features = new(Name, 1, MostFeatures);
    public static readonly ListShape Levels = new(Label, 1, MostLevels);
    public static readonly ChoiceShape Scale = new("identity", "log");
    public static readonly ChoiceShape ColumnType = new("continuous", "categorical", "label");
    public static readonly ChoiceShape CovariateType = new("continuous", "categorical");

    public static readonly ObjectShape FitOn = new(
        new OptionKey("column", Name, "Cohort column.") { Required = true },
        new OptionKey("value", Name, "Rows with this value are used to estimate.") { Required = true });

    public static readonly OptionKey Aggregation = new(
        "aggregation", new ChoiceShape("secure", "plain"),
        "How sums are protected against the coordinator. secure: masked, it sees only the sum over three hospitals or more. plain: it can see each hospital's own numbers.")
    { Default = "secure" };

    public static readonly OptionKey MinimumRows = new(
        "minimum-rows", new IntegerShape(1, MostRows), "Least number of rows per scanner at a hospital; absent: the hospital's own policy decides. Its officer may ask for more.");

    public static readonly OptionKey ScannerEffects = new(
        "scanner-effects", new ChoiceShape("shared", "local"), "Whether the coordinator sees each scanner's effects, or they stay at the hospital.")
    { Default = "shared" };

    public static readonly OptionKey Measurement = new(
        "measurement", MeasurementShape.Section, "How the features are measured in the images, at every hospital alike; absent: hospitals bring tables, and the study does not say how they were measured.");

    /// <summary>The whole file, with these kinds of analysis.</summary>
    public static ObjectShape File(IReadOnlyList<IAnalysis> catalogue) => new(
        new OptionKey("study", new IdShape(), "Identifier of the study.") { Required = true },
        new OptionKey("title", Title, "One line for people; absent: the identifier."),
        new OptionKey("purpose", Sentence, "What the study is for, shown to officers."),
        new OptionKey("recipient", Sentence, "Legal entity that sees the results."),
        new OptionKey("approval", Sentence, "Ethics or data-permit reference."),
        new OptionKey("scanner", Name, "Cohort column that names the scanner (one machine under one reconstruction).") { Default = "scanner" },
        new OptionKey("scanners", Scanners, "The scanners' labels; needed unless the study is run on tables that hold them."),
        new OptionKey("site", Name, "Cohort column that names the data holder: used by the simulator only."),
        new OptionKey("subject", Name, "Cohort column that names the patient, for repeated scans."),
        new OptionKey("fit-on", FitOn, "Estimate on these rows, and apply the frozen estimates to all; absent: estimate on all."),
        new OptionKey("features", FeatureChoice, "Which features, and on which scale.") { Default = new JsonObject { ["include"] = new JsonArray("*"), ["exclude"] = new JsonArray(), ["scale"] = "identity" } },
        new OptionKey("covariates", new ListShape(Covariate, 0, MostCovariates), "What is known of the patients and must not be harmonized away.") { Default = new JsonArray() },
        Measurement,
        new OptionKey("columns", new ListShape(Column, 0, MostColumns), "What analyses read of the cohort beside the covariates, where it is no plain number: levels of a category, or labels known at a site only.") { Default = new JsonArray() },
        new OptionKey("analyses", new ListShape(new AnalysisShape(catalogue), 1, MostAnalyses), "What is computed, in this order.") { Required = true },
        new OptionKey("privacy", Privacy, "Terms under which numbers leave a hospital.") { Default = new JsonObject { ["aggregation"] = "secure", ["scanner-effects"] = "shared" } },
        new OptionKey("quorum", Quorum, "Who must take part, and how long a round may last.") { Default = new JsonObject { ["sites"] = 1L, ["round-deadline"] = 7200L } });

    private static ObjectShape FeatureChoice => new(
        new OptionKey("names", Features, "Every feature by name, in the order of the plan; include and exclude then choose among them."),
        new OptionKey("include", new ListShape(Name, 1, MostFeatures), "Names, or patterns with * (any characters) and ? (one character).") { Default = new JsonArray("*") },
        new OptionKey("exclude", new ListShape(Name, 0, MostFeatures), "Names or patterns that are left out after all.") { Default = new JsonArray() },
        new OptionKey("scale", Scale, "identity: as measured; log: harmonized as logarithms, returned on the original scale (positive features).") { Default = "identity" });

    public static ObjectShape Covariate => new(
        new OptionKey("name", Name, "Cohort column.") { Required = true },
        new OptionKey("type", CovariateType, "A number, or one of a few levels.") { Required = true },
        new OptionKey("levels", Levels, "Levels of a categorical covariate, the reference first; needed unless the study is run on tables that hold them."));

    public static ObjectShape Column => new(
        new OptionKey("name", Name, "Cohort column.") { Required = true },
        new OptionKey("type", ColumnType, "A number, one of a few levels, or a label that tells rows of a site apart.") { Required = true },
        new OptionKey("levels", Levels, "Levels of a categorical column, the reference first; needed unless the study is run on tables that hold them."));

    private static ObjectShape Privacy => new(
        Aggregation,
        MinimumRows,
        ScannerEffects,
        Noise.DifferentialTerms.Key);

    private static ObjectShape Quorum => new(
        new OptionKey("sites", new IntegerShape(1, MostSites), "Hospitals that must have approved, and that must answer each round.") { Default = 1L },
        new OptionKey("round-deadline", new DurationShape(MostDeadlineSeconds), "A round without enough answers after this time is closed.") { Default = 7200L });
}
