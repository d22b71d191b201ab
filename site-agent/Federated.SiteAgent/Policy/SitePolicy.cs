using System.Collections.Immutable;
using Federated.Privacy.Disclosure;

namespace Federated.SiteAgent.Policy;

/// <summary>
/// What this hospital's officer allows, whatever a plan says. A policy can only tighten a plan; the one exception is <see cref="Permissive"/>, for data that
/// belong to whoever runs the program.
/// </summary>
public sealed record SitePolicy
{
    /// <summary>Ten rows per scanner and per level, at most one covariate per three rows, every kind, scanner effects as the plan says.</summary>
    public static SitePolicy Default { get; } = new();

    /// <summary>No limits at all, the plan's own minimum included: the data are the runner's own, as in a simulation.</summary>
    public static SitePolicy Permissive { get; } = new()
    {
        OwnData = true,
        MinimumRowsPerScanner = 0,
        MinimumRowsPerLevel = 0,
        MaximumParametersPerRow = null,
        LeastBin = 0,
        LeastDifference = 0,
        LeastPatientsPerUpdate = 0,
        EpsilonCap = double.MaxValue,
    };

    /// <summary>Fewest rows of a scanner that may take part; the larger of this and the plan's number holds.</summary>
    public int MinimumRowsPerScanner { get; init; } = 10;

    /// <summary>Fewest rows per level of a categorical covariate, where the site has any row of that level.</summary>
    public int MinimumRowsPerLevel { get; init; } = 10;

    /// <summary>Most design columns per row used to estimate; null = any number. (The rule of DataSHIELD's nfilter.glm.)</summary>
    public double? MaximumParametersPerRow { get; init; } = 0.33;

    /// <summary>Fewest rows in a bin of a histogram that is not empty; the larger of this and the plan's number holds.</summary>
    public int LeastBin { get; init; } = 10;

    /// <summary>Fewest records by which this site's rows may differ from those of an earlier release on the same variables, if they differ at all; 0 = any number.</summary>
    public int LeastDifference { get; init; } = 10;

    /// <summary>Fewest patients from whom a change of a model may come.</summary>
    public int LeastPatientsPerUpdate { get; init; } = 10;

    /// <summary>Most epsilon, for one patient and over all studies with differential privacy together, that may be told of this hospital's tables.</summary>
    public double EpsilonCap { get; init; } = 8;

    /// <summary>The delta at which the cap holds.</summary>
    public double CapDelta { get; init; } = 1e-5;

    /// <summary>Kinds of analysis that may be answered; null = the whole vocabulary. The opening survey is part of every study.</summary>
    public ImmutableSortedSet<string>? AllowedKinds { get; init; }

    /// <summary>Whether the effects of each scanner may be reported where the plan asks for it.</summary>
    public bool ShareScannerEffects { get; init; } = true;

    /// <summary>Whether integers may leave unmasked, which lets the coordinator see this site's own sums, where the plan says so.</summary>
    public bool AllowPlainAggregation { get; init; } = true;

    /// <summary>Whether steps may be answered whose sums can tell of single patients, such as exact times of events, where the plan asks for them.</summary>
    public bool AllowSinglePatients { get; init; } = true;

    /// <summary>The data belong to the runner: the plan's minimum, and its promise of masking, protect nobody and are waived.</summary>
    public bool OwnData { get; init; }

    /// <summary>
    /// What makes these limits looser than the floor for patients' data (<see cref="DisclosurePolicy.Floor"/>), in words; null = nothing: an officer may only tighten.
    /// </summary>
    public string? LooserThanFloor()
    {
        DisclosurePolicy floor = DisclosurePolicy.Floor;
        if (OwnData) return "own-data waives the plan's protection and is for simulations only";
        if (MinimumRowsPerScanner < floor.LeastGroup) return Below("minimum-rows-per-scanner", floor.LeastGroup);
        if (MinimumRowsPerLevel < floor.LeastGroup) return Below("minimum-rows-per-level", floor.LeastGroup);
        if (LeastBin < floor.LeastBin) return Below("least-bin", floor.LeastBin);
        if (LeastDifference < floor.LeastDifference) return Below("least-difference", floor.LeastDifference);
        if (LeastPatientsPerUpdate < floor.LeastGroup) return Below("least-patients-per-update", floor.LeastGroup);
        return MaximumParametersPerRow is > 0 and var most && most <= floor.ParametersPerRow
            ? null
            : System.FormattableString.Invariant($"maximum-parameters-per-row must be above 0 and at most {floor.ParametersPerRow}: a limit may only be tightened");
    }

    /// <summary>The number of rows in a bin that holds under a plan.</summary>
    public int MinimumInBin(int? plan) => OwnData ? LeastBin : Math.Max(plan ?? 0, LeastBin);

    private static string Below(string key, int least) => System.FormattableString.Invariant($"{key} must be at least {least}: a limit may only be tightened");

    /// <summary>The number of rows per scanner that holds under a plan.</summary>
    public int MinimumRows(int? plan) => OwnData ? MinimumRowsPerScanner : Math.Max(plan ?? 0, MinimumRowsPerScanner);
}
