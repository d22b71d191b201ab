using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Federated.Ledger.Merkle;

/// <summary>
/// A hash of a Merkle tree: 32 bytes of SHA-256. Leaves and inner nodes are hashed under different prefixes (RFC 6962, section 2.1), so that no inner
/// node can be passed off as an entry.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct MerkleHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Bytes = 32;

    private const byte LeafPrefix = 0x00;
    private const byte NodePrefix = 0x01;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    /// <summary>A hash from its bytes.</summary>
    /// <param name="bytes">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public MerkleHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes) throw new ArgumentException($"A Merkle hash has {Bytes} bytes; this one has {bytes.Length}.", nameof(bytes));
        _high = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
    }

    /// <summary>The root of the tree without entries: SHA-256 of nothing.</summary>
    public static MerkleHash EmptyRoot { get; } = new(SHA256.HashData([]));

    /// <summary>The hash of an entry: SHA-256(0x00 | entry).</summary>
    public static MerkleHash OfLeaf(ReadOnlySpan<byte> entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([LeafPrefix]);
        hash.AppendData(entry);
        Span<byte> digest = stackalloc byte[Bytes];
        hash.GetHashAndReset(digest);
        return new MerkleHash(digest);
    }

    /// <summary>The hash of an inner node: SHA-256(0x01 | left | right).</summary>
    public static MerkleHash OfNode(MerkleHash left, MerkleHash right)
    {
        Span<byte> node = stackalloc byte[1 + 2 * Bytes];
        node[0] = NodePrefix;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + Bytes)..]);
        Span<byte> digest = stackalloc byte[Bytes];
        SHA256.HashData(node, digest);
        return new MerkleHash(digest);
    }

    /// <summary>Reads a hash whose length is not yet known to be right, such as one that came over the wire.</summary>
    /// <returns><see langword="false"/> unless there are exactly 32 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out MerkleHash hash)
    {
        hash = default;
        if (bytes.Length != Bytes) return false;
        hash = new MerkleHash(bytes);
        return true;
    }

    /// <summary>Writes the 32 bytes to the front of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Bytes, nameof(destination));
        BinaryPrimitives.WriteUInt128BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], _low);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Bytes];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
