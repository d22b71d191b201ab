using System.Collections.Immutable;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Values;

namespace Federated.Analyses.Noise;

/// <summary>Which rows of a site's table are of one patient, by the column that an analysis names: what is protected is the patient, not the scan.</summary>
internal static class PatientRows
{
    /// <summary>The option of private analyses.</summary>
    public const string Option = "patient";

    /// <summary>The option itself.</summary>
    public static OptionKey Key { get; } = new(
        Option, new TextShape { Names = NameOf.Label }, "Column of the cohort that tells which rows are of one patient; its words never leave. Needed for differential privacy.");

    /// <summary>The plan's column that tells patients apart; null where the analysis names none.</summary>
    public static PlanValue? Column(StudyPlan plan, AnalysisSpecification specification) =>
        (string?)specification.Options[Option] is { } name ? PlanValue.Find(plan, name) : null;

    /// <summary>The column, which a private analysis must name.</summary>
    /// <exception cref="AnalysisRefusedException">E2951.</exception>
    public static PlanValue RequiredColumn(StudyPlan plan, AnalysisSpecification specification) => Column(plan, specification)
        ?? throw new AnalysisRefusedException(NoiseRules.Unfit, $"Analysis {specification.Id}: differential privacy protects patients: add patient: COLUMN, the column of the cohort that tells which rows are of one patient.");

    /// <summary>Rows by patient, in the order in which patients first occur; rows without a patient are left out.</summary>
    public static IEnumerable<ImmutableArray<int>> Group(SiteContext context, PlanValue patient, IEnumerable<int> rows)
    {
        double[] label = patient.Read(context, null);
        return rows.Where(row => !double.IsNaN(label[row])).GroupBy(row => label[row]).Select(g => g.ToImmutableArray());
    }
}
