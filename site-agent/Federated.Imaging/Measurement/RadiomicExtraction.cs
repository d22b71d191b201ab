using System.Collections.Immutable;
using Federated.Imaging.Radiomics;
using static Federated.Imaging.Measurement.MeasurementProtocol;

namespace Federated.Imaging.Measurement;

/// <summary>Radiomic features under one set of settings.</summary>
/// <param name="Settings">What changes values.</param>
/// <param name="Selection">Which values there are.</param>
/// <param name="Tags">IBSI tags in the order of measuring.</param>
/// <param name="Names">The features' names, tag by tag.</param>
public sealed record RadiomicExtraction(ExtractionSettings Settings, FeatureSelection Selection, ImmutableArray<string> Tags, ImmutableArray<string> Names)
{
    // Our names say which matrix it is; the short tags are those of the IBSI tables.
    private static readonly ImmutableArray<(string Tag, string Name, Levels Levels)> Families =
    [
        ("cm_", "glcm_", Levels.Textures), ("rlm_", "glrlm_", Levels.Textures), ("szm_", "glszm_", Levels.Textures), ("dzm_", "gldzm_", Levels.Textures),
        ("ngt_", "ngtdm_", Levels.Textures), ("ngl_", "ngldm_", Levels.Textures), ("ih_", "ih_", Levels.Textures), ("ivh_", "ivh_", Levels.IntensityVolume),
        ("morph_", "morph_", Levels.None), ("loc_", "loc_", Levels.None), ("stat_", "stat_", Levels.None),
    ];

    private enum Levels
    {
        None,
        Textures,
        IntensityVolume,
    }

    internal static RadiomicExtraction Of(RadiomicsDocument document, ImageModality modality, string ending)
    {
        try
        {
            ExtractionSettings settings = Read(document);
            settings.Validate();
            FeatureSelection selection = new(FamiliesOf(document.Families), AggregationsOf(document.Aggregations));
            ImmutableArray<string> tags = TagsOf(selection);
            string spacing = Spacing(document.Spacing);
            return new RadiomicExtraction(settings, selection, tags, [.. tags.Select(tag => Prefix(modality) + Name(tag, settings) + spacing + ending)]);
        }
        catch (RadiomicsException wrong)
        {
            throw new MeasurementException(wrong.Message, wrong);
        }
    }

    /// <summary>The name of a tag: glcm_contrast_3d_avg_fbs0.25.</summary>
    private static string Name(string tag, ExtractionSettings settings)
    {
        (string prefix, string name, Levels levels) = Families.First(f => tag.StartsWith(f.Tag, StringComparison.Ordinal));
        string plain = name + tag[prefix.Length..].Replace("_2_5D", "_2.5d", StringComparison.Ordinal).ToLowerInvariant();
        return levels switch { Levels.Textures => plain + Bins(settings.Discretisation), Levels.IntensityVolume => plain + Bins(settings.IntensityVolumeHistogram), _ => plain };
    }

    private static string Bins(Discretisation discretisation) => discretisation switch
    {
        Discretisation.FixedBinSize size => "_fbs" + Number(size.Width),
        Discretisation.FixedBinNumber number => "_fbn" + Number(number.Bins),
        _ => "_whole",
    };

    private static string Spacing(double[]? spacing) => spacing switch
    {
        null => "",
        [double x, double y, double z] when x == y && y == z => $"_{Number(x)}mm",
        _ => $"_{string.Join('x', spacing.Select(Number))}mm",
    };

    private static ExtractionSettings Read(RadiomicsDocument r)
    {
        Discretisation discretisation = DiscretisationOf(r.Discretisation);
        Interpolator image = Word(r.Interpolation, "interpolation", ("nearest", Interpolator.Nearest), ("linear", Interpolator.Linear), ("cubic-spline", Interpolator.CubicSpline));
        Interpolation? grid = r.Spacing switch
        {
            null => null,
            [double x, double y] => new Interpolation(x, y, null) { Image = image, RoundIntensities = r.Round },
            [double x, double y, double z] => new Interpolation(x, y, z) { Image = image, RoundIntensities = r.Round },
            _ => throw new MeasurementException("spacing needs two or three numbers"),
        };
        return new ExtractionSettings
        {
            Interpolation = grid,
            Resegmentation = new Resegmentation { Lower = r.Lower, Upper = r.Upper, OutlierDeviations = r.Outliers },
            Discretisation = discretisation,
            IntensityVolumeHistogram = r.IntensityVolume is { } own ? DiscretisationOf(own) : discretisation,
        };
    }

    private static Discretisation DiscretisationOf(DiscretisationDocument d) => (d.BinSize, d.Bins) switch
    {
        ({ } size, null) => new Discretisation.FixedBinSize(size),
        (null, { } bins) => new Discretisation.FixedBinNumber(bins),
        (null, null) => new Discretisation.None(),
        _ => throw new MeasurementException("a discretisation has a bin-size or a number of bins, not both: remove one"),
    };

    private static FeatureFamilies FamiliesOf(string[] words)
    {
        FeatureFamilies families = FeatureFamilies.None;
        foreach (string word in words)
        {
            families |= Word(
                word, "family", ("morphology", FeatureFamilies.Morphology), ("local-intensity", FeatureFamilies.LocalIntensity), ("statistics", FeatureFamilies.IntensityStatistics),
                ("histogram", FeatureFamilies.IntensityHistogram), ("intensity-volume-histogram", FeatureFamilies.IntensityVolumeHistogram), ("glcm", FeatureFamilies.Cooccurrence),
                ("glrlm", FeatureFamilies.RunLength), ("glszm", FeatureFamilies.SizeZone), ("gldzm", FeatureFamilies.DistanceZone), ("ngtdm", FeatureFamilies.ToneDifference),
                ("ngldm", FeatureFamilies.LevelDependence));
        }
        return families;
    }

    private static TextureAggregations AggregationsOf(string[] words)
    {
        TextureAggregations aggregations = TextureAggregations.None;
        foreach (string word in words)
        {
            aggregations |= Word(
                word, "aggregation", ("2d-averaged", TextureAggregations.SlicesAveraged), ("2d-merged", TextureAggregations.SlicesMerged),
                ("2.5d-averaged", TextureAggregations.DirectionsMerged), ("2.5d-merged", TextureAggregations.PlanesMerged),
                ("3d-averaged", TextureAggregations.VolumeAveraged), ("3d-merged", TextureAggregations.VolumeMerged));
        }
        return aggregations;
    }

    // Which tags a selection has does not depend on the image: any small one shows them.
    private static ImmutableArray<string> TagsOf(FeatureSelection selection)
    {
        VoxelGrid grid = new(4, 4, 4, 1, 1, 1);
        float[] image = new float[grid.Count];
        for (int i = 0; i < image.Length; i++) image[i] = 1 + i * 7 % 5;
        bool[] region = new bool[grid.Count];
        Array.Fill(region, true);
        ExtractionSettings any = new() { Discretisation = new Discretisation.FixedBinNumber(4), IntensityVolumeHistogram = new Discretisation.FixedBinNumber(4) };
        return [.. RadiomicFeatures.Measure(grid, image, region, any, selection).Values.Select(v => v.Tag)];
    }
}
