using System.CommandLine;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Serving;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Host.Telemetry;
using Federated.SiteAgent.Rounds;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>serve: the agent itself. The composition root of everything that runs for long.</summary>
internal static class ServeCommand
{
    private const string About =
        """
        Run the agent: answer what the officer approved, as long as it runs. Calls out only; opens no port.

        Examples:
          federated-site serve --data /var/lib/federated-site
          federated-site serve --once             (one look, for a scheduler)
        """;

    public static Command Create(SharedOptions shared)
    {
        var once = new Option<bool>("--once") { Description = "Look once, do what is wanted, and end." };
        var period = new Option<int>("--period") { Description = "Seconds between two looks without a hint.", DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
        var log = new Option<string>("--log") { Description = "text, or json: one object a line for programs.", DefaultValueFactory = _ => "text", HelpName = "FORM" };
        log.AcceptOnlyFromAmong("text", "json");
        var command = new Command("serve", About) { once, period, log };
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            int seconds = parsed.GetValue(period);
            if (seconds is < 1 or > 86400) throw new SiteErrorException("E3000", ExitCode.Input, "--period is a number of seconds from 1 to 86400");
            ShowCertificate(session);
            using FileStream alone = Alone(session.Directory);
            if (parsed.GetValue(once)) return await OnceAsync(session, page, cancellation);
            using IHost host = Build(session, TimeSpan.FromSeconds(seconds), parsed.GetValue(log) == "json");
            await host.RunAsync(cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<ExitCode> OnceAsync(SiteSession session, Page page, CancellationToken cancellation)
    {
        await session.Connection.Renewal.RenewIfDueAsync(cancellation);
        RunSummary done = await new SiteRuntime(Parts(session, session.Connection, session.Instruments ?? (ISiteObserver)SilentObserver.Instance)).RunOnceAsync(cancellation);
        page.Line($"{done.Answered} answered, {done.Declined} declined, {done.Delivered} delivered, {done.Waiting} waiting for delivery.");
        page.Json(done);
        return ExitCode.Done;
    }

    private static IHost Build(SiteSession session, TimeSpan period, bool json)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "federated-site" });
        builder.Services.AddSystemd();
        if (json) builder.Logging.AddJsonConsole(console => (console.TimestampFormat, console.UseUtcTimestamp) = ("yyyy-MM-ddTHH:mm:ssZ", true));
        else builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.AddSingleton(session.Time);
        builder.Services.AddSingleton(new ServeOptions(period, () => ShowCertificate(session)));
        builder.Services.AddSingleton<LoggingObserver>();
        builder.Services.AddSingleton(_ => new SiteConnection(session.Credentials, session.Time, SiteSession.Jitter(), null, session.Path, session.CountRetry));
        builder.Services.AddSingleton(services => services.GetRequiredService<SiteConnection>().Renewal);
        builder.Services.AddSingleton(services => new SiteRuntime(Parts(session, services.GetRequiredService<SiteConnection>(), Observer(session, services.GetRequiredService<LoggingObserver>()))));
        builder.Services.AddHostedService<SiteService>();
        return builder.Build();
    }

    private static void ShowCertificate(SiteSession session)
    {
        var until = new DateTimeOffset(session.Credentials.Certificate.NotAfter.ToUniversalTime());
        session.Instruments?.CertificateUntil(until);
    }

    private static ISiteObserver Observer(SiteSession session, LoggingObserver log) => session.Instruments is { } instruments ? new BothObservers(log, instruments) : log;

    private static SiteParts Parts(SiteSession session, SiteConnection connection, ISiteObserver observer) => new()
    {
        Link = connection.Link,
        CoordinatorLedger = connection.Link,
        Store = session.Store,
        Tables = new PhantomHistory(session.Tables, session.Measured, session.Calibrations, session.Credentials.Identity),
        Identity = session.Credentials.Identity,
        Coordinator = session.Credentials.Coordinator,
        Codec = new ProtobufPayloadCodec(),
        Vocabulary = AgentVocabulary.Standard,
        Policy = session.Policy(),
        Time = session.Time,
        Jitter = SiteSession.Jitter(),
        Observer = observer,
    };

    /// <summary>Two agents over one data directory would answer the same task twice.</summary>
    private static FileStream Alone(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, "serve.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException busy)
        {
            throw new SiteErrorException("E3011", ExitCode.Input, $"{directory}: another agent is running over this data directory; stop it first, or use its log", busy);
        }
    }
}
