using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.Benchmarks;

/// <summary>Real agents over mutual TLS, with databases of their own, whose answers cost nothing to compute.</summary>
internal sealed class BenchmarkSites : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly List<SiteRuntime> _runtimes = [];
    private CancellationTokenSource _stop = new();
    private Task[] _running = [];

    public static string Name(int site) => $"site-{site:000}";

    public static async Task<BenchmarkSites> JoinAsync(string folder, int port, Func<int, string> invite, int sites, Func<string, IAnalysis?> find, Func<byte[], StudyPlan> readPlan)
    {
        var all = new BenchmarkSites();
        for (int i = 0; i < sites; i++)
        {
            string directory = Path.Combine(folder, Name(i));
            var jitter = new Random(i);
            var join = new JoinOptions(InvitationToken.Parse(invite(i)), new CoordinatorAddress("127.0.0.1", port), directory);
            SiteCredentials credentials = await SiteEnrolment.JoinAsync(join, TimeProvider.System, jitter, CancellationToken.None);
            var connection = new SiteConnection(credentials, TimeProvider.System, jitter);
            all._owned.Add(connection);
            all._owned.Add(credentials);
            all._runtimes.Add(new SiteRuntime(new SiteParts
            {
                Link = connection.Link,
                Store = new SqliteSiteStore(new SiteDatabase(directory), () => new StateSeal(credentials.Identity, new SystemRandomness())),
                Tables = new InMemoryTableSource(VectorSum.Table),
                Identity = credentials.Identity,
                Coordinator = credentials.Coordinator,
                Codec = new ProtobufPayloadCodec(),
                Vocabulary = new AgentVocabulary(readPlan, find, _ => Digest.Of([])),
                Policy = SitePolicy.Permissive with { OwnData = false },
                Approver = (_, _) => true,
                Time = TimeProvider.System,
                Jitter = jitter,
            }));
        }

        return all;
    }

    public void Start() => _running = [.. _runtimes.Select(r => Task.Run(() => r.RunAsync(TimeSpan.FromSeconds(5), _stop.Token)))];

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _stop = new CancellationTokenSource();
    }

    public void Dispose()
    {
        _stop.Dispose();
        foreach (IDisposable mine in _owned) mine.Dispose();
    }
}
