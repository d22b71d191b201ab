using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>The real Orthanc on free ports of loopback, over a temporary folder, with TCP_NODELAY=1. It keeps ports and folder when it is restarted.</summary>
internal sealed class OrthancServer : IAsyncDisposable
{
    public const string User = "federated";
    public const string Password = "correct horse";
    private const string Program = "Orthanc";
    private const string Plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

    private readonly string _folder;
    private readonly HttpClient _client = new();
    private Process? _process;

    private OrthancServer(string folder, int httpPort, int dicomPort)
    {
        (_folder, WebPort, DimsePort) = (folder, httpPort, dicomPort);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
    }

    /// <summary>Where it is installed; null when it is not.</summary>
    public static bool IsInstalled { get; } = File.Exists(Plugin) && Locate() is not null;

    public int WebPort { get; }

    public int DimsePort { get; }

    public string Address => $"http://127.0.0.1:{WebPort}";

    public string DicomWebAddress => $"{Address}/dicom-web";

    /// <summary>A configuration that a test may change; ports, folders and the user are set last.</summary>
    public static JsonObject Configuration(string aet = "ORTHANC") => new()
    {
        ["Name"] = aet,
        ["DicomAet"] = aet,
        ["Plugins"] = new JsonArray(Plugin),
        ["AuthenticationEnabled"] = true,
        ["RegisteredUsers"] = new JsonObject { [User] = Password },
        ["DicomWeb"] = new JsonObject { ["Enable"] = true, ["Root"] = "/dicom-web/" },
        ["RemoteAccessAllowed"] = false,
        ["HttpBindAddresses"] = new JsonArray("127.0.0.1"),
        ["DicomAlwaysAllowStore"] = true,
        ["DicomAlwaysAllowMove"] = true,
        ["DicomAlwaysAllowFind"] = true,
        ["ExecuteLuaEnabled"] = false,
    };

    public static async Task<OrthancServer> StartAsync(CancellationToken cancellation, JsonObject? configuration = null, int? dicomPort = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var server = new OrthancServer(Directory.CreateTempSubdirectory("federated-orthanc-").FullName, FreePort(), dicomPort ?? FreePort());
        JsonObject all = configuration ?? Configuration();
        all["HttpPort"] = server.WebPort;
        all["DicomPort"] = server.DimsePort;
        all["StorageDirectory"] = Path.Combine(server._folder, "db");
        all["IndexDirectory"] = Path.Combine(server._folder, "db");
        await File.WriteAllTextAsync(server.ConfigurationFile, all.ToJsonString(), cancellation);
        await server.RunAsync(cancellation, environment);
        return server;
    }

    /// <summary>A port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Starts it, and waits until it answers.</summary>
    public async Task RunAsync(CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Locate()!, [ConfigurationFile]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["TCP_NODELAY"] = "1";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[name] = value;
        var log = new StringBuilder();
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, line) => Hear(log, line.Data);
        _process.OutputDataReceived += (_, line) => Hear(log, line.Data);
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        for (int attempt = 0; attempt < 600; attempt++)
        {
            if (_process.HasExited)
                lock (log) throw new InvalidOperationException($"Orthanc ended with {_process.ExitCode}: {log}");
            try
            {
                using HttpResponseMessage answer = await _client.GetAsync(new Uri($"{Address}/system"), cancellation);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(100, cancellation);
        }

        lock (log) throw new InvalidOperationException($"Orthanc did not answer: {log}");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Puts objects into it, by its own REST.</summary>
    public async Task StoreAsync(IEnumerable<byte[]> objects, CancellationToken cancellation)
    {
        foreach (byte[] bytes in objects)
        {
            using var body = new ByteArrayContent(bytes);
            using HttpResponseMessage answer = await _client.PostAsync(new Uri($"{Address}/instances"), body, cancellation);
            answer.EnsureSuccessStatusCode();
        }
    }

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellation) => JsonNode.Parse(await _client.GetStringAsync(new Uri($"{Address}/{path}"), cancellation))!;

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string ConfigurationFile => Path.Combine(_folder, "orthanc.json");

    private static string? Locate() => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin").Split(Path.PathSeparator).Select(f => Path.Combine(f, Program)).FirstOrDefault(File.Exists);

    private static void Hear(StringBuilder log, string? line)
    {
        if (line is null) return;
        lock (log)
        {
            if (log.Length < 20000) log.AppendLine(line);
        }
    }
}
