using Federated.Contracts.V1;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Identity;
using Federated.Coordinator.Storage.Sqlite;
using Google.Protobuf;
using Grpc.Core;
using Task = System.Threading.Tasks.Task;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>enrolment.proto.</summary>
public sealed partial class EnrolmentRpc(Membership membership, CoordinatorDirectory directory, TimeProvider time, ILogger<EnrolmentRpc> log)
    : Enrolment.EnrolmentBase
{
    /// <inheritdoc/>
    public override Task<JoinReply> Join(JoinRequest request, ServerCallContext context)
    {
        WireMapping.RequireVersion(request.Version);
        (string site, byte[] certificate) = membership.Join(request.TokenId.Memory, request.CertificateRequest.Memory, request.IdentityPublicKey.Memory, request.Proof.Memory);
        Joined(log, site, context.Peer);
        return Task.FromResult(new JoinReply
        {
            Certificate = UnsafeByteOperations.UnsafeWrap(certificate),
            CaCertificate = ByteString.CopyFrom(directory.Authority.CertificateDer),
            Site = site,
            CoordinatorIdentityPublicKey = UnsafeByteOperations.UnsafeWrap(directory.IdentityPublicKey),
        });
    }

    /// <inheritdoc/>
    public override Task<CertificateStatusReply> CertificateStatus(CertificateStatusRequest request, ServerCallContext context)
    {
        IssuedCertificate? issued = directory.Roster.FindCertificate(WireMapping.ReadDigest(request.CertificateSha256));
        (CertificateStatus status, DateTimeOffset? since) = issued switch
        {
            null => (Contracts.V1.CertificateStatus.Unknown, default(DateTimeOffset?)),
            { Revoked: { } at } => (Contracts.V1.CertificateStatus.Revoked, at),
            _ when issued.Expires <= time.GetUtcNow() => (Contracts.V1.CertificateStatus.Expired, issued.Expires),
            { Replaced: { } at } => (Contracts.V1.CertificateStatus.Replaced, at),
            _ => (Contracts.V1.CertificateStatus.Valid, issued.Issued),
        };
        return Task.FromResult(new CertificateStatusReply
        {
            Status = status,
            SinceUnixSeconds = since?.ToUnixTimeSeconds() ?? 0,
            CaCertificate = ByteString.CopyFrom(directory.Authority.CertificateDer),
        });
    }

    /// <inheritdoc/>
    public override async Task<RenewReply> Renew(RenewRequest request, ServerCallContext context)
    {
        string site = Caller.Of(context).Site;
        byte[] certificate = await membership.RenewAsync(site, request.CertificateRequest.Memory, request.IdentitySignature.Memory, context.CancellationToken);
        Renewed(log, site);
        return new RenewReply { Certificate = UnsafeByteOperations.UnsafeWrap(certificate) };
    }

    [LoggerMessage(3, LogLevel.Information, "{Site} joined from {Peer}")]
    private static partial void Joined(ILogger log, string site, string peer);

    [LoggerMessage(4, LogLevel.Information, "{Site} renewed its certificate")]
    private static partial void Renewed(ILogger log, string site);
}
