using System.Collections.Immutable;
using Federated.Analyses.Study;

namespace Federated.Coordinator.Studies;

/// <summary>Every reason that can leave a hospital. The numbers are the wire's; exchange.proto says what `where` and `counts` mean.</summary>
public enum DeclineCode
{
    /// <summary>No row of this study at the site.</summary>
    NoData = 1,

    /// <summary>A scanner with fewer rows than the site allows.</summary>
    TooFewRows = 2,

    /// <summary>A value does not fit the agreed scale.</summary>
    OutOfRange = 3,

    /// <summary>The broadcast is not what the plan declares.</summary>
    BroadcastInvalid = 4,

    /// <summary>The officer has not approved this plan.</summary>
    PlanNotApproved = 5,

    /// <summary>A defect; details are in the site's own log.</summary>
    Internal = 6,

    /// <summary>The officer's policy forbids this step.</summary>
    Policy = 7,

    /// <summary>A message of the masking is not what it must be.</summary>
    Masking = 8,
}

/// <summary>Why a site does not answer a task: numbers only, made readable here with the plan's own words.</summary>
public sealed record Decline(DeclineCode Code, ImmutableArray<int> Where, ImmutableArray<long> Counts)
{
    /// <summary>No decline names more than this many places.</summary>
    public const int MostPlaces = 4096;

    /// <summary>One line for the operator. Indices beyond the plan are shown as numbers: they come from outside.</summary>
    public string Describe(StudyPlan plan, string site, string analysis, string step)
    {
        string what = Code switch
        {
            DeclineCode.NoData => "it has no row of this study" + Named(", scanner ", plan.Scanners) + "; see which scanners and columns the plan names",
            DeclineCode.TooFewRows => $"too few rows{Named(" of scanner ", plan.Scanners)}{Minimum()}; drop the scanner from the plan or gather more scans",
            DeclineCode.OutOfRange => $"a value{Named(" of ", plan.Features)} does not fit the agreed scale; look for outliers or wrong units at the site",
            DeclineCode.BroadcastInvalid => "what it was sent is not what the plan declares; compare the versions of agent and coordinator",
            DeclineCode.PlanNotApproved => "its officer has not approved this plan",
            DeclineCode.Internal => "a defect at the site; the details are in the site's own log",
            DeclineCode.Policy => "its officer's policy forbids this step",
            DeclineCode.Masking => $"it refused the masking{(Counts.Length > 0 ? $" ({(Federated.Privacy.SecureAggregation.RefusalReason)Counts[0]})" : "")}{Named(", speaking of roster number ", [])}; "
                + "somebody between the hospitals, or this coordinator, changed what they say to each other",
            _ => $"code {(int)Code}",
        };
        return $"{site} declined {analysis}/{step}: {what}.";
    }

    private string Named(string lead, ImmutableArray<string> words) =>
        Where.Length == 0 ? "" : lead + string.Join(", ", Where.Take(5).Select(i => i >= 0 && i < words.Length ? words[i] : $"#{i}")) + (Where.Length > 5 ? ", ..." : "");

    private string Minimum() => Counts.Length == 0 ? "" : $" (the site asks for at least {Counts[0]})";
}
