using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// AES-256 in counter mode (NIST SP 800-38A, 6.5) as a keystream with random access: block i is AES(key, i), i a 128-bit big-endian counter.
/// .NET offers no counter mode, so runs of counters are encrypted in ECB mode, which OpenSSL pipelines.
/// </summary>
internal sealed class CounterStream : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of an AES block.</summary>
    public const int BlockBytes = 16;

    /// <summary>Bytes of counters encrypted in one call: fits the second-level cache together with what it is added to.</summary>
    public const int RunBytes = 64 * 1024;

    private readonly Aes _aes;

    /// <summary>The keystream of a 32-byte key.</summary>
    public CounterStream(byte[] key)
    {
        _aes = Aes.Create();
        _aes.Key = key;
    }

    /// <summary>Writes the keystream from block <paramref name="first"/> on.</summary>
    public void Generate(UInt128 first, Span<byte> output)
    {
        byte[] counters = new byte[Math.Min(RunBytes, (output.Length + BlockBytes - 1) / BlockBytes * BlockBytes)];
        Span<byte> last = stackalloc byte[BlockBytes];
        for (int done = 0; done < output.Length;)
        {
            int run = Math.Min(counters.Length, output.Length - done);
            int whole = run / BlockBytes * BlockBytes;
            WriteCounters(first + (UInt128)(done / BlockBytes), counters);
            if (whole > 0) Encrypt(counters.AsSpan(0, whole), output.Slice(done, whole));
            if (run > whole)
            {
                Encrypt(counters.AsSpan(whole, BlockBytes), last);
                last[..(run - whole)].CopyTo(output[(done + whole)..]);
            }

            done += run;
        }
    }

    /// <summary>Encrypts a run of counters made by <see cref="WriteCounters"/> into a keystream of the same length.</summary>
    public void Encrypt(ReadOnlySpan<byte> counters, Span<byte> keystream) => _aes.EncryptEcb(counters, keystream, PaddingMode.None);

    /// <summary>Consecutive counters from <paramref name="first"/> on, 16 bytes each, big endian, modulo 2^128.</summary>
    public static void WriteCounters(UInt128 first, Span<byte> counters)
    {
        for (int i = 0; i < counters.Length; i += BlockBytes)
            BinaryPrimitives.WriteUInt128BigEndian(counters[i..], unchecked(first + (UInt128)(i / BlockBytes)));
    }

    /// <inheritdoc/>
    public void Dispose() => _aes.Dispose();
}
