using Federated.Imaging.Dicom;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.Imaging.Volumes;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Phantoms;

/// <summary>A phantom's PET series, and which machine it speaks for.</summary>
/// <param name="Image">Voxels in the series' units.</param>
/// <param name="Units">Units (0054,1001), such as BQML.</param>
/// <param name="Series">SeriesInstanceUID.</param>
/// <param name="Date">Day of the scan as the header has it, yyyyMMdd; empty when it does not say.</param>
/// <param name="Scanner">Manufacturer, model and serial number.</param>
/// <param name="Software">Software versions, joined by "; ".</param>
/// <param name="Reconstruction">Reconstruction method and kernel.</param>
/// <param name="Skipped">Files left out, each with its reason.</param>
public sealed record PhantomScan(
    Volume Image, string Units, string Series, string Date, string Scanner, string Software, string Reconstruction, IReadOnlyList<SkippedFile> Skipped)
{
    /// <summary>Reads the PET series of a folder tree.</summary>
    /// <param name="folder">Where the files are.</param>
    /// <param name="series">SeriesInstanceUID; null: the only PET series there.</param>
    /// <param name="opener">Opens files, compressed pixels decoded.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="SiteErrorException">E3701: no such folder, no PET series, or several to choose from; or its slices form no image.</exception>
    public static async Task<PhantomScan> ReadAsync(string folder, string? series, StoredImages opener, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw Unusable($"{folder}: no such folder; name the folder that holds the phantom's DICOM files");
        var files = new List<DicomFile>();
        var skipped = new List<SkippedFile>();
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                DicomFile file = await opener.OpenAsync(path, cancellation);
                if (file.Dataset.GetStringOrNull(DicomTag.Modality) is "PT") files.Add(file);
            }
            catch (Exception failure) when (failure is DicomException or IOException or UnauthorizedAccessException)
            {
                skipped.Add(new SkippedFile(Path.GetRelativePath(folder, path), failure is DicomException ? failure.Message : "cannot be read: check its permissions"));
            }
        }

        IGrouping<string, DicomFile>[] found = [.. files.GroupBy(f => f.Dataset.GetStringOrNull(DicomTag.SeriesInstanceUID) ?? "", StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)];
        IGrouping<string, DicomFile>[] asked = series is null ? found : [.. found.Where(g => string.Equals(g.Key, series, StringComparison.Ordinal))];
        if (asked.Length != 1)
        {
            throw Unusable((found.Length, series) switch
            {
                (0, _) => $"{folder} holds no PET images{(skipped.Count > 0 ? $" ({skipped.Count} files could not be read, the first: {skipped[0].Reason})" : "")}: name the folder of the phantom's series",
                (_, { } uid) => $"{folder} holds no PET series {Analyses.PlainText.Shown(uid)}: it holds {string.Join(", ", found.Select(g => g.Key))}",
                _ => $"{folder} holds {found.Length} PET series: choose one with --series ({string.Join(", ", found.Take(5).Select(g => g.Key))})",
            });
        }

        try
        {
            var stack = SliceStack.From([.. asked[0]]);
            DicomDataset header = stack.Slices[0].Dataset;
            ScannerSetting setting = ScannerHeader.Setting(header);
            return new PhantomScan(stack.Read(), Analyses.PlainText.Shown(header.GetStringOrNull(DicomTag.Units) ?? ""), asked[0].Key, ScannerHeader.DayText(header), setting.Scanner, setting.Software, setting.Reconstruction, skipped);
        }
        catch (Exception failure) when (failure is VolumeException or DicomException)
        {
            throw Unusable($"{folder}: {failure.Message}");
        }
    }

    private static SiteErrorException Unusable(string message) => new("E3701", ExitCode.Input, message);
}
