using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Federated.Analyses.Study;
using Federated.Coordinator;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Storage.Sqlite;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;

namespace Federated.Benchmarks;

/// <summary>
/// What people who watch cost a study: round time and memory of the coordinator, a process of its own with real agents over mutual TLS, while a crowd has a study's page open in browsers that follow
/// it live, against the same without. Studies with and without alternate in one run.
/// </summary>
internal static class PageViewers
{
    /// <summary>First argument of the process that serves.</summary>
    public const string Child = "page-server";

    private const int Sites = 5, Length = 20_000, Rounds = 120, Pairs = 3;
    private const string Account = "watcher";
    private static readonly VectorSum Sum = new(Length, Rounds);

    public static async Task<int> RunAllAsync() => await RunAsync(100);

    public static async Task<int> RunAsync(int viewers)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-bench-");
        try
        {
            using Process server = Start(Path.Combine(folder.FullName, "coordinator"));
            int port = int.Parse(await LineAsync(server), CultureInfo.InvariantCulture);
            var pages = new Uri(await LineAsync(server));
            var invitations = new List<string>();
            for (int i = 0; i < Sites; i++) invitations.Add(await LineAsync(server));
            await LineAsync(server);
            using BenchmarkSites agents = await BenchmarkSites.JoinAsync(folder.FullName, port, i => invitations[i], Sites, Sum.Find, Plan);
            agents.Start();
            using PageViewer first = await PageViewer.SignInAsync(pages, Account);
            await StudyAsync(server, "warm-up");
            var ratios = new List<double>();
            double before = 0, after = 0;
            int asked = 0;
            for (int pair = 0; pair < Pairs; pair++)
            {
                (double alone, double peak) = await StudyAsync(server, $"alone-{pair}");
                if (pair == 0) before = peak;
                using var stop = new CancellationTokenSource();
                PageViewer[] crowd = [.. Enumerable.Range(0, viewers).Select(_ => first.Another())];
                Task<int>[] watching = [.. crowd.Select(v => v.WatchAsync($"/studies/watched-{pair}", stop.Token))];
                (double watched, after) = await StudyAsync(server, $"watched-{pair}");
                await stop.CancelAsync();
                asked += (await Task.WhenAll(watching)).Sum();
                foreach (PageViewer viewer in crowd) viewer.Dispose();
                ratios.Add(watched / alone);
                Console.WriteLine(FormattableString.Invariant($"a round takes {alone:F1} ms alone, {watched:F1} ms with {viewers} viewers, ratio {watched / alone:F3}"));
            }

            await agents.StopAsync();
            await server.StandardInput.WriteLineAsync("end");
            await server.WaitForExitAsync();
            Console.WriteLine(FormattableString.Invariant(
                $"{Sites} sites x {Length:N0} numbers, {viewers} viewers, {asked} pages asked for: median ratio {ratios.Order().ElementAt(Pairs / 2):F3}; the coordinator's peak is {before / 1024:F0} MiB alone, {after / 1024:F0} MiB with them, {(after - before) / 1024:F0} MiB more"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The process that serves: port, address of the pages, invitations; then for each study named on a line: its median round time in milliseconds and the peak so far in KiB.</summary>
    public static async Task<int> ServeAsync(string folder)
    {
        CoordinatorDirectory.Initialise(folder, "benchmark", TimeProvider.System).Dispose();
        await using CoordinatorServer server = await CoordinatorServer.StartAsync(
            new CoordinatorServerOptions
            {
                DataDirectory = folder,
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Pages = new IPEndPoint(IPAddress.Loopback, 0),
                Catalogue = Sum.Find,
                ReadPlan = bytes => Plan(bytes.ToArray()),
            },
            CancellationToken.None);
        Console.WriteLine(server.Port);
        Console.WriteLine(server.Pages);
        for (int i = 0; i < Sites; i++) Console.WriteLine(server.Directory.Invite(BenchmarkSites.Name(i), TimeSpan.FromHours(1), TimeProvider.System).Reveal());
        AccountBook accounts = server.Directory.Accounts(TimeProvider.System);
        PageViewer.Enrol(accounts, Account, Role.Statistician);
        Console.WriteLine("ready");
        byte number = 0;
        while (Console.ReadLine() is { } id && id is not "end")
        {
            await server.Studies.CreateAsync(StudyUid.From([.. Enumerable.Repeat(number++, StudyUid.Bytes)]), Encoding.UTF8.GetBytes(id), CancellationToken.None);
            await server.Studies.OpenAsync(id, null, CancellationToken.None);
            for (long seen = -1; (await server.Studies.FindAsync(id, CancellationToken.None)).State is not StudyState.Released and not StudyState.Paused;)
                seen = await server.Studies.Changes.WaitAsync(seen, CancellationToken.None);
            Console.WriteLine(FormattableString.Invariant($"{await MedianAsync(server, id)} {CoordinatorMemory.Peak()}"));
        }

        return 0;
    }

    private static StudyPlan Plan(byte[] bytes) => VectorSum.Plan(Encoding.UTF8.GetString(bytes), Sites, Aggregation.Plain);

    private static async Task<(double Milliseconds, double Peak)> StudyAsync(Process server, string id)
    {
        await server.StandardInput.WriteLineAsync(id);
        string[] words = (await LineAsync(server)).Split(' ');
        return (double.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }

    private static async Task<string> LineAsync(Process server) => await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The process that serves ended.");

    private static Process Start(string folder)
    {
        bool host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet";
        string[] arguments = host ? [typeof(PageViewers).Assembly.Location, Child, folder] : [Child, folder];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    private static async Task<double> MedianAsync(CoordinatorServer server, string id)
    {
        var opened = new Dictionary<int, DateTimeOffset>();
        var took = new List<double>();
        foreach (StoredEvent stored in await new SqliteEventStore(server.Directory.Database).ReadAsync($"study/{id}", 0, CancellationToken.None))
        {
            switch (StudyEventCodec.Decode(stored.Data))
            {
                case RoundOpened round: opened[round.Round] = round.At; break;
                case RoundAggregated sum when sum.Round > 3: took.Add((sum.At - opened[sum.Round]).TotalMilliseconds); break;
                case StudyPaused paused: throw new InvalidOperationException(paused.Reason);
            }
        }

        return took.Order().ElementAt(took.Count / 2);
    }
}
