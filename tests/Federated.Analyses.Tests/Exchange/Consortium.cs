using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;

namespace Federated.Analyses.Tests.Exchange;

/// <summary>One hospital of the consortium under test.</summary>
public sealed record Hospital(string Name, StudyTable Table);

/// <summary>What a hospital sent at a step.</summary>
public sealed record Sent(string Analysis, string Step, string Site, SiteAnswer Answer)
{
    /// <summary>What it had been told.</summary>
    public required Broadcast Heard { get; init; }
}

/// <summary>
/// A consortium without a network: runs both halves of the survey and then of the plan's analyses over the bytes that would travel, and keeps what
/// each hospital sent. Every payload passes the same checks as at a real site.
/// </summary>
public sealed class Consortium(StudyPlan plan, params IReadOnlyList<Hospital> hospitals)
{
    private readonly List<Sent> _sent = [];
    private readonly Dictionary<string, Dictionary<string, HarmonizedTable>> _harmonized =
        hospitals.ToDictionary(h => h.Name, _ => new Dictionary<string, HarmonizedTable>(StringComparer.Ordinal), StringComparer.Ordinal);

    public StudyPlan Plan { get; } = plan;

    public IReadOnlyList<Hospital> Hospitals { get; } = hospitals;

    public IReadOnlyList<Sent> Sent => _sent;

    public SurveyResult Survey => field ??= TakeSurvey();

    /// <summary>The local outcome of a combat at a site.</summary>
    public HarmonizedTable Harmonized(string site, string analysis) => _harmonized[site][analysis];

    /// <summary>Runs the analysis of that id to its conclusion; earlier analyses must have been run before.</summary>
    public AnalysisResult Run(string id)
    {
        AnalysisSpecification specification = Plan.Analyses.Single(a => string.Equals(a.Id, id, StringComparison.Ordinal));
        return Run(specification, Survey, _ => { });
    }

    private SurveyResult TakeSurvey()
    {
        SurveyResult? result = null;
        Run(SurveyAnalysis.Specification, null, sum => result = SurveyAnalysis.Read(Plan, sum));
        return result!;
    }

    private AnalysisResult Run(AnalysisSpecification specification, SurveyResult? survey, Action<SumVector> onSum)
    {
        IAnalysis analysis = AnalysisCatalogue.Find(specification.Kind)!;
        IReadOnlyList<StepDeclaration> declared = analysis.Declare(Plan, specification);
        foreach (Step step in analysis.Coordinate(new CoordinatorContext(Plan, specification, survey, Hospitals.Count)))
        {
            if (step is ConclusionStep conclusion) return conclusion.Result;
            Assert.Contains(declared, d => string.Equals(d.Name, step.Name, StringComparison.Ordinal));
            if (step is SumStep sum) onSum(sum.Sum = Add(analysis, specification, sum));
            if (step is ReportStep report) report.Reports = [.. Answers(analysis, specification, step).Select(a => (a.Site, a.Answer.Report!))];
        }

        throw new InvalidOperationException($"{specification.Id} ended without a conclusion.");
    }

    private SumVector Add(IAnalysis analysis, AnalysisSpecification specification, SumStep step)
    {
        var total = new SumVector(step.Layout);
        foreach ((_, _, _, SiteAnswer answer) in Answers(analysis, specification, step))
        {
            answer.Sum!.RequireRoomFor(Hospitals.Count, [.. answer.Packed]);
            total.AddPayload(answer.Sum.ToPayload());
        }

        return total;
    }

    private ImmutableArray<Sent> Answers(IAnalysis analysis, AnalysisSpecification specification, Step step)
    {
        var answers = ImmutableArray.CreateBuilder<Sent>();
        foreach (Hospital hospital in Hospitals.OrderBy(h => h.Name, StringComparer.Ordinal))
        {
            var context = new SiteContext(Plan, specification, hospital.Table, Hospitals.Count, _harmonized[hospital.Name]);
            SiteAnswer answer = analysis.Answer(context, step.Name, step.Broadcast);
            if (answer.Harmonized is { } harmonized) _harmonized[hospital.Name][specification.Id] = harmonized;
            answers.Add(new Sent(specification.Id, step.Name, hospital.Name, answer) { Heard = step.Broadcast });
        }

        _sent.AddRange(answers);
        return answers.ToImmutable();
    }
}
