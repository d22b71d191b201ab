using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.SiteAgent.Host.Membership;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Federated.SiteAgent.Host.Tests.Support;

/// <summary>How a loopback coordinator misbehaves on its way.</summary>
internal sealed record LoopbackFaults
{
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls13;

    /// <summary>Issues the server's certificate in place of the consortium's CA: a proxy that opens TLS.</summary>
    public TestAuthority? AnotherAuthority { get; init; }

    public Func<TestAuthority, X509Certificate2>? ServerCertificate { get; init; }

    /// <summary>What the path carries.</summary>
    public HttpProtocols Http { get; init; } = HttpProtocols.Http1AndHttp2;
}

/// <summary>
/// A gRPC server on loopback with the transport of enrolment.proto: TLS 1.3, two server names, client certificates of a private CA, gRPC and gRPC-Web.
/// Its services are scripted; what it checks of the agent (proofs, signatures, digests) it checks for real.
/// </summary>
internal sealed class LoopbackCoordinator : IAsyncDisposable
{
    private readonly WebApplication _application;

    private LoopbackCoordinator(WebApplication application, ScriptedServices services, TestAuthority authority)
    {
        _application = application;
        Services = services;
        Authority = authority;
        Uri address = new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Address = new CoordinatorAddress("127.0.0.1", address.Port);
    }

    public CoordinatorAddress Address { get; }

    public ScriptedServices Services { get; }

    public TestAuthority Authority { get; }

    public static async Task<LoopbackCoordinator> StartAsync(LoopbackFaults? faults = null)
    {
        faults ??= new LoopbackFaults();
        var authority = new TestAuthority();
        var services = new ScriptedServices(authority);
        TestAuthority issuer = faults.AnotherAuthority ?? authority;
        X509Certificate2 certificate = faults.ServerCertificate?.Invoke(issuer) ?? issuer.Server();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 8 << 20);
        builder.Services.AddSingleton(services);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => Protect(listen, faults.Http).UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = connection => new ValueTask<System.Net.Security.SslServerAuthenticationOptions>(new System.Net.Security.SslServerAuthenticationOptions
            {
                ServerCertificate = certificate,
                EnabledSslProtocols = faults.Protocols,
                ClientCertificateRequired = connection.ClientHelloInfo.ServerName is "coordinator.federated",
                RemoteCertificateValidationCallback = (_, client, _, _) => connection.ClientHelloInfo.ServerName is "enrolment.federated"
                    || (client is X509Certificate2 leaf && services.Accepts(leaf)),
            }),
        })));
        WebApplication application = builder.Build();
        application.Use((context, next) =>
        {
            services.Protocols.Enqueue(context.Request.Protocol); // before gRPC-Web makes it look like HTTP/2
            return next(context);
        });
        application.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        application.MapGrpcService<ScriptedEnrolment>();
        application.MapGrpcService<ScriptedStudies>();
        application.MapGrpcService<ScriptedExchange>();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new LoopbackCoordinator(application, services, authority);
    }

    private static ListenOptions Protect(ListenOptions listen, HttpProtocols protocols)
    {
        listen.Protocols = protocols;
        return listen;
    }

    /// <summary>A fresh invitation to this coordinator.</summary>
    public string Invite()
    {
        byte[] id = RandomNumberGenerator.GetBytes(8);
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        Services.Invitations[Convert.ToHexStringLower(id)] = secret;
        return System.Buffers.Text.Base64Url.EncodeToString([.. id, .. secret, .. Authority.Pin]);
    }

    /// <summary>A member over a directory.</summary>
    public Task<SiteCredentials> JoinAsync(TemporaryDirectory directory, bool grpcWeb = false) => SiteEnrolment.JoinAsync(
        new JoinOptions(InvitationToken.Parse(Invite()), Address, directory.Path, grpcWeb), TimeProvider.System, new Random(1), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Services.Stop();
        await _application.DisposeAsync();
        Services.Dispose();
        Authority.Dispose();
    }
}
