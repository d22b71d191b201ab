using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Telemetry;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Policy;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>What most commands need: the data directory with its database, keys and policy, and a line to the coordinator. Opened as far as it is asked for.</summary>
public sealed class SiteSession(SiteRequest request, TimeProvider time, SiteInstruments? instruments = null) : IDisposable
{
    private static readonly JsonSerializerOptions PolicyFormat = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private SiteDatabase? _database;
    private SiteCredentials? _credentials;
    private SiteConnection? _connection;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>What is counted; null = nobody wants to know.</summary>
    public SiteInstruments? Instruments => instruments;

    /// <summary>Where everything lies.</summary>
    public string Directory => request.Directory;

    /// <summary>The agent's memory and tables.</summary>
    public SiteDatabase Database => _database ??= new SiteDatabase(request.Directory);

    /// <summary>Approvals, outbox, plans.</summary>
    public SqliteSiteStore Store => field ??= new SqliteSiteStore(Database, () => Seal);

    /// <summary>Opens what is encrypted at rest.</summary>
    public StateSeal Seal => field ??= new StateSeal(Credentials.Identity, new SystemRandomness());

    /// <summary>Writes this site's ledger.</summary>
    public SiteRecorder Recorder => field ??= new SiteRecorder(Store, Credentials.Identity, Credentials.Coordinator, AgentVocabulary.Standard, time, new SystemRandomness());

    /// <summary>What an officer's command can say to the coordinator: past the ledger, as everything that leaves.</summary>
    public ICoordinatorLink Link => field ??= new RecordedLink(Connection.Link, Recorder);

    /// <summary>Features and cohort.</summary>
    public LocalTables Tables => field ??= new LocalTables(Database);

    /// <summary>Features measured here.</summary>
    public MeasuredTables Measured => field ??= new MeasuredTables(Database);

    /// <summary>What this hospital's phantoms settled.</summary>
    public CalibrationTables Calibrations => field ??= new CalibrationTables(Database);

    /// <summary>Membership and keys.</summary>
    public SiteCredentials Credentials => _credentials ??= SiteCredentials.Load(request.Directory);

    /// <summary>The way to the coordinator.</summary>
    public CoordinatorPath Path
    {
        get
        {
            var joined = CoordinatorPath.Of(Credentials.Membership);
            return new CoordinatorPath(request.Coordinator ?? joined.Address, request.GrpcWeb || joined.GrpcWeb, request.WayOut(joined.Proxy));
        }
    }

    /// <summary>A line for an officer who waits: few retries.</summary>
    public SiteConnection Connection => _connection ??= new SiteConnection(
        Credentials, time, Jitter(), new CallOptions { Retries = 1, AttemptTimeout = TimeSpan.FromSeconds(15) }, Path, CountRetry);

    /// <summary>The officer's limits: policy.json in the data directory, or the defaults.</summary>
    /// <exception cref="SiteErrorException">E3006.</exception>
    public SitePolicy Policy()
    {
        string path = System.IO.Path.Combine(request.Directory, "policy.json");
        if (PrivateFiles.Read(path) is not { } bytes) return SitePolicy.Default;
        try
        {
            SitePolicy policy = JsonSerializer.Deserialize<SitePolicy>(bytes, PolicyFormat) ?? throw new JsonException("the file is empty");
            return policy.LooserThanFloor() is { } looser ? throw new JsonException(looser) : policy;
        }
        catch (JsonException wrong)
        {
            throw new SiteErrorException("E3006", ExitCode.Input, $"{path}: not a policy ({wrong.Message}); the README lists its keys", wrong);
        }
    }

    /// <summary>Counts a call to the coordinator that was made once more.</summary>
    public void CountRetry() => instruments?.Retried(RetriedCall.Coordinator);

    /// <summary>A source of jitter that no other site shares.</summary>
    public static Random Jitter() => new(RandomNumberGenerator.GetInt32(int.MaxValue));

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Dispose();
        _credentials?.Dispose();
    }
}

/// <summary>The options that every command shares.</summary>
/// <param name="Directory">The data directory.</param>
/// <param name="Coordinator">Another address than the one the site joined by.</param>
/// <param name="GrpcWeb">gRPC-Web although the site joined without.</param>
public sealed record SiteRequest(string Directory, CoordinatorAddress? Coordinator, bool GrpcWeb)
{
    /// <summary>What the command line or the environment says of the proxy; null = nothing.</summary>
    public string? Proxy { get; init; }

    /// <summary>Reads a variable.</summary>
    public Func<string, string?> Environment { get; init; } = static _ => null;

    /// <summary>The proxy to go through: the one that is named, or the one the site joined through; none where that is said.</summary>
    /// <exception cref="SiteErrorException">E3012.</exception>
    public ProxyAddress? WayOut(ProxyAddress? joined) => Proxy switch
    {
        "none" => null,
        { } named => ProxyAddress.Parse(named).WithPassword(Environment),
        null => joined?.WithPassword(Environment),
    };
}
