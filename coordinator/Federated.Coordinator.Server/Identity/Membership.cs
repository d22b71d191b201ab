using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Storage.Sqlite;

namespace Federated.Coordinator.Server.Identity;

/// <summary>How a hospital becomes a member and stays one: invitations, first certificates, renewals.</summary>
public sealed class Membership(CertificateAuthority authority, Roster roster, TimeProvider time)
{
    /// <summary>Invites a site; the token is shown once.</summary>
    /// <exception cref="OperatorErrorException">E1103: it is a member. E1104: not a name. E1106: a span that is not between a minute and 90 days.</exception>
    public InvitationToken Invite(string site, TimeSpan valid)
    {
        if (!SiteName.IsValid(site))
            throw new OperatorErrorException("E1104", $"'{Shown(site)}' cannot be a site's name: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit.");
        if (valid < TimeSpan.FromMinutes(1) || valid > TimeSpan.FromDays(90))
            throw new OperatorErrorException("E1106", "--valid: an invitation is good for between 1m and 90d.");
        var token = InvitationToken.Create(authority.Fingerprint);
        DateTimeOffset now = time.GetUtcNow();
        return roster.TryInvite(token.Id.Span, site, token.Secret.Span, now, now + valid)
            ? token
            : throw new OperatorErrorException("E1103", $"{site} is a member already: to let it join anew, with new keys, run: federated-coordinator site revoke {site}");
    }

    /// <summary>Uses an invitation up. The very same request again gets the same answer.</summary>
    /// <returns>The site's name and its certificate's DER.</returns>
    /// <exception cref="SiteRefusedException">TokenUnknown, TokenUsed, TokenExpired, ProofWrong, CertificateRequestInvalid.</exception>
    public (string Site, byte[] Certificate) Join(
        ReadOnlyMemory<byte> tokenId, ReadOnlyMemory<byte> certificateRequest, ReadOnlyMemory<byte> identityPublicKey, ReadOnlyMemory<byte> proof)
    {
        string token = $"Invitation {Convert.ToHexStringLower(tokenId.Span[..Math.Min(tokenId.Length, InvitationToken.IdBytes)])}";
        Invitation invitation = (tokenId.Length == InvitationToken.IdBytes ? roster.FindInvitation(tokenId.Span) : null)
            ?? throw new SiteRefusedException(RefusalCode.TokenUnknown, $"{token} is not known here.");
        Digest request = Digest.Of([.. SHA256.HashData(certificateRequest.Span), .. SHA256.HashData(identityPublicKey.Span), .. SHA256.HashData(proof.Span)]);
        if (invitation.Used is not null) return Repeated(invitation, request, token);

        DateTimeOffset now = time.GetUtcNow();
        if (now >= invitation.Expires) throw new SiteRefusedException(RefusalCode.TokenExpired, $"{token} for {invitation.Site} expired on {invitation.Expires:u}.");
        byte[] expected = InvitationToken.Prove(invitation.Secret!.Value.Span, certificateRequest.Span, identityPublicKey.Span);
        if (!CryptographicOperations.FixedTimeEquals(expected, proof.Span))
            throw new SiteRefusedException(RefusalCode.ProofWrong, $"{token} for {invitation.Site} came with a wrong proof.");
        if (!CertificateAuthority.IsP256(identityPublicKey.Span))
            throw new SiteRefusedException(RefusalCode.CertificateRequestInvalid, $"{invitation.Site} sent an identity key that is not on P-256.");

        using X509Certificate2 certificate = authority.IssueSite(invitation.Site, certificateRequest.Span, now);
        var joining = new Joining(request, identityPublicKey, certificate.RawData, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        if (roster.TryJoin(tokenId.Span, invitation.Site, joining, now)) return (invitation.Site, certificate.RawData);
        return Repeated(roster.FindInvitation(tokenId.Span) ?? invitation, request, token); // another connection was faster
    }

    /// <summary>A new certificate for a new key; <paramref name="identitySignature"/> over <see cref="SignedStatement.Renewal"/>.</summary>
    /// <exception cref="SiteRefusedException">SignatureWrong, CertificateRequestInvalid, CertificateRevoked.</exception>
    public async Task<byte[]> RenewAsync(string site, ReadOnlyMemory<byte> certificateRequest, ReadOnlyMemory<byte> identitySignature, CancellationToken cancellation)
    {
        SiteIdentity? identity = await roster.FindAsync(site, cancellation);
        if (identity is null || !SignedStatement.Verify(identity.IdentityPublicKey.Span, SignedStatement.Renewal(certificateRequest.Span), identitySignature.Span))
            throw new SiteRefusedException(RefusalCode.SignatureWrong, $"A renewal in the name of {site} was not signed with its identity key.");
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 certificate = authority.IssueSite(site, certificateRequest.Span, now);
        return roster.TryRenew(site, Digest.Of(certificate.RawData), now, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()))
            ? certificate.RawData
            : throw new SiteRefusedException(RefusalCode.CertificateRevoked, $"{site} is not a member any more.");
    }

    private static (string Site, byte[] Certificate) Repeated(Invitation invitation, Digest request, string token) =>
        invitation.RequestDigest == request && invitation.Certificate is { } certificate
            ? (invitation.Site, certificate.ToArray())
            : throw new SiteRefusedException(RefusalCode.TokenUsed, $"{token} for {invitation.Site} was used before{(invitation.Used is { } at ? $", on {at:u}" : "")}.");

    private static string Shown(string text) => new([.. text.Take(63).Select(c => char.IsControl(c) ? '?' : c)]);
}
