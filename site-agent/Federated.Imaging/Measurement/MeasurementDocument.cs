using System.Text.Json;
using System.Text.Json.Serialization;

namespace Federated.Imaging.Measurement;

/// <summary>The measurement section of a study as it is written: keys and words, every default filled in.</summary>
internal sealed record MeasurementDocument(
    int Definitions, string Modality, string? Tracer, UptakeDocument Uptake, FilterDocument Filter, RegionDocument Region, string[] Measures, RadiomicsDocument[] Radiomics,
    ConformanceDocument? Conformance, ReferencesDocument? References, IntensityDocument? Intensity, CalibrationDocument? Calibration)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = false,
        MaxDepth = 8,
    };

    public static MeasurementDocument Read(ReadOnlySpan<byte> json)
    {
        try
        {
            MeasurementDocument read = JsonSerializer.Deserialize<MeasurementDocument>(json, Format) ?? throw new MeasurementException("the measurement section is empty: write what is measured");
            if (read.Modality is null || read.Uptake is null || read.Filter is null || read.Region is null || read.Measures is null || read.Radiomics is null)
                throw new MeasurementException("the measurement section lacks a key: take it from a study file, where defaults are filled in");
            return read;
        }
        catch (JsonException wrong)
        {
            throw new MeasurementException($"the measurement section cannot be read ({wrong.Message}): update federated-site, or correct the study", wrong);
        }
    }
}

internal sealed record UptakeDocument(string Normalization, bool Strict);

internal sealed record FilterDocument(double Fwhm);

internal sealed record CalibrationDocument(string Target, string Without);

internal sealed record IntensityDocument(string Scale, double[]? Landmarks);

internal sealed record RegionDocument(string Source, string Name, string Lesions, double? Threshold, double MinimumVolume);

internal sealed record ReferencesDocument(string? Liver, string? BloodPool, string? Background);

internal sealed record DiscretisationDocument(double? BinSize, int? Bins);

internal sealed record RadiomicsDocument(
    string[] Families, string[] Aggregations, DiscretisationDocument Discretisation, DiscretisationDocument? IntensityVolume, double[]? Spacing, string Interpolation, bool Round,
    double? Lower, double? Upper, double? Outliers);

internal sealed record ConformanceDocument(double[]? UptakeTime, double? Glucose, string[] Exclude);
