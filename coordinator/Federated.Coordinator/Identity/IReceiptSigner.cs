using System.Security.Cryptography;

namespace Federated.Coordinator.Identity;

/// <summary>The coordinator's identity key, as far as receipts need it.</summary>
public interface IReceiptSigner
{
    /// <summary>ECDSA P-256, IEEE P1363, over the 32 bytes of a statement.</summary>
    byte[] Sign(ReadOnlySpan<byte> statement);
}

/// <summary>Signs with a private key at hand.</summary>
public sealed class ReceiptSigner(ECDsa key) : IReceiptSigner
{
    private readonly Lock _lock = new(); // an ECDsa instance is not safe for use from several threads

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> statement)
    {
        lock (_lock) return key.SignHash(statement);
    }
}
