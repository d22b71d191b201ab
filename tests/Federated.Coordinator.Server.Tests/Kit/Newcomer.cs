using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Federated.Contracts.V1;
using Federated.Coordinator.Server.Identity;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Federated.Coordinator.Server.Tests.Kit;

/// <summary>A site's keys, and how it joins with nothing but the wire contract.</summary>
public sealed class Newcomer(ECDsa identity)
{
    public static readonly ProtocolVersion Version = new() { Major = 1, Minor = 0 };

    public Newcomer()
        : this(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { }

    public ECDsa Identity { get; } = identity;

    public ECDsa Tls { get; private set; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public static byte[] CertificateRequest(ECDsa key, string subject = "CN=anything") =>
        new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequest();

    public JoinRequest Request(InvitationToken token, byte[]? certificateRequest = null)
    {
        byte[] request = certificateRequest ?? CertificateRequest(Tls);
        byte[] key = Identity.ExportSubjectPublicKeyInfo();
        byte[] proof = HMACSHA256.HashData(token.Secret.Span, [.. Encoding.ASCII.GetBytes("federated-join-v1"), .. SHA256.HashData(request), .. SHA256.HashData(key)]);
        return new JoinRequest
        {
            Version = Version,
            TokenId = ByteString.CopyFrom(token.Id.Span),
            CertificateRequest = ByteString.CopyFrom(request),
            IdentityPublicKey = ByteString.CopyFrom(key),
            Proof = ByteString.CopyFrom(proof),
        };
    }

    public static async Task<JoinReply> AskAsync(RunningCoordinator coordinator, JoinRequest request)
    {
        using GrpcChannel channel = coordinator.Connect(RunningCoordinator.Enrolment);
        return await new Enrolment.EnrolmentClient(channel).JoinAsync(request, cancellationToken: TestContext.Current.CancellationToken);
    }

    /// <summary>Joins under this name and returns the certificate with its key.</summary>
    public async Task<X509Certificate2> JoinAsync(RunningCoordinator coordinator, string site)
    {
        JoinReply reply = await AskAsync(coordinator, Request(coordinator.Invite(site)));
        Assert.Equal(site, reply.Site);
        return Usable(reply.Certificate, Tls);
    }

    public static X509Certificate2 Usable(ByteString certificate, ECDsa key)
    {
        using X509Certificate2 bare = X509CertificateLoader.LoadCertificate(certificate.Span);
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>The number in the refusal's trailer.</summary>
    public static async Task<RefusalCode> RefusedAsync(Func<Task> call)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(call);
        return (RefusalCode)int.Parse(refused.Trailers.GetValue("federated-refusal") ?? $"-1{refused}");
    }
}
