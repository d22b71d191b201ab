using Federated.Imaging.Volumes;

namespace Federated.Imaging.Radiomics;

/// <summary>Measures the features of the Image Biomarker Standardisation Initiative (IBSI reference manual, A. Zwanenburg and others, Radiology 295(2), 2020).</summary>
public static class RadiomicFeatures
{
    /// <summary>Measures a region of a volume, whose voxels are read where they are.</summary>
    /// <param name="image">The volume.</param>
    /// <param name="region">The region, on the volume's own grid.</param>
    /// <param name="settings">Definitions; their digest goes with the values.</param>
    /// <param name="selection">Families and aggregations to measure.</param>
    /// <exception cref="RadiomicsException">Image, region and settings do not go together; the message says how to mend it.</exception>
    public static FeatureSet Measure(Volume image, RegionMask region, ExtractionSettings settings, FeatureSelection selection) => image.Geometry.Matches(region.Geometry)
        ? Measure(VoxelGrid.Of(image.Geometry), image.Values, region.Inside, settings, selection)
        : throw new RadiomicsException("Image and region lie on different grids: bring the region onto the image's grid first.");

    /// <summary>Measures a region. The same inputs give the same bits on one kind of processor; nothing is read or kept elsewhere.</summary>
    /// <param name="grid">Grid of image and region.</param>
    /// <param name="image">Intensities in the image's units, one per voxel, x fastest; finite in and around the region.</param>
    /// <param name="region">True inside the region, one per voxel.</param>
    /// <param name="settings">Definitions; their digest goes with the values.</param>
    /// <param name="selection">Families and aggregations to measure.</param>
    /// <exception cref="RadiomicsException">Image, region and settings do not go together; the message says how to mend it.</exception>
    public static FeatureSet Measure(VoxelGrid grid, ReadOnlySpan<float> image, ReadOnlySpan<bool> region, ExtractionSettings settings, FeatureSelection selection)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(selection);
        PreparedRegion surroundings = PreparedRegion.From(grid, image, region, settings);
        PreparedRegion prepared = surroundings.Tight();
        double[] sorted = Sorted(prepared);
        FeatureWriter features = new();

        if (selection.Has(FeatureFamilies.Morphology)) Morphology.Measure(prepared, Mean(sorted), features);
        if (selection.Has(FeatureFamilies.LocalIntensity)) LocalIntensity.Measure(surroundings, features);
        if (selection.Has(FeatureFamilies.IntensityStatistics)) IntensityStatistics.Measure(sorted, features);
        if (selection.Has(FeatureFamilies.IntensityVolumeHistogram)) IntensityVolumeHistogram.Measure(sorted, settings, features);
        if (selection.Has(Levelled))
        {
            LevelVolume levels = LevelVolume.Of(prepared, sorted[0], sorted[^1], settings);
            if (selection.Has(FeatureFamilies.IntensityHistogram)) IntensityHistogram.Measure(levels.Histogram, features);
            if (selection.Has(FeatureFamilies.Cooccurrence)) Cooccurrence.Measure(levels, selection.Aggregations, features);
            if (selection.Has(FeatureFamilies.RunLength)) RunLength.Measure(levels, selection.Aggregations, features);
            if (selection.Has(FeatureFamilies.SizeZone | FeatureFamilies.DistanceZone)) Zones.Measure(levels, selection, features);
            if (selection.Has(FeatureFamilies.ToneDifference | FeatureFamilies.LevelDependence)) Neighbourhoods.Measure(levels, selection, features);
        }

        return new FeatureSet(settings.Digest, features.Values, prepared.Morphological.AsSpan().Count(true), sorted.Length);
    }

    // Families that look at grey levels instead of intensities.
    private const FeatureFamilies Levelled = FeatureFamilies.IntensityHistogram | FeatureFamilies.Cooccurrence | FeatureFamilies.RunLength | FeatureFamilies.SizeZone
        | FeatureFamilies.DistanceZone | FeatureFamilies.ToneDifference | FeatureFamilies.LevelDependence;

    private static double[] Sorted(PreparedRegion region)
    {
        double[] values = new double[region.Intensity.AsSpan().Count(true)];
        int at = 0;
        for (int i = 0; i < region.Intensity.Length; i++)
        {
            if (region.Intensity[i]) values[at++] = region.Intensities[i];
        }

        Array.Sort(values);
        return values;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values) sum += v;
        return sum / values.Length;
    }
}
