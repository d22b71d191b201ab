using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Noise;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;
using Federated.Privacy.Disclosure;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Noise;

namespace Federated.SiteAgent.Gate;

/// <summary>What the gate looks at. The names are shown to officers in `outbox show` and kept in the local store; numbers are never reused.</summary>
public enum GateRule
{
    /// <summary>The officer approved exactly this plan, has not withdrawn and has not paused it.</summary>
    PlanApproved = 1,

    /// <summary>The plan has an analysis of that id and kind, and the officer's policy allows the kind.</summary>
    KindAllowed = 2,

    /// <summary>The analysis declares this step, with this kind of exchange, in its manifest.</summary>
    StepDeclared = 3,

    /// <summary>Sums are protected as the plan promises.</summary>
    ProtectionAsPromised = 4,

    /// <summary>The site holds rows of this study.</summary>
    RowsHeld = 5,

    /// <summary>Every scanner of the site has the least number of rows, or none at all.</summary>
    RowsPerScanner = 6,

    /// <summary>Every level of every categorical covariate has the least number of rows, or none at all.</summary>
    RowsPerLevel = 7,

    /// <summary>Not too many design columns for the rows there are.</summary>
    ParametersPerRow = 8,

    /// <summary>What is about to leave has the blocks, and the shapes, that the manifest lists.</summary>
    AnswerAsDeclared = 9,

    /// <summary>The sum over all sites cannot wrap.</summary>
    RoomForSites = 10,

    /// <summary>A report's counts belong to this site's rows.</summary>
    ReportCounts = 11,

    /// <summary>Scanner effects leave only where the plan and the officer share them, for scanners this site holds.</summary>
    ScannerEffectsShared = 12,

    /// <summary>Those who mask together are hospitals the officer approved, this one among them, of three legal entities or more.</summary>
    RosterApproved = 13,

    /// <summary>A step whose sum can tell of single patients is answered only where the officer allows such.</summary>
    SinglePatientsAllowed = 14,

    /// <summary>The site's rows are those of every earlier release on the same variables, or differ from them by enough records that no subtraction shows a few.</summary>
    Differencing = 15,

    /// <summary>Every bin of a histogram is empty or holds enough rows.</summary>
    HistogramBins = 16,

    /// <summary>What changes a model comes from the least number of patients, or is empty.</summary>
    PatientsPerUpdate = 17,

    /// <summary>Under differential privacy: the answer is a sum to which no patient adds more than the manifest says.</summary>
    PatientBound = 18,

    /// <summary>Under differential privacy: with this answer the study has not been told more sums than its epsilon covers.</summary>
    StudyBudget = 19,

    /// <summary>Under differential privacy: with this answer, what all studies were told of this hospital's patients stays within the officer's cap.</summary>
    PrivacyBudget = 20,

    /// <summary>Phantoms leave only where the step declares them, for scanners this site holds, with numbers that a phantom can have.</summary>
    PhantomsAsDeclared = 21,
}

/// <summary>One thing the gate looked at: the limit, what it found, and whether that passed. Numbers only.</summary>
/// <param name="Rule">What was looked at.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Limit">The limit, where the rule has one.</param>
/// <param name="Found">What was found, where the rule counts.</param>
/// <param name="Where">Index in the plan of the scanner, covariate or feature that decided; null where none did.</param>
public sealed record GateCheck(GateRule Rule, bool Passed, double? Limit = null, double? Found = null, int? Where = null);

/// <summary>Everything the gate needs to know of one task, besides the answer.</summary>
/// <param name="Task">What the coordinator asked.</param>
/// <param name="Decision">What the officer said of the plan; null = nothing yet.</param>
/// <param name="Plan">The plan whose bytes have the task's digest.</param>
/// <param name="Specification">The plan's entry for the task's analysis; null = there is none.</param>
/// <param name="Analysis">The kind's code; null = unknown kind.</param>
/// <param name="Table">The site's rows under this plan.</param>
public sealed record GateRequest(
    SiteTask Task, OfficerDecision? Decision, StudyPlan Plan, AnalysisSpecification? Specification, IAnalysis? Analysis, StudyTable Table)
{
    /// <summary>The hospitals behind masked sums that the officer's word names; null where it names none, or sums are plain.</summary>
    public PinnedRoster? Roster { get; init; }

    /// <summary>About whom numbers left before, on the variables of this plan.</summary>
    public DifferencingLedger Released { get; init; } = DifferencingLedger.Empty;

    /// <summary>What was told of this hospital's patients with noise before.</summary>
    public ImmutableArray<NoiseCharge> Charged { get; init; } = [];

    /// <summary>The noise of this plan; null where its sums are exact, and for the survey, which says nothing of patients where they are not.</summary>
    public NoiseTerms? Noise => Specification is null || string.Equals(Specification.Kind, SurveyAnalysis.Name, StringComparison.Ordinal) ? null : NoiseTerms.Of(Plan);

    /// <summary>The noise that this task would be charged with; null where its answer is exact.</summary>
    public NoiseCharge? Charge => Noise is { } noise ? new NoiseCharge(Task.Key, Task.Plan, noise.Multiplier) : null;

    /// <summary>The variables of this plan: covariates and features.</summary>
    public VariableSet Variables => VariableSet.Of([.. Plan.Covariates.Select(c => c.Name), .. Plan.Features]);
}

/// <summary>What the gate decided: every check it made, and, when one failed, the codes that may leave instead.</summary>
public sealed record GateRecord(ImmutableArray<GateCheck> Checks, Decline? Decline)
{
    /// <summary>Whether every check passed.</summary>
    public bool Passed => Decline is null;
}
