using System.Text;
using System.Text.Json;
using CsCheck;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Exports;
using Federated.Ledger.Tests.Checkpoints;

namespace Federated.Ledger.Tests.Exports;

/// <summary>An export is either what was written, or the verifier says where it is not.</summary>
public class LedgerVerifierTests
{
    [Fact]
    public async Task A_whole_export_holds_and_is_readable_line_by_line()
    {
        using TestLog log = new TestLog().Add(9), witness = new TestLog("federated-ledger/coordinator");
        SignedNote head = log.Checkpoint();
        DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(1_767_225_600);
        string export = await WriteAsync(log, log.Checkpoint(4), head.With(witness.Key.Cosign(head.Text, at, witness.Sign)));
        int seen = 0;
        LedgerVerdict verdict = LedgerVerifier.Verify(new StringReader(export), log.Key, [witness.Key], (index, entry) => Assert.Equal(log.Entries[seen++].Leaf, entry.Leaf));
        Assert.Empty(verdict.Faults);
        Assert.True(verdict.Holds);
        Assert.Equal((9, 9L), (seen, verdict.Entries));
        Assert.Equal([4ul, 9ul], verdict.Checkpoints.Select(c => c.Size));
        Assert.Equal(new LedgerCosignature(9, witness.Key.Name, at), Assert.Single(verdict.Cosignatures));
        string[] lines = export.TrimEnd('\n').Split('\n');
        Assert.Equal(12, lines.Length);
        Assert.Equal("answer \u00e9 \"2\"", JsonDocument.Parse(lines[3]).RootElement.GetProperty("fields").GetProperty("study").GetString());
    }

    [Fact]
    public async Task Any_flipped_bit_is_noticed_and_an_entry_is_named()
    {
        using TestLog log = new TestLog().Add(3);
        byte[] export = Encoding.UTF8.GetBytes(await WriteAsync(log, log.Checkpoint(2), log.Checkpoint()));
        int[] starts = [0, .. export.Select((b, i) => (b, i)).Where(p => p.b == '\n').Select(p => p.i + 1)];
        for (int bit = 0; bit < export.Length * 8; bit++)
        {
            byte[] flipped = [.. export];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            LedgerVerdict verdict = LedgerVerifier.Verify(new StringReader(Encoding.UTF8.GetString(flipped)));
            Assert.False(verdict.Holds, $"bit {bit}");
            int line = Array.FindLastIndex(starts, start => start <= bit / 8);
            Assert.Equal(line + 1, verdict.Faults[0].Line);
            if (line is >= 1 and <= 3) Assert.Equal(line - 1, verdict.Faults[0].Entry);
        }
    }

    [Fact]
    public async Task An_entry_rewritten_with_its_leaf_is_found_between_two_checkpoints()
    {
        using TestLog log = new TestLog().Add(9), other = new TestLog().Add(9, "other");
        SignedNote[] checkpoints = [log.Checkpoint(3), log.Checkpoint(7), log.Checkpoint()];
        log.Entries[5] = other.Entries[5];
        LedgerVerdict verdict = LedgerVerifier.Verify(new StringReader(await WriteAsync(log, checkpoints)), log.Key);
        Assert.Equal("the entries do not give the root of checkpoint 2: one of the entries 3 to 6 was changed after it was signed", verdict.Faults[0].Message);
        Assert.Equal([3ul], verdict.Checkpoints.Select(c => c.Size));
    }

    [Fact]
    public async Task Entries_removed_swapped_or_not_signed_for_are_noticed()
    {
        using TestLog log = new TestLog().Add(8);
        string whole = await WriteAsync(log, log.Checkpoint());
        string[] lines = whole.Split('\n');
        Assert.False(LedgerVerifier.Verify(new StringReader(string.Join('\n', lines.Where((_, i) => i != 4)))).Holds);
        (lines[3], lines[4]) = (lines[4], lines[3]);
        Assert.False(LedgerVerifier.Verify(new StringReader(string.Join('\n', lines))).Holds);
        Assert.False(LedgerVerifier.Verify(new StringReader(whole + "x")).Holds);
        Assert.False(LedgerVerifier.Verify(new StringReader(whole[..^1])).Holds);
        Assert.False(LedgerVerifier.Verify(new StringReader(await WriteAsync(log, log.Checkpoint(6)))).Holds);
        SignedNote signed = log.Checkpoint();
        log.Entries.Reverse(2, 2);
        Assert.False(LedgerVerifier.Verify(new StringReader(await WriteAsync(log, new SignedNote(log.Head().Text, signed.Signatures)))).Holds);
    }

    [Fact]
    public async Task Another_key_than_the_expected_one_is_named()
    {
        using TestLog log = new TestLog().Add(3), impostor = new TestLog().Add(3);
        LedgerVerdict verdict = LedgerVerifier.Verify(new StringReader(await WriteAsync(impostor, impostor.Checkpoint())), log.Key);
        Assert.Contains(log.Key.Fingerprint, Assert.Single(verdict.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_is_a_fault_and_never_a_failure() => Gen.String[0, 300].Sample(noise =>
    {
        Assert.False(LedgerVerifier.Verify(new StringReader(noise)).Holds);
        Assert.False(LedgerVerifier.Verify(new StringReader("{\"key\":" + noise)).Holds);
    }, iter: 1000);

    private static async Task<string> WriteAsync(TestLog log, params SignedNote[] checkpoints)
    {
        using var writer = new StringWriter();
        await LedgerExport.WriteAsync(writer, log.Key, log.Entries, log.Entries.Count, checkpoints);
        return writer.ToString();
    }
}
