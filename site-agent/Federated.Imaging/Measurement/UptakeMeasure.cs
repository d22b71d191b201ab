using System.Collections.Immutable;
using System.Globalization;

namespace Federated.Imaging.Measurement;

/// <summary>What is measured of a region's uptake.</summary>
public enum UptakeQuantity
{
    /// <summary>suvmax: the hottest voxel.</summary>
    Maximum,

    /// <summary>suvmin: the coldest voxel.</summary>
    Minimum,

    /// <summary>suvmean.</summary>
    Mean,

    /// <summary>suvmedian.</summary>
    Median,

    /// <summary>suvsd: standard deviation of the population.</summary>
    StandardDeviation,

    /// <summary>suvcov: standard deviation divided by mean.</summary>
    CoefficientOfVariation,

    /// <summary>suvpeak_local: mean of 1 ml around the hottest voxel.</summary>
    PeakLocal,

    /// <summary>suvpeak_global: highest mean of 1 ml around any voxel of the region.</summary>
    PeakGlobal,

    /// <summary>mtv: volume in millilitres.</summary>
    Volume,

    /// <summary>tlg: mean uptake times volume.</summary>
    Glycolysis,

    /// <summary>lesions: how many there are.</summary>
    Lesions,

    /// <summary>auc_csh: area under the cumulative SUV-volume histogram.</summary>
    CumulativeHistogramArea,

    /// <summary>dvdt_40_80: change of volume per per cent of threshold.</summary>
    VolumeThresholdSlope,

    /// <summary>suvmax_to_mean.</summary>
    MaximumToMean,

    /// <summary>dmax: distance in millimetres between the centres of the two lesions furthest apart (Cottereau 2020, J Nucl Med 61:40).</summary>
    Dissemination,
}

/// <summary>The part of a lesion that is measured: voxels of at least an uptake, or the part around the hottest voxel that reaches a share of its uptake.</summary>
/// <param name="Word">As it stands in names: 41, 50, suv2.5, suv4.</param>
/// <param name="ShareOfMaximum">Share of the lesion's SUVmax, or null.</param>
/// <param name="AtLeast">Uptake, or null.</param>
public sealed record Delineation(string Word, double? ShareOfMaximum, double? AtLeast)
{
    /// <summary>The delineation of a word.</summary>
    public static Delineation? Parse(string word)
    {
        bool fixedUptake = word.StartsWith("suv", StringComparison.Ordinal);
        if (!double.TryParse(fixedUptake ? word.AsSpan(3) : word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number <= 0) return null;
        return fixedUptake ? new Delineation(word, null, number) : number < 100 ? new Delineation(word, number / 100, null) : null;
    }
}

/// <summary>One measure of uptake by its name: a quantity, and the part of the region it is taken of (none: the region as drawn).</summary>
/// <param name="Name">suvmax, mtv_41, tlg_suv4 ...</param>
/// <param name="Quantity">What.</param>
/// <param name="Delineation">Of which part; null for the whole region.</param>
public sealed record UptakeMeasure(string Name, UptakeQuantity Quantity, Delineation? Delineation)
{
    /// <summary>The tissue that is measured in place of the lesions: liver_suvmean.</summary>
    public ReferenceTissue? Of { get; private init; }

    /// <summary>The tissue whose mean uptake the quantity is divided by: suvmax_to_liver.</summary>
    public ReferenceTissue? To { get; private init; }

    private static readonly ImmutableArray<(string Word, UptakeQuantity Quantity)> OfTissue =
        [("suvmean", UptakeQuantity.Mean), ("suvsd", UptakeQuantity.StandardDeviation), ("suvmax", UptakeQuantity.Maximum)];

    private static readonly ImmutableArray<(string Word, UptakeQuantity Quantity)> ToTissue =
        [("suvmax", UptakeQuantity.Maximum), ("suvmean", UptakeQuantity.Mean), ("suvpeak_local", UptakeQuantity.PeakLocal), ("suvpeak_global", UptakeQuantity.PeakGlobal)];

    private static readonly ImmutableArray<(string Word, UptakeQuantity Quantity, bool Delineated)> Quantities =
    [
        ("suvmax", UptakeQuantity.Maximum, false), ("suvmin", UptakeQuantity.Minimum, false), ("suvmean", UptakeQuantity.Mean, true), ("suvmedian", UptakeQuantity.Median, true),
        ("suvsd", UptakeQuantity.StandardDeviation, true), ("suvcov", UptakeQuantity.CoefficientOfVariation, true), ("suvpeak_local", UptakeQuantity.PeakLocal, false),
        ("suvpeak_global", UptakeQuantity.PeakGlobal, false), ("mtv", UptakeQuantity.Volume, true), ("tlg", UptakeQuantity.Glycolysis, true), ("lesions", UptakeQuantity.Lesions, false),
        ("auc_csh", UptakeQuantity.CumulativeHistogramArea, true), ("dvdt_40_80", UptakeQuantity.VolumeThresholdSlope, false), ("suvmax_to_mean", UptakeQuantity.MaximumToMean, true),
        ("dmax", UptakeQuantity.Dissemination, false),
    ];

    /// <summary>The measure of a name.</summary>
    /// <exception cref="MeasurementException">No such measure.</exception>
    public static UptakeMeasure Parse(string name)
    {
        foreach ((ReferenceTissue tissue, _, string word) in ReferenceTissues.All)
        {
            foreach ((string what, UptakeQuantity quantity) in OfTissue)
                if (string.Equals(name, $"{word}_{what}", StringComparison.Ordinal)) return new UptakeMeasure(name, quantity, null) { Of = tissue };
            foreach ((string what, UptakeQuantity quantity) in ToTissue)
                if (string.Equals(name, $"{what}_to_{word}", StringComparison.Ordinal)) return new UptakeMeasure(name, quantity, null) { To = tissue };
        }
        foreach ((string word, UptakeQuantity quantity, bool delineated) in Quantities)
        {
            if (string.Equals(name, word, StringComparison.Ordinal)) return new UptakeMeasure(name, quantity, null);
            if (delineated && name.StartsWith(word + "_", StringComparison.Ordinal) && Delineation.Parse(name[(word.Length + 1)..]) is { } part) return new UptakeMeasure(name, quantity, part);
        }
        throw new MeasurementException($"measure '{name}' is not one of {string.Join(", ", Quantities.Select(q => q.Delineated ? q.Word + "[_41|_50|_suv2.5|_suv4]" : q.Word))}, TISSUE_suvmean|suvsd|suvmax, or suvmax|suvmean|suvpeak_local|suvpeak_global_to_TISSUE");
    }
}
