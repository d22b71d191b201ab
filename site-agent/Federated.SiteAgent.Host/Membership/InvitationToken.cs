using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Federated.SiteAgent.Host.Membership;

/// <summary>
/// A one-time invitation: base64url( id(8) | secret(32) | SHA-256 of the CA certificate's DER (32) ). The secret never travels and never shows up in a message.
/// </summary>
public sealed class InvitationToken
{
    private const int IdBytes = 8;
    private const int SecretBytes = 32;
    private const int Bytes = IdBytes + SecretBytes + SHA256.HashSizeInBytes;

    private readonly byte[] _bytes;

    private InvitationToken(byte[] bytes) => _bytes = bytes;

    /// <summary>Names the invitation at the coordinator, 8 bytes.</summary>
    public ReadOnlySpan<byte> Id => _bytes.AsSpan(0, IdBytes);

    /// <summary>SHA-256 of the certificate that the coordinator's chain must end in.</summary>
    public ReadOnlySpan<byte> AuthorityPin => _bytes.AsSpan(IdBytes + SecretBytes);

    /// <summary>Whether these are the bytes of the CA's certificate that the invitation names.</summary>
    public bool NamesAuthority(ReadOnlySpan<byte> certificate) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(certificate), AuthorityPin);

    /// <summary>Reads a token; white space around it does not matter.</summary>
    /// <exception cref="SiteErrorException">E3001.</exception>
    public static InvitationToken Parse(string text)
    {
        string token = text.Trim();
        byte[] bytes = new byte[Bytes];
        if (token.Length != Base64Url.GetEncodedLength(Bytes) || !Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, bytes, out int written) || written != Bytes)
            throw new SiteErrorException("E3001", ExitCode.Input, $"The invitation is not one: {Base64Url.GetEncodedLength(Bytes)} characters of A-Z a-z 0-9 - _ are expected, {token.Length} were given; copy it once more");
        return new InvitationToken(bytes);
    }

    /// <summary>HMAC-SHA-256( secret, "federated-join-v1" | SHA-256(certificate_request) | SHA-256(identity_public_key) ).</summary>
    public byte[] Prove(byte[] certificateRequest, byte[] identityPublicKey) => HMACSHA256.HashData(
        _bytes.AsSpan(IdBytes, SecretBytes),
        [.. Encoding.ASCII.GetBytes("federated-join-v1"), .. SHA256.HashData(certificateRequest), .. SHA256.HashData(identityPublicKey)]);

    /// <inheritdoc/>
    public override string ToString() => $"invitation {Convert.ToHexStringLower(Id)}";
}
