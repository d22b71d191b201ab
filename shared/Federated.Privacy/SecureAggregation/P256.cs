using System.Security.Cryptography;
using Federated.Privacy.Randomness;

namespace Federated.Privacy.SecureAggregation;

/// <summary>Key agreement and signatures on NIST P-256, all by .NET's own cryptography.</summary>
internal static class P256
{
    /// <summary>A point as it travels: 0x04, X, Y, 32 bytes big endian each (SEC 1, 2.3.3).</summary>
    public const int PointBytes = 65;

    /// <summary>A private scalar, big endian.</summary>
    public const int ScalarBytes = 32;

    /// <summary>r and s, 32 bytes big endian each (IEEE P1363).</summary>
    public const int SignatureBytes = 64;

    private static readonly byte[] Order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");

    /// <summary>A fresh private scalar, uniform in 1 .. order - 1 by rejection, and its public point.</summary>
    public static (byte[] Scalar, byte[] Point) Generate(IRandomness randomness)
    {
        byte[] scalar = new byte[ScalarBytes];
        do randomness.Fill(scalar);
        while (!IsScalar(scalar));
        return (scalar, PublicPoint(scalar));
    }

    /// <summary>Whether the bytes are a private key: 0 &lt; d &lt; order.</summary>
    public static bool IsScalar(ReadOnlySpan<byte> scalar) =>
        scalar.Length == ScalarBytes && scalar.IndexOfAnyExcept((byte)0) >= 0 && scalar.SequenceCompareTo(Order) < 0;

    /// <summary>The public point of a private scalar.</summary>
    public static byte[] PublicPoint(ReadOnlySpan<byte> scalar)
    {
        using ECDiffieHellman key = OpenPrivate(scalar);
        ECPoint q = key.ExportParameters(false).Q;
        byte[] point = new byte[PointBytes];
        point[0] = 4;
        q.X!.CopyTo(point, 1);
        q.Y!.CopyTo(point, 1 + ScalarBytes);
        return point;
    }

    /// <summary>A private key ready for agreements.</summary>
    public static ECDiffieHellman OpenPrivate(ReadOnlySpan<byte> scalar) =>
        ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar.ToArray() });

    /// <summary>A peer's public key, refused unless the bytes are a point of the curve: off-curve points would leak the private key bit by bit.</summary>
    public static bool TryOpenPublic(ReadOnlySpan<byte> point, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ECDiffieHellman? key)
    {
        key = null;
        if (point.Length != PointBytes || point[0] != 4) return false;
        var q = new ECPoint { X = point.Slice(1, ScalarBytes).ToArray(), Y = point[(1 + ScalarBytes)..].ToArray() };
        try
        {
            key = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = q });
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Whether the bytes are a point of the curve.</summary>
    public static bool IsPoint(ReadOnlySpan<byte> point)
    {
        if (!TryOpenPublic(point, out ECDiffieHellman? key)) return false;
        key.Dispose();
        return true;
    }

    /// <summary>A 32-byte key from the agreement of two keys: HKDF-SHA-256 (RFC 5869) of the shared x coordinate, salted with the context.</summary>
    public static byte[] AgreeKey(ECDiffieHellman mine, ECDiffieHellman peer, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info)
    {
        using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;
        byte[] shared = mine.DeriveRawSecretAgreement(peerKey);
        byte[] key = DeriveKey(shared, salt, info);
        CryptographicOperations.ZeroMemory(shared);
        return key;
    }

    /// <summary>HKDF-SHA-256, 32 bytes.</summary>
    public static byte[] DeriveKey(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info)
    {
        byte[] key = new byte[CounterStream.KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, salt, info);
        return key;
    }

    /// <summary>Whether a signature over a SHA-256 digest was made by the key with this SubjectPublicKeyInfo.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKeyInfo, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureBytes) return false;
        using ECDsa key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKeyInfo, out int read);
            return read == publicKeyInfo.Length && key.VerifyHash(digest, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
