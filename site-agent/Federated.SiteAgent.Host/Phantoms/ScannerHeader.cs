using System.Globalization;
using Federated.Imaging.Dicom;
using Federated.Imaging.Phantoms.Calibrations;

namespace Federated.SiteAgent.Host.Phantoms;

/// <summary>Which machine wrote a series, and when: read alike from phantoms and patients, so that they find each other. None of it leaves the hospital.</summary>
internal static class ScannerHeader
{
    private const int Longest = 200;

    /// <summary>The machine with its serial number (two of one model have calibrations of their own), the reconstruction with its kernel, and the software.</summary>
    public static ScannerSetting Setting(DicomDataset header)
    {
        string serial = Text(header, DicomTag.DeviceSerialNumber), kernel = Text(header, DicomTag.ConvolutionKernel);
        return new ScannerSetting(
            $"{Text(header, DicomTag.Manufacturer)} {Text(header, DicomTag.ManufacturerModelName)}".Trim() + (serial.Length > 0 ? $" no. {serial}" : ""),
            Text(header, DicomTag.ReconstructionMethod) + (kernel.Length > 0 ? $", kernel {kernel}" : ""),
            Text(header, DicomTag.SoftwareVersions).Replace("\\", "; ", StringComparison.Ordinal));
    }

    /// <summary>Day of the series, or of its study, as the header has it: yyyyMMdd; empty when neither says.</summary>
    public static string DayText(DicomDataset header) => Text(header, DicomTag.SeriesDate) is { Length: > 0 } day ? day : Text(header, DicomTag.StudyDate);

    /// <summary>The same as a day; null when it is none.</summary>
    public static DateOnly? Day(DicomDataset header) =>
        DateOnly.TryParseExact(DayText(header), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day : null;

    private static string Text(DicomDataset header, DicomTag tag) => Analyses.PlainText.Shown(header.GetStringOrNull(tag) ?? "", Longest);
}
