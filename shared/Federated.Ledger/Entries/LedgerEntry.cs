using System.Collections.Immutable;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Entries;

/// <summary>
/// One entry of a ledger: what happened, when, and the facts. Its bytes are canonical: the same entry has the same bytes everywhere, and no other bytes are read as it.
/// </summary>
public sealed class LedgerEntry
{
    /// <summary>Bytes of the salt.</summary>
    public const int SaltBytes = 16;

    /// <summary>The most bytes an entry may have.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>The encoding that this release writes: the first byte of every entry.</summary>
    public const byte Version = 1;

    /// <summary>An entry.</summary>
    /// <param name="kind">What happened: a name such as "answer-sent".</param>
    /// <param name="at">When; kept to the millisecond.</param>
    /// <param name="salt">
    /// 16 unpredictable bytes, drawn for this entry. Proofs show the hashes of neighbouring entries to others; the salt keeps those from being guessed from their likely content.
    /// </param>
    /// <param name="fields">The facts.</param>
    /// <exception cref="ArgumentException">A part is not what an entry may hold, or the entry has more than <see cref="MostBytes"/>.</exception>
    public LedgerEntry(string kind, DateTimeOffset at, ReadOnlySpan<byte> salt, LedgerFields fields)
        : this(kind, DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()), [.. salt], fields, null)
    {
    }

    private LedgerEntry(string kind, DateTimeOffset at, ImmutableArray<byte> salt, LedgerFields fields, ImmutableArray<byte>? encoded)
    {
        if (!LedgerNames.IsName(kind)) throw new ArgumentException($"'{kind}' is not an entry's kind: a-z, 0-9 and '-', at most {LedgerNames.Longest}.", nameof(kind));
        if (salt.Length != SaltBytes) throw new ArgumentException($"An entry's salt has {SaltBytes} bytes, not {salt.Length}.", nameof(salt));
        Kind = kind;
        At = at;
        Salt = salt;
        Fields = fields;
        Encoded = encoded ?? EntryWriter.Write(this);
        if (Encoded.Length > MostBytes) throw new ArgumentException($"An entry has at most {MostBytes} bytes; this one would have {Encoded.Length}.", nameof(fields));
    }

    /// <summary>What happened.</summary>
    public string Kind { get; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; }

    /// <summary>16 bytes that nobody can guess.</summary>
    public ImmutableArray<byte> Salt { get; }

    /// <summary>The facts.</summary>
    public LedgerFields Fields { get; }

    /// <summary>The canonical bytes.</summary>
    public ImmutableArray<byte> Encoded { get; }

    /// <summary>Its leaf hash in the log.</summary>
    public MerkleHash Leaf => MerkleHash.OfLeaf(Encoded.AsSpan());

    /// <summary>Reads an entry from bytes of any origin.</summary>
    /// <exception cref="LedgerEntryInvalidException">They are not exactly what an entry of this release is written as.</exception>
    public static LedgerEntry Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostBytes) throw new LedgerEntryInvalidException($"An entry has at most {MostBytes} bytes; this one has {bytes.Length}.");
        var reader = new EntryReader(bytes);
        byte version = reader.Byte("version");
        if (version != Version) throw new LedgerEntryInvalidException($"This release reads entries of version {Version}; this one says {version}: it is damaged, or newer.");
        string kind = reader.Name("kind");
        DateTimeOffset at = reader.Instant("time");
        ImmutableArray<byte> salt = [.. reader.Take("salt", SaltBytes)];
        LedgerFields fields = reader.Fields(0);
        reader.End();
        return new LedgerEntry(kind, at, salt, fields, [.. bytes]);
    }
}

/// <summary>Bytes that are not an entry; the message says what was expected and where.</summary>
public sealed class LedgerEntryInvalidException(string message) : Exception(message);
