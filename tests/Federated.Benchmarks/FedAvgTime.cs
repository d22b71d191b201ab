using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Federated.Analyses.Study;
using Federated.Coordinator;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;

namespace Federated.Benchmarks;

/// <summary>
/// How long a round of federated averaging takes over mutual TLS, from its opening to the opening of the next, every round persisted: the real coordinator in a process of its own, the
/// real agents in this one. Plain and masked alternate; medians over the rounds of all repeats. Beside it Flower 1.22 on the same two cores, as measured for the comparison.
/// </summary>
internal static class FedAvgTime
{
    /// <summary>First argument of the process that serves.</summary>
    public const string Child = "fedavg-process";

    private const int Rounds = 12;
    private const double Mebibyte = 1 << 20;

    private static readonly (int Sites, int Parameters, double Flower)[] Cases =
        [(4, 1_000_000, 0.071), (8, 1_000_000, 0.12), (32, 100_000, 0.08), (100, 10_000, 0.12), (4, 25_000_000, 3.6)];

    public static async Task<int> RunAllAsync()
    {
        foreach ((int sites, int parameters, _) in Cases) await RunAsync(sites, parameters, 2);
        return 0;
    }

    public static async Task<int> RunAsync(int sites, int parameters, int repeats)
    {
        var plain = new List<Measured>();
        var secure = new List<Measured>();
        for (int i = 0; i < repeats; i++)
        {
            plain.Add(await MeasureAsync(sites, parameters, Aggregation.Plain));
            secure.Add(await MeasureAsync(sites, parameters, Aggregation.Secure));
        }

        double flower = Cases.FirstOrDefault(c => c.Sites == sites && c.Parameters == parameters).Flower;
        (double clear, double masked) = (Median(plain), Median(secure));
        string beside = flower > 0 ? FormattableString.Invariant($" (Flower {flower} s)") : "";
        Console.WriteLine(FormattableString.Invariant(
            $"{sites} sites x {parameters:N0} parameters: a round takes {clear:F3} s plain{beside}, {masked:F3} s masked, ratio {masked / clear:F2}; coordinator's peak {plain.Max(m => m.Peak):F0} MiB plain, {secure.Max(m => m.Peak):F0} MiB masked (twice the model plus 128 MiB: {(parameters * 8 / Mebibyte) + 128:F0}); processor time of a round {plain[0].Coordinator:F3} + {plain[0].Sites:F3} s plain, {secure[0].Coordinator:F3} + {secure[0].Sites:F3} s masked (coordinator + all sites)"));
        return 0;
    }

    /// <summary>The process that serves: its first line is the port, the next are the invitations; a line from its parent opens the study; then one line per round in seconds, its peak in KiB and its processor time.</summary>
    public static async Task<int> ServeAsync(string folder, int sites, int parameters, Aggregation aggregation)
    {
        CoordinatorDirectory.Initialise(folder, "benchmark", TimeProvider.System).Dispose();
        int rounds = RoundsFor(parameters);
        var average = new FedAvgRounds(parameters, rounds);
        StudyPlan plan = FedAvgRounds.Plan(sites, aggregation);
        await using CoordinatorServer server = await CoordinatorServer.StartAsync(
            new CoordinatorServerOptions { DataDirectory = folder, Listen = new IPEndPoint(IPAddress.Loopback, 0), Catalogue = average.Find, ReadPlan = _ => plan }, CancellationToken.None);
        Console.WriteLine(server.Port);
        for (int i = 0; i < sites; i++) Console.WriteLine(server.Directory.Invite(BenchmarkSites.Name(i), TimeSpan.FromHours(1), TimeProvider.System).Reveal());
        Console.ReadLine();
        await server.Studies.CreateAsync(StudyUid.From(new byte[16]), Encoding.UTF8.GetBytes("bench"), CancellationToken.None);
        await server.Studies.OpenAsync("bench", null, CancellationToken.None);
        Study study = await server.Studies.FindAsync("bench", CancellationToken.None);
        for (long seen = -1; study.State is not StudyState.Released and not StudyState.Paused; study = await server.Studies.FindAsync("bench", CancellationToken.None))
            seen = await server.Studies.Changes.WaitAsync(seen, CancellationToken.None);
        string times = study.State == StudyState.Released ? string.Join(' ', (await RoundsAsync(server)).Select(t => t.ToString("R", CultureInfo.InvariantCulture))) : $"paused: {study.Pause?.Reason}";
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(times);
        Console.WriteLine(CoordinatorMemory.Peak());
        Console.WriteLine((process.TotalProcessorTime.TotalSeconds / (rounds + 1)).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static int RoundsFor(int parameters) => parameters > 5_000_000 ? 4 : Rounds;

    private static double Median(List<Measured> runs)
    {
        double[] all = [.. runs.SelectMany(r => r.Rounds).Order()];
        return all[all.Length / 2];
    }

    // From opening to opening: what the coordinator does with a sum is part of the round. The survey and the first round are warm-up.
    private static async Task<double[]> RoundsAsync(CoordinatorServer server)
    {
        var opened = new List<DateTimeOffset>();
        foreach (StoredEvent stored in await new SqliteEventStore(server.Directory.Database).ReadAsync("study/bench", 0, CancellationToken.None))
        {
            StudyEvent e = StudyEventCodec.Decode(stored.Data);
            if (e is RoundOpened or AnalysisConcluded { Analysis: "average" }) opened.Add(e.At);
        }

        return [.. opened.Skip(2).Zip(opened.Skip(3), (from, to) => (to - from).TotalSeconds)];
    }

    private static async Task<Measured> MeasureAsync(int sites, int parameters, Aggregation aggregation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-bench-");
        try
        {
            using Process server = BenchmarkProcess.Start(
                Child, Path.Combine(folder.FullName, "coordinator"), sites.ToString(CultureInfo.InvariantCulture), parameters.ToString(CultureInfo.InvariantCulture), aggregation.ToString());
            int port = int.Parse((await server.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            var invitations = new List<string>();
            for (int i = 0; i < sites; i++) invitations.Add((await server.StandardOutput.ReadLineAsync())!);
            StudyPlan plan = FedAvgRounds.Plan(sites, aggregation);
            var average = new FedAvgRounds(parameters, RoundsFor(parameters));
            using BenchmarkSites agents = await BenchmarkSites.JoinAsync(folder.FullName, port, i => invitations[i], sites, average.Find, _ => plan);
            await server.StandardInput.WriteLineAsync();
            using var here = Process.GetCurrentProcess();
            TimeSpan before = here.TotalProcessorTime;
            agents.Start();
            string times = (await server.StandardOutput.ReadLineAsync())!;
            here.Refresh();
            double sitesTime = (here.TotalProcessorTime - before).TotalSeconds / (RoundsFor(parameters) + 1);
            if (times.StartsWith("paused", StringComparison.Ordinal)) throw new InvalidOperationException(times);
            double peak = double.Parse((await server.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture) / 1024;
            double coordinator = double.Parse((await server.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
            await agents.StopAsync();
            await server.WaitForExitAsync();
            return new Measured([.. times.Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))], peak, coordinator, sitesTime);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed record Measured(double[] Rounds, double Peak, double Coordinator, double Sites);
}
