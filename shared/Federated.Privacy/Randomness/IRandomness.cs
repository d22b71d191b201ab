using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Federated.Privacy.Randomness;

/// <summary>Where unpredictable bytes come from. An argument everywhere, so that a test can replay a run and a hospital cannot be handed a fixed seed by accident.</summary>
public interface IRandomness
{
    /// <summary>Fills the span with bytes.</summary>
    void Fill(Span<byte> bytes);
}

/// <summary>The operating system's generator: what hospitals use.</summary>
public sealed class SystemRandomness : IRandomness
{
    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}

/// <summary>
/// A stream that is a pure function of its seed (AES-256-CTR under SHA-256 of the seed): for tests and simulated consortia, never for a hospital's data.
/// </summary>
public sealed class SeededRandomness(ulong seed) : IRandomness
{
    private readonly KeyedRandomness _stream = new(KeyOf(seed));

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => _stream.Fill(bytes);

    private static byte[] KeyOf(ulong seed)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, seed);
        return SHA256.HashData(bytes);
    }
}

/// <summary>A stream that is a pure function of a key of 32 bytes (AES-256-CTR): unpredictable to whoever does not hold the key, and the same whenever it is made again.</summary>
public sealed class KeyedRandomness(byte[] key) : IRandomness
{
    private UInt128 _block;

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        using var stream = new SecureAggregation.CounterStream(key);
        stream.Generate(_block, bytes);
        _block += (UInt128)((bytes.Length + 15) / 16); // whole blocks: a byte is never handed out twice
    }
}
