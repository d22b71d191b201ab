using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Rounds;

/// <summary>How this agent reads plans and which kinds of analysis it knows: the closed vocabulary of its release.</summary>
/// <param name="ReadPlan">The plan in its canonical bytes; throws when they are not one.</param>
/// <param name="FindAnalysis">The kind's code, or null.</param>
/// <param name="ManifestDigest">SHA-256 of the manifest text that an officer reads and signs for a plan.</param>
public sealed record AgentVocabulary(Func<byte[], StudyPlan> ReadPlan, Func<string, IAnalysis?> FindAnalysis, Func<StudyPlan, Digest> ManifestDigest)
{
    /// <summary>The plans and analyses of this release.</summary>
    public static AgentVocabulary Standard { get; } =
        new(bytes => PlanDocument.Read(bytes), AnalysisCatalogue.Find, plan => new Digest(Manifest.For(plan).Digest));

    /// <summary>The plan's entry for an analysis id; the opening survey is part of every study. Null: there is none.</summary>
    public static AnalysisSpecification? Find(StudyPlan plan, string analysis) =>
        string.Equals(analysis, SurveyAnalysis.Name, StringComparison.Ordinal)
            ? SurveyAnalysis.Specification
            : plan.Analyses.FirstOrDefault(a => string.Equals(a.Id, analysis, StringComparison.Ordinal));
}
