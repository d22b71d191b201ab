using System.CommandLine;
using System.Net;
using Federated.Coordinator.Accounts;
using Federated.Coordinator.Pages.Access;
using Federated.Coordinator.Server.Hosting;
using Federated.Telemetry;

namespace Federated.Coordinator.Server.Commands;

/// <summary>`init` and `serve`.</summary>
internal static class ServerCommands
{
    public static Command Init(CommandContext context)
    {
        var name = new Option<string>("--name") { Description = "The consortium's name, shown in its CA certificate.", DefaultValueFactory = _ => "Federated consortium", HelpName = "NAME" };
        var command = new Command("init",
            """
            Makes a data directory: a new CA, the coordinator's identity key, an empty database.

            Example:
              federated-coordinator init --data /var/lib/federated-coordinator --name "PET consortium"
            """) { name };
        command.SetAction((parsed, _) =>
        {
            string consortium = parsed.GetValue(name)!;
            if (consortium.Length is 0 or > 60 || consortium.Any(char.IsControl))
                throw new OperatorErrorException("E1106", "--name: a consortium's name has 1 to 60 characters on one line.");
            using CoordinatorDirectory directory = CoordinatorDirectory.Initialise(context.DirectoryOf(parsed), consortium, context.Time);
            var identity = Digest.Of(directory.IdentityPublicKey);
            context.Print(parsed,
                new { Data = directory.Path, Consortium = consortium, CaSha256 = directory.Authority.Fingerprint.Hex, IdentitySha256 = identity.Hex },
                $"{consortium} is ready in {directory.Path}",
                $"CA certificate      SHA-256 {directory.Authority.Fingerprint}",
                $"Coordinator's key   SHA-256 {identity}",
                "Back the directory up: who loses ca.key must enrol every hospital anew. Next: federated-coordinator serve");
            return Task.FromResult((int)ExitCode.Done);
        });
        return command;
    }

    public static Command Serve(CommandContext context)
    {
        var listen = new Option<string>("--listen") { Description = "Address and port; port 0 = any that is free.", DefaultValueFactory = _ => "127.0.0.1:8443", HelpName = "ADDRESS:PORT" };
        var hosts = new Option<string[]>("--host") { Description = "A further name or address by which hospitals reach it, for its certificate; may be repeated.", HelpName = "NAME", DefaultValueFactory = _ => [] };
        var pages = new Option<string?>("--pages") { Description = "Address and port of the pages for people; absent: no pages. Plain HTTP on 127.0.0.1 or ::1, TLS elsewhere.", HelpName = "ADDRESS:PORT" };
        var idle = new Option<string>("--idle-limit") { Description = "A hospital that is silent for this long while a round waits for it is left out.", DefaultValueFactory = _ => "30m", HelpName = "SPAN" };
        var telemetry = new Option<string?>("--telemetry") { Description = "Collector of metrics and traces (OTLP); default: OTEL_EXPORTER_OTLP_ENDPOINT, absent: nothing is measured.", HelpName = "URL" };
        var log = new Option<string>("--log") { Description = "text, or json: one object a line for programs.", DefaultValueFactory = _ => "text", HelpName = "FORM" };
        log.AcceptOnlyFromAmong("text", "json");
        var command = new Command("serve",
            """
            Serves the hospitals until stopped: TLS 1.3 with certificates both ways, gRPC and gRPC-Web on one port.

            Example:
              federated-coordinator serve --data /var/lib/federated-coordinator --listen 0.0.0.0:8443 --host coordinator.example.org --pages 127.0.0.1:8480
            """) { listen, hosts, pages, idle, telemetry, log };
        command.SetAction(async (parsed, cancellation) =>
        {
            using ILoggerFactory logging = CommandContext.Logging(parsed.GetValue(log) == "json");
            var options = new CoordinatorServerOptions
            {
                DataDirectory = context.DirectoryOf(parsed),
                Listen = ReadEndPoint(parsed.GetValue(listen)!, "--listen"),
                Pages = parsed.GetValue(pages) is { } people ? ReadEndPoint(people, "--pages") : null,
                Hosts = [.. parsed.GetValue(hosts)!.Select(ReadHost)],
                IdleLimit = CommandContext.ReadSpan(parsed.GetValue(idle)!, "--idle-limit"),
                Time = context.Time,
                Logging = logging,
                Telemetry = ReadTelemetry(parsed.GetValue(telemetry), context),
                OwnsProcess = true,
            };
            try
            {
                await using CoordinatorServer server = await CoordinatorServer.StartAsync(options, cancellation);
                context.Print(parsed,
                    new { Listening = server.EndPoint.ToString(), Data = server.Directory.Path, Consortium = server.Directory.Name, CaSha256 = server.Directory.Authority.Fingerprint.Hex, Pages = server.Pages?.ToString() },
                    [$"{server.Directory.Name}: listening on {server.EndPoint}", .. PagesLines(server, context.Time)]);
                await context.Console.Out.FlushAsync(cancellation); // whoever started this waits for the line
                await server.WaitForShutdownAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                // Being asked to stop, even while starting, is how a server ends.
            }

            return (int)ExitCode.Done;
        });
        return command;
    }

    // The first visitor becomes the administrator: by a link that only who started the server sees.
    private static IEnumerable<string> PagesLines(CoordinatorServer server, TimeProvider time)
    {
        if (server.Pages is not { } pages) yield break;
        yield return $"Pages: {pages}";
        AccountBook accounts = server.Directory.Accounts(time);
        if (accounts.Store.List().IsEmpty) yield return $"Choose the administrator's password, once, within a day: {new Uri(pages, $"/set-up?token={accounts.Invite("administrator", Role.Administrator)}")}";
    }

    private static TelemetryTarget? ReadTelemetry(string? flag, CommandContext context)
    {
        try
        {
            return TelemetryTarget.Read(flag, context.Console.Environment);
        }
        catch (FormatException wrong)
        {
            throw new OperatorErrorException("E1106", wrong.Message);
        }
    }

    private static IPEndPoint ReadEndPoint(string text, string option) =>
        text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out IPEndPoint? endPoint)
            ? endPoint
            : throw new OperatorErrorException("E1106", $"{option}: '{CommandContext.Shown(text)}' is not an address and a port: write for instance 0.0.0.0:8443 or [::]:8443.");

    private static string ReadHost(string text) =>
        Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6
            ? text
            : throw new OperatorErrorException("E1106", $"--host: '{CommandContext.Shown(text)}' is not a host name or address: write for instance coordinator.example.org.");
}
