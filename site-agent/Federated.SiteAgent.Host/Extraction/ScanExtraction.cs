using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using Federated.Imaging.Pet;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.Imaging.Radiomics;
using Federated.Imaging.Regions;
using Federated.Imaging.Resonance;
using Federated.Imaging.Volumes;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Storage;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>A measured scan with what a report about it needs; nothing of it is kept but the row.</summary>
/// <param name="Row">What goes into the store.</param>
/// <param name="Header">The first slice's headers; null when the scan was not measured.</param>
/// <param name="Slices">SOP class and instance of every slice.</param>
/// <param name="Region">Where it was measured; null for a threshold in the whole image.</param>
/// <param name="Measurement">The values.</param>
public sealed record ExtractedScan(MeasuredRow Row, DicomDataset? Header, ImmutableArray<(string Class, string Instance)> Slices, RegionObject? Region, ScanMeasurement? Measurement);

/// <summary>Measures one scan from files to values. A scan that cannot be measured is an outcome with a reason, never an exception.</summary>
public static class ScanExtraction
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Measures a scan.</summary>
    /// <param name="scan">The list's words.</param>
    /// <param name="files">Its files.</param>
    /// <param name="protocol">What is measured, and how.</param>
    /// <param name="calibrations">What phantoms settled here.</param>
    /// <param name="opener">How images are opened.</param>
    /// <param name="cancellation">Stops while files are read.</param>
    public static async Task<ExtractedScan> OfAsync(ListedScan scan, ScanFiles files, MeasurementProtocol protocol, SiteCalibrations calibrations, StoredImages opener, CancellationToken cancellation)
    {
        try
        {
            return Measured(scan, files, await ScanImages.ReadAsync(files, protocol, opener, cancellation), protocol, calibrations);
        }
        catch (Exception failure) when (Reason(failure) is { } reason)
        {
            return Refused(scan, files.Fingerprint, protocol, reason);
        }
    }

    /// <summary>The row of a scan that cannot be measured.</summary>
    public static ExtractedScan Refused(ListedScan scan, string fingerprint, MeasurementProtocol protocol, string reason)
    {
        string provenance = JsonSerializer.Serialize(new { Protocol = protocol.Digest, Agent = AgentVersion.Agent.ToString(3), scan.Series, scan.Region, scan.Roi, Refused = reason }, Format);
        return new ExtractedScan(new MeasuredRow(scan.RowId, MeasuredOutcome.Refused, reason, fingerprint, null, provenance), null, [], null, null);
    }

    /// <summary>Why a scan cannot be measured, in one line; null when the failure is not about the scan.</summary>
    public static string? Reason(Exception failure) => failure switch
    {
        DicomException or VolumeException or SuvException or RegionException or RadiomicsException or NormalizationException => failure.Message,
        IOException or UnauthorizedAccessException => failure.Message,
        OperationCanceledException => null,
        _ => $"a defect of this program ({failure.GetType().Name} in {failure.TargetSite?.DeclaringType?.Name}): please report it", // one scan must not end the others
    };

    private static ExtractedScan Measured(ListedScan scan, ScanFiles files, ScanImages images, MeasurementProtocol protocol, SiteCalibrations calibrations)
    {
        PatientCalibration? calibration = calibrations.Of(images.Header, protocol);
        SeriesConformance? conformance = protocol.Modality == ImageModality.PT
            ? SeriesConformance.Of(images.Slices, protocol.Tracer, protocol.Conformance, scan.Glucose) : null;
        string[] against =
        [
            .. conformance is not null && protocol.Conformance is { } rule ? conformance.Against(rule).Select(f => f.Check) : [],
            .. calibration is not null && protocol.Calibration!.ExcludesOthers ? calibration.Flags : [],
        ];
        if (against.Length > 0)
        {
            var excluded = new MeasuredRow(
                scan.RowId, MeasuredOutcome.Excluded, string.Join(',', against), files.Fingerprint, null, Provenance(scan, images, protocol, conformance, calibration, null, null, null));
            return new ExtractedScan(excluded, images.Header, [], null, null);
        }
        (Volume image, SuvSeries? uptake) = images.Volume(protocol);
        if (calibration is not null) image = calibration.Apply(image);
        string? frame = images.Header?.GetStringOrNull(DicomTag.FrameOfReferenceUID);
        RegionObject? region = images.Region.IsEmpty ? null : Lesions(scan, images, protocol, frame);
        var measurement = ScanMeasurement.Of(image, region is null ? [] : [.. region.Regions.Select(r => r.Mask)], protocol, References(images, protocol, frame));
        var row = new MeasuredRow(
            scan.RowId, MeasuredOutcome.Measured, string.Join(',', calibration?.Flags ?? []), files.Fingerprint, measurement.Values, Provenance(scan, images, protocol, conformance, calibration, uptake, region, measurement));
        ImmutableArray<(string, string)> slices =
            [.. images.Slices.Select(s => (s.GetStringOrNull(DicomTag.SOPClassUID) ?? "", s.GetStringOrNull(DicomTag.SOPInstanceUID) ?? "")).Distinct()];
        return new ExtractedScan(row, images.Header, slices, region, measurement);
    }

    // Regions of tissue that lesions are compared with are none of the lesions. An object that holds nothing else leaves a threshold to find them.
    private static RegionObject? Lesions(ListedScan scan, ScanImages images, MeasurementProtocol protocol, string? frame)
    {
        try
        {
            return RegionObject.Read(images.Region, scan.Roi.Length > 0 ? scan.Roi : protocol.Region.Name, images.Geometry, frame, [.. protocol.References.Values]);
        }
        catch (RegionException) when (protocol.Region.Source == RegionSource.Threshold && scan.Roi.Length == 0 && protocol.References.Count > 0)
        {
            return null;
        }
    }

    private static Dictionary<ReferenceTissue, RegionMask> References(ScanImages images, MeasurementProtocol protocol, string? frame)
    {
        Dictionary<ReferenceTissue, RegionMask> tissues = [];
        if (images.Region.IsEmpty) return tissues;
        foreach ((ReferenceTissue tissue, string name) in protocol.References)
        {
            try
            {
                tissues[tissue] = RegionObject.Read(images.Region, name, images.Geometry, frame).Regions.Select(r => r.Mask).Aggregate((a, b) => a.Or(b));
            }
            catch (RegionException)
            {
                // Not drawn in this scan: its measures are missing, and the lesions' are not lost with them.
            }
        }
        return tissues;
    }

    private static string Provenance(
        ListedScan scan, ScanImages images, MeasurementProtocol protocol, SeriesConformance? conformance, PatientCalibration? calibration, SuvSeries? uptake, RegionObject? region, ScanMeasurement? measurement)
    {
        VolumeGeometry grid = images.Geometry;
        return JsonSerializer.Serialize(
            new
            {
                Protocol = protocol.Digest,
                Radiomics = protocol.Radiomics.Select(r => r.Settings.Digest).ToArray(),
                Agent = AgentVersion.Agent.ToString(3),
                Series = images.Header?.GetStringOrNull(DicomTag.SeriesInstanceUID) ?? scan.Series,
                Slices = grid.CountZ,
                Voxels = new[] { grid.CountX, grid.CountY, grid.CountZ },
                Spacing = new[] { grid.Spacing.X, grid.Spacing.Y, grid.Spacing.Z },
                FilterFwhm = protocol.FilterWidth,
                Calibration = calibration is null ? null : new
                {
                    Factor = calibration.Level is null ? (double?)null : calibration.Factor,
                    FactorVersion = calibration.Level?.Version,
                    Target = protocol.Calibration!.Standard,
                    FilterFwhm = calibration.Resolution is null ? (double?)null : calibration.FwhmMillimetres,
                    FilterVersion = calibration.Resolution?.Version,
                    calibration.Flags,
                },
                Region = region is null ? null : new { Object = region.Uid ?? scan.Region, Names = region.Regions.Select(r => r.Name).ToArray(), region.Remarks },
                Lesions = measurement?.Lesions,
                LesionsMeasured = measurement?.Measured,
                VoxelsMeasured = measurement?.Voxels,
                Adaptations = uptake?.Adaptations,
                ReferenceTime = uptake is { Candidates: [{ } used, ..] } ? used.Rule.ToString() : null,
                uptake?.Warnings,
                Remarks = measurement is null ? null : images.Remark is { } taken ? [taken, .. measurement.Remarks] : measurement.Remarks,
                Conformance = conformance?.Findings.Select(f => new { f.Check, Outcome = f.Outcome.ToString(), f.Found, f.Limit }).ToArray(),
            },
            Format);
    }
}
