using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Running;

/// <summary>An analysis broke its own rules or ran into a defect: the study pauses, nothing is lost.</summary>
public sealed class AnalysisDefectException(string code, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>E13xx: explained in coordinator/README.md.</summary>
    public string Code { get; } = code;
}

/// <summary>
/// The coordinator half of one analysis under way: its iterator, stopped at the step whose outcome it waits for. A pure function of the context and of
/// the outcomes given, so it can be thrown away and brought to the same place again.
/// </summary>
internal sealed class AnalysisRun : IDisposable
{
    private readonly IEnumerator<Step> _steps;

    private AnalysisRun(int attempt, int sites, PlannedAnalysis analysis, IEnumerator<Step> steps)
    {
        Attempt = attempt;
        Sites = sites;
        Analysis = analysis;
        _steps = steps;
    }

    /// <summary>The study's attempt it belongs to.</summary>
    public int Attempt { get; }

    /// <summary>How many sites it was told take part.</summary>
    public int Sites { get; }

    /// <summary>Which analysis.</summary>
    public PlannedAnalysis Analysis { get; }

    /// <summary>How many outcomes it was given.</summary>
    public int OutcomesGiven { get; private set; }

    /// <summary>The step it waits at; a <see cref="ConclusionStep"/> when it has ended.</summary>
    public Step Step => _steps.Current;

    /// <summary>Begins, up to the first step.</summary>
    /// <exception cref="AnalysisRefusedException">The data do not allow it.</exception>
    /// <exception cref="AnalysisDefectException">E1302.</exception>
    public static AnalysisRun Begin(int attempt, PlannedAnalysis analysis, IAnalysis halves, CoordinatorContext context)
    {
        IEnumerator<Step> steps;
        try
        {
            steps = halves.Coordinate(context).GetEnumerator(); // a half that is not an iterator may refuse here already
        }
        catch (Exception e) when (e is not AnalysisRefusedException)
        {
            throw Defect(analysis, e);
        }

        var run = new AnalysisRun(attempt, context.Sites, analysis, steps);
        run.MoveNext();
        return run;
    }

    /// <summary>Gives the sum the step waits for, and goes on to the next step.</summary>
    public void Give(SumVector sum)
    {
        ((SumStep)Step).Sum = sum;
        OutcomesGiven++;
        MoveNext();
    }

    /// <summary>Gives the reports the step waits for, and goes on to the next step.</summary>
    public void Give(IReadOnlyList<(string Site, Report Report)> reports)
    {
        ((ReportStep)Step).Reports = reports;
        OutcomesGiven++;
        MoveNext();
    }

    /// <inheritdoc/>
    public void Dispose() => _steps.Dispose();

    private void MoveNext()
    {
        bool moved;
        try
        {
            moved = _steps.MoveNext();
        }
        catch (Exception e) when (e is not AnalysisRefusedException)
        {
            throw Defect(Analysis, e);
        }

        if (!moved) throw Defect(Analysis, new InvalidOperationException("The coordinator half ended without a conclusion."));
    }

    private static AnalysisDefectException Defect(PlannedAnalysis analysis, Exception cause) =>
        new("E1302", $"E1302: analysis {analysis.Id} ({analysis.Kind}) ran into a defect; the coordinator's log has the details.", cause);
}
