using System.Net;
using Federated.Analyses;
using Federated.Analyses.Study;

namespace Federated.Coordinator.Server.Hosting;

/// <summary>What a coordinator needs to serve.</summary>
public sealed record CoordinatorServerOptions
{
    /// <summary>An initialised data directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where to listen; port 0 = any that is free. Default 127.0.0.1:8443.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8443);

    /// <summary>Further names and addresses by which sites reach it, for its certificate.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>A participant that is silent for this long while a round waits for it is no longer waited for.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the log goes; null = nowhere.</summary>
    public ILoggerFactory? Logging { get; init; }

    /// <summary>The closed vocabulary of analyses.</summary>
    public Func<string, IAnalysis?> Catalogue { get; init; } = AnalysisCatalogue.Find;

    /// <summary>Reads the canonical bytes of a plan.</summary>
    public required Func<ReadOnlyMemory<byte>, StudyPlan> ReadPlan { get; init; }
}
