using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Federated.SiteAgent.Link;

namespace Federated.SiteAgent.Identity;

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

    /// <summary>The coordinator's receipt: "federated-receipt-v1" | study_uid | round | attempt | payload_digest | accepted, integers big endian.</summary>
    public static byte[] Receipt(TaskKey task, Digest payload, DateTimeOffset accepted)
    {
        byte[] milliseconds = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(milliseconds, accepted.ToUnixTimeMilliseconds());
        return Over("federated-receipt-v1", task.Study.ToBytes(), BigEndian(task.Round), BigEndian(task.Attempt), payload.ToBytes(), milliseconds);
    }

    /// <summary>A new certificate for a new key: "federated-renew-v1" | certificate_request.</summary>
    public static byte[] Renewal(ReadOnlySpan<byte> certificateRequest) => Over("federated-renew-v1", certificateRequest.ToArray());

    /// <summary>
    /// The gate's own word that a payload passed it: "federated-outbox-v1" | study_uid | round | attempt | plan_digest | payload_digest. Never leaves the site.
    /// </summary>
    public static byte[] Passage(TaskKey task, Digest plan, Digest payload) =>
        Over("federated-outbox-v1", task.Study.ToBytes(), BigEndian(task.Round), BigEndian(task.Attempt), plan.ToBytes(), payload.ToBytes());

    private static byte[] BigEndian(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Over(string purpose, params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(purpose));
        foreach (byte[] part in parts) hash.AppendData(part);
        return hash.GetHashAndReset();
    }
}
