using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Coordinator.Pages.Reports;
using Federated.Coordinator.Service;
using Federated.Simulator.Consortium;

namespace Federated.Simulator.Output;

/// <summary>One payload that crossed between a site and the coordinator.</summary>
/// <param name="Round">Round of the study; 0 outside of rounds.</param>
/// <param name="Attempt">Attempt of the study.</param>
/// <param name="Site">Site name.</param>
/// <param name="ToCoordinator">Sent by the site, or received by it.</param>
/// <param name="Kind">sum, report, broadcast, plan, approval, withdrawal or decline.</param>
/// <param name="Analysis">Analysis id.</param>
/// <param name="Step">Step name.</param>
/// <param name="Shape">Blocks and their extents, as the manifest shows them.</param>
/// <param name="Bytes">Bytes of the payload.</param>
public sealed record ExchangedMessage(int Round, int Attempt, string Site, bool ToCoordinator, string Kind, string Analysis, string Step, string Shape, long Bytes);

/// <summary>How long a part of the run took.</summary>
public sealed record Phase(string Name, TimeSpan Duration);

/// <summary>A simulated site after the study: its rows and what it kept.</summary>
/// <param name="Label">As the tables call it.</param>
/// <param name="Table">Its rows.</param>
/// <param name="Harmonized">What it kept, by analysis id.</param>
public sealed record SiteOutcome(string Label, StudyTable Table, IReadOnlyDictionary<string, HarmonizedTable> Harmonized);

/// <summary>A finished study, as the simulator, who owns every site, can see it.</summary>
/// <param name="Reported">As the coordinator knows it.</param>
/// <param name="Plan">What was run.</param>
/// <param name="PlanDocument">Its canonical bytes.</param>
/// <param name="Manifest">What officers read.</param>
/// <param name="Transport">grpc or memory.</param>
/// <param name="IdColumn">Header of the feature table's first column.</param>
/// <param name="Features">The feature table as it came in.</param>
/// <param name="Sites">The hospitals.</param>
/// <param name="Findings">How each analysis ended, in running order.</param>
/// <param name="Exchange">Every payload, in the order of rounds and sites.</param>
/// <param name="Phases">Where the time went.</param>
public sealed record StudyRun(
    ReportedStudy Reported, StudyPlan Plan, byte[] PlanDocument, string Manifest, string Transport, string IdColumn, FeatureTable Features, ImmutableArray<SiteOutcome> Sites,
    ImmutableArray<AnalysisFinding> Findings, ImmutableArray<ExchangedMessage> Exchange, ImmutableArray<Phase> Phases)
{
    /// <summary>Hospitals that were made to fall silent, and what became of them.</summary>
    public ImmutableArray<DropOutcome> Drops { get; init; } = [];

    /// <summary>The last combat that concluded, or null.</summary>
    public AnalysisFinding? Harmonization => Findings.LastOrDefault(f => f.Analysis.Kind == "combat" && f.Document is not null);

    /// <summary>The last variability that concluded, or null.</summary>
    public AnalysisFinding? Variability => Findings.LastOrDefault(f => f.Analysis.Kind == "variability" && f.Document is not null);

    /// <summary>Analyses that could not be done.</summary>
    public IEnumerable<AnalysisFinding> Refused => Findings.Where(f => f.Document is null);
}
