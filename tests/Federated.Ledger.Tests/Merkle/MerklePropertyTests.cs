using System.Collections.Immutable;
using CsCheck;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Tests.Merkle;

/// <summary>What holds for every log, whatever its size.</summary>
public class MerklePropertyTests
{
    private static readonly Gen<MerkleHash[]> Logs = Gen.Byte.Array[0, 6].Select(entry => MerkleHash.OfLeaf(entry)).Array[1, 70];

    [Fact]
    public void Every_entry_is_proved_and_no_other_entry_at_its_place() => Logs.Sample(leaves =>
    {
        MerkleHash root = MerkleTree.Root(leaves);
        for (int i = 0; i < leaves.Length; i++)
        {
            ImmutableArray<MerkleHash> proof = MerkleTree.InclusionProof(leaves, i);
            for (int j = 0; j < leaves.Length; j++)
                Assert.Equal(leaves[j] == leaves[i], MerkleProof.VerifyInclusion(leaves[j], (ulong)i, (ulong)leaves.Length, proof.AsSpan(), root));
        }
    }, iter: 60);

    [Fact]
    public void Every_older_log_is_proved_against_the_newer() => Logs.Sample(leaves =>
    {
        MerkleHash root = MerkleTree.Root(leaves);
        for (int old = 1; old <= leaves.Length; old++)
        {
            MerkleHash oldRoot = MerkleTree.Root(leaves.AsSpan(0, old));
            ImmutableArray<MerkleHash> proof = MerkleTree.ConsistencyProof(leaves, old);
            Assert.True(MerkleProof.VerifyConsistency((ulong)old, oldRoot, (ulong)leaves.Length, root, proof.AsSpan()));
        }
    }, iter: 60);

    [Fact]
    public void A_rewritten_entry_is_found_out() => Gen.Select(Logs, Gen.Int[0, 1000], Gen.Int[0, 1000]).Sample((leaves, which, cut) =>
    {
        int old = 1 + cut % leaves.Length;
        MerkleHash[] rewritten = [.. leaves];
        rewritten[which % old] = MerkleHash.OfLeaf("never written"u8);
        MerkleHash oldRoot = MerkleTree.Root(leaves.AsSpan(0, old));
        ImmutableArray<MerkleHash> proof = MerkleTree.ConsistencyProof(rewritten, old);
        Assert.False(MerkleProof.VerifyConsistency((ulong)old, oldRoot, (ulong)leaves.Length, MerkleTree.Root(rewritten), proof.AsSpan()));
    });

    [Fact]
    public void Any_single_damage_to_a_proof_is_found_out() =>
        Gen.Select(Logs, Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 2]).Sample((leaves, which, where, damage) =>
        {
            int index = which % leaves.Length;
            MerkleHash root = MerkleTree.Root(leaves);
            ImmutableArray<MerkleHash> inclusion = Damaged(MerkleTree.InclusionProof(leaves, index), where, damage);
            Assert.False(MerkleProof.VerifyInclusion(leaves[index], (ulong)index, (ulong)leaves.Length, inclusion.AsSpan(), root));

            int old = index + 1;
            ImmutableArray<MerkleHash> consistency = Damaged(MerkleTree.ConsistencyProof(leaves, old), where, damage);
            Assert.False(MerkleProof.VerifyConsistency((ulong)old, MerkleTree.Root(leaves.AsSpan(0, old)), (ulong)leaves.Length, root, consistency.AsSpan()));
        });

    [Fact]
    public void Absurd_sizes_and_proofs_get_an_answer() =>
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Byte.Select(b => MerkleHash.OfLeaf([b])).Array[0, 130], Gen.Bool).Sample((first, second, proof, near) =>
        {
            ulong size = near ? first + second % 4 : second;
            Assert.False(MerkleProof.VerifyInclusion(MerkleHash.OfLeaf([]), first, size, proof, MerkleHash.EmptyRoot));
            Assert.False(MerkleProof.VerifyConsistency(first, MerkleHash.OfLeaf([]), size, MerkleHash.EmptyRoot, proof));
        });

    [Fact]
    public void Appending_gives_the_root_of_the_whole_and_can_be_taken_up_again() => Logs.Sample(leaves =>
    {
        CompactRange range = CompactRange.Empty;
        for (int i = 0; i < leaves.Length; i++)
        {
            range = CompactRange.Resume(range.Size, range.Peaks).Append(leaves[i]);
            Assert.Equal((ulong)i + 1, range.Size);
            Assert.Equal(MerkleTree.Root(leaves.AsSpan(0, i + 1)), range.Root);
        }

        Assert.Equal(CompactRange.Of(leaves), range);
    });

    [Fact]
    public void A_range_with_the_wrong_number_of_peaks_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => CompactRange.Resume(6, [MerkleHash.EmptyRoot]));
        Assert.StartsWith("A log of 6 entries has 2 perfect subtrees, not 1.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_has_32_bytes()
    {
        Assert.False(MerkleHash.TryRead(new byte[31], out _));
        Assert.False(MerkleHash.TryRead(new byte[33], out _));
        Gen.Byte.Array[32].Sample(bytes => MerkleHash.TryRead(bytes, out MerkleHash hash) && hash.ToArray().AsSpan().SequenceEqual(bytes));
    }

    [Fact]
    public void The_log_without_entries_proves_nothing()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTree.ConsistencyProof([MerkleHash.EmptyRoot], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTree.InclusionProof([], 0));
    }

    private static ImmutableArray<MerkleHash> Damaged(ImmutableArray<MerkleHash> proof, int where, int damage)
    {
        MerkleHash stranger = MerkleHash.OfLeaf("stranger"u8);
        if (proof.IsEmpty) return [stranger];
        where %= proof.Length;
        return damage switch
        {
            0 => proof.SetItem(where, stranger),
            1 => proof.RemoveAt(where),
            _ => proof.Insert(where, stranger),
        };
    }
}
