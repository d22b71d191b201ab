using System.CommandLine;
using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The options that every command shares, and how a command becomes an exit code.</summary>
internal sealed class SharedOptions(SiteConsole console, TimeProvider time)
{
    private const string DataVariable = "FEDERATED_SITE_DATA";

    public Option<string?> Data { get; } = new("--data") { Description = $"Data directory (default: {DataVariable}, else ./federated-site).", HelpName = "DIR", Recursive = true };

    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of text.", Recursive = true };

    public Option<string?> Coordinator { get; } = new("--coordinator") { Description = "The coordinator's address, where it differs from the one the site joined by.", HelpName = "HOST:PORT", Recursive = true };

    public Option<bool> GrpcWeb { get; } = new("--grpc-web") { Description = "gRPC-Web over HTTP/1.1, for proxies that break HTTP/2.", Recursive = true };

    public SiteConsole Console => console;

    public TimeProvider Time => time;

    public void AddTo(Command root)
    {
        root.Add(Data);
        root.Add(Json);
        root.Add(Coordinator);
        root.Add(GrpcWeb);
    }

    public SiteRequest Request(ParseResult parsed)
    {
        string? directory = parsed.GetValue(Data) ?? console.Environment(DataVariable);
        return new SiteRequest(
            Path.GetFullPath(string.IsNullOrEmpty(directory) ? "federated-site" : directory),
            parsed.GetValue(Coordinator) is { } address ? CoordinatorAddress.Parse(address) : null, parsed.GetValue(GrpcWeb));
    }

    /// <summary>A command whose work needs a session and a page.</summary>
    public void SetAction(Command command, Func<ParseResult, SiteSession, Page, CancellationToken, Task<ExitCode>> work) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            using var session = new SiteSession(Request(parsed), time);
            return (int)await work(parsed, session, new Page(console, parsed.GetValue(Json)), cancellation);
        });
}
