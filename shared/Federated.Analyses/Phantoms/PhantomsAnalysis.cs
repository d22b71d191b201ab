using Federated.Analyses.Exchange;
using Federated.Analyses.Study;

namespace Federated.Analyses.Phantoms;

/// <summary>
/// How the scanners stand, by their own phantoms: factor, resolution, noise, recovery curve, the filter that brings each to the study's standard, and alarms of the control charts, phantom after
/// phantom. A record per hospital, of scanners and not of patients, to the month and without serial numbers.
/// </summary>
public sealed class PhantomsAnalysis : IAnalysis
{
    /// <summary>The analysis' kind, and the name of what it asks for.</summary>
    public const string Name = "phantoms";

    private const string Step = "scanners";

    /// <inheritdoc/>
    public string Kind => Name;

    /// <inheritdoc/>
    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification)
    {
        if (plan.Measurement?.Document()["calibration"] is null)
            throw new AnalysisRefusedException("E2911", $"{specification.Id}: phantoms are told of studies whose scans they correct; write measurement: {{ calibration: {{ target: earl1 }} }}");
        return
        [
            new StepDeclaration(Step, ExchangeKind.Report, "Compare the scanners by their phantom scans.",
            [
                new DeclaredItem("rows", [2], "Number of rows used, and number left out for each reason."),
                new DeclaredItem(
                    Name, [-1, 5 + PhantomPoint.Spheres],
                    "Per phantom scan of each scanner at the site: the month, calibration factor, noise, resolution, harmonizing filter, recoveries of six spheres, and whether a control chart raises an alarm. No day, no serial number, nothing of patients."),
            ]),
        ];
    }

    /// <inheritdoc/>
    public int Parameters(StudyPlan plan, AnalysisSpecification specification) => 0;

    /// <inheritdoc/>
    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        var scanners = new ReportStep(Step, Broadcast.Empty);
        yield return scanners;
        yield return new ConclusionStep(PhantomsResult.Of(context.Plan, scanners.Reports));
    }

    /// <inheritdoc/>
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => string.Equals(step, Step, StringComparison.Ordinal)
        ? new SiteAnswer { Report = new Report(new EffectiveRows(context.Table.Fit.LongCount(fit => fit), context.Table.Excluded), []) { Phantoms = context.Table.Phantoms } }
        : throw new BroadcastInvalidException($"phantoms has no step {step}.");
}
