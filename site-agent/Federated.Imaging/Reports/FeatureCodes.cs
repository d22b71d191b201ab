using System.Collections.Frozen;
using System.Globalization;
using Federated.Imaging.Measurement;
using Federated.Imaging.Pet;

namespace Federated.Imaging.Reports;

/// <summary>The codes of a feature: what it is, how it was derived, its unit.</summary>
/// <param name="Concept">DCM, SCT or IBSI.</param>
/// <param name="Derivation">Mean, maximum ...; null where the concept says it.</param>
/// <param name="Method">How the region or the value was found; null where nothing needs saying.</param>
/// <param name="Unit">UCUM.</param>
public sealed record FeatureCodes(DicomCode Concept, DicomCode? Derivation, DicomCode? Method, DicomCode Unit)
{
    private static readonly DicomCode NoUnits = new("1", "UCUM", "no units");
    private static readonly DicomCode Millilitres = new("ml", "UCUM", "Milliliter");
    private static readonly DicomCode SegmentedVolume = new("126030", "DCM", "Sum of segmented voxel volumes");

    private static readonly FrozenDictionary<string, DicomCode> Ibsi = ReadIbsi();

    /// <summary>The codes of the quantity that uptake is, and its unit (context groups 7469 and 85).</summary>
    private static readonly FrozenDictionary<SuvNormalization, (DicomCode Quantity, string Unit, DicomCode Method)> Uptakes =
        new Dictionary<SuvNormalization, (DicomCode, string, DicomCode)>
        {
            [SuvNormalization.BodyWeight] = (new("126401", "DCM", "SUVbw"), "g/ml{SUVbw}", new("126410", "DCM", "SUV body weight calculation method")),
            [SuvNormalization.LeanBodyMassMorgan] = (new("126402", "DCM", "SUVlbm"), "g/ml{SUVlbm}", new("126411", "DCM", "SUV lean body mass calculation method")),
            [SuvNormalization.LeanBodyMassJames] =
                (new("126406", "DCM", "SUVlbm(James128)"), "g/ml{SUVlbm(James128)}", new("126415", "DCM", "SUV lean body mass calculation method using 128 multiplier")),
            [SuvNormalization.LeanBodyMassJanmahasatian] =
                (new("126405", "DCM", "SUVlbm(Janma)"), "g/ml{SUVlbm(Janma)}", new("126414", "DCM", "SUV lean body mass calculation Janmahasatian method")),
            [SuvNormalization.BodySurfaceArea] = (new("126403", "DCM", "SUVbsa"), "cm2/ml{SUVbsa}", new("126412", "DCM", "SUV body surface area calculation method")),
            [SuvNormalization.IdealBodyWeight] = (new("126404", "DCM", "SUVibw"), "g/ml{SUVibw}", new("126413", "DCM", "SUV ideal body weight calculation method")),
        }.ToFrozenDictionary();

    /// <summary>How uptake was computed.</summary>
    public static DicomCode UptakeMethod(SuvNormalization normalization) => Uptakes[normalization].Method;

    /// <summary>The codes of every feature of a protocol, in its order.</summary>
    public static IReadOnlyList<FeatureCodes> Of(MeasurementProtocol protocol)
    {
        DicomCode intensity = protocol.Modality switch
        {
            ImageModality.PT => new DicomCode(Uptakes[protocol.Uptake.Normalization].Unit, "UCUM", Uptakes[protocol.Uptake.Normalization].Quantity.Meaning),
            ImageModality.CT => new DicomCode("[hnsf'U]", "UCUM", "Hounsfield unit"),
            _ => new DicomCode("{intensity}", "UCUM", "stored intensity"),
        };
        return [.. protocol.Measures.Select(m => Of(m, Uptakes[protocol.Uptake.Normalization].Quantity, intensity)), .. protocol.Radiomics.SelectMany(r => r.Tags.Select(tag => Of(tag, r, intensity)))];
    }

    private static FeatureCodes Of(UptakeMeasure measure, DicomCode uptake, DicomCode unit)
    {
        DicomCode? part = measure.Delineation is { } d ? new DicomCode(d.Word, DicomCode.PrivateScheme, Meaning(d)) : null;
        if ((measure.Of ?? measure.To) is { } tissue)
        {
            DicomCode place = new(ReferenceTissues.Word(tissue), DicomCode.PrivateScheme, measure.Of is null ? $"Ratio to the mean of {ReferenceTissues.All[(int)tissue].Key}" : $"Of {ReferenceTissues.All[(int)tissue].Key}");
            FeatureCodes plain = Of(UptakeMeasure.Parse(measure.Name.Replace($"{place.Value}_", "", StringComparison.Ordinal).Replace($"_to_{place.Value}", "", StringComparison.Ordinal)), uptake, unit);
            return measure.Of is null ? plain with { Method = place, Unit = NoUnits } : plain with { Method = place };
        }
        return measure.Quantity switch
        {
            UptakeQuantity.Maximum => new(uptake, new("56851009", "SCT", "Maximum"), part, unit),
            UptakeQuantity.Minimum => new(uptake, new("255605001", "SCT", "Minimum"), part, unit),
            UptakeQuantity.Mean => new(uptake, new("373098007", "SCT", "Mean"), part, unit),
            UptakeQuantity.Median => new(uptake, new("373099004", "SCT", "Median"), part, unit),
            UptakeQuantity.StandardDeviation => new(uptake, new("386136009", "SCT", "Standard Deviation"), part, unit),
            UptakeQuantity.CoefficientOfVariation => new(Ibsi["stat_cov"], null, part, NoUnits),
            UptakeQuantity.PeakLocal => new(uptake, new("126031", "DCM", "Peak Value Within ROI"), new("VJGA", "IBSI", "Local intensity peak"), unit),
            UptakeQuantity.PeakGlobal => new(uptake, new("126031", "DCM", "Peak Value Within ROI"), new("0F91", "IBSI", "Global intensity peak"), unit),
            UptakeQuantity.Volume => new(new("126032", "DCM", "Metabolic Volume"), null, part ?? SegmentedVolume, Millilitres),
            UptakeQuantity.Glycolysis => new(new("126033", "DCM", "Total Lesion Glycolysis"), null, part, new("g", "UCUM", "Gram")),
            UptakeQuantity.CumulativeHistogramArea => new(new("auc_csh", DicomCode.PrivateScheme, "Area under the cumulative SUV-volume histogram"), null, part, NoUnits),
            UptakeQuantity.VolumeThresholdSlope => new(new("dvdt_40_80", DicomCode.PrivateScheme, "Change of volume per per cent of SUVmax, 40 to 80 %"), null, null, new("ml/%", "UCUM", "Milliliter per percent")),
            UptakeQuantity.MaximumToMean => new(new("suvmax_to_mean", DicomCode.PrivateScheme, "Maximum divided by mean"), null, part, NoUnits),
            UptakeQuantity.Dissemination => new(new("dmax", DicomCode.PrivateScheme, "Distance of the two lesions furthest apart"), null, null, new("mm", "UCUM", "millimeter")),
            _ => new(new("lesions", DicomCode.PrivateScheme, "Number of lesions"), null, null, NoUnits),
        };
    }

    private static string Meaning(Delineation delineation) => delineation.AtLeast is { } uptake
        ? string.Create(CultureInfo.InvariantCulture, $"Voxels of at least SUV {uptake}")
        : string.Create(CultureInfo.InvariantCulture, $"Voxels around the hottest, at least {100 * delineation.ShareOfMaximum:0.##} % of it");

    private static FeatureCodes Of(string tag, RadiomicExtraction extraction, DicomCode intensity)
    {
        foreach (string suffix in (ReadOnlySpan<string>)["_avg", "_comb"])
            if (tag.EndsWith(suffix, StringComparison.Ordinal) && tag[..^suffix.Length] is var shorter && (shorter.EndsWith("_2D", StringComparison.Ordinal) || shorter.EndsWith("_2_5D", StringComparison.Ordinal) || shorter.EndsWith("_3D", StringComparison.Ordinal)))
                tag = shorter;
        foreach (string suffix in (ReadOnlySpan<string>)["_2_5D", "_2D", "_3D"])
            if (tag.EndsWith(suffix, StringComparison.Ordinal)) tag = tag[..^suffix.Length];
        return new FeatureCodes(Ibsi.GetValueOrDefault(tag) ?? new DicomCode(tag, DicomCode.PrivateScheme, tag), null, null, UnitOf(tag, extraction, intensity));
    }

    private static DicomCode UnitOf(string tag, RadiomicExtraction extraction, DicomCode intensity) => tag switch
    {
        "morph_volume" or "morph_vol_approx" => new("mm3", "UCUM", "cubic millimeter"),
        "morph_area_mesh" => new("mm2", "UCUM", "square millimeter"),
        "morph_av" => new("/mm", "UCUM", "per millimeter"),
        "morph_com" or "morph_diam" or "morph_pca_maj_axis" or "morph_pca_min_axis" or "morph_pca_least_axis" => new("mm", "UCUM", "millimeter"),
        "morph_integ_int" => new(intensity.Value + ".mm3", "UCUM", intensity.Meaning + " cubic millimeter"),
        "stat_var" or "stat_energy" => new(Squared(intensity.Value), "UCUM", intensity.Meaning + " squared"),
        "stat_skew" or "stat_kurt" or "stat_cov" or "stat_qcod" => NoUnits,
        "ivh_i10" or "ivh_i90" or "ivh_diff_i10_i90" => extraction.Settings.IntensityVolumeHistogram is Radiomics.Discretisation.FixedBinNumber ? NoUnits : intensity,
        _ when tag.StartsWith("stat_", StringComparison.Ordinal) || tag.StartsWith("loc_", StringComparison.Ordinal) => intensity,
        _ => NoUnits,
    };

    private static string Squared(string unit) => unit switch
    {
        _ when unit.StartsWith("g/ml", StringComparison.Ordinal) => "g2/ml2",
        _ when unit.StartsWith("cm2/ml", StringComparison.Ordinal) => "cm4/ml2",
        "[hnsf'U]" => "[hnsf'U]2",
        _ => unit,
    };

    private static FrozenDictionary<string, DicomCode> ReadIbsi()
    {
        using Stream stream = typeof(FeatureCodes).Assembly.GetManifestResourceStream("IbsiCodes.csv") ?? throw new InvalidOperationException("IbsiCodes.csv is not embedded in Federated.Imaging.");
        using StreamReader reader = new(stream);
        Dictionary<string, DicomCode> codes = new(StringComparer.Ordinal);
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split(',', 3);
            codes.Add(cells[0], new DicomCode(cells[1], "IBSI", cells[2]));
        }
        return codes.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
