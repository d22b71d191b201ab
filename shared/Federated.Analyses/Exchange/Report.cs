using System.Collections.Immutable;

namespace Federated.Analyses.Exchange;

/// <summary>Why a row is not used. The numbers are the wire's.</summary>
public enum ExclusionReason
{
    /// <summary>Its scanner is not among the plan's scanners.</summary>
    ScannerNotInPlan = 1,

    /// <summary>A covariate has no value.</summary>
    CovariateMissing = 2,

    /// <summary>A categorical covariate has a level that the plan does not list.</summary>
    LevelNotInPlan = 3,

    /// <summary>Not one feature of the plan has a value.</summary>
    NoFeatureValue = 4,

    /// <summary>Not among the rows that <c>fit-on</c> names: harmonized, not used to estimate.</summary>
    OutsideFit = 5,

    /// <summary>It has features, but no row in the cohort table.</summary>
    NoCohortRow = 6,

    /// <summary>The scan does not conform to the protocol that the plan's measurement section asks for.</summary>
    ProtocolNotFollowed = 7,

    /// <summary>The scan could not be measured: an image or region that is missing, damaged, or not quantitative.</summary>
    NotMeasured = 8,
}

/// <summary>How many rows a site used, and how many it left out, by reason.</summary>
public sealed record EffectiveRows(long Used, ImmutableSortedDictionary<ExclusionReason, long> Excluded);

/// <summary>
/// Location and scale effects of one scanner after empirical Bayes, per feature of the plan: gamma in units of the pooled standard deviation, delta as a
/// variance ratio; NaN where not estimated.
/// </summary>
public sealed record ScannerEffects(int Scanner, double[] GammaStar, double[] DeltaStar);

/// <summary>The only record seen per hospital: small, typed, declared in the manifest.</summary>
public sealed record Report(EffectiveRows Rows, ImmutableArray<ScannerEffects> ScannerEffects)
{
    /// <summary>Phantoms of the site's scanners, for analyses that declare them.</summary>
    public ImmutableArray<ScannerPhantoms> Phantoms { get; init; } = [];
}
