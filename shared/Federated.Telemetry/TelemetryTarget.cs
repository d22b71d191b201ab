using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Federated.Telemetry;

/// <summary>Where metrics and traces go by OTLP. Without one nothing is measured and nothing is sent.</summary>
/// <param name="Endpoint">The collector's address; for HTTP without /v1/metrics, which is appended.</param>
/// <param name="OverHttp">Protobuf over HTTP/1.1 in place of gRPC.</param>
public sealed record TelemetryTarget(Uri Endpoint, bool OverHttp = false)
{
    /// <summary>Names the collector, here as in every other program with OpenTelemetry.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>grpc (default) or http/protobuf.</summary>
    public const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>Turns everything off although an endpoint is named.</summary>
    public const string DisabledVariable = "OTEL_SDK_DISABLED";

    /// <summary>Reads the flag, or the environment where it is absent.</summary>
    /// <param name="flag">What the command line says; null = nothing.</param>
    /// <param name="environment">Reads a variable.</param>
    /// <returns>Null = no telemetry is wanted.</returns>
    /// <exception cref="FormatException">One line: what, where, how to mend.</exception>
    public static TelemetryTarget? Read(string? flag, Func<string, string?> environment)
    {
        (string? text, string where) = flag is null ? (environment(EndpointVariable), EndpointVariable) : (flag, "--telemetry");
        if (string.IsNullOrEmpty(text) || string.Equals(environment(DisabledVariable), "true", StringComparison.OrdinalIgnoreCase)) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint) || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps))
            throw new FormatException($"{where}: what it says is not the address of a collector: write for instance http://127.0.0.1:4317.");
        return environment(ProtocolVariable) switch
        {
            null or "" or "grpc" => new TelemetryTarget(endpoint),
            "http/protobuf" => new TelemetryTarget(endpoint, OverHttp: true),
            _ => throw new FormatException($"{ProtocolVariable}: only grpc and http/protobuf are spoken here: write one of them."),
        };
    }

    /// <summary>Collects this one meter, this one source of spans and the runtime's own figures, and nothing that a library of others might label.</summary>
    /// <param name="services">Of the host.</param>
    /// <param name="service">Name of the program.</param>
    /// <param name="version">Its version.</param>
    /// <param name="name">Name of the meter and of the source.</param>
    public void AddTo(IServiceCollection services, string service, string version, string name) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.Clear().AddService(service, serviceVersion: version, autoGenerateServiceInstanceId: true))
        .WithMetrics(metrics => metrics.AddMeter(name).AddRuntimeInstrumentation())
        .WithTracing(traces => traces.AddSource(name).SetSampler(new AlwaysOnSampler()))
        .UseOtlpExporter(OverHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc, Endpoint);
}
