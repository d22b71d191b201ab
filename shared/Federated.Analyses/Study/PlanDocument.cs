using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Study;

/// <summary>
/// A plan as it travels and is approved: canonical JSON (RFC 8785), so that the same plan has the same bytes and the same digest everywhere. What is
/// read is bounded,
/// checked like a study file, and refused unless writing it again gives the very bytes that came.
/// </summary>
public static class PlanDocument
{
    private const string Format = "federated-plan-1";

    /// <summary>The canonical bytes of a plan; options that are absent take their defaults.</summary>
    /// <exception cref="PlanInvalidException">It cannot be read back: a name is too long, a list is not in its order, an option has no such
    /// value.</exception>
    public static byte[] Write(StudyPlan plan) => Write(plan, AnalysisCatalogue.All);

    /// <summary>The canonical bytes of a plan with these kinds of analysis.</summary>
    /// <exception cref="PlanInvalidException">It cannot be read back.</exception>
    public static byte[] Write(StudyPlan plan, IReadOnlyList<IAnalysis> catalogue) =>
        CanonicalJson.Write(Check(CanonicalJson.Write(Document(plan)), catalogue).Document);

    /// <summary>Reads a plan that came from elsewhere.</summary>
    /// <param name="bytes">At most 64 MiB.</param>
    /// <exception cref="PlanInvalidException">Not the canonical bytes of a plan that this version knows.</exception>
    public static StudyPlan Read(ReadOnlySpan<byte> bytes) => Read(bytes, AnalysisCatalogue.All);

    /// <summary>Reads a plan with these kinds of analysis.</summary>
    /// <param name="bytes">At most 64 MiB.</param>
    /// <param name="catalogue">The kinds there are.</param>
    /// <exception cref="PlanInvalidException">Not the canonical bytes of a plan that this version knows.</exception>
    public static StudyPlan Read(ReadOnlySpan<byte> bytes, IReadOnlyList<IAnalysis> catalogue)
    {
        (JsonObject document, StudyPlan plan) = Check(bytes, catalogue);
        if (!bytes.SequenceEqual(CanonicalJson.Write(document))) throw new PlanInvalidException("E2010", "plan: its bytes are not in canonical form; have the coordinator write it again");
        return plan;
    }

    /// <summary>SHA-256 of a plan's bytes, as 64 lower-case hexadecimal digits: what officers approve.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static (JsonObject Document, StudyPlan Plan) Check(ReadOnlySpan<byte> bytes, IReadOnlyList<IAnalysis> catalogue)
    {
        DocumentNode root;
        try
        {
            root = JsonReader.Read(bytes);
        }
        catch (DocumentUnreadableException unreadable)
        {
            throw new PlanInvalidException("E2010", $"plan, byte {unreadable.Column:N0}: {unreadable.Message}");
        }

        var reading = new ShapeReading();
        var document = Shape(catalogue).Read(root, "the plan", reading) as JsonObject;
        Throw(reading);
        CrossChecks.Names((MapNode)root, document!, reading);
        ImmutableArray<string> scanners = PlanParts.Words(document!["scanners"]!.AsArray());
        ImmutableArray<Covariate> covariates = PlanParts.Covariates(document);
        CrossChecks.Scanners(scanners, reading);
        foreach (Covariate covariate in covariates)
        {
            if (covariate.Type == CovariateType.Categorical && covariate.Levels.IsEmpty)
                reading.Error("E2008", ((MapNode)root).Find("covariates")!, $"covariate '{PlainText.Shown(covariate.Name)}' lists no levels");
        }

        if (!scanners.SequenceEqual(scanners.Order(CodePointOrder.Instance)))
            reading.Error("E2010", ((MapNode)root).Find("scanners")!, "scanners are not in code-point order; sort them");
        Throw(reading);
        StudyPlan plan = PlanParts.Plan(document, scanners, PlanParts.Words(document["features"]!.AsArray()), covariates);
        ColumnChoice.Require(plan, reading);
        Throw(reading);
        CrossChecks.Declarations(plan, catalogue, (MapNode)root, reading);
        Throw(reading);
        return (document, plan);
    }

    private static void Throw(ShapeReading reading)
    {
        if (reading.Errors.Count == 0) return;
        ShapeError first = reading.Errors.MinBy(e => e.Column)!;
        throw new PlanInvalidException(first.Code, $"plan, byte {first.Column:N0}: {first.Message}");
    }

    private static JsonObject Document(StudyPlan plan)
    {
        var privacy = new JsonObject
        {
            ["aggregation"] = plan.Privacy.Aggregation == Aggregation.Secure ? "secure" : "plain",
            ["scanner-effects"] = plan.Privacy.ScannerEffects == ScannerEffectsTerms.Local ? "local" : "shared",
        };
        if (plan.Privacy.MinimumRows is { } minimum) privacy["minimum-rows"] = minimum;
        if (plan.Privacy.Differential is { } terms) privacy["differential"] = terms.Document();
        var document = new JsonObject
        {
            ["format"] = Format,
            ["study"] = plan.Id,
            ["title"] = plan.Title,
            ["scanner"] = plan.ScannerColumn,
            ["scanners"] = List(plan.Scanners),
            ["features"] = List(plan.Features),
            ["scale"] = plan.Scale == FeatureScale.Log ? "log" : "identity",
            ["covariates"] = new JsonArray([.. plan.Covariates.Select(Covariate)]),
            ["analyses"] = new JsonArray([.. plan.Analyses.Select(Analysis)]),
            ["privacy"] = privacy,
            ["quorum"] = new JsonObject { ["sites"] = plan.Quorum.Sites, ["round-deadline"] = (long)Math.Ceiling(plan.Quorum.RoundDeadline.TotalSeconds) },
        };
        if (plan.Purpose.Length > 0) document["purpose"] = plan.Purpose;
        if (plan.Recipient.Length > 0) document["recipient"] = plan.Recipient;
        if (plan.Approval.Length > 0) document["approval"] = plan.Approval;
        if (plan.SiteColumn is not null) document["site"] = plan.SiteColumn;
        if (!plan.Columns.IsEmpty) document["columns"] = new JsonArray([.. plan.Columns.Select(Column)]);
        if (plan.SubjectColumn is not null) document["subject"] = plan.SubjectColumn;
        if (plan.Measurement is not null) document["measurement"] = plan.Measurement.Document();
        if (plan.FitOn is not null) document["fit-on"] = new JsonObject { ["column"] = plan.FitOn.Column, ["value"] = plan.FitOn.Value };
        return document;
    }

    private static JsonArray List(ImmutableArray<string> words) => new([.. words.Select(w => (JsonNode)w)]);

    private static JsonObject Covariate(Covariate covariate)
    {
        var document = new JsonObject { ["name"] = covariate.Name, ["type"] = covariate.Type == CovariateType.Categorical ? "categorical" : "continuous" };
        if (!covariate.Levels.IsEmpty) document["levels"] = List(covariate.Levels);
        return document;
    }

    private static JsonObject Column(CohortColumn column)
    {
        var document = new JsonObject
        {
            ["name"] = column.Name,
            ["type"] = column.Type switch { ColumnType.Category => "categorical", ColumnType.Label => "label", _ => "continuous" },
        };
        if (!column.Levels.IsEmpty) document["levels"] = List(column.Levels);
        return document;
    }

    private static JsonObject Analysis(AnalysisSpecification analysis)
    {
        var document = new JsonObject { ["id"] = analysis.Id, ["kind"] = analysis.Kind };
        foreach ((string key, JsonNode? value) in analysis.Options)
            if (value is not null) document[key] = value.DeepClone();
        return document;
    }

    private static ObjectShape Shape(IReadOnlyList<IAnalysis> catalogue) => new(
        new OptionKey("format", new ChoiceShape(Format), "Version of this format.") { Required = true },
        new OptionKey("study", new IdShape(), "Identifier of the study.") { Required = true },
        new OptionKey("title", StudyShape.Title, "One line for people.") { Required = true },
        new OptionKey("purpose", StudyShape.Sentence, "What the study is for."),
        new OptionKey("recipient", StudyShape.Sentence, "Legal entity that sees the results."),
        new OptionKey("approval", StudyShape.Sentence, "Ethics or data-permit reference."),
        new OptionKey("scanner", StudyShape.Name, "Cohort column that names the scanner.") { Required = true },
        new OptionKey("scanners", StudyShape.Scanners, "Labels, in code-point order.") { Required = true },
        new OptionKey("site", StudyShape.Name, "Cohort column that names the data holder."),
        new OptionKey("subject", StudyShape.Name, "Cohort column that names the patient."),
        new OptionKey("fit-on", StudyShape.FitOn, "Rows to estimate on."),
        new OptionKey("features", StudyShape.Features, "Names, in order.") { Required = true },
        new OptionKey("scale", StudyShape.Scale, "Scale of the features.") { Required = true },
        StudyShape.Measurement,
        new OptionKey("covariates", new ListShape(StudyShape.Covariate, 0, StudyShape.MostCovariates), "What is kept.") { Required = true },
        new OptionKey("columns", new ListShape(StudyShape.Column, 0, StudyShape.MostColumns), "Columns of the cohort that analyses read."),
        new OptionKey("analyses", new ListShape(new AnalysisShape(catalogue), 1, StudyShape.MostAnalyses), "What is computed.") { Required = true },
        new OptionKey("privacy", new ObjectShape(StudyShape.Aggregation, StudyShape.MinimumRows, StudyShape.ScannerEffects, Noise.DifferentialTerms.Key), "Terms.") { Required = true },
        new OptionKey(
            "quorum",
            new ObjectShape(
                new OptionKey("sites", new IntegerShape(1, StudyShape.MostSites), "Hospitals that must take part.") { Required = true },
                new OptionKey("round-deadline", new IntegerShape(1, StudyShape.MostDeadlineSeconds), "Seconds.") { Required = true }),
            "Who must take part.")
        { Required = true });
}
