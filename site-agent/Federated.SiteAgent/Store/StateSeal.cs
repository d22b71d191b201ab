using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Store;

/// <summary>
/// Encryption at rest for what must be kept and must not be read from a stolen database: masking secrets, and payloads in clear behind masked ones.
/// AES-256-GCM under a key derived from the site's identity key, bound to purpose and round.
/// </summary>
public sealed class StateSeal
{
    /// <summary>Masking secrets of a round.</summary>
    public const string Masking = "masking";

    /// <summary>The payload in clear, behind the masked one that left.</summary>
    public const string Clear = "clear";

    /// <summary>What left, to the byte.</summary>
    public const string Payload = "payload";

    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;
    private readonly IRandomness _randomness;

    /// <summary>A seal of this site.</summary>
    public StateSeal(SiteIdentity identity, IRandomness randomness)
    {
        _key = identity.DeriveKey("federated-at-rest-v1");
        _randomness = randomness;
    }

    /// <summary>nonce | ciphertext | tag.</summary>
    public byte[] Seal(string purpose, TaskKey task, ReadOnlySpan<byte> bytes)
    {
        byte[] output = new byte[NonceBytes + bytes.Length + TagBytes];
        Span<byte> nonce = output.AsSpan(0, NonceBytes);
        _randomness.Fill(nonce);
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(nonce, bytes, output.AsSpan(NonceBytes, bytes.Length), output.AsSpan(NonceBytes + bytes.Length), Binding(purpose, task));
        return output;
    }

    /// <summary>The bytes that were sealed.</summary>
    /// <exception cref="SiteStoreException">They were not sealed by this site, for this purpose and round: the store was damaged or changed.</exception>
    public byte[] Open(string purpose, TaskKey task, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < NonceBytes + TagBytes) throw Damaged(task, null);
        byte[] bytes = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(_key, TagBytes);
            cipher.Decrypt(sealedBytes[..NonceBytes], sealedBytes.Slice(NonceBytes, bytes.Length), sealedBytes[(NonceBytes + bytes.Length)..], bytes, Binding(purpose, task));
            return bytes;
        }
        catch (AuthenticationTagMismatchException changed)
        {
            throw Damaged(task, changed);
        }
    }

    private static byte[] Binding(string purpose, TaskKey task)
    {
        byte[] numbers = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(numbers, task.Round);
        BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4), task.Attempt);
        return [.. Encoding.ASCII.GetBytes(purpose), 0, .. task.Study.ToBytes(), .. numbers];
    }

    private static SiteStoreException Damaged(TaskKey task, Exception? cause) =>
        new($"What the database keeps of round {task.Round}.{task.Attempt} does not open with this site's key: it was changed, or the identity key was; restore both from one backup.", cause);
}
