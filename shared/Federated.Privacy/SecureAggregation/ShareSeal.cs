using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Privacy.Randomness;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// Shares in transit: AES-256-GCM under a key that only sender and receiver can derive, for this context and this direction. Sender, receiver and context
/// are authenticated too, so the coordinator can neither read a share nor pass it on as another one.
/// </summary>
internal static class ShareSeal
{
    public const int ShareBytes = 32;
    public const int SealedBytes = NonceBytes + (2 * ShareBytes) + TagBytes;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public static SealedShare Seal(
        AggregationContext context, int sender, int receiver, ECDiffieHellman mine, ECDiffieHellman peer, ReadOnlySpan<byte> seedShare, ReadOnlySpan<byte> keyShare, IRandomness randomness)
    {
        byte[] plain = [.. seedShare, .. keyShare];
        byte[] output = new byte[SealedBytes];
        Span<byte> nonce = output.AsSpan(0, NonceBytes);
        randomness.Fill(nonce);
        byte[] key = P256.AgreeKey(mine, peer, context.Digest, Binding(context, sender, receiver));
        using (var cipher = new AesGcm(key, TagBytes))
            cipher.Encrypt(nonce, plain, output.AsSpan(NonceBytes, plain.Length), output.AsSpan(NonceBytes + plain.Length), Binding(context, sender, receiver));
        CryptographicOperations.ZeroMemory(plain);
        CryptographicOperations.ZeroMemory(key);
        return new SealedShare(sender, receiver, [.. output]);
    }

    /// <summary>The two shares, or null if the bytes were not sealed by this sender for this receiver in this context.</summary>
    public static (ImmutableArray<byte> SeedShare, ImmutableArray<byte> KeyShare)? Open(AggregationContext context, SealedShare share, ECDiffieHellman mine, ECDiffieHellman peer)
    {
        if (share.Sealed.IsDefault || share.Sealed.Length != SealedBytes) return null;
        ReadOnlySpan<byte> bytes = share.Sealed.AsSpan();
        byte[] plain = new byte[2 * ShareBytes];
        byte[] key = P256.AgreeKey(mine, peer, context.Digest, Binding(context, share.Sender, share.Receiver));
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(bytes[..NonceBytes], bytes.Slice(NonceBytes, plain.Length), bytes[(NonceBytes + plain.Length)..], plain, Binding(context, share.Sender, share.Receiver));
            return ([.. plain.AsSpan(0, ShareBytes)], [.. plain.AsSpan(ShareBytes)]);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Binding(AggregationContext context, int sender, int receiver) =>
        context.Message("fed-secagg-share-v1").Number(sender).Number(receiver).ToArray();
}
