using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>A collector on loopback that takes OTLP over gRPC on one port and over HTTP on another, and keeps the bytes.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;

    private OtlpReceiver(WebApplication application)
    {
        _application = application;
        string[] addresses = [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        (Grpc, Http) = (new Uri(addresses[0]), new Uri(addresses[1]));
    }

    public Uri Grpc { get; }

    public Uri Http { get; }

    /// <summary>Every export as it came, by what it carried.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Exports { get; } = new();

    public IEnumerable<OtlpMetric> Metrics => Exports.Where(e => e.Path.Contains("metrics", StringComparison.OrdinalIgnoreCase)).SelectMany(e => OtlpMetric.Read(e.Body));

    public IEnumerable<OtlpSpan> Spans => Exports.Where(e => e.Path.Contains("trace", StringComparison.OrdinalIgnoreCase)).SelectMany(e => OtlpSpan.Read(e.Body));

    public static async Task<OtlpReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication application = builder.Build();
        var receiver = (OtlpReceiver?)null;
        application.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            bool isGrpc = context.Request.ContentType == "application/grpc";
            receiver!.Exports.Enqueue((context.Request.Path, isGrpc ? body.ToArray()[5..] : body.ToArray()));
            context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
            if (!isGrpc) return;
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        return receiver = new OtlpReceiver(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}

/// <summary>One series of a metric: name, unit, and the labels of one point (opentelemetry/proto/metrics/v1).</summary>
internal sealed record OtlpMetric(string Service, string Name, IReadOnlyDictionary<string, string> Labels)
{
    public static IEnumerable<OtlpMetric> Read(byte[] export) =>
        from resource in Wire.Messages(export, 1)
        let service = Wire.Attributes(Wire.Messages(resource, 1).First(), 1)["service.name"]
        from scope in Wire.Messages(resource, 2)
        from metric in Wire.Messages(scope, 2)
        let name = Wire.Text(metric, 1)
        from data in ((int Field, int Labels)[])[(5, 7), (7, 7), (9, 9)] // gauge, sum, histogram; where their points keep labels
        from body in Wire.Messages(metric, data.Field)
        from point in Wire.Messages(body, 1)
        select new OtlpMetric(service, name, Wire.Attributes(point, data.Labels));
}

/// <summary>A span (opentelemetry/proto/trace/v1).</summary>
internal sealed record OtlpSpan(string Service, string Trace, string Name, IReadOnlyDictionary<string, string> Labels)
{
    public static IEnumerable<OtlpSpan> Read(byte[] export) =>
        from resource in Wire.Messages(export, 1)
        let service = Wire.Attributes(Wire.Messages(resource, 1).First(), 1)["service.name"]
        from scope in Wire.Messages(resource, 2)
        from span in Wire.Messages(scope, 2)
        select new OtlpSpan(service, Convert.ToHexStringLower(Wire.Messages(span, 1).First()), Wire.Text(span, 5), Wire.Attributes(span, 9));
}

/// <summary>As much of protobuf's encoding as the two need.</summary>
file static class Wire
{
    public static IEnumerable<byte[]> Messages(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (tag == ((uint)field << 3 | 2)) yield return input.ReadBytes().ToByteArray();
            else input.SkipLastField();
        }
    }

    public static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Messages(message, field).FirstOrDefault() ?? []);

    public static IReadOnlyDictionary<string, string> Attributes(byte[] message, int field) =>
        Messages(message, field).ToDictionary(pair => Text(pair, 1), pair => Text(Messages(pair, 2).FirstOrDefault() ?? [], 1), StringComparer.Ordinal);
}
