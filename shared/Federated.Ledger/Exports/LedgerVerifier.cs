using System.Collections.Immutable;
using System.Text.Json;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Exports;

/// <summary>
/// Checks an export with nothing but the file: no network, no database, no secret. Every line is read, written again and compared, so a change of any bit is
/// noticed at its line and an entry's is named; then the roots of all checkpoints are computed from the entries and their signatures verified, so a whole line that was
/// exchanged is noticed too, and narrowed down to the entries between two checkpoints.
/// </summary>
public sealed class LedgerVerifier
{
    private const int MostFaults = 100;
    private const string EntryStart = "{\"entry\":";

    private readonly NoteKey? _expected;
    private readonly ImmutableArray<NoteKey> _witnesses;
    private readonly ImmutableArray<LedgerFault>.Builder _faults = ImmutableArray.CreateBuilder<LedgerFault>();
    private readonly List<MerkleHash> _leaves = [];

    private LedgerVerifier(NoteKey? expected, ImmutableArray<NoteKey> witnesses)
    {
        _expected = expected;
        _witnesses = witnesses;
    }

    /// <summary>Verifies an export.</summary>
    /// <param name="export">The file.</param>
    /// <param name="expected">The ledger's key as known from elsewhere; null = the one that the file names is taken, and its fingerprint is the reader's to compare.</param>
    /// <param name="witnesses">Keys of witnesses whose cosignatures are to be looked for.</param>
    /// <param name="each">Called with every entry that could be read, in order; null = nobody.</param>
    public static LedgerVerdict Verify(TextReader export, NoteKey? expected = null, ImmutableArray<NoteKey> witnesses = default, Action<long, LedgerEntry>? each = null) =>
        new LedgerVerifier(expected, witnesses.IsDefault ? [] : witnesses).Run(new BoundedLines(export), each);

    private LedgerVerdict Run(BoundedLines lines, Action<long, LedgerEntry>? each)
    {
        if (!TryHeader(lines.Next(), out NoteKey? key, out long entries, out int notes))
        {
            _faults.Add(new LedgerFault(1, null, $"the first line is not the header of a ledger's export ({LedgerExport.Format}), or was changed"));
            return new LedgerVerdict(null, 0, [], [], _faults.ToImmutable());
        }

        if (_expected is not null && !string.Equals(_expected.ToString(), key.ToString(), StringComparison.Ordinal))
            _faults.Add(new LedgerFault(1, null, $"the header names the key {key.Fingerprint} of {key.Name}; expected was {_expected.Fingerprint} of {_expected.Name}"));

        long index = 0;
        for (; _faults.Count < MostFaults; index++)
        {
            if (lines.Next() is not { } line)
            {
                if (index < entries) _faults.Add(new LedgerFault(lines.Number, index, $"the file ends before entry {index}; {entries} entries were announced"));
                return new LedgerVerdict(key, index, [], [], _faults.ToImmutable());
            }

            // What follows the entries is told by what it is, not by the header's count alone: a damaged count is the header's fault, not an entry's.
            if (index < entries ? IsNote(line) : !line.StartsWith(EntryStart, StringComparison.Ordinal))
            {
                lines.Back();
                break;
            }

            if (Entry(line, index, lines.Number) is { } entry) each?.Invoke(index, entry);
        }

        if (index != entries && _faults.Count == 0) _faults.Add(new LedgerFault(1, null, $"the header announces {entries} entries, but {index} follow"));
        (ImmutableArray<Checkpoint> checkpoints, ImmutableArray<LedgerCosignature> cosignatures) = Checkpoints(lines, key, index, notes);
        if (lines.Next() is { } further && IsNote(further)) _faults.Add(new LedgerFault(1, null, $"the header announces {notes} checkpoints, but more follow"));
        else if (!lines.EndsWell()) _faults.Add(new LedgerFault(lines.Number, null, "the file does not end with a line feed after its last announced line"));
        return new LedgerVerdict(key, _leaves.Count, checkpoints, cosignatures, _faults.ToImmutable());
    }

    private static bool TryHeader(string? line, out NoteKey key, out long entries, out int notes)
    {
        key = null!;
        entries = 0;
        notes = 0;
        if (line is null || !TryObject(line, out JsonElement header)) return false;
        if (!header.TryGetProperty("key", out JsonElement said) || said.ValueKind != JsonValueKind.String || !NoteKey.TryParse(said.GetString(), out NoteKey? read)) return false;
        if (!header.TryGetProperty("entries", out JsonElement n) || n.ValueKind != JsonValueKind.Number || !n.TryGetInt64(out entries) || entries < 0) return false;
        if (!header.TryGetProperty("checkpoints", out JsonElement c) || c.ValueKind != JsonValueKind.Number || !c.TryGetInt32(out notes) || notes < 1) return false;
        key = read;
        return string.Equals(LedgerExport.Header(key, entries, notes), line, StringComparison.Ordinal);
    }

    private LedgerEntry? Entry(string line, long index, long at)
    {
        string problem;
        LedgerEntry? entry = null;
        MerkleHash stated = default;
        bool hasLeaf = false;
        if (!TryObject(line, out JsonElement read)) problem = "is not a line of JSON any more";
        else
        {
            hasLeaf = read.TryGetProperty("leaf", out JsonElement leaf) && leaf.ValueKind == JsonValueKind.String && TryHash(leaf.GetString()!, out stated);
            problem = "";
            try
            {
                if (!read.TryGetProperty("bytes", out JsonElement bytes) || bytes.ValueKind != JsonValueKind.String || !bytes.TryGetBytesFromBase64(out byte[]? encoded))
                    problem = "has no readable bytes";
                else entry = LedgerEntry.Read(encoded);
            }
            catch (LedgerEntryInvalidException invalid)
            {
                problem = $"has bytes that are no entry ({invalid.Message.TrimEnd('.')})";
            }

            if (entry is not null && !string.Equals(LedgerExport.Entry(index, entry), line, StringComparison.Ordinal))
                problem = hasLeaf && stated == entry.Leaf ? "says in words something else than its bytes" : "has bytes that do not fit its leaf hash";
        }

        // The tree is computed with what the line states where the bytes are damaged, so that one damaged entry is one fault and not a wrong root as well.
        _leaves.Add(problem.Length == 0 || !hasLeaf ? entry?.Leaf ?? default : stated);
        if (problem.Length == 0) return entry;
        _faults.Add(new LedgerFault(at, index, $"entry {index}{(entry is null ? "" : $" ({entry.Kind}, {entry.At:u})")} was changed: it {problem}"));
        return null;
    }

    private (ImmutableArray<Checkpoint> Checkpoints, ImmutableArray<LedgerCosignature> Cosignatures) Checkpoints(BoundedLines lines, NoteKey key, long entries, int notes)
    {
        var good = ImmutableArray.CreateBuilder<Checkpoint>();
        var seen = ImmutableArray.CreateBuilder<LedgerCosignature>();
        // Where an entry is damaged already, a root that does not fit says nothing more.
        long firstDamaged = _faults.Where(f => f.Entry is not null).Select(f => f.Entry!.Value).DefaultIfEmpty(long.MaxValue).First();
        CompactRange range = CompactRange.Empty;
        Checkpoint? last = null;
        for (int i = 0; i < notes && _faults.Count < MostFaults; i++)
        {
            if (lines.Next() is not { } line)
            {
                _faults.Add(new LedgerFault(1, null, $"the header announces {notes} checkpoints, but {i} follow"));
                break;
            }

            if (!TryNote(line, out SignedNote note) || !Checkpoint.TryOpen(note.ToString(), key, out Checkpoint? checkpoint, out _))
            {
                _faults.Add(new LedgerFault(lines.Number, null, $"checkpoint {i + 1} of {notes} was changed, or is not signed by the ledger's key"));
                continue;
            }

            if (checkpoint.Size < range.Size || checkpoint.Size > (ulong)_leaves.Count)
            {
                _faults.Add(new LedgerFault(lines.Number, null, $"checkpoint {i + 1} covers {checkpoint.Size} entries, but {_leaves.Count} follow from {range.Size}: entries were added, removed or put in another order"));
                continue;
            }

            ulong before = last?.Size ?? 0;
            while (range.Size < checkpoint.Size) range = range.Append(_leaves[(int)range.Size]);
            if (range.Root != checkpoint.Root && firstDamaged >= (long)checkpoint.Size)
                _faults.Add(new LedgerFault(lines.Number, null, $"the entries do not give the root of checkpoint {i + 1}: {Between(before, checkpoint.Size)} changed after it was signed"));
            else if (range.Root == checkpoint.Root)
            {
                good.Add(checkpoint);
                last = checkpoint;
            }

            foreach (NoteKey witness in _witnesses)
                if (witness.WhenCosigned(note) is { } at) seen.Add(new LedgerCosignature(checkpoint.Size, witness.Name, at));
        }

        if (_faults.Count == 0 && last?.Size != (ulong)entries)
            _faults.Add(new LedgerFault(lines.Number, null, $"the last checkpoint covers {last?.Size ?? 0} of {entries} entries: the newest are not signed for"));
        return (good.ToImmutable(), seen.ToImmutable());
    }

    private static bool IsNote(string line) => TryNote(line, out _);

    private static bool TryNote(string line, out SignedNote note)
    {
        note = null!;
        if (!TryObject(line, out JsonElement read) || !read.TryGetProperty("checkpoint", out JsonElement text) || text.ValueKind != JsonValueKind.String
            || !SignedNote.TryParse(text.GetString(), out SignedNote? parsed) || !string.Equals(LedgerExport.Note(parsed), line, StringComparison.Ordinal)) return false;
        note = parsed;
        return true;
    }

    private static string Between(ulong from, ulong to) => to - from == 1 ? $"entry {from} was" : $"one of the entries {from} to {to - 1} was";

    private static bool TryHash(string hex, out MerkleHash hash)
    {
        hash = default;
        if (hex.Length != 2 * MerkleHash.Bytes) return false;
        try
        {
            return MerkleHash.TryRead(Convert.FromHexString(hex), out hash);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool TryObject(string line, out JsonElement element)
    {
        element = default;
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 16 });
            element = document.RootElement.Clone();
            return element.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>Lines that end in a line feed and nothing else, none longer than an export's may be.</summary>
internal sealed class BoundedLines(TextReader reader)
{
    private readonly System.Text.StringBuilder _line = new();
    private bool _ended = true;
    private string? _again, _last;

    /// <summary>Number of the line last read, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line; null at the end, and for a line too long.</summary>
    public string? Next()
    {
        Number++;
        if (_again is { } again)
        {
            _again = null;
            return again;
        }

        _line.Clear();
        for (int c = reader.Read(); c >= 0; c = reader.Read())
        {
            if (c == '\n')
            {
                _ended = true;
                return _last = _line.ToString();
            }

            if (_line.Length >= LedgerExport.LongestLine) return _last = null;
            _line.Append((char)c);
            _ended = false;
        }

        return _last = _line.Length == 0 ? null : _line.ToString();
    }

    /// <summary>Gives the line last read once more.</summary>
    public void Back()
    {
        _again = _last;
        Number--;
    }

    /// <summary>Whether the last line ended in a line feed, and nothing followed it: asked after <see cref="Next"/> gave nothing.</summary>
    public bool EndsWell() => _last is null && _ended && reader.Peek() < 0;
}
