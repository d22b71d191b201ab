using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Coordinator.Server.Identity;

/// <summary>A one-time invitation: base64url( id(8) | secret(32) | SHA-256 of the CA certificate's DER (32) ), shown once and never kept as a whole.</summary>
public sealed class InvitationToken
{
    /// <summary>Bytes of the id.</summary>
    public const int IdBytes = 8;

    /// <summary>Bytes of the secret.</summary>
    public const int SecretBytes = 32;

    private InvitationToken(byte[] id, byte[] secret, Digest authority)
    {
        Id = id;
        Secret = secret;
        Authority = authority;
    }

    /// <summary>Names the invitation.</summary>
    public ReadOnlyMemory<byte> Id { get; }

    /// <summary>What the site proves to know.</summary>
    public ReadOnlyMemory<byte> Secret { get; }

    /// <summary>SHA-256 of the CA's certificate.</summary>
    public Digest Authority { get; }

    /// <summary>A new invitation into the consortium of this CA.</summary>
    public static InvitationToken Create(Digest authority) => new(RandomNumberGenerator.GetBytes(IdBytes), RandomNumberGenerator.GetBytes(SecretBytes), authority);

    /// <summary>The 96 characters that go to the hospital.</summary>
    public string Reveal() => Base64Url.EncodeToString([.. Id.Span, .. Secret.Span, .. Authority.ToBytes()]);

    /// <summary>HMAC-SHA-256( secret, "federated-join-v1" | SHA-256(certificate_request) | SHA-256(identity_public_key) ).</summary>
    public static byte[] Prove(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> certificateRequest, ReadOnlySpan<byte> identityPublicKey) => HMACSHA256.HashData(
        secret, [.. Encoding.ASCII.GetBytes("federated-join-v1"), .. SHA256.HashData(certificateRequest), .. SHA256.HashData(identityPublicKey)]);

    /// <inheritdoc/>
    public override string ToString() => $"invitation {Convert.ToHexStringLower(Id.Span)}";
}
