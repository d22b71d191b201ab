using System.Globalization;

namespace Federated.Simulator.Hospitals;

/// <summary>hospitals: writes a synthetic consortium as folders of real DICOM.</summary>
public static class HospitalsCommand
{
    /// <summary>Runs it; returns the exit code.</summary>
    public static int Run(string directory, int seed, ConsortiumSize size, bool json, TextWriter output, Progress progress, CancellationToken cancellation)
    {
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            throw new InputException($"{directory} is not empty: name a new folder, so that no image of another run stays among these.");
        ConsortiumPlan plan = Make(directory, seed, size, progress, cancellation);
        int sites = plan.Scans.Select(s => s.Site).Distinct(StringComparer.Ordinal).Count();
        output.WriteLine(json
            ? System.Text.Json.JsonSerializer.Serialize(new { directory, seed, sites, scanners = Fleet.Scanners.Count, patients = plan.Scans.Count, travelling = plan.Travelling.Count, phantoms = plan.Phantoms.Count })
            : string.Create(CultureInfo.InvariantCulture, $"{sites} hospitals, {Fleet.Scanners.Count} scanners, {plan.Scans.Count} patients ({BrokenStudy.All.Count} studies broken on purpose), {plan.Travelling.Count} scans of travellers, {plan.Phantoms.Count} phantom scans in {directory}"));
        return SimulatorProgram.Done;
    }

    /// <summary>Plans and writes a consortium, saying how far it is.</summary>
    public static ConsortiumPlan Make(string directory, int seed, ConsortiumSize size, Progress progress, CancellationToken cancellation)
    {
        var plan = ConsortiumPlan.Draw(seed, size);
        HospitalFolders.Write(plan, directory, Environment.ProcessorCount, (done, all) => progress.Working(string.Create(CultureInfo.InvariantCulture, $"scanned {done} of {all}")), cancellation);
        return plan;
    }
}
