using System.Globalization;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Exports;

/// <summary>
/// A whole ledger as a text file that can be read with any editor and checked with nothing but this library: one JSON object per line, first a header, then every
/// entry (readable, and with its canonical bytes and leaf hash), then checkpoints in the order of their sizes; the last one covers every entry. The file is
/// canonical: each line is exactly what this class writes for its content, which is how a verifier notices a change of any bit in any line.
/// </summary>
public static class LedgerExport
{
    /// <summary>What the header says it is.</summary>
    public const string Format = "federated-ledger-export-1";

    /// <summary>The most characters a line may have.</summary>
    public const int LongestLine = 8 * LedgerEntry.MostBytes;

    /// <summary>Writes a ledger.</summary>
    /// <param name="to">Where; lines end in a line feed.</param>
    /// <param name="key">The ledger's key; its name is the origin.</param>
    /// <param name="entries">Every entry, oldest first.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="checkpoints">Signed checkpoints of this ledger, cosigned or not, sizes ascending; the last one covers every entry.</param>
    public static async Task WriteAsync(TextWriter to, NoteKey key, IEnumerable<LedgerEntry> entries, long count, IReadOnlyList<SignedNote> checkpoints)
    {
        ArgumentOutOfRangeException.ThrowIfZero(checkpoints.Count, nameof(checkpoints));
        await LineAsync(to, Header(key, count, checkpoints.Count));
        long index = 0;
        foreach (LedgerEntry entry in entries) await LineAsync(to, Entry(index++, entry));
        if (index != count) throw new ArgumentException($"{count} entries were announced, {index} came.", nameof(entries));
        foreach (SignedNote checkpoint in checkpoints) await LineAsync(to, Note(checkpoint));
    }

    internal static string Header(NoteKey key, long entries, int checkpoints) => EntryJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("format", Format);
        writer.WriteString("origin", key.Name);
        writer.WriteString("key", key.ToString());
        writer.WriteString("fingerprint", key.Fingerprint);
        writer.WriteNumber("entries", entries);
        writer.WriteNumber("checkpoints", checkpoints);
        writer.WriteEndObject();
    });

    internal static string Entry(long index, LedgerEntry entry) => EntryJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("entry", index);
        writer.WriteString("at", entry.At.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        writer.WriteString("kind", entry.Kind);
        writer.WritePropertyName("fields");
        EntryJson.Fields(writer, entry.Fields);
        writer.WriteBase64String("bytes", entry.Encoded.AsSpan());
        writer.WriteString("leaf", MerkleHash.OfLeaf(entry.Encoded.AsSpan()).ToString());
        writer.WriteEndObject();
    });

    internal static string Note(SignedNote checkpoint) => EntryJson.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("checkpoint", checkpoint.ToString());
        writer.WriteEndObject();
    });

    private static async Task LineAsync(TextWriter to, string line)
    {
        await to.WriteAsync(line);
        await to.WriteAsync('\n');
    }
}
