namespace Federated.Imaging.Radiomics;

/// <summary>The families of the IBSI reference manual, chapter 3.</summary>
[Flags]
public enum FeatureFamilies
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Morphological features, tags morph_*.</summary>
    Morphology = 1 << 0,

    /// <summary>Local intensity features, tags loc_*.</summary>
    LocalIntensity = 1 << 1,

    /// <summary>Intensity-based statistical features, tags stat_*.</summary>
    IntensityStatistics = 1 << 2,

    /// <summary>Intensity histogram features, tags ih_*.</summary>
    IntensityHistogram = 1 << 3,

    /// <summary>Intensity-volume histogram features, tags ivh_*.</summary>
    IntensityVolumeHistogram = 1 << 4,

    /// <summary>Grey level co-occurrence, tags cm_*.</summary>
    Cooccurrence = 1 << 5,

    /// <summary>Grey level run length, tags rlm_*.</summary>
    RunLength = 1 << 6,

    /// <summary>Grey level size zone, tags szm_*.</summary>
    SizeZone = 1 << 7,

    /// <summary>Grey level distance zone, tags dzm_*.</summary>
    DistanceZone = 1 << 8,

    /// <summary>Neighbourhood grey tone difference, tags ngt_*.</summary>
    ToneDifference = 1 << 9,

    /// <summary>Neighbouring grey level dependence, tags ngl_*.</summary>
    LevelDependence = 1 << 10,

    /// <summary>Every family.</summary>
    All = (1 << 11) - 1,
}

/// <summary>How texture matrices of slices and directions become one value. Directional families know all six, the others one per dimension.</summary>
[Flags]
public enum TextureAggregations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Two-dimensional, features averaged over slices and directions: tags *_2D_avg and *_2D.</summary>
    SlicesAveraged = 1 << 0,

    /// <summary>Two-dimensional, directions merged within a slice, features averaged over slices: tags *_2D_comb and *_2D.</summary>
    SlicesMerged = 1 << 1,

    /// <summary>Slices merged for each direction, features averaged over directions: tags *_2_5D_avg and *_2_5D.</summary>
    DirectionsMerged = 1 << 2,

    /// <summary>Slices and directions merged: tags *_2_5D_comb and *_2_5D.</summary>
    PlanesMerged = 1 << 3,

    /// <summary>Three-dimensional, features averaged over directions: tags *_3D_avg and *_3D.</summary>
    VolumeAveraged = 1 << 4,

    /// <summary>Three-dimensional, directions merged: tags *_3D_comb and *_3D.</summary>
    VolumeMerged = 1 << 5,

    /// <summary>The four that stay within slices.</summary>
    WithinSlices = SlicesAveraged | SlicesMerged | DirectionsMerged | PlanesMerged,

    /// <summary>The two of three-dimensional neighbourhoods.</summary>
    InSpace = VolumeAveraged | VolumeMerged,

    /// <summary>All six.</summary>
    All = WithinSlices | InSpace,
}

/// <summary>What to measure; it never changes a value, only which values there are.</summary>
/// <param name="Families">Feature families.</param>
/// <param name="Aggregations">Aggregations of the texture families.</param>
public sealed record FeatureSelection(FeatureFamilies Families, TextureAggregations Aggregations)
{
    /// <summary>Every family with every aggregation.</summary>
    public static FeatureSelection Everything { get; } = new(FeatureFamilies.All, TextureAggregations.All);

    internal bool Has(FeatureFamilies family) => (Families & family) != FeatureFamilies.None;
}
