using Federated.Coordinator.Server.Hosting;
using Federated.Telemetry;

namespace Federated.Coordinator.Server.Telemetry;

/// <summary>Puts metrics and traces into the server, where a collector is named.</summary>
internal static class TelemetryHosting
{
    /// <summary>Registers everything; nothing without a target.</summary>
    public static void AddCoordinatorTelemetry(this IServiceCollection services, CoordinatorDirectory directory, TelemetryTarget? target)
    {
        if (target is null) return;
        services.AddSingleton(directory.Authority);
        services.AddSingleton<CoordinatorInstruments>();
        services.AddSingleton<CoordinatorGauges>();
        services.AddSingleton<MeteredCalls>();
        target.AddTo(services, "federated-coordinator", typeof(TelemetryHosting).Assembly.GetName().Version!.ToString(3), CoordinatorInstruments.Name); // before the gauges: what is measured before is lost
        services.AddHostedService(provider => provider.GetRequiredService<CoordinatorGauges>());
    }
}
