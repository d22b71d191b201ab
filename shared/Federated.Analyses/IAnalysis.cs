using System.Collections.Immutable;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Tables;

namespace Federated.Analyses;

/// <summary>
/// One kind of analysis, both halves in one place. The vocabulary of kinds is closed (<see cref="AnalysisCatalogue"/>); a site never receives code.
/// </summary>
public interface IAnalysis
{
    /// <summary>The kind's name in study.yaml.</summary>
    string Kind { get; }

    /// <summary>What study.yaml may say of it besides id and kind: read, checked, filled in with defaults, and published in the JSON schema from here.</summary>
    ImmutableArray<OptionKey> Options => [];

    /// <summary>
    /// Every step this analysis may take under this plan, for the manifest: what leaves, of what shape, seen by whom. The coordinator half yields no step that
    /// is not declared here, and the site half answers none.
    /// </summary>
    IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification);

    /// <summary>
    /// How many parameters it estimates from a site's rows under this plan: the gate holds it against the rows there are. Without a word of its own, the
    /// design columns of the plan.
    /// </summary>
    int Parameters(StudyPlan plan, AnalysisSpecification specification) => plan.DesignColumns.Length;

    /// <summary>The coordinator half: a pure function of the plan, the survey and the steps' outcomes.</summary>
    /// <exception cref="AnalysisRefusedException">The data do not allow it.</exception>
    IEnumerable<Step> Coordinate(CoordinatorContext context);

    /// <summary>The site half: a pure function of the site's table and the broadcast.</summary>
    /// <exception cref="BroadcastInvalidException">The request is not what the plan declares.</exception>
    SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast);
}

/// <summary>What a coordinator half knows.</summary>
/// <param name="Plan">The approved plan.</param>
/// <param name="Specification">This analysis' entry in it.</param>
/// <param name="Survey">The opening step's sum; null only for the survey itself.</param>
/// <param name="Sites">How many sites take part.</param>
public sealed record CoordinatorContext(StudyPlan Plan, AnalysisSpecification Specification, Survey.SurveyResult? Survey, int Sites);

/// <summary>What a site half knows.</summary>
/// <param name="Plan">The approved plan.</param>
/// <param name="Specification">This analysis' entry in it.</param>
/// <param name="Table">The site's rows.</param>
/// <param name="Sites">How many sites take part: bounds what one may add.</param>
/// <param name="Harmonized">Local outcome of an earlier `combat` of this study, by analysis id.</param>
public sealed record SiteContext(
    StudyPlan Plan, AnalysisSpecification Specification, StudyTable Table, int Sites, IReadOnlyDictionary<string, HarmonizedTable> Harmonized)
{
    /// <summary>Fewest rows that the site's officer lets stand in a bin; null = the officer asks for nothing beyond the plan.</summary>
    public int? OfficersLeastCount { get; init; }

    /// <summary>Fewest rows in a bin: the larger of the plan's number and the officer's; null = neither asks for any.</summary>
    public int? LeastCount => (Plan.Privacy.MinimumRows, OfficersLeastCount) switch
    {
        ({ } plan, { } officer) => Math.Max(plan, officer),
        (var plan, var officer) => plan ?? officer,
    };
}

/// <summary>What a site half answers: exactly one of a sum vector or a report; and, staying at the site, a harmonized table.</summary>
public sealed record SiteAnswer
{
    /// <summary>The filled vector, for a Sum.</summary>
    public SumVector? Sum { get; init; }

    /// <summary>The record, for a Report.</summary>
    public Report? Report { get; init; }

    /// <summary>Where the step declares a bound on one patient's part: <see cref="Sum"/> as it was filled, part by part.</summary>
    public BoundedSum? Bounded
    {
        get;
        init
        {
            field = value;
            Sum = value?.Sum;
        }
    }

    /// <summary>How many patients the answer was computed from, where the step changes a model; 0 = none, the answer is empty. Stays at the site.</summary>
    public long? Patients { get; init; }

    /// <summary>Blocks of <see cref="Sum"/> that hold packed counters: exempt from the range check.</summary>
    public IReadOnlyList<string> Packed { get; init; } = [];

    /// <summary>Those of <see cref="Packed"/> that count rows in bins: none of their counts may be small and not zero.</summary>
    public IReadOnlyList<string> Bins { get; init; } = [];

    /// <summary>Stays at the site: the harmonized features of its rows.</summary>
    public HarmonizedTable? Harmonized { get; init; }
}

/// <summary>Whether a step's answer is only ever seen as a sum over sites, or per hospital.</summary>
public enum ExchangeKind
{
    /// <summary>Only the sum over sites is used.</summary>
    Sum = 1,

    /// <summary>Seen per hospital.</summary>
    Report = 2,
}

/// <summary>One step as the manifest shows it.</summary>
/// <param name="Name">Step name.</param>
/// <param name="Kind">Sum or Report.</param>
/// <param name="Purpose">One sentence: what it is for.</param>
/// <param name="Items">What leaves: name, shape in words and numbers, meaning in plain language.</param>
/// <param name="When">Under which condition the step happens; empty = always, once.</param>
public sealed record StepDeclaration(string Name, ExchangeKind Kind, string Purpose, IReadOnlyList<DeclaredItem> Items, string When = "")
{
    /// <summary>
    /// Whether its numbers can speak of single patients, even as a sum over all hospitals: the manifest says so in plain words, and an officer's policy decides
    /// whether such a step is answered.
    /// </summary>
    public bool SinglePatients { get; init; }

    /// <summary>
    /// The longest part of one patient in the sum, in the Euclidean norm: the sensitivity that noise is measured by. Null: parts have no bound, and the sum is exact.
    /// </summary>
    public double? PatientBound { get; init; }

    /// <summary>How many times the step is asked at most.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Whether the sum changes a model: a site answers such a step only for a least number of patients.</summary>
    public bool Update { get; init; }
}

/// <summary>One block of a declared vector or record.</summary>
/// <param name="Name">Symbol.</param>
/// <param name="Shape">Extents under this plan; -1 where it depends on the survey.</param>
/// <param name="Meaning">Plain language.</param>
public sealed record DeclaredItem(string Name, IReadOnlyList<int> Shape, string Meaning);
