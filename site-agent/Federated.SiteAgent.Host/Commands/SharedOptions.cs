using System.CommandLine;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Host.Telemetry;
using Federated.Telemetry;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The options that every command shares, and how a command becomes an exit code.</summary>
internal sealed class SharedOptions(SiteConsole console, TimeProvider time)
{
    private const string DataVariable = "FEDERATED_SITE_DATA";

    public Option<string?> Data { get; } = new("--data") { Description = $"Data directory (default: {DataVariable}, else ./federated-site).", HelpName = "DIR", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of text.", Recursive = true };

    public Option<string?> Coordinator { get; } = new("--coordinator") { Description = "The coordinator's address, where it differs from the one the site joined by.", HelpName = "HOST:PORT", Recursive = true };

    public Option<bool> GrpcWeb { get; } = new("--grpc-web") { Description = "gRPC-Web over HTTP/1.1, for proxies that break HTTP/2.", Recursive = true };

    public Option<string?> Proxy { get; } = new("--proxy") { Description = "The hospital's HTTP proxy (default: FEDERATED_SITE_PROXY, else the one the site joined through; 'none': straight).", HelpName = "http://[USER@]HOST:PORT", Recursive = true };

    public Option<string?> Telemetry { get; } = new("--telemetry") { Description = "Collector of metrics and traces (OTLP); default: OTEL_EXPORTER_OTLP_ENDPOINT, absent: nothing is measured.", HelpName = "URL", Recursive = true };

    public SiteConsole Console => console;

    public TimeProvider Time => time;

    public void AddTo(Command root)
    {
        root.Add(Data);
        root.Add(Json);
        root.Add(Coordinator);
        root.Add(GrpcWeb);
        root.Add(Proxy);
        root.Add(Telemetry);
    }

    public SiteRequest Request(ParseResult parsed)
    {
        string? directory = parsed.GetValue(Data) ?? console.Environment(DataVariable);
        return new SiteRequest(
            Path.GetFullPath(string.IsNullOrEmpty(directory) ? "federated-site" : directory),
            parsed.GetValue(Coordinator) is { } address ? CoordinatorAddress.Parse(address) : null, parsed.GetValue(GrpcWeb))
        {
            Proxy = parsed.GetValue(Proxy) ?? (console.Environment(ProxyAddress.AddressVariable) is { Length: > 0 } named ? named : null),
            Environment = console.Environment,
        };
    }

    private SiteTelemetry? Measure(ParseResult parsed)
    {
        try
        {
            return TelemetryTarget.Read(parsed.GetValue(Telemetry), console.Environment) is { } target ? SiteTelemetry.Open(target, time) : null;
        }
        catch (FormatException wrong)
        {
            throw new SiteErrorException("E3000", ExitCode.Input, wrong.Message.TrimEnd('.'), wrong);
        }
    }

    /// <summary>A command whose work needs a session and a page.</summary>
    public void SetAction(Command command, Func<ParseResult, SiteSession, Page, CancellationToken, Task<ExitCode>> work) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            using SiteTelemetry? telemetry = Measure(parsed);
            using var session = new SiteSession(Request(parsed), time, telemetry?.Instruments);
            return (int)await work(parsed, session, new Page(console, parsed.GetValue(Json)), cancellation);
        });
}
