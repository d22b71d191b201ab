using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Federated.EndToEnd.Tests;

/// <summary>
/// Real processes over mutual TLS, killed with SIGKILL after every event the coordinator persists, once the coordinator itself and once the agents in turn: the study ends by itself with
/// the same bits, and nothing is counted twice.
/// </summary>
public sealed class KillTests : IDisposable
{
    private static readonly string[] Sites = ["north", "south"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("federated-kill-");
    private readonly Dictionary<string, Process> _running = new(StringComparer.Ordinal);
    private readonly int _port = FreePort();

    private string CoordinatorData => Path.Combine(_folder.FullName, "coordinator");

    [Fact]
    public async Task Killing_any_process_at_every_transition_changes_no_bit()
    {
        Coordinator("init", "--name", "kill test");
        StartCoordinator();
        foreach (string site in Sites)
        {
            string token = Path.Combine(_folder.FullName, site + ".token");
            await File.WriteAllTextAsync(token, Coordinator("invite", site).Trim().Split('\n')[^1].Trim(), TestContext.Current.CancellationToken);
            Retry(() => Site(site, "join", "--token-file", token, "--coordinator", $"127.0.0.1:{_port}"));
            (string features, string cohort) = Tables(site);
            Site(site, "features", "import", features);
            Site(site, "cohort", "import", cohort);
            StartSite(site);
        }

        string calm = await RunAsync("calm", _ => { });
        string withoutCoordinator = await RunAsync("coordinator-killed", _ =>
        {
            Kill("coordinator");
            StartCoordinator();
        });
        int turn = 0;
        string withoutAgents = await RunAsync("agents-killed", _ =>
        {
            string victim = Sites[turn++ % Sites.Length];
            Kill(victim);
            StartSite(victim);
        });
        Assert.Equal(calm, withoutCoordinator);
        Assert.Equal(calm, withoutAgents);
    }

    public void Dispose()
    {
        foreach (string name in _running.Keys.ToArray()) Kill(name);
        _folder.Delete(recursive: true);
    }

    // Opens and approves a study, lets `disturb` act after every event that follows, and returns the exported estimates and counts.
    private async Task<string> RunAsync(string id, Action<long> disturb)
    {
        string study = Path.Combine(_folder.FullName, id + ".yaml");
        await File.WriteAllTextAsync(study, Study(id), TestContext.Current.CancellationToken);
        Coordinator("study", "create", study);
        Coordinator("study", "open", id);
        foreach (string site in Sites)
        {
            Retry(() => Assert.Contains(id, Site(site, "study", "list"), StringComparison.Ordinal));
            string digest = PlanDigest(id);
            Retry(() => Site(site, "study", "approve", id, "--digest", digest));
        }

        long seen = 0;
        var limit = Stopwatch.StartNew();
        while (!IsReleased(id))
        {
            Assert.True(limit.Elapsed < TimeSpan.FromMinutes(8), $"study {id} did not end; it is at event {seen}");
            long now = Events(id);
            if (now > seen)
            {
                seen = now;
                disturb(now);
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        string results = Path.Combine(_folder.FullName, id + "-results");
        Coordinator("study", "export", id, "--out", results);
        var text = new StringBuilder();
        foreach (string file in Directory.EnumerateFiles(results, "*.csv", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            text.Append(Path.GetFileName(file)).Append('\n').Append(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.True(text.Length > 500, "the export holds the estimates");
        return text.ToString();
    }

    private static string Study(string id) => $$"""
        study: {{id}}
        title: killed at every transition
        scanner: scanner
        scanners: [mobile, one, two]
        features: { include: [suvmax, mtv, tlg] }
        covariates:
          - { name: age, type: continuous }
        analyses:
          - { id: harmonize, kind: combat }
        privacy: { aggregation: plain, minimum-rows: 10 }
        quorum: { sites: 2, round-deadline: 2h }

        """;

    // Each site has a scanner of its own and shares the mobile one, so that every kind of round occurs.
    private (string Features, string Cohort) Tables(string site)
    {
        var random = new Random(site.Length + site[0]);
        var features = new StringBuilder("id,suvmax,mtv,tlg\n");
        var cohort = new StringBuilder("id,scanner,age\n");
        for (int i = 0; i < 40; i++)
        {
            string id = $"{site}-{i:00}";
            features.Append(CultureInfo.InvariantCulture, $"{id},{5 + random.NextDouble():R},{20 + (9 * random.NextDouble()):R},{100 + (50 * random.NextDouble()):R}\n");
            cohort.Append(CultureInfo.InvariantCulture, $"{id},{(i < 20 ? "mobile" : site == "north" ? "one" : "two")},{40 + random.Next(40)}\n");
        }

        (string f, string c) = (Path.Combine(_folder.FullName, site + "-features.csv"), Path.Combine(_folder.FullName, site + "-cohort.csv"));
        File.WriteAllText(f, features.ToString());
        File.WriteAllText(c, cohort.ToString());
        return (f, c);
    }

    private long Events(string id)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(CoordinatorData, "coordinator.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM events WHERE stream = $stream";
        command.Parameters.AddWithValue("$stream", "study/" + id);
        return (long)command.ExecuteScalar()!;
    }

    private bool IsReleased(string id)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(CoordinatorData, "coordinator.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT CAST(data AS TEXT) FROM events WHERE stream = $stream ORDER BY sequence DESC LIMIT 1";
        command.Parameters.AddWithValue("$stream", "study/" + id);
        return command.ExecuteScalar() is string last && last.Contains("released", StringComparison.Ordinal);
    }

    private string PlanDigest(string id)
    {
        using JsonDocument shown = JsonDocument.Parse(Coordinator("study", "show", id, "--json"));
        return shown.RootElement.GetRawText() is var text && System.Text.RegularExpressions.Regex.Match(text, "[0-9a-f]{64}") is { Success: true } digest
            ? digest.Value : throw new InvalidOperationException(text);
    }

    private string Coordinator(params string[] arguments) => Run("federated-coordinator.dll", [.. arguments, "--data", CoordinatorData]);

    private string Site(string site, params string[] arguments) => Run("federated-site.dll", [.. arguments, "--data", Path.Combine(_folder.FullName, site)]);

    private void StartCoordinator() => Start("coordinator", "federated-coordinator.dll", "serve", "--data", CoordinatorData, "--listen", $"127.0.0.1:{_port}");

    private void StartSite(string site) => Start(site, "federated-site.dll", "serve", "--period", "1", "--data", Path.Combine(_folder.FullName, site));

    private void Start(string name, string program, params string[] arguments) => _running[name] = Process.Start(Command(program, arguments))!;

    private void Kill(string name)
    {
        if (!_running.Remove(name, out Process? process)) return;
        process.Kill(); // SIGKILL
        process.WaitForExit();
        process.Dispose();
    }

    private static string Run(string program, string[] arguments)
    {
        using Process process = Process.Start(Command(program, arguments))!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output} {error.GetAwaiter().GetResult()}");
        return output;
    }

    private static ProcessStartInfo Command(string program, IEnumerable<string> arguments) =>
        new("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };

    private static void Retry(Action action)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                action();
                return;
            }
            catch (Exception) when (attempt < 40)
            {
                Task.Delay(250).GetAwaiter().GetResult();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
