using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Diagnosis;

/// <summary>The way to each archive: does it answer, does it accept the credentials, does it speak DICOMweb, and does the archive behind an Orthanc answer?</summary>
public sealed class ArchiveExamination(ArchiveRegister register, ArchiveDoor door)
{
    private static readonly ArchiveCallOptions Hasty = new() { Retries = 1, FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(1), FirstByte = TimeSpan.FromSeconds(10), Silence = TimeSpan.FromSeconds(10) };

    /// <summary>One finding for each archive; none when there is no archive.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellation)
    {
        List<Finding> findings = [];
        try
        {
            foreach (ArchiveEntry entry in register.All()) findings.Add(await ExamineAsync(entry, cancellation));
        }
        catch (SiteErrorException damaged)
        {
            findings.Add(Failed("archives", damaged));
        }

        return findings;
    }

    private async Task<Finding> ExamineAsync(ArchiveEntry entry, CancellationToken cancellation)
    {
        string check = $"archive {entry.Name}";
        try
        {
            if (entry.Kind == ArchiveKind.Folder)
                return Directory.Exists(entry.Address) ? new Finding(check, Outcome.Ok, entry.Address) : new Finding(check, Outcome.Failed, $"{entry.Address} is not there", "mount it, or add it again with --replace", "E3201", ExitCode.Input);
            using ArchiveHttp http = door.Connect(entry, Hasty);
            string orthanc = entry.Kind == ArchiveKind.Orthanc ? await OrthancAsync(entry, http, cancellation) : "";
            await new DicomWebClient(http, entry.DicomWebRoot).PingAsync(cancellation);
            string found = $"DICOMweb answers at {entry.DicomWebRoot}{orthanc}{(entry.Secret is null ? "" : ", credentials accepted")}";
            return entry.SendsSecretInClear ? new Finding(check, Outcome.Warning, $"{found}; they cross the network unprotected", "use https", "E3404")
                : IsOpenToOthers(entry) ? new Finding(check, Outcome.Warning, $"{found}; every user of this computer can read {entry.Secret!.Name}", $"chmod 600 {entry.Secret.Name}", "E3408")
                : new Finding(check, Outcome.Ok, found);
        }
        catch (SiteErrorException error)
        {
            return Failed(check, error);
        }
    }

    private static async Task<string> OrthancAsync(ArchiveEntry entry, ArchiveHttp http, CancellationToken cancellation)
    {
        var orthanc = new OrthancRest(http, entry);
        (string version, _) = await orthanc.SystemAsync(cancellation);
        if (!(await orthanc.PluginsAsync(cancellation)).Contains("dicom-web", StringComparer.Ordinal))
            throw new SiteErrorException("E3406", ExitCode.Input, $"Orthanc {Analyses.PlainText.Shown(version)} answers, but its DICOMweb plugin is not loaded; install orthanc-dicomweb and name it in Plugins");
        if (entry.Modality is not { } modality) return $", Orthanc {Analyses.PlainText.Shown(version)}";
        await orthanc.EchoAsync(modality, cancellation);
        return $", Orthanc {Analyses.PlainText.Shown(version)}, C-ECHO to {modality} succeeds";
    }

    private static bool IsOpenToOthers(ArchiveEntry entry) => !OperatingSystem.IsWindows() && entry.Secret is { Place: SecretPlace.File, Name: var file }
        && (File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None;

    private static Finding Failed(string check, SiteErrorException error) => new(check, Outcome.Failed, error.Message, "", error.Code, error.Exit);
}
