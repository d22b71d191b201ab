using System.Net;
using System.Net.Security;
using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Pages;
using Federated.Coordinator.Server.Diagnosis;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Server.Rpc;
using Federated.Coordinator.Server.Telemetry;
using Federated.Coordinator.Service;
using Federated.Coordinator.Storage.Sqlite;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging.Abstractions;

namespace Federated.Coordinator.Server.Hosting;

/// <summary>A coordinator that serves its data directory on one port, gRPC and gRPC-Web over mutual TLS, until disposed.</summary>
public sealed class CoordinatorServer : IAsyncDisposable
{
    private const int Window = 16 << 20; // Kestrel does not scale its own: 40 ms away, this is the difference between 13 and 174 MB/s
    private const int LargestMessage = 8 << 20;
    private readonly WebApplication _application;
    private readonly CoordinatorDirectory _directory;
    private readonly IDisposable _claim;
    private int _disposed;

    private CoordinatorServer(WebApplication application, CoordinatorDirectory directory, IDisposable claim)
    {
        _application = application;
        _directory = directory;
        _claim = claim;
        Uri[] addresses = [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a))];
        EndPoint = IPEndPoint.Parse(addresses[0].Authority);
        Pages = addresses.Length > 1 ? addresses[1] : null;
    }

    /// <summary>Where people look at the pages; null = nowhere.</summary>
    public Uri? Pages { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The port it listens on.</summary>
    public int Port => EndPoint.Port;

    /// <summary>Every address that answers, with what is asked of who calls it.</summary>
    public IReadOnlyList<Endpoint> Addresses => _application.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    /// <summary>The studies it coordinates.</summary>
    public StudyService Studies => _application.Services.GetRequiredService<StudyService>();

    /// <summary>Its data directory.</summary>
    public CoordinatorDirectory Directory => _directory;

    /// <summary>Starts serving; on return the port is open.</summary>
    /// <exception cref="OperatorErrorException">E1101, E1110: the directory; E1107: the port; E1108: another process serves it.</exception>
    public static async Task<CoordinatorServer> StartAsync(CoordinatorServerOptions options, CancellationToken cancellation)
    {
        CoordinatorDirectory directory = CoordinatorDirectory.Open(options.DataDirectory);
        IDisposable? claim = null;
        WebApplication? application = null;
        try
        {
            claim = directory.ClaimServing();
            application = Build(options, directory);
            await application.StartAsync(cancellation);
            return new CoordinatorServer(application, directory, claim);
        }
        catch (Exception e)
        {
            if (application is not null) await application.DisposeAsync();
            claim?.Dispose();
            directory.Dispose();
            if (e is IOException)
                throw new OperatorErrorException("E1107", $"Cannot listen on {options.Listen} ({e.Message}): choose another address with --listen, or end the program that uses it.");
            throw;
        }
    }

    /// <summary>Ends when the process is asked to end.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation) => _application.WaitForShutdownAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
        _claim.Dispose();
        _directory.Dispose();
    }

    private static WebApplication Build(CoordinatorServerOptions options, CoordinatorDirectory directory)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        Func<string, DateTimeOffset?>? heard = null;
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options.Logging ?? NullLoggerFactory.Instance);
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>(); // signals are the host program's business
        if (options.OwnsProcess) builder.Services.AddSystemd();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));

        var trust = new ClientTrust(directory.Authority.Certificate, directory.Roster, options.Time);
        builder.Services.AddSingleton(options.Time);
        builder.Services.AddSingleton(directory.Database);
        builder.Services.AddSingleton(directory.Roster);
        builder.Services.AddSingleton(trust);
        builder.Services.AddSingleton(services => StudiesOf(directory, options, drives: true, services.GetRequiredService<ILogger<CoordinatorServer>>(), services.GetService<CoordinatorInstruments>()));
        builder.Services.AddSingleton(new Membership(directory.Authority, directory.Roster, options.Time));
        builder.Services.AddSingleton<Heartbeat>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Heartbeat>());
        builder.Services.AddSingleton(services => new EnrolmentRpc(
            services.GetRequiredService<Membership>(), directory, options.Time, services.GetRequiredService<ILogger<EnrolmentRpc>>()));
        builder.Services.AddSingleton<StudiesRpc>();
        builder.Services.AddSingleton<ExchangeRpc>();
        builder.Services.AddSingleton<MaskingRpc>();
        builder.Services.AddSingleton(directory.Ledger());
        builder.Services.AddSingleton<LedgerRpc>();
        builder.Services.AddSingleton<Gate>();
        builder.Services.AddGrpc(grpc =>
        {
            if (options.Telemetry is not null) grpc.Interceptors.Add<MeteredCalls>();
            grpc.Interceptors.Add<Gate>();
            grpc.MaxReceiveMessageSize = LargestMessage;
            grpc.MaxSendMessageSize = LargestMessage;
            grpc.EnableDetailedErrors = false;
        });

        builder.Services.AddCoordinatorTelemetry(directory, options.Telemetry);
        if (options.Pages is not null)
        {
            builder.Services.AddSingleton(services => directory.Accounts(options.Time));
            builder.Services.AddSingleton(services => new Examination(directory, services.GetRequiredService<LedgerService>(), options.Time));
            builder.Services.AddCoordinatorPages(directory.Pages(site => heard!(site)));
        }

        var certificate = new ServerCertificate(directory.Authority, options.Hosts, options.Time);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.Http2.InitialConnectionWindowSize = Window;
            kestrel.Limits.Http2.InitialStreamWindowSize = Window;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            kestrel.Limits.MinRequestBodyDataRate = null; // hospitals' lines are what they are; the round deadline is the limit
            kestrel.Listen(options.Listen, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                var gate = new TlsGate(certificate, trust, kestrel.ApplicationServices.GetRequiredService<ILogger<TlsGate>>());
                listen.Use(gate.Outside);
                listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = gate.SettingsAsync });
                listen.Use(gate.Inside);
            });
            if (options.Pages is not { } pages) return;
            kestrel.Listen(pages, listen =>
            {
                bool secure = !IPAddress.IsLoopback(pages.Address);
                listen.Protocols = secure ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
                if (secure) listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Present() }) });
                listen.Use(next => connection =>
                {
                    connection.Features.Set(new PagesConnection());
                    return next(connection);
                });
            });
        });

        WebApplication application = builder.Build();
        heard = application.Services.GetRequiredService<StudyService>().HeardOf;
        if (options.Pages is not null) application.UseCoordinatorPages();
        application.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        application.MapGrpcService<EnrolmentRpc>();
        application.MapGrpcService<StudiesRpc>();
        application.MapGrpcService<ExchangeRpc>();
        application.MapGrpcService<MaskingRpc>();
        application.MapGrpcService<LedgerRpc>();
        if (options.Pages is not null)
        {
            application.MapCoordinatorPages();
            application.MapHealth();
        }

        return application;
    }

    /// <summary>The studies of a data directory, for a server (which makes the studies' own moves) or for a command line beside it.</summary>
    public static StudyService StudiesOf(CoordinatorDirectory directory, CoordinatorServerOptions options, bool drives, ILogger log, CoordinatorInstruments? instruments = null) => new(new StudyServiceOptions
    {
        Events = new SqliteEventStore(directory.Database),
        Blobs = directory.Blobs,
        Sites = directory.Roster,
        Signer = directory.Signer,
        Time = options.Time,
        Codec = new ProtobufPayloadCodec(),
        ReadPlan = options.ReadPlan,
        Catalogue = options.Catalogue,
        IdleLimit = options.IdleLimit,
        Drives = drives,
        Threads = Environment.ProcessorCount,
        Written = instruments is null ? static (_, _, _) => { } : instruments.Observe,
        Defect = (line, e) => log.LogError(e, "{Line}", line),
    });

    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
