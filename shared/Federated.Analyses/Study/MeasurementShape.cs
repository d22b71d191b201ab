using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Shapes;

namespace Federated.Analyses.Study;

/// <summary>
/// The words in which a study says how its features are measured. Nothing here knows what they mean: the hospital's program does, and refuses what does not go together.
/// </summary>
internal static class MeasurementShape
{
    /// <summary>Version of the definitions behind the words. A correction that changes a measured value raises it at both ends.</summary>
    public const int Definitions = 1;

    private const int MostExtractions = 8;

    private static readonly string[] DrawnMeasures = ["suvmax", "suvmin", "suvmean", "suvmedian", "suvsd", "suvcov", "suvpeak_local", "suvpeak_global", "mtv", "tlg", "lesions", "auc_csh", "dvdt_40_80", "suvmax_to_mean", "dmax"];
    private static readonly string[] DelineatedMeasures = ["suvmean", "suvmedian", "suvsd", "suvcov", "mtv", "tlg", "auc_csh", "suvmax_to_mean"];
    private static readonly string[] Delineations = ["41", "50", "suv2.5", "suv4"];

    private static readonly string[] Tissues = ["liver", "bloodpool", "background"];
    private static readonly string[] OfTissue = ["suvmean", "suvsd", "suvmax"];
    private static readonly string[] ToTissue = ["suvmax", "suvmean", "suvpeak_local", "suvpeak_global"];

    private static readonly string[] Checks =
        ["uptake-time", "half-life", "dose", "weight", "glucose", "attenuation-correction", "decay-correction", "reconstruction", "software-version"];

    /// <summary>Measures of uptake: of the region as drawn, of the part of it that a threshold delineates (mtv_41: at least 41 % of SUVmax), of a tissue, or against its mean.</summary>
    public static ImmutableArray<string> Measures { get; } =
    [
        .. DrawnMeasures, .. Delineations.SelectMany(d => DelineatedMeasures.Select(m => m + "_" + d)),
        .. Tissues.SelectMany(t => OfTissue.Select(m => $"{t}_{m}").Concat(ToTissue.Select(m => $"{m}_to_{t}"))),
    ];

    /// <summary>The section.</summary>
    public static ObjectShape Section { get; } = new(
        new OptionKey("definitions", new IntegerShape(1, Definitions), "Version of the definitions behind the words below.") { Default = (long)Definitions },
        new OptionKey("modality", new ChoiceShape("PT", "CT", "MR"), "What is measured: PET in units of uptake, CT in Hounsfield units, MR as stored.") { Default = "PT" },
        new OptionKey("tracer", new TextShape { Most = 32 }, "PT: the tracer, by its name in the table of tracers (FDG, FLT, FAPI-04, FET, PSMA-11, ...)."),
        new OptionKey("uptake", Uptake, "PT: what the activity is compared with, and whether headers may be adapted.")
        { Default = new JsonObject { ["normalization"] = "body-weight", ["strict"] = false } },
        new OptionKey("intensity", Intensity, "MR: one scale for intensities, which have no unit of their own; absent: as stored."),
        new OptionKey("filter", Filter, "Blur applied to every image before anything is measured.") { Default = new JsonObject { ["fwhm"] = 0.0 } },
        new OptionKey("calibration", Calibration, "PT: what the hospital's phantom scans correct before anything is measured; absent: nothing."),
        new OptionKey("region", Region, "Where a scan is measured.") { Default = new JsonObject { ["source"] = "structure-set", ["name"] = "*", ["lesions"] = "total", ["minimum-volume"] = 0.0 } },
        new OptionKey("references", References, "PT: structures or segments of the same object that lesions are compared with; none of them is a lesion."),
        new OptionKey("measures", new ListShape(new ChoiceShape(Measures) { Summary = "a measure of uptake such as suvmax, suvpeak_global, mtv_41 or tlg_suv4" }, 0, Measures.Length), "PT: measures of uptake.") { Default = new JsonArray() },
        new OptionKey("radiomics", new ListShape(Radiomics, 0, MostExtractions), "Features of the Image Biomarker Standardisation Initiative, each entry under its own settings.") { Default = new JsonArray() },
        new OptionKey("conformance", Conformance, "Which scans are left out because of how they were acquired; absent: none."));

    private static ObjectShape Uptake => new(
        new OptionKey(
            "normalization", new ChoiceShape("body-weight", "lean-body-mass-james", "lean-body-mass-janmahasatian", "lean-body-mass-morgan", "body-surface-area", "ideal-body-weight"),
            "Which body measure.")
        { Default = "body-weight" },
        new OptionKey("strict", new BooleanShape(), "Refuse a scan where a stored value would have to be adapted.") { Default = false });

    private static ObjectShape Filter => new(
        new OptionKey("fwhm", new NumberShape(0, 30), "Full width at half maximum of a Gaussian in millimetres; 0: none.") { Default = 0.0 });

    private static ObjectShape Calibration => new(
        new OptionKey("target", new ChoiceShape("earl1", "earl2", "none"), "The standard that each scanner's own filter brings it to; none: only its calibration factor is applied.") { Required = true },
        new OptionKey("without", new ChoiceShape("exclude", "flag"), "Scans without a calibration that holds on their day: left out, or measured as far as one goes and flagged.") { Default = "exclude" });

    private static ObjectShape Intensity => new(
        new OptionKey(
            "scale", new ChoiceShape("z-score", "white-stripe", "nyul"),
            "z-score: mean 0 and deviation 1 over the foreground; white-stripe: over normal-appearing white matter (T1-weighted heads); nyul: percentiles moved onto the landmarks.")
        { Required = true },
        new OptionKey("landmarks", new ListShape(new NumberShape(-1_000_000, 1_000_000), 11, 11), "nyul: what the percentiles 1, 10, 20, .. 90, 99 of the foreground become, rising."));

    private static ObjectShape Region => new(
        new OptionKey("source", new ChoiceShape("structure-set", "segmentation", "nifti", "threshold"), "What draws it: RTSTRUCT, DICOM SEG, a NIfTI mask, or a fixed uptake.") { Default = "structure-set" },
        new OptionKey("name", new TextShape(), "Name of the structure, or label or number of the segment; * and ? stand for any. A hospital's list may name others per scan.") { Default = "*" },
        new OptionKey("lesions", new ChoiceShape("total", "hottest", "largest"), "Of several lesions: all together, the one with the highest uptake, or the largest.") { Default = "total" },
        new OptionKey("threshold", new NumberShape(0, 100) { Between = true }, "threshold: least uptake."),
        new OptionKey("minimum-volume", new NumberShape(0, 1000), "threshold: smallest lesion in millilitres.") { Default = 0.0 });

    private static ObjectShape References => new(
        new OptionKey("liver", new TextShape(), "Name of normal liver, written as the region's."),
        new OptionKey("blood-pool", new TextShape(), "Name of the aorta's blood or the mediastinum."),
        new OptionKey("background", new TextShape(), "Name of any other tissue."));

    private static ObjectShape Radiomics => new(
        new OptionKey(
            "families",
            new ListShape(
                new ChoiceShape(
                    "morphology", "local-intensity", "statistics", "histogram", "intensity-volume-histogram", "glcm", "glrlm", "glszm", "gldzm", "ngtdm", "ngldm"),
                1, 11),
            "Families of features.")
        { Required = true },
        new OptionKey(
            "aggregations", new ListShape(new ChoiceShape("2d-averaged", "2d-merged", "2.5d-averaged", "2.5d-merged", "3d-averaged", "3d-merged"), 1, 6),
            "How texture matrices of slices and directions become one value.")
        { Default = new JsonArray("3d-averaged") },
        new OptionKey("discretisation", Discretisation, "How intensities become grey levels.") { Required = true },
        new OptionKey("intensity-volume", Discretisation, "Grey levels of the intensity-volume histogram; absent: the same."),
        new OptionKey("spacing", new ListShape(new NumberShape(0.1, 50), 2, 3) { Repeats = true }, "New distances of voxels in millimetres, along x, y and z; two numbers keep the slices; absent: the image's own."),
        new OptionKey("interpolation", new ChoiceShape("nearest", "linear", "cubic-spline"), "How values between voxels are found.") { Default = "linear" },
        new OptionKey("round", new BooleanShape(), "Round interpolated intensities to whole numbers (Hounsfield units).") { Default = false },
        new OptionKey("lower", new NumberShape(-100_000, 100_000), "Smallest intensity that counts."),
        new OptionKey("upper", new NumberShape(-100_000, 100_000), "Largest intensity that counts."),
        new OptionKey("outliers", new NumberShape(0, 100) { Between = true }, "Standard deviations from the mean beyond which intensities do not count."));

    private static ObjectShape Discretisation => new(
        new OptionKey("bin-size", new NumberShape(0, 100_000) { Between = true }, "Width of a bin in the image's units."),
        new OptionKey("bins", new IntegerShape(2, 65_535), "Number of bins between the least and the largest intensity."));

    private static ObjectShape Conformance => new(
        new OptionKey("uptake-time", new ListShape(new NumberShape(0, 1440), 2, 2), "Minutes from injection to scan, from and to; absent: the tracer's usual window."),
        new OptionKey("glucose", new NumberShape(0, 100) { Between = true }, "Highest blood glucose in mmol/l."),
        new OptionKey("exclude", new ListShape(new ChoiceShape([.. Checks]), 1, Checks.Length), "Checks that leave a scan out; the others are only reported.") { Required = true });
}
