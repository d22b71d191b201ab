using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Federated.Analyses.Study;
using Federated.Coordinator;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Studies;

namespace Federated.Benchmarks;

/// <summary>
/// Peak memory of the coordinator, a process of its own, while it adds masked vectors of many sites: beyond what the same process takes for vectors of one number.
/// The sites run in this process, over mutual TLS.
/// </summary>
internal static class CoordinatorMemory
{
    /// <summary>First argument of the process that serves.</summary>
    public const string Child = "coordinator-process";

    private const int Rounds = 2;
    private const double Mebibyte = 1 << 20;

    public static async Task<int> RunAllAsync()
    {
        foreach ((int sites, int length) in new[] { (3, 500_000), (20, 500_000), (100, 500_000), (3, 4_000_000) }) await RunAsync(sites, length);
        return 0;
    }

    public static async Task<int> RunAsync(int sites, int length)
    {
        double least = await PeakAsync(sites, 1), peak = await PeakAsync(sites, length);
        double vector = length * 16 / Mebibyte;
        Console.WriteLine(FormattableString.Invariant(
            $"{sites} sites, a vector of {vector:F1} MiB: the coordinator's peak is {peak:F0} MiB, {peak - least:F0} MiB beyond that of one number ({least:F0} MiB); twice the vector plus 64 MiB is {(2 * vector) + 64:F0} MiB"));
        return 0;
    }

    /// <summary>The process that serves: its first line is the port, the next are the invitations; a line from its parent opens the study; its last is its peak, in KiB.</summary>
    public static async Task<int> ServeAsync(string folder, int sites, int length)
    {
        CoordinatorDirectory.Initialise(folder, "benchmark", TimeProvider.System).Dispose();
        var sum = new VectorSum(length, Rounds);
        StudyPlan plan = VectorSum.Plan("bench", sites, Aggregation.Secure);
        await using CoordinatorServer server = await CoordinatorServer.StartAsync(
            new CoordinatorServerOptions { DataDirectory = folder, Listen = new IPEndPoint(IPAddress.Loopback, 0), Catalogue = sum.Find, ReadPlan = _ => plan }, CancellationToken.None);
        Console.WriteLine(server.Port);
        for (int i = 0; i < sites; i++) Console.WriteLine(server.Directory.Invite(BenchmarkSites.Name(i), TimeSpan.FromHours(1), TimeProvider.System).Reveal());
        Console.ReadLine();
        await server.Studies.CreateAsync(StudyUid.From(new byte[16]), Encoding.UTF8.GetBytes("bench"), CancellationToken.None);
        await server.Studies.OpenAsync("bench", null, CancellationToken.None);
        Study study = await server.Studies.FindAsync("bench", CancellationToken.None);
        for (long seen = -1; study.State is not StudyState.Released and not StudyState.Paused; study = await server.Studies.FindAsync("bench", CancellationToken.None))
            seen = await server.Studies.Changes.WaitAsync(seen, CancellationToken.None);
        Console.WriteLine(study.State == StudyState.Released ? Peak() : $"paused: {study.Pause?.Reason}");
        return 0;
    }

    /// <summary>Linux's high-water mark of this process's resident memory, KiB.</summary>
    internal static string Peak() => File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();

    private static async Task<double> PeakAsync(int sites, int length)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-bench-");
        try
        {
            using Process server = BenchmarkProcess.Start(
                Child, Path.Combine(folder.FullName, "coordinator"), sites.ToString(CultureInfo.InvariantCulture), length.ToString(CultureInfo.InvariantCulture));
            int port = int.Parse((await server.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            var invitations = new List<string>();
            for (int i = 0; i < sites; i++) invitations.Add((await server.StandardOutput.ReadLineAsync())!);
            StudyPlan plan = VectorSum.Plan("bench", sites, Aggregation.Secure);
            using BenchmarkSites agents = await BenchmarkSites.JoinAsync(folder.FullName, port, i => invitations[i], sites, new VectorSum(length, Rounds).Find, _ => plan);
            await server.StandardInput.WriteLineAsync();
            agents.Start();
            string last = (await server.StandardOutput.ReadLineAsync())!;
            await agents.StopAsync();
            await server.WaitForExitAsync();
            return double.TryParse(last, CultureInfo.InvariantCulture, out double kibibytes) ? kibibytes / 1024 : throw new InvalidOperationException(last);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
