using Federated.SiteAgent.Host.Connection;
using Federated.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Federated.SiteAgent.Host.Telemetry;

/// <summary>Metrics and traces of one process of the agent, a service or a single command; what was measured is sent when it is disposed at the latest.</summary>
public sealed class SiteTelemetry : IDisposable
{
    private const int MostMilliseconds = 5000; // a command does not wait longer than this for a collector that does not answer

    private readonly ServiceProvider _services;
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    private SiteTelemetry(ServiceProvider services)
    {
        _services = services;
        _traces = services.GetRequiredService<TracerProvider>(); // both begin to collect when they are made
        _metrics = services.GetRequiredService<MeterProvider>();
        Instruments = services.GetRequiredService<SiteInstruments>();
    }

    /// <summary>What is counted.</summary>
    public SiteInstruments Instruments { get; }

    /// <summary>Begins to collect.</summary>
    public static SiteTelemetry Open(TelemetryTarget target, TimeProvider time)
    {
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddSingleton(time);
        services.AddSingleton<SiteInstruments>();
        target.AddTo(services, "federated-site", AgentVersion.Agent.ToString(3), SiteInstruments.Name);
        return new SiteTelemetry(services.BuildServiceProvider());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metrics.ForceFlush(MostMilliseconds); // before the meter goes, for what is only observed goes with it
        _traces.ForceFlush(MostMilliseconds);
        _services.Dispose();
    }
}
