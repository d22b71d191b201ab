using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Federated.Analyses.Noise;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Survey;

namespace Federated.Analyses.Study;

/// <summary>
/// What leaves a hospital under a plan, for the officer who answers for it: in plain language to read and sign, and as data for programs. It follows
/// from the plan and from
/// the analyses' own declarations alone, so the same plan gives the same text, and the same digest, at every hospital.
/// </summary>
public sealed class Manifest
{
    private Manifest(StudyPlan plan, string planDigest, ImmutableArray<DeclaredAnalysis> analyses)
    {
        PlanDigest = planDigest;
        Analyses = analyses;
        Text = ManifestText.Write(plan, planDigest, analyses);
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
        Json = Encoding.UTF8.GetString(CanonicalJson.Write(Document(plan, planDigest, analyses, Digest)));
    }

    /// <summary>SHA-256 of the plan's canonical bytes, 64 lower-case hexadecimal digits.</summary>
    public string PlanDigest { get; }

    /// <summary>Every analysis and its steps, the opening survey first.</summary>
    public ImmutableArray<DeclaredAnalysis> Analyses { get; }

    /// <summary>For people: at most 92 columns, line feeds, names it cannot break excepted.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of <see cref="Text"/> as UTF-8, 64 lower-case hexadecimal digits: what the officer signs beside the plan's digest.</summary>
    public string Digest { get; }

    /// <summary>For programs: canonical JSON.</summary>
    public string Json { get; }

    /// <summary>The manifest of a plan.</summary>
    /// <exception cref="PlanInvalidException">The plan cannot be written: it would be refused everywhere.</exception>
    public static Manifest For(StudyPlan plan) => For(plan, AnalysisCatalogue.All);

    /// <summary>The manifest of a plan with these kinds of analysis.</summary>
    /// <exception cref="PlanInvalidException">The plan cannot be written: it would be refused everywhere.</exception>
    public static Manifest For(StudyPlan plan, IReadOnlyList<IAnalysis> catalogue)
    {
        byte[] bytes = PlanDocument.Write(plan, catalogue);
        StudyPlan written = PlanDocument.Read(bytes, catalogue); // defaults filled in: what the coordinator and the sites will see
        return new Manifest(
            written, PlanDocument.Digest(bytes),
            [.. written.Analyses.Prepend(SurveyAnalysis.Specification).Select(a => new DeclaredAnalysis(
                a, [.. catalogue.First(k => string.Equals(k.Kind, a.Kind, StringComparison.Ordinal)).Declare(written, a)]))]);
    }

    private static JsonObject Document(StudyPlan plan, string planDigest, ImmutableArray<DeclaredAnalysis> analyses, string textDigest) => new()
    {
        ["format"] = "federated-manifest-1",
        ["study"] = plan.Id,
        ["title"] = plan.Title,
        ["purpose"] = plan.Purpose,
        ["recipient"] = plan.Recipient,
        ["approval"] = plan.Approval,
        ["plan"] = planDigest,
        ["text"] = textDigest,
        ["aggregation"] = plan.Privacy.Aggregation == Aggregation.Plain ? "plain" : "secure",
        ["measurement"] = plan.Measurement?.Document(),
        ["measurement-digest"] = plan.Measurement?.Digest,
        ["minimum-rows"] = plan.Privacy.MinimumRows,
        ["differential-privacy"] = NoiseWords.Document(plan, analyses),
        ["membership-inference"] = PredictedRisk.Document(plan),
        ["scanner-effects"] = plan.Privacy.ScannerEffects == ScannerEffectsTerms.Shared ? "shared" : "local",
        ["analyses"] = new JsonArray([.. analyses.Select(Entry)]),
    };

    private static JsonNode Entry(DeclaredAnalysis analysis) => new JsonObject
    {
        ["id"] = analysis.Specification.Id,
        ["kind"] = analysis.Specification.Kind,
        ["options"] = analysis.Specification.Options.DeepClone(),
        ["steps"] = new JsonArray([.. analysis.Steps.Select(step => (JsonNode)new JsonObject
        {
            ["name"] = step.Name,
            ["seen"] = step.Kind == ExchangeKind.Sum ? "sum" : "hospital",
            ["single_patients"] = step.SinglePatients,
            ["patient_bound"] = step.PatientBound,
            ["times"] = step.Times,
            ["purpose"] = step.Purpose,
            ["when"] = step.When,
            ["items"] = new JsonArray([.. step.Items.Select(item => (JsonNode)new JsonObject
            {
                ["name"] = item.Name,
                ["shape"] = new JsonArray([.. item.Shape.Select(extent => (JsonNode)extent)]),
                ["meaning"] = item.Meaning,
            })]),
        })]),
    };
}

/// <summary>An analysis of the plan and every step it may take.</summary>
public sealed record DeclaredAnalysis(AnalysisSpecification Specification, ImmutableArray<StepDeclaration> Steps);
