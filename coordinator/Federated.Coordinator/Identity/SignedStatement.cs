using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Federated.Coordinator.Identity;

/// <summary>
/// The 32 bytes that are signed for each statement: SHA-256 over a purpose and the statement's parts, as proto/federated/v1 lays them out. The purpose comes
/// first, so a signature given for one statement is worth nothing for another.
/// </summary>
public static class SignedStatement
{
    /// <summary>The officer's yes: "federated-approve-v1" | study_uid | plan_digest | manifest_digest.</summary>
    public static byte[] Approval(StudyUid study, Digest plan, Digest manifest) =>
        Over("federated-approve-v1", study.ToBytes(), plan.ToBytes(), manifest.ToBytes());

    /// <summary>
    /// The officer's yes to a plan whose sums are masked, and to the hospitals behind them: "federated-approve-v2" | study_uid | plan_digest | manifest_digest |
    /// roster_digest.
    /// </summary>
    public static byte[] Approval(StudyUid study, Digest plan, Digest manifest, Digest roster) =>
        Over("federated-approve-v2", study.ToBytes(), plan.ToBytes(), manifest.ToBytes(), roster.ToBytes());

    /// <summary>The officer's no: "federated-withdraw-v1" | study_uid | plan_digest.</summary>
    public static byte[] Withdrawal(StudyUid study, Digest plan) => Over("federated-withdraw-v1", study.ToBytes(), plan.ToBytes());

    /// <summary>A receipt: "federated-receipt-v1" | study_uid | round | attempt | payload_digest | accepted; integers big endian, time in Unix milliseconds.</summary>
    public static byte[] Receipt(TaskKey task, Digest payload, DateTimeOffset accepted)
    {
        byte[] numbers = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(numbers, task.Round);
        BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4), task.Attempt);
        byte[] milliseconds = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, accepted.ToUnixTimeMilliseconds());
        return Over("federated-receipt-v1", task.Study.ToBytes(), numbers, payload.ToBytes(), milliseconds);
    }

    /// <summary>A new certificate for a new key: "federated-renew-v1" | certificate_request.</summary>
    public static byte[] Renewal(ReadOnlySpan<byte> certificateRequest) => Over("federated-renew-v1", certificateRequest.ToArray());

    /// <summary>Whether <paramref name="signature"/> (ECDSA P-256, IEEE P1363) over <paramref name="statement"/> was made with this key.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != 64) return false;
        using var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            return key.KeySize == 256 && key.VerifyHash(statement, signature);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static byte[] Over(string purpose, params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(purpose));
        foreach (byte[] part in parts) hash.AppendData(part);
        return hash.GetHashAndReset();
    }
}
