using System.Text.Json;
using CsCheck;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Tests.Merkle;

namespace Federated.Ledger.Tests.Checkpoints;

/// <summary>The format of signed notes, held to the published example; and signatures of ours.</summary>
public class SignedNoteTests
{
    [Fact]
    public void The_published_note_is_read_and_written_to_the_byte()
    {
        JsonElement published = Vectors.Read("signed_note.json");
        string text = published.GetProperty("note").GetString()!;
        Assert.True(SignedNote.TryParse(text, out SignedNote? note));
        Assert.Equal(published.GetProperty("text").GetString(), note.Text);
        NoteSignature signature = Assert.Single(note.Signatures);
        Assert.Equal(("PeterNeumann", 0xc74f20a3u, 64), (signature.Name, signature.KeyId, signature.Signature.Length));
        Assert.Equal(text, note.ToString());
        byte[] key = Convert.FromBase64String(published.GetProperty("vkey").GetString()!.Split('+', 3)[2]);
        Assert.Equal(0xc74f20a3u, NoteKey.IdOf("PeterNeumann", key.AsSpan(0, 1), key.AsSpan(1)));
    }

    [Fact]
    public void A_key_is_read_from_its_own_text_and_from_no_other()
    {
        using var log = new TestLog();
        string text = log.Key.ToString();
        Assert.True(NoteKey.TryParse(text, out NoteKey? read));
        Assert.Equal((log.Key.Fingerprint, log.Key.Name), (read.Fingerprint, read.Name));
        for (int i = 0; i < text.Length; i++) Assert.False(NoteKey.TryParse(text[..i] + (char)(text[i] ^ 1) + text[(i + 1)..], out _), $"character {i}");
        Assert.False(NoteKey.TryParse(Vectors.Read("signed_note.json").GetProperty("vkey").GetString(), out _));
    }

    [Fact]
    public void Any_bit_of_a_checkpoint_that_is_flipped_is_noticed()
    {
        using TestLog log = new TestLog().Add(5);
        byte[] note = System.Text.Encoding.UTF8.GetBytes(log.Checkpoint().ToString());
        Assert.True(Checkpoint.TryOpen(System.Text.Encoding.UTF8.GetString(note), log.Key, out Checkpoint? opened, out _));
        Assert.Equal(log.Head(), opened);
        for (int bit = 0; bit < note.Length * 8; bit++)
        {
            byte[] flipped = [.. note];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Checkpoint.TryOpen(System.Text.Encoding.UTF8.GetString(flipped), log.Key, out _, out _), $"bit {bit}");
        }
    }

    [Fact]
    public void A_checkpoint_of_another_log_or_another_key_is_not_opened()
    {
        using TestLog log = new TestLog().Add(2), other = new TestLog("federated-ledger/site/south").Add(2), impostor = new TestLog().Add(2);
        Assert.False(Checkpoint.TryOpen(other.Checkpoint().ToString(), log.Key, out _, out _));
        Assert.False(Checkpoint.TryOpen(impostor.Checkpoint().ToString(), log.Key, out _, out _));
        SignedNote relabelled = new(other.Head().Text, [log.Key.Sign(other.Head().Text, log.Sign)]);
        Assert.False(Checkpoint.TryOpen(relabelled.ToString(), log.Key, out _, out _));
    }

    [Fact]
    public void A_cosignature_says_who_saw_it_and_when()
    {
        using TestLog log = new TestLog().Add(3), witness = new TestLog("federated-ledger/coordinator");
        DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(1_767_225_600);
        SignedNote note = log.Checkpoint();
        SignedNote cosigned = note.With(witness.Key.Cosign(note.Text, at, witness.Sign));
        Assert.True(SignedNote.TryParse(cosigned.ToString(), out SignedNote? read));
        Assert.Equal(at, witness.Key.WhenCosigned(read));
        Assert.True(log.Key.HasSigned(read));
        Assert.Null(log.Key.WhenCosigned(read));
        Assert.False(witness.Key.HasSigned(read)); // to witness is not to own
        byte[] later = [.. read.Signatures[1].Signature];
        later[7] ^= 1;
        Assert.Null(witness.Key.WhenCosigned(new SignedNote(read.Text, [read.Signatures[0], read.Signatures[1] with { Signature = [.. later] }])));
    }

    [Fact]
    public void Whatever_is_read_as_a_note_is_written_back_the_same() => Gen.String[0, 80].Sample(noise =>
    {
        string text = "a\n\n\u2014 n " + noise + "\n";
        if (SignedNote.TryParse(text, out SignedNote? note)) Assert.Equal(text, note.ToString());
        Assert.False(Checkpoint.TryParse(noise, out _));
    }, iter: 2000);
}
