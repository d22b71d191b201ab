namespace Federated.Analyses.Exchange;

/// <summary>
/// One move of an analysis' coordinator half. The half is written as an iterator that yields steps and reads their outcomes when it is resumed, so it
/// reads like the paper; it is a pure function of the plan and of the outcomes, so a restart replays it from the stored sums to the same bits.
/// </summary>
/// <param name="name">Name in the analysis' declaration.</param>
/// <param name="broadcast">What the participants need to know.</param>
public abstract class Step(string name, Broadcast broadcast)
{
    /// <summary>Name in the analysis' declaration.</summary>
    public string Name { get; } = name;

    /// <summary>What the participants need to know.</summary>
    public Broadcast Broadcast { get; } = broadcast;
}

/// <summary>Every site fills the same vector; the sum over sites comes back.</summary>
public sealed class SumStep(string name, Broadcast broadcast, SumLayout layout) : Step(name, broadcast)
{
    /// <summary>What is asked for.</summary>
    public SumLayout Layout { get; } = layout;

    /// <summary>The sum over sites: set before the iterator is resumed.</summary>
    public SumVector Sum { get => field ?? throw new InvalidOperationException($"Step {Name} has no sum yet."); set; }
}

/// <summary>Every site answers with a declared record that is seen per hospital.</summary>
public sealed class ReportStep(string name, Broadcast broadcast) : Step(name, broadcast)
{
    /// <summary>The records by site name, in ordinal order: set before the iterator is resumed.</summary>
    public IReadOnlyList<(string Site, Report Report)> Reports
    {
        get => field ?? throw new InvalidOperationException($"Step {Name} has no reports yet.");
        set;
    }
}

/// <summary>The last step: nothing more is asked.</summary>
public sealed class ConclusionStep(AnalysisResult result) : Step("conclusion", Broadcast.Empty)
{
    /// <summary>What the analysis found.</summary>
    public AnalysisResult Result { get; } = result;
}
