using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>Attributes that only answers of archives hold (PS3.6).</summary>
internal static class ArchiveTags
{
    public static readonly DicomTag NumberOfSeriesRelatedInstances = new(0x0020, 0x1209);
    public static readonly DicomTag FailedSOPSequence = new(0x0008, 0x1198);
    public static readonly DicomTag ReferencedSOPSequence = new(0x0008, 0x1199);
    public static readonly DicomTag FailureReason = new(0x0008, 0x1197);
    public static readonly DicomTag WarningReason = new(0x0008, 0x1196);
}
