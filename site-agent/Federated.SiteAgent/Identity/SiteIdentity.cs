using System.Security.Cryptography;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Identity;

/// <summary>
/// The site's identity key, ECDSA P-256: signs the officer's decisions and seals what passed the gate. Made at the site and never leaves it; other than the
/// key of the TLS certificate it is not renewed, so officers can compare its fingerprint out of band.
/// </summary>
public sealed class SiteIdentity : IDisposable
{
    private readonly ECDsa _key;
    private readonly Lock _signing = new();

    /// <summary>Takes over a private P-256 key.</summary>
    /// <exception cref="ArgumentException">The key is on another curve.</exception>
    public SiteIdentity(ECDsa key)
    {
        if (key.KeySize != 256) throw new ArgumentException("An identity key is on the curve P-256.", nameof(key));
        _key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public byte[] PublicKey { get; }

    /// <summary>SHA-256 of the public key: what officers read to each other.</summary>
    public Digest Fingerprint => Digest.Of(PublicKey);

    /// <summary>A fresh key.</summary>
    public static SiteIdentity Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Signs one of the statements of <see cref="SignedStatement"/>: IEEE P1363, 64 bytes.</summary>
    public byte[] Sign(byte[] statement)
    {
        lock (_signing) return _key.SignHash(statement, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Whether this very key signed the statement.</summary>
    public bool Verifies(byte[] statement, byte[] signature)
    {
        lock (_signing) return _key.VerifyHash(statement, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>A key of 32 bytes that only this site can derive, one per purpose.</summary>
    internal byte[] DeriveKey(string purpose)
    {
        byte[] scalar;
        lock (_signing) scalar = _key.ExportParameters(includePrivateParameters: true).D!;
        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, scalar, 32, null, System.Text.Encoding.ASCII.GetBytes(purpose));
        CryptographicOperations.ZeroMemory(scalar);
        return key;
    }

    /// <summary>Hands the key to what signs statements of its own: the masking of sums.</summary>
    internal T With<T>(Func<ECDsa, T> sign)
    {
        lock (_signing) return sign(_key);
    }

    /// <summary>The private key, PKCS #8, for the host to keep in a file that only the agent can read.</summary>
    public byte[] ExportPrivateKey() => _key.ExportPkcs8PrivateKey();

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}

/// <summary>The coordinator's identity key, learned when the site joined: receipts that it did not sign are worth nothing.</summary>
public sealed class CoordinatorIdentity
{
    private readonly byte[] _publicKey;

    /// <summary>From a SubjectPublicKeyInfo, DER, P-256.</summary>
    /// <exception cref="CryptographicException">The bytes are not such a key.</exception>
    public CoordinatorIdentity(byte[] publicKey)
    {
        using ECDsa key = Import(publicKey);
        _publicKey = publicKey;
    }

    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Whether the receipt is the coordinator's word for exactly this payload of exactly this task.</summary>
    public bool Vouches(Receipt receipt, TaskKey task, Digest payload)
    {
        if (receipt.Task != task || receipt.Payload != payload || receipt.Signature.Length != 64) return false;
        using ECDsa key = Import(_publicKey);
        return key.VerifyHash(
            SignedStatement.Receipt(task, payload, receipt.Accepted), receipt.Signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static ECDsa Import(byte[] publicKey)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out int read);
            if (read != publicKey.Length || key.KeySize != 256) throw new CryptographicException("A coordinator's identity key is on the curve P-256.");
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
