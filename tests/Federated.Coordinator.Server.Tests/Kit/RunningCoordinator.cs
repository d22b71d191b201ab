using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Service;
using Federated.Coordinator.Tests.Kit;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Microsoft.Extensions.Logging;

namespace Federated.Coordinator.Server.Tests.Kit;

/// <summary>The real server on a free port of the loopback interface, over a data directory that goes when the test ends.</summary>
public sealed class RunningCoordinator : IAsyncDisposable
{
    public const string Member = "coordinator.federated";
    public const string Enrolment = "enrolment.federated";
    private readonly TemporaryFolder _folder;
    private readonly LogLines _log;
    private readonly ILoggerFactory _logging;

    private RunningCoordinator(TemporaryFolder folder, LogLines log, ILoggerFactory logging, CoordinatorServer server)
    {
        _folder = folder;
        _log = log;
        _logging = logging;
        Server = server;
    }

    public CoordinatorServer Server { get; }

    public StudyService Studies => Server.Studies;

    public string DataDirectory => _folder["data"];

    public Func<ReadOnlyMemory<byte>, StudyPlan> ReadPlan { get; private init; } = TestPlans.Read;

    /// <summary>What the log said so far.</summary>
    public IReadOnlyCollection<string> Log => _log.Lines;

    public static async Task<RunningCoordinator> StartAsync(
        TimeProvider? time = null, Func<ReadOnlyMemory<byte>, StudyPlan>? readPlan = null, Func<string, IAnalysis?>? catalogue = null, bool pages = false)
    {
        var folder = new TemporaryFolder();
        CoordinatorDirectory.Initialise(folder["data"], "Test consortium", time ?? TimeProvider.System).Dispose();
        var log = new LogLines();
        ILoggerFactory logging = LoggerFactory.Create(builder => builder.AddProvider(log).AddFilter("Microsoft", LogLevel.None).AddFilter("Grpc", LogLevel.None));
        CoordinatorServer server = await CoordinatorServer.StartAsync(
            new CoordinatorServerOptions
            {
                DataDirectory = folder["data"],
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Pages = pages ? new IPEndPoint(IPAddress.Loopback, 0) : null,
                Time = time ?? TimeProvider.System,
                Logging = logging,
                Catalogue = catalogue ?? TestAnalyses.Find,
                ReadPlan = readPlan ?? TestPlans.Read,
            },
            TestContext.Current.CancellationToken);
        return new RunningCoordinator(folder, log, logging, server) { ReadPlan = readPlan ?? TestPlans.Read };
    }

    public InvitationToken Invite(string site, TimeProvider? time = null) => Server.Directory.Invite(site, TimeSpan.FromDays(7), time ?? TimeProvider.System);

    /// <summary>A channel as an agent would open it, or as it never should.</summary>
    public GrpcChannel Connect(
        string serverName, X509Certificate2? certificate = null, bool grpcWeb = false, SslProtocols protocols = SslProtocols.Tls13, Action<X509Certificate2>? seen = null)
    {
        SocketsHttpHandler sockets = Sockets(certificate, protocols, seen);
        return GrpcChannel.ForAddress($"https://{serverName}:{Server.Port}", new GrpcChannelOptions
        {
            HttpHandler = grpcWeb ? new GrpcWebHandler(GrpcWebMode.GrpcWeb, sockets) : sockets,
            HttpVersion = grpcWeb ? HttpVersion.Version11 : HttpVersion.Version20,
            HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            DisposeHttpClient = true,
        });
    }

    /// <summary>A program that asks for pages at the hospitals' door.</summary>
    public HttpClient Client(X509Certificate2 certificate) => new(Sockets(certificate, SslProtocols.Tls13, null));

    private SocketsHttpHandler Sockets(X509Certificate2? certificate, SslProtocols protocols, Action<X509Certificate2>? seen)
    {
        var ssl = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = protocols,
            RemoteCertificateValidationCallback = (_, shown, _, _) =>
            {
                seen?.Invoke((X509Certificate2)shown!);
                return IsOurs((X509Certificate2)shown!);
            },
        };
        if (certificate is not null) ssl.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        return new SocketsHttpHandler
        {
            SslOptions = ssl,
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(Server.EndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
    }

    private bool IsOurs(X509Certificate2 shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Server.Directory.Authority.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        return chain.Build(shown);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _logging.Dispose();
        _folder.Dispose();
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue($"{logLevel}: {formatter(state, exception)}{(exception is null ? "" : $" [{exception.GetType().Name}]")}");

        public void Dispose() { }
    }
}
