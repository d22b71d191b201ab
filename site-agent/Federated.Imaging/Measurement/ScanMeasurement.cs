using Federated.Imaging.Radiomics;
using Federated.Imaging.Regions;
using Federated.Imaging.Resonance;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Measurement;

/// <summary>What a scan's lesions measure under a protocol.</summary>
/// <param name="Values">One per feature of the protocol, in its order; not a number where a region leaves the feature undefined.</param>
/// <param name="Lesions">Lesions found or drawn, before one was chosen.</param>
/// <param name="Measured">Positions, among the lesions given, of those that were measured.</param>
/// <param name="Voxels">Voxels measured, as drawn.</param>
/// <param name="Remarks">What a reader should know, one line each.</param>
public sealed record ScanMeasurement(double[] Values, int Lesions, IReadOnlyList<int> Measured, int Voxels, IReadOnlyList<string> Remarks)
{
    /// <summary>Measures an image. The same inputs give the same bits.</summary>
    /// <param name="image">In the protocol's units; not blurred yet.</param>
    /// <param name="drawn">Lesions on the image's grid, each with at least one voxel; for a threshold, where to look (none: everywhere).</param>
    /// <param name="protocol">What and how.</param>
    /// <param name="references">Tissues that lesions are compared with, on the image's grid; measures of one that is not there are undefined.</param>
    /// <exception cref="RegionException">There is no lesion to measure.</exception>
    /// <exception cref="NormalizationException">The image cannot be put on the protocol's scale of intensities.</exception>
    public static ScanMeasurement Of(Volume image, IReadOnlyList<RegionMask> drawn, MeasurementProtocol protocol, IReadOnlyDictionary<ReferenceTissue, RegionMask>? references = null)
    {
        image = GaussianFilter.Apply(OnScale(image, protocol), protocol.FilterWidth);
        Dictionary<ReferenceTissue, UptakeMeasures> tissues = Tissues(image, references);
        IReadOnlyList<RegionMask> lesions = protocol.Region is { Source: RegionSource.Threshold, Threshold: { } threshold }
            ? Found(image, drawn, threshold, protocol.Region.MinimumMillilitres)
            : drawn.Count > 0 ? drawn : throw new RegionException("there is no region: name one in the list");
        if (lesions.Count == 0) return Nothing(protocol, tissues);

        // A lesion is small against the image: everything but radiomics, whose new grid is centred on the whole image, looks at a box around the lesions.
        VoxelBox box = Around(lesions);
        Volume near = box.Of(image);
        List<RegionMask> parts = [.. lesions.Select(box.Of)];
        int[] chosen = Chosen(near, parts, protocol.Region.Lesions);
        parts = [.. chosen.Select(i => parts[i])];
        RegionMask region = Union(parts);
        List<string> remarks = [];
        foreach (ReferenceTissue missing in protocol.References.Keys.Where(t => !tissues.ContainsKey(t)).Order()) remarks.Add($"{ReferenceTissues.Word(missing)} is not drawn: its measures are missing");
        List<double> values = [.. UptakeValues(near, parts, region, protocol, lesions, tissues)];
        RegionMask whole = chosen.Length == 1 ? lesions[chosen[0]] : Union([.. chosen.Select(i => lesions[i])]);
        foreach (RadiomicExtraction extraction in protocol.Radiomics) values.AddRange(RadiomicValues(image, whole, extraction, remarks));
        return new ScanMeasurement([.. values], lesions.Count, chosen, region.Count, remarks);
    }

    // The foreground is found anew in every image, so that nobody's hand is in the scale.
    private static Volume OnScale(Volume image, MeasurementProtocol protocol) => protocol.Intensity switch
    {
        IntensityScale.ZScore => IntensityNormalization.ZScore(image, IntensityNormalization.Foreground(image)),
        IntensityScale.WhiteStripe => IntensityNormalization.WhiteStripe(image, IntensityNormalization.Foreground(image)),
        IntensityScale.Nyul => protocol.Standard!.Apply(image, IntensityNormalization.Foreground(image)),
        _ => image,
    };

    private static IReadOnlyList<RegionMask> Found(Volume image, IReadOnlyList<RegionMask> within, double threshold, double minimumMillilitres) =>
        ThresholdRegions.Lesions(image, threshold, within.Count == 0 ? null : Union(within), minimumMillilitres);

    private static VoxelBox Around(IReadOnlyList<RegionMask> lesions)
    {
        VoxelBox? all = null;
        foreach (RegionMask lesion in lesions)
        {
            VoxelBox box = VoxelBox.Around(lesion, UptakeMeasures.PeakRadius) ?? throw new RegionException("a lesion holds no voxel of the image: choose another region or image");
            all = all is { } before ? before.With(box) : box;
        }
        return all ?? throw new RegionException("there is no region: name one in the list");
    }

    private static int[] Chosen(Volume image, List<RegionMask> lesions, LesionRule rule)
    {
        if (rule == LesionRule.Total || lesions.Count == 1) return [.. Enumerable.Range(0, lesions.Count)];
        double[] ranks = [.. lesions.Select(lesion => rule == LesionRule.Largest ? lesion.Count : Maximum(image, lesion))];
        return [Array.IndexOf(ranks, ranks.Max())]; // of equals the first
    }

    private static double Maximum(Volume image, RegionMask lesion)
    {
        float maximum = float.NegativeInfinity;
        for (int i = 0; i < lesion.Inside.Length; i++)
            if (lesion.Inside[i]) maximum = Math.Max(maximum, image.Values[i]);
        return maximum;
    }

    private static RegionMask Union(IReadOnlyList<RegionMask> regions)
    {
        if (regions.Count == 1) return regions[0];
        bool[] inside = (bool[])regions[0].Inside.Clone();
        foreach (RegionMask region in regions.Skip(1))
            for (int i = 0; i < inside.Length; i++) inside[i] |= region.Inside[i];
        return new RegionMask(regions[0].Geometry, inside);
    }

    private static Dictionary<ReferenceTissue, UptakeMeasures> Tissues(Volume image, IReadOnlyDictionary<ReferenceTissue, RegionMask>? references)
    {
        Dictionary<ReferenceTissue, UptakeMeasures> tissues = [];
        foreach ((ReferenceTissue tissue, RegionMask region) in references ?? new Dictionary<ReferenceTissue, RegionMask>())
            if (VoxelBox.Around(region) is { } box) tissues[tissue] = UptakeMeasures.Of(box.Of(image), box.Of(region));
        return tissues;
    }

    private static IEnumerable<double> UptakeValues(
        Volume image, List<RegionMask> lesions, RegionMask region, MeasurementProtocol protocol, IReadOnlyList<RegionMask> all, Dictionary<ReferenceTissue, UptakeMeasures> tissues)
    {
        Dictionary<string, UptakeMeasures?> measured = new(StringComparer.Ordinal);
        foreach (UptakeMeasure measure in protocol.Measures)
        {
            if (measure.Of is { } tissue)
            {
                yield return Value(tissues.GetValueOrDefault(tissue), measure.Quantity);
                continue;
            }
            if (measure.Quantity is UptakeQuantity.Lesions or UptakeQuantity.Dissemination)
            {
                yield return measure.Quantity == UptakeQuantity.Lesions ? all.Count : Dissemination(all);
                continue;
            }
            string part = measure.Delineation?.Word ?? "";
            if (!measured.TryGetValue(part, out UptakeMeasures? of))
            {
                RegionMask delineated = measure.Delineation is null ? region : Union([.. lesions.Select(lesion => Delineated(image, lesion, measure.Delineation))]);
                measured[part] = of = delineated.Inside.AsSpan().Contains(true) ? UptakeMeasures.Of(image, delineated) : null;
            }
            double value = Value(of, measure.Quantity);
            yield return measure.To is { } to ? Finite(tissues.GetValueOrDefault(to) is { Mean: > 0 } compared ? value / compared.Mean : double.NaN) : value;
        }
    }

    private static double Dissemination(IReadOnlyList<RegionMask> lesions)
    {
        Point3[] centres = [.. lesions.Select(Centre)];
        double furthest = 0;
        for (int i = 0; i < centres.Length; i++)
            for (int k = i + 1; k < centres.Length; k++) furthest = Math.Max(furthest, (centres[i] - centres[k]).Length);
        return furthest;
    }

    private static Point3 Centre(RegionMask lesion)
    {
        VolumeGeometry grid = lesion.Geometry;
        double x = 0, y = 0, z = 0;
        int count = 0;
        for (int i = 0; i < lesion.Inside.Length; i++)
        {
            if (!lesion.Inside[i]) continue;
            (x, y, z) = (x + i % grid.CountX, y + i / grid.CountX % grid.CountY, z + i / grid.SliceCount);
            count++;
        }
        return grid.ToPatient(new Point3(x / count, y / count, z / count));
    }

    private static RegionMask Delineated(Volume image, RegionMask lesion, Delineation delineation)
    {
        if (delineation.AtLeast is { } uptake) return ThresholdRegions.AtLeast(image, uptake, lesion);
        // A lesion without uptake has no hottest part: all of its voxels reach any share of nothing.
        return Maximum(image, lesion) > 0 ? ThresholdRegions.ShareOfMaximum(image, lesion, delineation.ShareOfMaximum!.Value) : new RegionMask(lesion.Geometry, new bool[lesion.Inside.Length]);
    }

    // Where nothing reaches a threshold there is a volume of zero, and no uptake to speak of.
    private static double Value(UptakeMeasures? measures, UptakeQuantity quantity) => (measures, quantity) switch
    {
        (null, UptakeQuantity.Volume or UptakeQuantity.Glycolysis) => 0,
        (null, _) => double.NaN,
        ({ } m, UptakeQuantity.Maximum) => m.Maximum,
        ({ } m, UptakeQuantity.Minimum) => m.Minimum,
        ({ } m, UptakeQuantity.Mean) => m.Mean,
        ({ } m, UptakeQuantity.Median) => m.Median,
        ({ } m, UptakeQuantity.StandardDeviation) => m.StandardDeviation,
        ({ } m, UptakeQuantity.CoefficientOfVariation) => Finite(m.CoefficientOfVariation),
        ({ } m, UptakeQuantity.PeakLocal) => m.PeakLocal,
        ({ } m, UptakeQuantity.PeakGlobal) => m.PeakGlobal,
        ({ } m, UptakeQuantity.Volume) => m.Millilitres,
        ({ } m, UptakeQuantity.Glycolysis) => m.TotalLesionGlycolysis,
        ({ } m, UptakeQuantity.CumulativeHistogramArea) => m.Heterogeneity.CumulativeHistogramArea,
        ({ } m, UptakeQuantity.VolumeThresholdSlope) => m.Heterogeneity.VolumeThresholdSlope,
        ({ } m, UptakeQuantity.MaximumToMean) => m.Heterogeneity.MaximumToMean,
        _ => throw new InvalidOperationException($"{quantity} is not a quantity of one region."),
    };

    private static double Finite(double value) => double.IsFinite(value) ? value : double.NaN;

    private static IEnumerable<double> RadiomicValues(Volume image, RegionMask region, RadiomicExtraction extraction, List<string> remarks)
    {
        try
        {
            FeatureSet features = RadiomicFeatures.Measure(image, region, extraction.Settings, extraction.Selection);
            return extraction.Tags.Select(tag => features[tag]);
        }
        catch (RadiomicsException undefined)
        {
            remarks.Add($"no radiomics: {undefined.Message}");
            return extraction.Tags.Select(_ => double.NaN);
        }
    }

    private static ScanMeasurement Nothing(MeasurementProtocol protocol, Dictionary<ReferenceTissue, UptakeMeasures> tissues) => new(
        [
            .. protocol.Measures.Select(m => m.Of is { } tissue ? Value(tissues.GetValueOrDefault(tissue), m.Quantity) : m.Quantity is UptakeQuantity.Lesions or UptakeQuantity.Volume or UptakeQuantity.Glycolysis ? 0 : double.NaN),
            .. protocol.Radiomics.SelectMany(r => r.Names).Select(_ => double.NaN),
        ],
        0, [], 0, ["no lesion reaches the threshold"]);
}
