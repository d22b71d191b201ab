using System.Net;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Telemetry;

namespace Federated.Coordinator.Server.Hosting;

/// <summary>What a coordinator needs to serve.</summary>
public sealed record CoordinatorServerOptions
{
    /// <summary>An initialised data directory.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where to listen; port 0 = any that is free. Default 127.0.0.1:8443.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8443);

    /// <summary>Where people look at the pages; null = no pages. Plain HTTP on loopback, TLS with the coordinator's own certificate elsewhere.</summary>
    public IPEndPoint? Pages { get; init; }

    /// <summary>Further names and addresses by which sites reach it, for its certificate.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>A participant that is silent for this long while a round waits for it is no longer waited for.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the log goes; null = nowhere.</summary>
    public ILoggerFactory? Logging { get; init; }

    /// <summary>Where metrics and traces go; null = nowhere, and nothing is measured.</summary>
    public TelemetryTarget? Telemetry { get; init; }

    /// <summary>The closed vocabulary of analyses.</summary>
    public Func<string, IAnalysis?> Catalogue { get; init; } = AnalysisCatalogue.Find;

    /// <summary>Reads the canonical bytes of a plan.</summary>
    public Func<ReadOnlyMemory<byte>, StudyPlan> ReadPlan { get; init; } = static bytes => PlanDocument.Read(bytes.Span);

    /// <summary>Whether the server is all that its process does: it then tells systemd when it is ready.</summary>
    public bool OwnsProcess { get; init; }
}
