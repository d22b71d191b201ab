using System.Text;
using CsCheck;
using Federated.Ledger.Entries;

namespace Federated.Ledger.Tests.Entries;

/// <summary>One entry, one sequence of bytes; any other bytes are refused.</summary>
public class LedgerEntryTests
{
    private static readonly Gen<string> Names = Gen.String[Gen.Char['a', 'z'], 1, 8];

    private static readonly Gen<LedgerValue> Values = Gen.OneOf(
        Gen.String[0, 12].Where(text => IsUnicode(text)).Select(text => (LedgerValue)new LedgerValue.Text(text)),
        Gen.Long.Select(whole => (LedgerValue)new LedgerValue.Whole(whole)),
        Gen.Double.Where(real => !double.IsNaN(real)).Select(real => (LedgerValue)new LedgerValue.Real(real)),
        Gen.Byte.Array[0, 40].Select(bytes => (LedgerValue)new LedgerValue.Bytes([.. bytes])),
        Gen.Bool.Select(flag => (LedgerValue)new LedgerValue.Flag(flag)));

    private static readonly Gen<LedgerFields> Flat = Gen.Select(Names, Values).Array[0, 5].Select(pairs =>
        pairs.DistinctBy(p => p.Item1).Aggregate(LedgerFields.Empty, (fields, pair) => fields.With(pair.Item1, pair.Item2)));

    private static readonly Gen<LedgerEntry> Entries = Gen.Select(Names, Gen.Long[0, 4_000_000_000_000], Gen.Byte.Array[16], Flat, Flat.Array[0, 3]).Select(
        (kind, at, salt, fields, groups) => new LedgerEntry(kind, DateTimeOffset.FromUnixTimeMilliseconds(at), salt, fields.Groups("checks-of-the-gate", groups)));

    [Fact]
    public void What_was_written_is_read_and_written_again_the_same() => Entries.Sample(entry =>
    {
        LedgerEntry read = LedgerEntry.Read(entry.Encoded.AsSpan());
        Assert.Equal(entry.Encoded, new LedgerEntry(read.Kind, read.At, read.Salt.AsSpan(), read.Fields).Encoded);
        Assert.Equal(entry.Leaf, read.Leaf);
    });

    [Fact]
    public void Bytes_that_are_read_are_the_only_bytes_of_that_entry() =>
        Gen.Select(Entries, Gen.Int[0, 100_000], Gen.Byte, Gen.Int[0, 2]).Sample((entry, where, noise, how) =>
        {
            byte[] bytes = [.. entry.Encoded];
            int at = where % bytes.Length;
            byte[] damaged = how switch
            {
                0 => [.. bytes[..at], (byte)(bytes[at] ^ (noise | 1)), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], noise, .. bytes[at..]],
                _ => bytes[..at],
            };
            try
            {
                LedgerEntry read = LedgerEntry.Read(damaged);
                Assert.Equal(damaged, new LedgerEntry(read.Kind, read.At, read.Salt.AsSpan(), read.Fields).Encoded);
                Assert.NotEqual(entry.Leaf, read.Leaf);
            }
            catch (LedgerEntryInvalidException)
            {
                // Refused, as most damage is.
            }
        }, iter: 3000);

    [Fact]
    public void Noise_is_refused_without_making_room_for_what_it_claims() => Gen.Byte.Array[0, 200].Sample(noise =>
    {
        byte[] bytes = [1, 1, (byte)'a', 0, 0, 0, 0, 0, 0, 0, 0, .. new byte[16], .. noise];
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            LedgerEntry.Read(bytes);
        }
        catch (LedgerEntryInvalidException)
        {
            // Refused.
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }, iter: 3000);

    [Theory]
    [InlineData("Upper")]
    [InlineData("")]
    [InlineData("has space")]
    [InlineData("-first")]
    public void A_name_is_of_small_letters_digits_and_hyphens(string name) =>
        Assert.Throws<ArgumentException>(() => LedgerFields.Empty.Text(name, "x"));

    [Fact]
    public void What_cannot_be_written_the_same_everywhere_is_refused()
    {
        Assert.Throws<ArgumentException>(() => Entry(LedgerFields.Empty.Real("x", double.NaN)));
        Assert.Throws<EncoderFallbackException>(() => Entry(LedgerFields.Empty.Text("x", "\ud800")));
        Assert.Throws<ArgumentException>(() => new LedgerEntry("kind", DateTimeOffset.UnixEpoch, new byte[15], LedgerFields.Empty));
        Assert.Throws<ArgumentException>(() => Entry(LedgerFields.Empty.Bytes("x", new byte[LedgerEntry.MostBytes])));
        LedgerFields deep = LedgerFields.Empty;
        for (int i = 0; i < 5; i++) deep = LedgerFields.Empty.With("in", new LedgerValue.Group(deep));
        Assert.Throws<ArgumentException>(() => Entry(deep));
    }

    [Fact]
    public void The_bytes_of_version_1_stay_what_they_are()
    {
        var entry = new LedgerEntry(
            "answer-sent", DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_123), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
            LedgerFields.Empty.Text("study", "é").Whole("round", 3).Real("limit", 0.33).Flag("masked", true).Bytes("digest", [0xab]).Groups("checks", [LedgerFields.Empty.Whole("n", -1)]));
        Assert.Equal(
            "010b616e737765722d73656e740000019b76daa87b000102030405060708090a0b0c0d0e0f0000000606636865636b7306000000010500000001016e02ffffffffffffffff066469676573740400000001ab056c696d6974033fd51eb851eb851f066d61736b6564070105726f756e640200000000000000030573747564790100000002c3a9",
            Convert.ToHexStringLower(entry.Encoded.AsSpan()));
    }

    private static LedgerEntry Entry(LedgerFields fields) => new("kind", DateTimeOffset.UnixEpoch, new byte[16], fields);

    private static bool IsUnicode(string text)
    {
        try
        {
            _ = new UTF8Encoding(false, true).GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
