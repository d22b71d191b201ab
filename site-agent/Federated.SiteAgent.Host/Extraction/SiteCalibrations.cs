using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Federated.Imaging.Dicom;
using Federated.Imaging.Measurement;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Phantoms;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>The hospital's calibrations under a protocol: which of them corrects a scan, and what a row then depends on.</summary>
/// <param name="all">All that are kept here, signatures checked.</param>
public sealed class SiteCalibrations(ImmutableArray<Calibration> all)
{
    /// <summary>None: every scan lacks its calibration.</summary>
    public static SiteCalibrations None { get; } = new([]);

    /// <summary>The correction that a protocol asks for; null when it asks for none.</summary>
    /// <param name="header">Of the series; null: the image has none.</param>
    /// <param name="protocol">Of the study.</param>
    public PatientCalibration? Of(DicomDataset? header, MeasurementProtocol protocol) => protocol.Calibration is not { } rule ? null
        : PatientCalibration.Of(all, header is null ? null : ScannerHeader.Setting(header), header is null ? null : ScannerHeader.Day(header), rule);

    /// <summary>The digest of what a row depends on: that of its files, and the calibrations that correct it. A newer phantom so measures again the scans that it speaks for, and no others.</summary>
    /// <param name="files">Of the scan.</param>
    /// <param name="protocol">Of the study.</param>
    /// <param name="opener">Opens the first image for its headers.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ScanFiles> WithAsync(ScanFiles files, MeasurementProtocol protocol, StoredImages opener, CancellationToken cancellation)
    {
        if (protocol.Calibration is null) return files;
        PatientCalibration? chosen = Of(await HeaderAsync(files, protocol, opener, cancellation), protocol);
        string words = $"{files.Fingerprint}\n{chosen?.Level?.Statement}\n{chosen?.Resolution?.Statement}\n{string.Join(',', chosen?.Flags ?? [])}";
        return files with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words))) };
    }

    private static async Task<DicomDataset?> HeaderAsync(ScanFiles files, MeasurementProtocol protocol, StoredImages opener, CancellationToken cancellation)
    {
        foreach (string path in files.Images)
        {
            if (ImageLibrary.IsNifti(path)) continue;
            DicomDataset header = (await opener.OpenAsync(path, cancellation)).Dataset;
            if (string.Equals(header.GetStringOrNull(DicomTag.Modality), protocol.Modality.ToString(), StringComparison.Ordinal)) return header;
        }
        return null;
    }
}
