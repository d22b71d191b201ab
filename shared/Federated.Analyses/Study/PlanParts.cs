using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Study;

/// <summary>The parts of a plan out of a document that fits its shape: the same keys in study.yaml and in a plan's own JSON.</summary>
internal static class PlanParts
{
    public static StudyPlan Plan(JsonObject document, ImmutableArray<string> scanners, ImmutableArray<string> features, ImmutableArray<Covariate> covariates)
    {
        var privacy = document["privacy"]!.AsObject();
        var quorum = document["quorum"]!.AsObject();
        string id = (string)document["study"]!;
        return new StudyPlan
        {
            Id = id,
            Title = (string?)document["title"] ?? id,
            Purpose = (string?)document["purpose"] ?? "",
            Recipient = (string?)document["recipient"] ?? "",
            Approval = (string?)document["approval"] ?? "",
            ScannerColumn = (string)document["scanner"]!,
            SiteColumn = (string?)document["site"],
            SubjectColumn = (string?)document["subject"],
            FitOn = FitOn(document),
            Scanners = [.. scanners.Order(CodePointOrder.Instance)],
            Features = features,
            Scale = (string)(document["features"] is JsonObject choice ? choice["scale"] : document["scale"])! is "log" ? FeatureScale.Log : FeatureScale.Identity,
            Measurement = document["measurement"] is JsonObject measurement ? new MeasurementSection(measurement) : null,
            Covariates = covariates,
            Columns = Columns(document),
            Analyses = [.. document["analyses"]!.AsArray().Select(a => Analysis(a!.AsObject()))],
            Privacy = new PrivacyTerms
            {
                Aggregation = (string)privacy["aggregation"]! is "plain" ? Aggregation.Plain : Aggregation.Secure,
                MinimumRows = (int?)(long?)privacy["minimum-rows"],
                ScannerEffects = (string)privacy["scanner-effects"]! is "local" ? ScannerEffectsTerms.Local : ScannerEffectsTerms.Shared,
                Differential = Noise.DifferentialTerms.Read(privacy),
            },
            Quorum = new Quorum { Sites = (int)(long)quorum["sites"]!, RoundDeadline = TimeSpan.FromSeconds((long)quorum["round-deadline"]!) },
        };
    }

    public static ImmutableArray<Covariate> Covariates(JsonObject document) =>
    [
        .. document["covariates"]!.AsArray().Select(c => new Covariate(
            (string)c!["name"]!,
            (string)c["type"]! is "categorical" ? CovariateType.Categorical : CovariateType.Continuous,
            c["levels"] is JsonArray levels ? Words(levels) : [])),
    ];

    /// <summary>The columns that the document lists; a category has no levels yet if it lists none.</summary>
    public static ImmutableArray<CohortColumn> Columns(JsonObject document) => document["columns"] is not JsonArray columns ? [] :
    [
        .. columns.Select(c => new CohortColumn(
            (string)c!["name"]!,
            (string)c["type"]! switch { "categorical" => ColumnType.Category, "label" => ColumnType.Label, _ => ColumnType.Number },
            c["levels"] is JsonArray levels ? Words(levels) : [])),
    ];

    public static FitOn? FitOn(JsonObject document) =>
        document["fit-on"] is JsonObject fitOn ? new FitOn((string)fitOn["column"]!, (string)fitOn["value"]!) : null;

    public static ImmutableArray<string> Words(JsonArray words) => [.. words.Select(w => (string)w!)];

    private static AnalysisSpecification Analysis(JsonObject entry)
    {
        // Through text, so that a number can be asked for as int, long or double alike.
        JsonObject options = JsonNode.Parse(entry.ToJsonString())!.AsObject();
        options.Remove("id");
        options.Remove("kind");
        return new AnalysisSpecification((string)entry["id"]!, (string)entry["kind"]!, options);
    }
}
