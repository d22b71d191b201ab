using System.Globalization;

namespace Federated.Simulator.Hospitals;

/// <summary>hospitals: writes a synthetic consortium as folders of real DICOM.</summary>
public static class HospitalsCommand
{
    /// <summary>Runs it; returns the exit code.</summary>
    public static async Task<int> RunAsync(string directory, int seed, ConsortiumSize size, string? archive, bool json, TextWriter output, Progress progress, CancellationToken cancellation)
    {
        Uri? orthanc = archive is null ? null : Uri.TryCreate(archive, UriKind.Absolute, out Uri? address) && address.Scheme is ("http" or "https") ? address
            : throw new InputException($"--orthanc: {Federated.Analyses.PlainText.Shown(archive)} is no address; write for instance http://user@localhost:8042.");
        if (orthanc is { UserInfo: var given } && given.Contains(':', StringComparison.Ordinal))
            throw new InputException($"--orthanc: a password in an argument can be read by everyone on this machine; write user@host and put the password into the environment variable {ArchiveSender.PasswordVariable}.");
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            throw new InputException($"{directory} is not empty: name a new folder, so that no image of another run stays among these.");
        ConsortiumPlan plan = Make(directory, seed, size, progress, cancellation);
        int sites = plan.Scans.Select(s => s.Site).Distinct(StringComparer.Ordinal).Count();
        await output.WriteLineAsync(json
            ? System.Text.Json.JsonSerializer.Serialize(new { directory, seed, sites, scanners = Fleet.Scanners.Count, patients = plan.Scans.Count, travelling = plan.Travelling.Count, phantoms = plan.Phantoms.Count })
            : string.Create(CultureInfo.InvariantCulture, $"{sites} hospitals, {Fleet.Scanners.Count} scanners, {plan.Scans.Count} patients ({BrokenStudy.All.Count} studies broken on purpose), {plan.Travelling.Count} scans of travellers, {plan.Phantoms.Count} phantom scans in {directory}"));
        if (orthanc is null) return SimulatorProgram.Done;
        (int stored, int refused) = await ArchiveSender.SendAsync(
            directory, orthanc, Environment.GetEnvironmentVariable(ArchiveSender.PasswordVariable), (done, all) => progress.Working(string.Create(CultureInfo.InvariantCulture, $"sent {done} of {all}")), cancellation);
        if (!json) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{stored} objects stored by {orthanc.Host}, {refused} refused or cut short"));
        return stored > 0 ? SimulatorProgram.Done : SimulatorProgram.Refused;
    }

    /// <summary>Plans and writes a consortium, saying how far it is.</summary>
    public static ConsortiumPlan Make(string directory, int seed, ConsortiumSize size, Progress progress, CancellationToken cancellation)
    {
        var plan = ConsortiumPlan.Draw(seed, size);
        HospitalFolders.Write(plan, directory, Environment.ProcessorCount, (done, all) => progress.Working(string.Create(CultureInfo.InvariantCulture, $"scanned {done} of {all}")), cancellation);
        return plan;
    }
}
