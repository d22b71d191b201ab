using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Ledger.Checkpoints;

/// <summary>
/// Who signs notes, and the public key to check it with: ECDSA on P-256 with SHA-256, signatures as r and s (IEEE P1363, 64 bytes). The signed-note format has
/// no number for that, so its type is 0xff and a name, as the format asks.
/// </summary>
public sealed class NoteKey
{
    private const int SignatureBytes = 64;
    private const int TimeBytes = 8;
    private const int LongestName = 255;

    private static readonly byte[] SignatureType = [0xff, .. "federated-ecdsa-p256-v1"u8];
    private static readonly byte[] CosignatureType = [0xff, .. "federated-ecdsa-p256-cosignature-v1"u8];

    private readonly byte[] _publicKey;

    /// <summary>A signer.</summary>
    /// <param name="name">Without spaces and '+'; by convention a ledger's origin.</param>
    /// <param name="publicKey">SubjectPublicKeyInfo, DER, P-256.</param>
    /// <exception cref="ArgumentException">The name is not one.</exception>
    /// <exception cref="CryptographicException">The bytes are not a P-256 key.</exception>
    public NoteKey(string name, ReadOnlySpan<byte> publicKey)
    {
        if (!IsSigner(name)) throw new ArgumentException($"'{name}' cannot sign a note: a name has 1 to {LongestName} characters, no space and no '+'.", nameof(name));
        Name = name;
        _publicKey = publicKey.ToArray();
        using ECDsa _ = Import();
    }

    /// <summary>The signer's name.</summary>
    public string Name { get; }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>SHA-256 of the public key, 64 lower-case hexadecimal digits: what people compare out of band.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(_publicKey));

    /// <summary>First four bytes of SHA-256(name | line feed | type | key), as the signed-note format defines it.</summary>
    public static uint IdOf(string name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> key)
    {
        byte[] hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. type, .. key]);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }

    /// <summary>A signature over a note's text.</summary>
    /// <param name="text">The text with its last line feed.</param>
    /// <param name="signHash">Signs 32 bytes with this key's private half: r and s, 64 bytes.</param>
    public NoteSignature Sign(string text, Func<byte[], byte[]> signHash) =>
        new(Name, IdOf(Name, SignatureType, _publicKey), [.. signHash(Hash(text))]);

    /// <summary>
    /// A cosignature: this signer saw the text at that time and found it consistent with everything it saw before. Over "cosignature/v1", "time N" and the text
    /// (c2sp.org/tlog-cosignature).
    /// </summary>
    public NoteSignature Cosign(string text, DateTimeOffset at, Func<byte[], byte[]> signHash)
    {
        byte[] time = new byte[TimeBytes];
        BinaryPrimitives.WriteInt64BigEndian(time, at.ToUnixTimeSeconds());
        return new NoteSignature(Name, IdOf(Name, CosignatureType, _publicKey), [.. time, .. signHash(Hash(Witnessed(text, at.ToUnixTimeSeconds())))]);
    }

    /// <summary>A cosignature of this key out of its bytes, of any origin; whether it holds, <see cref="WhenCosigned"/> says.</summary>
    /// <param name="timeAndSignature">Unix seconds (8, big endian), then the signature.</param>
    public NoteSignature Cosignature(ReadOnlySpan<byte> timeAndSignature) => new(Name, IdOf(Name, CosignatureType, _publicKey), [.. timeAndSignature]);

    /// <summary>Whether the note carries this key's signature; signatures of others are passed over.</summary>
    public bool HasSigned(SignedNote note)
    {
        uint id = IdOf(Name, SignatureType, _publicKey);
        return note.Signatures.Any(s => s.KeyId == id && string.Equals(s.Name, Name, StringComparison.Ordinal)
            && s.Signature.Length == SignatureBytes && Verify(note.Text, s.Signature.AsSpan()));
    }

    /// <summary>When this key cosigned the note; null = it did not.</summary>
    public DateTimeOffset? WhenCosigned(SignedNote note)
    {
        uint id = IdOf(Name, CosignatureType, _publicKey);
        foreach (NoteSignature s in note.Signatures)
        {
            if (s.KeyId != id || !string.Equals(s.Name, Name, StringComparison.Ordinal) || s.Signature.Length != TimeBytes + SignatureBytes) continue;
            long seconds = BinaryPrimitives.ReadInt64BigEndian(s.Signature.AsSpan());
            if (seconds is < 0 or > 253402300799) continue;
            if (Verify(Witnessed(note.Text, seconds), s.Signature.AsSpan()[TimeBytes..])) return DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return null;
    }

    /// <summary>The signed-note format's verifier key: NAME+ID+BASE64(type | key).</summary>
    public override string ToString() =>
        $"{Name}+{IdOf(Name, SignatureType, _publicKey):x8}+{Convert.ToBase64String([.. SignatureType, .. _publicKey])}";

    /// <summary>Reads a verifier key.</summary>
    /// <returns>False unless it is one of this type, written as <see cref="ToString"/> writes it.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out NoteKey? key)
    {
        key = null;
        if (text is null || text.Length > 1024) return false;
        string[] parts = text.Split('+', 3);
        byte[] bytes = new byte[1024];
        if (parts.Length != 3 || !IsSigner(parts[0]) || !Convert.TryFromBase64String(parts[2], bytes, out int length)) return false;
        if (!bytes.AsSpan(0, length).StartsWith(SignatureType)) return false;
        try
        {
            var read = new NoteKey(parts[0], bytes.AsSpan(SignatureType.Length, length - SignatureType.Length));
            if (!string.Equals(read.ToString(), text, StringComparison.Ordinal)) return false;
            key = read;
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    internal static bool IsSigner(string name)
    {
        if (name.Length is 0 or > LongestName) return false;
        foreach (char c in name)
            if (c is '+' || char.IsWhiteSpace(c) || char.IsControl(c)) return false;
        return true;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string Witnessed(string text, long seconds) => $"cosignature/v1\ntime {seconds}\n{text}";

    private bool Verify(string text, ReadOnlySpan<byte> signature)
    {
        using ECDsa key = Import();
        return key.VerifyHash(Hash(text), signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private ECDsa Import()
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(_publicKey, out int read);
            if (read != _publicKey.Length || key.KeySize != 256) throw new CryptographicException("A ledger's key is on the curve P-256.");
            return key;
        }
        catch (PlatformNotSupportedException noCurve) // a damaged key may name a curve that this platform does not have
        {
            key.Dispose();
            throw new CryptographicException("A ledger's key is on the curve P-256.", noCurve);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
