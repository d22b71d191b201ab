namespace Federated.Simulator.Demo;

/// <summary>The demonstration: tables with a known truth, then the same path as any study.</summary>
public static class DemoCommand
{
    /// <summary>Runs it; returns the exit code.</summary>
    public static async Task<int> RunAsync(string folder, int seed, string transport, bool json, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        Progress progress = ReferenceEquals(error, Console.Error) ? Progress.OnStandardError(TimeProvider.System) : Progress.Silent;
        var tables = DemoTables.Make(seed);
        string inputs = Path.Combine(folder, "input");
        Directory.CreateDirectory(inputs);
        var request = new TableRequest
        {
            Features = Path.Combine(inputs, "features.csv"),
            Cohort = Path.Combine(inputs, "cohort.csv"),
            Study = Path.Combine(inputs, "study.yaml"),
            Out = folder,
            Transport = transport,
            Seed = seed,
            Json = json,
        };
        await File.WriteAllTextAsync(request.Features, tables.FeaturesCsv, cancellation);
        await File.WriteAllTextAsync(request.Cohort, tables.CohortCsv, cancellation);
        await File.WriteAllTextAsync(request.Study, tables.StudyYaml, cancellation);
        progress.Say($"five simulated hospitals, {tables.Patients} patients, seed {seed}; tables in {inputs}");
        return await TableCommand.RunAsync(request, output, progress, error, cancellation);
    }
}
