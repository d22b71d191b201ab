using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Checkpoints;

/// <summary>
/// A log's whole content in three lines (c2sp.org/tlog-checkpoint): its origin, its size and its root. Whoever holds a signed one can prove any later rewriting.
/// </summary>
/// <param name="Origin">Which log: "federated-ledger/..." without spaces.</param>
/// <param name="Size">Entries.</param>
/// <param name="Root">Root of the tree over them.</param>
public sealed record Checkpoint(string Origin, ulong Size, MerkleHash Root)
{
    /// <summary>What every origin begins with, so that no other signed text of the consortium can be passed off as a checkpoint.</summary>
    public const string OriginPrefix = "federated-ledger/";

    /// <summary>The text that is signed.</summary>
    public string Text => $"{Origin}\n{Size.ToString(CultureInfo.InvariantCulture)}\n{Convert.ToBase64String(Root.ToArray())}\n";

    /// <summary>Signs it.</summary>
    /// <param name="key">The log's own key; its name is the origin.</param>
    /// <param name="signHash">Signs 32 bytes with the key's private half.</param>
    public SignedNote Sign(NoteKey key, Func<byte[], byte[]> signHash) => new(Text, [key.Sign(Text, signHash)]);

    /// <summary>Reads the text of a checkpoint.</summary>
    /// <returns>False unless it is written as <see cref="Text"/> is.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        string[] lines = text.Split('\n');
        byte[] root = new byte[MerkleHash.Bytes];
        if (lines.Length != 4 || !IsOrigin(lines[0]) || !ulong.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong size)
            || lines[2].Length != 44 || !Convert.TryFromBase64String(lines[2], root, out int length) || length != MerkleHash.Bytes) return false;
        var read = new Checkpoint(lines[0], size, new MerkleHash(root));
        if (!string.Equals(read.Text, text, StringComparison.Ordinal)) return false;
        checkpoint = read;
        return true;
    }

    /// <summary>Reads a note and checks that the key signed it as the checkpoint of its own log.</summary>
    public static bool TryOpen(string? note, NoteKey key, [NotNullWhen(true)] out Checkpoint? checkpoint, [NotNullWhen(true)] out SignedNote? opened)
    {
        checkpoint = null;
        return SignedNote.TryParse(note, out opened) && TryParse(opened.Text, out checkpoint)
            && string.Equals(checkpoint.Origin, key.Name, StringComparison.Ordinal) && key.HasSigned(opened);
    }

    /// <summary>Whether this can be a log's origin.</summary>
    public static bool IsOrigin(string origin) => origin.StartsWith(OriginPrefix, StringComparison.Ordinal) && NoteKey.IsSigner(origin);
}
