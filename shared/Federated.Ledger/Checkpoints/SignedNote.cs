using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Federated.Ledger.Checkpoints;

/// <summary>One signature line of a note: who, with which key, and the bytes after the key's id.</summary>
/// <param name="Name">The signer's name; no space, no '+'.</param>
/// <param name="KeyId">First four bytes of the key's digest: tells keys apart, proves nothing.</param>
/// <param name="Signature">What follows the id.</param>
public sealed record NoteSignature(string Name, uint KeyId, ImmutableArray<byte> Signature);

/// <summary>
/// A text with signatures under it, in the C2SP signed-note format (c2sp.org/signed-note), which transparency logs everywhere use: the text ends in a line feed,
/// then an empty line, then one line per signature, "— NAME BASE64(id | signature)".
/// </summary>
/// <param name="Text">What was signed, to its last line feed.</param>
/// <param name="Signatures">In the order of the note.</param>
public sealed record SignedNote(string Text, ImmutableArray<NoteSignature> Signatures)
{
    /// <summary>The most characters a note may have.</summary>
    public const int MostCharacters = 64 * 1024;

    /// <summary>The most signatures a note may carry.</summary>
    public const int MostSignatures = 64;

    private const int MostSignatureBytes = 256;

    /// <summary>The note with another signature under it.</summary>
    public SignedNote With(NoteSignature signature) => this with { Signatures = Signatures.Add(signature) };

    /// <summary>The note as it is written.</summary>
    public override string ToString()
    {
        var note = new StringBuilder(Text).Append('\n');
        Span<byte> id = stackalloc byte[4];
        foreach (NoteSignature signature in Signatures)
        {
            BinaryPrimitives.WriteUInt32BigEndian(id, signature.KeyId);
            note.Append("\u2014 ").Append(signature.Name).Append(' ').Append(Convert.ToBase64String([.. id, .. signature.Signature])).Append('\n');
        }

        return note.ToString();
    }

    /// <summary>Reads a note of any origin.</summary>
    /// <returns>False unless the characters are exactly what <see cref="ToString"/> would write.</returns>
    public static bool TryParse(string? note, [NotNullWhen(true)] out SignedNote? parsed)
    {
        parsed = null;
        if (note is null || note.Length > MostCharacters) return false;
        int end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 1 || !note.EndsWith('\n')) return false;
        string[] lines = note[(end + 2)..].Split('\n');
        if (lines.Length is < 2 or > MostSignatures + 1) return false; // the last is empty: the note ends in a line feed
        var signatures = ImmutableArray.CreateBuilder<NoteSignature>(lines.Length - 1);
        foreach (string line in lines.AsSpan(0, lines.Length - 1))
        {
            string[] parts = line.Split(' ');
            if (parts.Length != 3 || parts[0] is not "\u2014" || !NoteKey.IsSigner(parts[1])) return false;
            byte[] bytes = new byte[4 + MostSignatureBytes];
            if (!Convert.TryFromBase64String(parts[2], bytes, out int length) || length <= 4) return false;
            signatures.Add(new NoteSignature(parts[1], BinaryPrimitives.ReadUInt32BigEndian(bytes), [.. bytes.AsSpan(4, length - 4)]));
        }

        var read = new SignedNote(note[..(end + 1)], signatures.MoveToImmutable());
        if (!string.Equals(read.ToString(), note, StringComparison.Ordinal)) return false; // base64 with loose ends, for one
        parsed = read;
        return true;
    }
}
