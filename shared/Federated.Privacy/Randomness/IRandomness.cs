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
    private readonly byte[] _key = KeyOf(seed);
    private UInt128 _block;

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        using var stream = new SecureAggregation.CounterStream(_key);
        stream.Generate(_block, bytes);
        _block += (UInt128)((bytes.Length + 15) / 16); // whole blocks: a byte is never handed out twice
    }

    private static byte[] KeyOf(ulong seed)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, seed);
        return SHA256.HashData(bytes);
    }
}
