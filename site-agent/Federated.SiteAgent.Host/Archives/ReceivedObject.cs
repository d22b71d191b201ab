using Federated.Imaging.Dicom;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>What bytes from an archive turn out to be, looked at before they count.</summary>
/// <param name="Instance">SOPInstanceUID.</param>
/// <param name="Syntax">How its pixels are laid out.</param>
/// <param name="NeedsTranscoder">Compressed by something this program does not decode itself.</param>
/// <param name="Refusal">Why it cannot be kept: one line; null when it can.</param>
public sealed record ReceivedObject(string Instance, DicomTransferSyntax Syntax, bool NeedsTranscoder, string? Refusal)
{
    /// <summary>Reads the whole object, so that what was cut short or damaged on its way is found now and not when it is measured.</summary>
    /// <param name="bytes">What arrived.</param>
    /// <param name="series">The SeriesInstanceUID it must have.</param>
    /// <param name="instance">The SOPInstanceUID it must have; null = any.</param>
    public static ReceivedObject Check(ReadOnlyMemory<byte> bytes, string series, string? instance)
    {
        DicomFile file;
        string? ownSeries, ownInstance;
        try
        {
            file = DicomFile.Open(bytes);
            ownSeries = file.Dataset.GetStringOrNull(DicomTag.SeriesInstanceUID);
            ownInstance = file.Dataset.GetStringOrNull(DicomTag.SOPInstanceUID);
        }
        catch (DicomException damage)
        {
            return Refused(damage.Message);
        }

        if (!ImageStore.IsSafe(ownInstance) || !ImageStore.IsSafe(ownSeries)) return Refused("its SOPInstanceUID or SeriesInstanceUID is missing or not a UID: correct it at the archive");
        if (!string.Equals(ownSeries, series, StringComparison.Ordinal)) return Refused("it belongs to another series than was asked for: the archive mixes them up");
        if (instance is not null && !string.Equals(ownInstance, instance, StringComparison.Ordinal)) return Refused("it is another object than was asked for: the archive mixes them up");
        bool encapsulated = file.TransferSyntax.IsEncapsulated && file.Dataset.Contains(DicomTag.PixelData);
        return new ReceivedObject(ownInstance!, file.TransferSyntax, encapsulated && !DicomPixelData.CanDecode(file.TransferSyntax), null);
    }

    private static ReceivedObject Refused(string reason) => new("", DicomTransferSyntax.ExplicitVRLittleEndian, false, reason);
}
