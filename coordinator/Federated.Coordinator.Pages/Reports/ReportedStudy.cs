using System.Collections.Immutable;
using System.Reflection;
using Federated.Analyses.Study;
using Federated.Coordinator.Running;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Pages.Reports;

/// <summary>A study with everything that a report tells of it.</summary>
/// <param name="Study">Its history.</param>
/// <param name="Plan">The frozen plan.</param>
/// <param name="Manifest">What officers approved.</param>
/// <param name="Findings">How each analysis ended, in running order.</param>
/// <param name="Rows">What hospitals said of the rows that they used.</param>
public sealed record ReportedStudy(Study Study, StudyPlan Plan, Manifest Manifest, ImmutableArray<AnalysisFinding> Findings, ImmutableArray<ReportedRows> Rows)
{
    /// <summary>The release that writes the report.</summary>
    public static string Version { get; } = Assembly.GetExecutingAssembly().GetName().Version!.ToString(3);

    /// <summary>Reads a study.</summary>
    /// <exception cref="OperatorErrorException">E1002: there is no such study. E1009: a part of it is damaged.</exception>
    public static async Task<ReportedStudy> ReadAsync(StudyService studies, string id, CancellationToken cancellation)
    {
        (StudyPlan plan, _) = await studies.PlanAsync(id, cancellation);
        return new ReportedStudy(
            await studies.FindAsync(id, cancellation), plan, Manifest.For(plan), await studies.ResultsAsync(id, cancellation), await studies.RowsAsync(id, cancellation));
    }
}
