using System.CommandLine;
using Federated.Imaging.Dicom;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>archive store: files of a folder into an archive, to fill one for a trial.</summary>
internal static class ArchiveStoreCommand
{
    private const long BatchBytes = 32 << 20;
    private const int BatchObjects = 100;

    public static Command Create(SharedOptions shared)
    {
        var name = new Argument<string>("NAME") { Description = "The archive; it must speak DICOMweb." };
        var folder = new Argument<string>("FOLDER") { Description = "A folder with DICOM files at any depth." };
        var command = new Command(
            "store",
            """
            Send the DICOM files of a folder to an archive of this hospital by STOW-RS, for instance to fill one for a trial.

            Example:
              federated-site archive store pacs phantom-series
            """)
        { name, folder };
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            ArchiveEntry entry = new ArchiveRegister(session.Directory).Find(parsed.GetValue(name)!);
            if (entry.Kind == ArchiveKind.Folder) throw ArchiveCommands.Usage($"{entry.Name} is a folder; files are sent to DICOMweb only");
            string root = parsed.GetValue(folder)!;
            if (!Directory.Exists(root)) throw new SiteErrorException("E3201", ExitCode.Input, $"{root}: no such folder; check the name");
            using ArchiveHttp http = ArchiveCommands.Door(shared, session).Connect(entry);
            var client = new DicomWebClient(http, entry.DicomWebRoot);
            List<StoreOutcome> outcomes = [];
            List<SkippedFile> files = [];
            await foreach (IReadOnlyList<ReadOnlyMemory<byte>> batch in BatchesAsync(root, files, cancellation))
            {
                outcomes.AddRange(await client.StoreAsync(batch, cancellation));
                page.Line($"{outcomes.Count} objects sent");
            }

            StoreOutcome[] failed = [.. outcomes.Where(o => o.FailureReason is not null)];
            page.Line($"{outcomes.Count - failed.Length} stored, {failed.Length} refused by the archive, {files.Count} files left out.");
            foreach (var reason in failed.GroupBy(f => f.FailureReason!.Value)) page.Line($"  {reason.Count()} x failure reason 0x{reason.Key:X4}");
            foreach (var reason in files.GroupBy(f => f.Reason, StringComparer.Ordinal)) page.Line($"  {reason.Count()} x {Federated.Analyses.PlainText.Shown(reason.Key, 400)}");
            page.Json(new { Stored = outcomes.Count - failed.Length, Refused = failed, FilesLeftOut = files });
            return failed.Length == 0 && outcomes.Count > 0 ? ExitCode.Done
                : throw new SiteErrorException("E3411", ExitCode.Refused, outcomes.Count == 0 ? "Nothing was sent: the folder holds no DICOM object" : $"{failed.Length} objects were not stored; the archive's log says why");
        });
        return command;
    }

    private static async IAsyncEnumerable<IReadOnlyList<ReadOnlyMemory<byte>>> BatchesAsync(
        string root, List<SkippedFile> files, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        List<ReadOnlyMemory<byte>> batch = [];
        long size = 0;
        foreach (string path in FolderWalk.Files(root, (at, why) => files.Add(new SkippedFile(Path.GetRelativePath(root, at), why))))
        {
            if (string.Equals(Path.GetFileName(path), "DICOMDIR", StringComparison.OrdinalIgnoreCase)) continue;
            try
            {
                byte[] bytes = await File.ReadAllBytesAsync(path, cancellation);
                if (!DicomFile.Open(bytes).Dataset.Contains(DicomTag.SOPInstanceUID)) throw new DicomDataException("SOPInstanceUID is missing: correct it at the source");
                batch.Add(bytes);
                size += bytes.Length;
            }
            catch (Exception unreadable) when (unreadable is DicomException or IOException or UnauthorizedAccessException)
            {
                files.Add(new SkippedFile(Path.GetRelativePath(root, path), unreadable is DicomException ? unreadable.Message : "cannot be read: check its permissions"));
                continue;
            }

            if (size < BatchBytes && batch.Count < BatchObjects) continue;
            yield return batch;
            (batch, size) = ([], 0);
        }

        if (batch.Count > 0) yield return batch;
    }
}
