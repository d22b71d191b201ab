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
/// How long one round takes, from its opening to its sum, masked and plain: the real coordinator and the real agents over mutual TLS on this machine, databases
/// included. Medians over the rounds of one study each.
/// </summary>
internal static class SecureRoundTime
{
    private const int Rounds = 7;

    public static async Task<int> RunAllAsync()
    {
        await RunAsync(10, 20_000);
        await RunAsync(20, 500_000); // as many bytes as 1,000,000 numbers of 64 bits
        return 0;
    }

    public static async Task<int> RunAsync(int sites, int length)
    {
        double plain = await MeasureAsync(sites, length, Aggregation.Plain);
        double secure = await MeasureAsync(sites, length, Aggregation.Secure);
        Console.WriteLine($"{sites} sites x {length:N0} numbers of 128 bits over gRPC: a round takes {plain:F0} ms plain, {secure:F0} ms masked, ratio {secure / plain:F2}");
        return 0;
    }

    private static async Task<double> MeasureAsync(int sites, int length, Aggregation aggregation)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-bench-");
        try
        {
            string data = Path.Combine(folder.FullName, "coordinator");
            CoordinatorDirectory.Initialise(data, "benchmark", TimeProvider.System).Dispose();
            var sum = new VectorSum(length, Rounds + 2);
            StudyPlan plan = VectorSum.Plan("bench", sites, aggregation);
            await using CoordinatorServer server = await CoordinatorServer.StartAsync(
                new CoordinatorServerOptions { DataDirectory = data, Listen = new IPEndPoint(IPAddress.Loopback, 0), Catalogue = sum.Find, ReadPlan = _ => plan }, CancellationToken.None);
            using BenchmarkSites agents = await BenchmarkSites.JoinAsync(
                folder.FullName, server.Port, i => server.Directory.Invite(BenchmarkSites.Name(i), TimeSpan.FromHours(1), TimeProvider.System).Reveal(), sites, sum.Find, _ => plan);
            await server.Studies.CreateAsync(StudyUid.From(new byte[16]), Encoding.UTF8.GetBytes("bench"), CancellationToken.None);
            await server.Studies.OpenAsync("bench", null, CancellationToken.None);
            agents.Start();
            for (long seen = -1; (await server.Studies.FindAsync("bench", CancellationToken.None)).State is not StudyState.Released and not StudyState.Paused;)
                seen = await server.Studies.Changes.WaitAsync(seen, CancellationToken.None);
            await agents.StopAsync();
            return await MedianAsync(new SqliteEventStore(server.Directory.Database));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // The survey and the first two rounds are warm-up.
    private static async Task<double> MedianAsync(SqliteEventStore events)
    {
        var opened = new Dictionary<int, DateTimeOffset>();
        var took = new List<double>();
        foreach (StoredEvent stored in await events.ReadAsync("study/bench", 0, CancellationToken.None))
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
