using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Federated.Imaging.Pet;
using Federated.Imaging.Resonance;

namespace Federated.Imaging.Measurement;

/// <summary>What kind of image is measured.</summary>
public enum ImageModality
{
    /// <summary>Positron emission tomography, in units of uptake.</summary>
    PT,

    /// <summary>Computed tomography, in Hounsfield units.</summary>
    CT,

    /// <summary>Magnetic resonance, as stored.</summary>
    MR,
}

/// <summary>What draws a region.</summary>
public enum RegionSource
{
    /// <summary>An RT structure set.</summary>
    StructureSet,

    /// <summary>A DICOM segmentation.</summary>
    Segmentation,

    /// <summary>A NIfTI mask or label image.</summary>
    Nifti,

    /// <summary>A fixed uptake, within a drawn region or in the whole image.</summary>
    Threshold,
}

/// <summary>Which of several lesions is measured.</summary>
public enum LesionRule
{
    /// <summary>All together; delineations are drawn in each by itself.</summary>
    Total,

    /// <summary>The one with the highest uptake.</summary>
    Hottest,

    /// <summary>The one of the largest volume.</summary>
    Largest,
}

/// <summary>Where a scan is measured.</summary>
/// <param name="Source">What draws the region.</param>
/// <param name="Name">Names, with * and ? for any characters, alternatives apart by |.</param>
/// <param name="Lesions">Which of several lesions.</param>
/// <param name="Threshold">Least uptake, for <see cref="RegionSource.Threshold"/>.</param>
/// <param name="MinimumMillilitres">Smallest lesion, for <see cref="RegionSource.Threshold"/>.</param>
public sealed record RegionRule(RegionSource Source, string Name, LesionRule Lesions, double? Threshold, double MinimumMillilitres);

/// <summary>What of a scan's acquisition is checked, and what of it leaves a scan out.</summary>
/// <param name="FromMinutes">Earliest scan after injection; null: the tracer's.</param>
/// <param name="ToMinutes">Latest scan after injection; null: the tracer's.</param>
/// <param name="Glucose">Highest blood glucose in mmol/l; null: not limited.</param>
/// <param name="Exclude">Names of the checks that leave a scan out.</param>
public sealed record ConformanceRule(double? FromMinutes, double? ToMinutes, double? Glucose, ImmutableArray<string> Exclude);

/// <summary>
/// How features are measured: everything besides image and region that can change a value. Made from the canonical JSON of a study's measurement section, whose SHA-256 is the
/// protocol's identity. The names of its features say their definitions: see the README of this folder.
/// </summary>
public sealed record MeasurementProtocol
{
    /// <summary>Version of the definitions that this program follows; raised when a correction changes any value.</summary>
    public const int Definitions = 1;

    private MeasurementProtocol()
    {
    }

    /// <summary>SHA-256 of the section, 64 lower-case hexadecimal digits.</summary>
    public string Digest { get; private init; } = "";

    /// <summary>The section.</summary>
    public ReadOnlyMemory<byte> Canonical { get; private init; }

    /// <summary>Kind of image.</summary>
    public ImageModality Modality { get; private init; }

    /// <summary>The tracer, when the study names one.</summary>
    public Tracer? Tracer { get; private init; }

    /// <summary>How uptake is computed.</summary>
    public SuvSettings Uptake { get; private init; } = SuvSettings.Default;

    /// <summary>Full width at half maximum of the blur before measuring, in millimetres; 0: none.</summary>
    public double FilterWidth { get; private init; }

    /// <summary>What the scanner's phantoms correct before measuring; null: nothing.</summary>
    public CalibrationRule? Calibration { get; private init; }

    /// <summary>How intensities of magnetic resonance are put on one scale before anything else.</summary>
    public IntensityScale Intensity { get; private init; }

    /// <summary>The standard scale, for <see cref="IntensityScale.Nyul"/>.</summary>
    public StandardScale? Standard { get; private init; }

    /// <summary>Where a scan is measured.</summary>
    public RegionRule Region { get; private init; } = new(RegionSource.StructureSet, "*", LesionRule.Total, null, 0);

    /// <summary>Names of the tissues that lesions are compared with, as <see cref="RegionRule.Name"/>; these are never lesions.</summary>
    public ImmutableDictionary<ReferenceTissue, string> References { get; private init; } = ImmutableDictionary<ReferenceTissue, string>.Empty;

    /// <summary>Measures of uptake.</summary>
    public ImmutableArray<UptakeMeasure> Measures { get; private init; } = [];

    /// <summary>Radiomic features.</summary>
    public ImmutableArray<RadiomicExtraction> Radiomics { get; private init; } = [];

    /// <summary>Limits on the acquisition; null: none.</summary>
    public ConformanceRule? Conformance { get; private init; }

    /// <summary>Names of the features, in the order of their values.</summary>
    public ImmutableArray<string> Features { get; private init; } = [];

    /// <summary>Understands a section.</summary>
    /// <param name="canonical">Its canonical JSON; kept.</param>
    /// <exception cref="MeasurementException">Unknown words, or parts that do not go together.</exception>
    public static MeasurementProtocol Read(ReadOnlyMemory<byte> canonical)
    {
        MeasurementDocument m = MeasurementDocument.Read(canonical.Span);
        if (m.Definitions != Definitions)
            throw new MeasurementException($"the study asks for definitions {m.Definitions} and this program measures by definitions {Definitions}: bring both to the same version");
        ImageModality modality = Word(m.Modality, "modality", ("PT", ImageModality.PT), ("CT", ImageModality.CT), ("MR", ImageModality.MR));
        SuvSettings uptake = new() { Normalization = Normalization(m.Uptake.Normalization), Strict = m.Uptake.Strict };
        RegionRule region = RegionOf(m.Region);
        (IntensityScale intensity, StandardScale? standard) = IntensityOf(m.Intensity, modality);
        CalibrationRule? calibration = m.Calibration is { } corrected ? CalibrationRule.Of(corrected, modality, m.Filter.Fwhm) : null;
        ImmutableArray<UptakeMeasure> measures = [.. m.Measures.Select(UptakeMeasure.Parse)];
        if (modality != ImageModality.PT)
        {
            if (measures.Any(q => q.Quantity is not (UptakeQuantity.Volume or UptakeQuantity.Lesions or UptakeQuantity.Dissemination) || q.Delineation is not null))
                throw new MeasurementException($"measures of uptake need modality PT and this is {modality}: keep mtv, lesions and dmax, or ask for radiomics");
            if (m.Tracer is not null) throw new MeasurementException($"modality {modality} has no tracer: remove tracer");
            if (m.Conformance is not null) throw new MeasurementException($"modality {modality} has no checks of conformance in this version: remove conformance");
        }
        if (measures.IsEmpty && m.Radiomics.Length == 0) throw new MeasurementException("the measurement section asks for no feature: list measures or radiomics");
        ImmutableDictionary<ReferenceTissue, string> references = ReferencesOf(m.References);
        foreach (UptakeMeasure measure in measures)
        {
            if ((measure.Of ?? measure.To) is { } tissue && !references.ContainsKey(tissue))
                throw new MeasurementException($"measure {measure.Name} needs a region of that tissue: write references: {{ {ReferenceTissues.All[(int)tissue].Key}: NAME }}");
        }
        string ending = Ending(modality, uptake, intensity, m.Filter.Fwhm, calibration, region.Lesions);
        ImmutableArray<RadiomicExtraction> radiomics = [.. m.Radiomics.Select(r => RadiomicExtraction.Of(r, modality, ending))];
        ImmutableArray<string> features = [.. measures.Select(q => Prefix(modality) + q.Name + (q.Of is null ? ending : Ending(modality, uptake, intensity, m.Filter.Fwhm, calibration, LesionRule.Total))), .. radiomics.SelectMany(r => r.Names)];
        if (features.GroupBy(f => f, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new MeasurementException($"two features would have the name {twice.Key}: ask for each once, and give entries of radiomics another discretisation or spacing");
        return new MeasurementProtocol
        {
            Digest = Convert.ToHexStringLower(SHA256.HashData(canonical.Span)),
            Canonical = canonical,
            Modality = modality,
            Tracer = m.Tracer is { } tracer ? Tracer.Find(tracer) : null,
            Uptake = uptake,
            FilterWidth = m.Filter.Fwhm is >= 0 and <= Volumes.GaussianFilter.MaximumWidth ? m.Filter.Fwhm : throw new MeasurementException($"a filter of {m.Filter.Fwhm} mm is not usable: write 0 to {Volumes.GaussianFilter.MaximumWidth}"),
            Calibration = calibration,
            Intensity = intensity,
            Standard = standard,
            Region = region,
            References = references,
            Measures = measures,
            Radiomics = radiomics,
            Conformance = m.Conformance is { } rule ? ConformanceOf(rule) : null,
            Features = features,
        };
    }

    /// <summary>The prefix of every name: none for PET.</summary>
    internal static string Prefix(ImageModality modality) => modality switch { ImageModality.CT => "ct_", ImageModality.MR => "mr_", _ => "" };

    /// <summary>A number as it stands in names.</summary>
    internal static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    internal static T Word<T>(string word, string key, params ReadOnlySpan<(string Word, T Value)> known)
    {
        foreach ((string candidate, T value) in known)
            if (string.Equals(candidate, word, StringComparison.Ordinal)) return value;
        throw new MeasurementException($"{key} '{word}' is unknown to this version: correct the study, or update federated-site");
    }

    private static string Ending(ImageModality modality, SuvSettings uptake, IntensityScale intensity, double filter, CalibrationRule? calibration, LesionRule lesions)
    {
        // The words of DICOM's SUVType (0054,1006); body weight is what SUV means when nothing is said.
        string normalization = modality != ImageModality.PT ? intensity switch { IntensityScale.ZScore => "_zscore", IntensityScale.WhiteStripe => "_whitestripe", IntensityScale.Nyul => "_nyul", _ => "" } : uptake.Normalization switch
        {
            SuvNormalization.LeanBodyMassJames => "_lbmjames128",
            SuvNormalization.LeanBodyMassJanmahasatian => "_lbmjanma",
            SuvNormalization.LeanBodyMassMorgan => "_lbm",
            SuvNormalization.BodySurfaceArea => "_bsa",
            SuvNormalization.IdealBodyWeight => "_ibw",
            _ => "",
        };
        string blur = filter > 0 ? $"_fwhm{Number(filter)}" : "";
        return normalization + calibration?.Word + blur + lesions switch { LesionRule.Hottest => "_hottest", LesionRule.Largest => "_largest", _ => "" };
    }

    private static SuvNormalization Normalization(string word) => Word(
        word, "normalization", ("body-weight", SuvNormalization.BodyWeight), ("lean-body-mass-james", SuvNormalization.LeanBodyMassJames),
        ("lean-body-mass-janmahasatian", SuvNormalization.LeanBodyMassJanmahasatian), ("lean-body-mass-morgan", SuvNormalization.LeanBodyMassMorgan),
        ("body-surface-area", SuvNormalization.BodySurfaceArea), ("ideal-body-weight", SuvNormalization.IdealBodyWeight));

    private static (IntensityScale Scale, StandardScale? Standard) IntensityOf(IntensityDocument? intensity, ImageModality modality)
    {
        if (intensity is null) return (IntensityScale.Stored, null);
        if (modality != ImageModality.MR) throw new MeasurementException($"intensity puts magnetic resonance on one scale, and this is {modality}, which has units of its own: remove intensity");
        IntensityScale scale = Word(intensity.Scale, "intensity scale", ("z-score", IntensityScale.ZScore), ("white-stripe", IntensityScale.WhiteStripe), ("nyul", IntensityScale.Nyul));
        if (scale == IntensityScale.Nyul != intensity.Landmarks is not null)
            throw new MeasurementException(scale == IntensityScale.Nyul ? "intensity scale nyul needs the standard scale: write landmarks: [..], as `federated-site images landmarks` learns them" : "landmarks belong to intensity scale nyul: remove them");
        try
        {
            return (scale, intensity.Landmarks is { } landmarks ? new StandardScale([.. landmarks]) : null);
        }
        catch (NormalizationException wrong)
        {
            throw new MeasurementException(wrong.Message, wrong);
        }
    }

    private static RegionRule RegionOf(RegionDocument region)
    {
        RegionSource source = Word(
            region.Source, "region source", ("structure-set", RegionSource.StructureSet), ("segmentation", RegionSource.Segmentation), ("nifti", RegionSource.Nifti), ("threshold", RegionSource.Threshold));
        if (source == RegionSource.Threshold != region.Threshold is not null)
            throw new MeasurementException(source == RegionSource.Threshold ? "region source threshold needs a threshold: write threshold: 4.0" : "threshold belongs to region source threshold: remove it, or write source: threshold");
        if (source != RegionSource.Threshold && region.MinimumVolume != 0) throw new MeasurementException("minimum-volume belongs to region source threshold: remove it");
        LesionRule lesions = Word(region.Lesions, "lesions", ("total", LesionRule.Total), ("hottest", LesionRule.Hottest), ("largest", LesionRule.Largest));
        return new RegionRule(source, region.Name, lesions, region.Threshold, region.MinimumVolume);
    }

    private static ImmutableDictionary<ReferenceTissue, string> ReferencesOf(ReferencesDocument? references)
    {
        (ReferenceTissue Tissue, string? Name)[] named =
            [(ReferenceTissue.Liver, references?.Liver), (ReferenceTissue.BloodPool, references?.BloodPool), (ReferenceTissue.Background, references?.Background)];
        return named.Where(n => n.Name is not null).ToImmutableDictionary(n => n.Tissue, n => n.Name!);
    }

    private static ConformanceRule ConformanceOf(ConformanceDocument rule)
    {
        if (rule.UptakeTime is { } window && (window.Length != 2 || !(window[0] < window[1])))
            throw new MeasurementException("the window of uptake-time needs two numbers, the smaller first");
        foreach (string check in rule.Exclude)
            if (!SeriesConformance.Checks.Contains(check, StringComparer.Ordinal)) throw new MeasurementException($"check '{check}' is not one of {string.Join(", ", SeriesConformance.Checks)}");
        return new ConformanceRule(rule.UptakeTime?[0], rule.UptakeTime?[1], rule.Glucose, [.. rule.Exclude]);
    }
}
