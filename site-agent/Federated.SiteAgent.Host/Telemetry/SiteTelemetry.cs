using Federated.SiteAgent.Host.Connection;
using Federated.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Federated.SiteAgent.Host.Telemetry;

/// <summary>Metrics and traces of one process of the agent, a service or a single command; what was measured is sent when it is disposed at the latest.</summary>
public sealed class SiteTelemetry : IDisposable
{
    private readonly ServiceProvider _services;

    private SiteTelemetry(ServiceProvider services)
    {
        _services = services;
        services.GetService<TracerProvider>(); // both begin to collect when they are made
        services.GetService<MeterProvider>();
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
    public void Dispose() => _services.Dispose();
}
