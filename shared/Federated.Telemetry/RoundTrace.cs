using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Federated.Telemetry;

/// <summary>
/// The trace of a round. Coordinator and agents derive its number from what both know already, so that their spans meet in one trace although no byte of it travels between them:
/// nothing leaves a hospital for telemetry's sake. The parent is the round itself, which nobody sends: every span of a trace stands beside the others.
/// </summary>
public static class RoundTrace
{
    /// <summary>SHA-256 of "federated-trace-v1", the study's 16 bytes, attempt and round as 32-bit big-endian: 16 bytes of trace, 8 bytes of parent.</summary>
    public static ActivityContext Of(ReadOnlySpan<byte> study, int round, int attempt)
    {
        Span<byte> numbers = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(numbers, attempt);
        BinaryPrimitives.WriteInt32BigEndian(numbers[4..], round);
        ReadOnlySpan<byte> hash = SHA256.HashData([.. "federated-trace-v1"u8, .. study, .. numbers]);
        return new ActivityContext(ActivityTraceId.CreateFromBytes(hash[..16]), ActivitySpanId.CreateFromBytes(hash[16..24]), ActivityTraceFlags.Recorded, isRemote: true);
    }
}
