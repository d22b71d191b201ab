using Federated.Imaging.Volumes;

namespace Federated.Imaging.Regions;

/// <summary>Regions by uptake alone. The definition belongs in the name of every feature measured in them.</summary>
public static class ThresholdRegions
{
    /// <summary>Smallest lesion of the total metabolic tumour volume benchmark (Boellaard 2024, J Nucl Med 65:1343), in millilitres.</summary>
    public const double MinimumLesionMillilitres = 3;

    /// <summary>Voxels of at least this uptake, such as SUV 2.5 or 4.0.</summary>
    /// <param name="uptake">The image.</param>
    /// <param name="threshold">Inclusive.</param>
    /// <param name="within">Where to look; everywhere when null.</param>
    public static RegionMask AtLeast(Volume uptake, double threshold, RegionMask? within = null)
    {
        bool[]? allowed = within?.On(uptake.Geometry).Inside;
        bool[] inside = new bool[uptake.Values.Length];
        float single = (float)threshold; // Uptake is held in single precision: a voxel of exactly 4.1 must reach 4.1.
        for (int i = 0; i < inside.Length; i++) inside[i] = uptake.Values[i] >= single && (allowed is null || allowed[i]);
        return new RegionMask(uptake.Geometry, inside);
    }

    /// <summary>The part around the hottest voxel of a lesion that reaches a share of its uptake, such as 0.41 or 0.50.</summary>
    /// <param name="uptake">The image.</param>
    /// <param name="lesion">A generous region around one lesion.</param>
    /// <param name="share">Between 0 and 1.</param>
    public static RegionMask ShareOfMaximum(Volume uptake, RegionMask lesion, double share)
    {
        if (share is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(share), share, "a share of the maximum lies between 0 and 1");
        (int hottest, double maximum) = Hottest(uptake, lesion);
        return ConnectedRegions.Containing(AtLeast(uptake, share * maximum, lesion), hottest);
    }

    /// <summary>The part around the hottest voxel of a lesion above the mean of its uptake and the background's: 0.5 (SUVmax + background), the A50 of EARL.</summary>
    /// <param name="uptake">The image.</param>
    /// <param name="lesion">A generous region around one lesion.</param>
    /// <param name="background">Mean uptake of the background.</param>
    public static RegionMask BackgroundAdapted50(Volume uptake, RegionMask lesion, double background)
    {
        (int hottest, double maximum) = Hottest(uptake, lesion);
        if (!(background < maximum)) throw new RegionException($"the background of {background:0.###} is not below the lesion's maximum of {maximum:0.###}: choose another background");
        return ConnectedRegions.Containing(AtLeast(uptake, 0.5 * (maximum + background), lesion), hottest);
    }

    /// <summary>Separate lesions of at least a fixed uptake and volume, largest first; voxels that share a face, edge or corner belong together.</summary>
    public static IReadOnlyList<RegionMask> Lesions(Volume uptake, double threshold, RegionMask? within = null, double minimumMillilitres = MinimumLesionMillilitres) =>
        [.. ConnectedRegions.All(AtLeast(uptake, threshold, within)).Where(lesion => lesion.Millilitres >= minimumMillilitres)];

    /// <summary>Uptake from which PERCIST 1.0 accepts a target: 1.5 times the liver's mean + 2 standard deviations (Wahl 2009, J Nucl Med 50 Suppl 122S).</summary>
    public static double PercistTargetThreshold(double liverMean, double liverStandardDeviation) => 1.5 * liverMean + 2 * liverStandardDeviation;

    private static (int Index, double Maximum) Hottest(Volume uptake, RegionMask lesion)
    {
        bool[] inside = lesion.On(uptake.Geometry).Inside;
        int hottest = -1;
        for (int i = 0; i < inside.Length; i++)
            if (inside[i] && (hottest < 0 || uptake.Values[i] > uptake.Values[hottest])) hottest = i;
        return hottest >= 0 ? (hottest, uptake.Values[hottest]) : throw new RegionException("the region holds no voxel of the image: choose another region or image");
    }
}
