using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;

namespace Federated.Simulator.Output;

/// <summary>One payload that crossed between a site and the coordinator.</summary>
/// <param name="Round">Round of the study.</param>
/// <param name="Attempt">Attempt of that round.</param>
/// <param name="Site">Site name.</param>
/// <param name="ToCoordinator">Sent by the site, or received by it.</param>
/// <param name="Kind">sum, report, broadcast, plan, approval or decline.</param>
/// <param name="Analysis">Analysis id.</param>
/// <param name="Step">Step name.</param>
/// <param name="Shape">Blocks and their extents, as the manifest shows them.</param>
/// <param name="Bytes">Bytes of the payload.</param>
public sealed record ExchangedMessage(int Round, int Attempt, string Site, bool ToCoordinator, string Kind, string Analysis, string Step, string Shape, long Bytes);

/// <summary>How long a part of the run took, and the bytes sites sent in it.</summary>
public sealed record Phase(string Name, TimeSpan Duration);

/// <summary>An analysis that concluded, or the line that says why it could not.</summary>
public sealed record AnalysisOutcome(string Id, string Kind, AnalysisResult? Result, string? RefusalCode, string? Refusal);

/// <summary>A simulated site after the study: its rows and what it kept.</summary>
public sealed record SiteOutcome(string Name, StudyTable Table, ImmutableSortedDictionary<string, HarmonizedTable> Harmonized, IReadOnlyList<string> Notes);

/// <summary>A finished study, as the simulator, who owns every site, can see it.</summary>
public sealed record StudyRun(
    StudyPlan Plan, byte[] PlanDocument, string Manifest, string Transport, FeatureTable Features, ImmutableArray<SiteOutcome> Sites, ImmutableArray<AnalysisOutcome> Analyses,
    ImmutableArray<ExchangedMessage> Exchange, ImmutableArray<Phase> Phases);
