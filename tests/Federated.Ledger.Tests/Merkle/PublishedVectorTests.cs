using System.Text.Json;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Tests.Merkle;

/// <summary>Every published case: the proofs that hold, and the damaged ones that must not.</summary>
public class PublishedVectorTests
{
    public static TheoryData<string> Inclusions => [.. Vectors.Cases("inclusion.json").Select(Id)];

    public static TheoryData<string> Consistencies => [.. Vectors.Cases("consistency.json").Select(Id)];

    [Theory, MemberData(nameof(Inclusions))]
    public void Inclusion_is_judged_as_published(string id)
    {
        JsonElement vector = Vectors.Cases("inclusion.json").Single(c => string.Equals(Id(c), id, StringComparison.Ordinal));
        bool holds = TryReadProof(vector, out MerkleHash[] proof)
            && MerkleHash.TryRead(Vectors.Base64(vector.GetProperty("leafHash")), out MerkleHash leaf)
            && MerkleHash.TryRead(Vectors.Root(vector.GetProperty("root")), out MerkleHash root)
            && MerkleProof.VerifyInclusion(leaf, vector.GetProperty("leafIdx").GetUInt64(), vector.GetProperty("treeSize").GetUInt64(), proof, root);
        Assert.Equal(!vector.GetProperty("wantErr").GetBoolean(), holds);
    }

    [Theory, MemberData(nameof(Consistencies))]
    public void Consistency_is_judged_as_published(string id)
    {
        JsonElement vector = Vectors.Cases("consistency.json").Single(c => string.Equals(Id(c), id, StringComparison.Ordinal));
        bool holds = TryReadProof(vector, out MerkleHash[] proof)
            && MerkleHash.TryRead(Vectors.Root(vector.GetProperty("root1")), out MerkleHash oldRoot)
            && MerkleHash.TryRead(Vectors.Root(vector.GetProperty("root2")), out MerkleHash root)
            && MerkleProof.VerifyConsistency(vector.GetProperty("size1").GetUInt64(), oldRoot, vector.GetProperty("size2").GetUInt64(), root, proof);
        Assert.Equal(!vector.GetProperty("wantErr").GetBoolean(), holds);
    }

    [Fact]
    public void Generated_proofs_are_the_ones_we_make()
    {
        foreach (JsonElement vector in Vectors.Read("inclusion.json").GetProperty("generated").EnumerateArray())
        {
            MerkleHash[] leaves = Leaves(vector.GetProperty("treeSize").GetInt32());
            Assert.True(TryReadProof(vector, out MerkleHash[] proof));
            Assert.Equal(proof, MerkleTree.InclusionProof(leaves, vector.GetProperty("leafIdx").GetInt32()));
            Assert.Equal(Vectors.Base64(vector.GetProperty("root")), MerkleTree.Root(leaves).ToArray());
        }

        foreach (JsonElement vector in Vectors.Read("consistency.json").GetProperty("generated").EnumerateArray())
        {
            MerkleHash[] leaves = Leaves(vector.GetProperty("size2").GetInt32());
            Assert.True(TryReadProof(vector, out MerkleHash[] proof));
            Assert.Equal(proof, MerkleTree.ConsistencyProof(leaves, vector.GetProperty("size1").GetInt32()));
        }

        static MerkleHash[] Leaves(int size) => [.. Enumerable.Range(0, size).Select(i => MerkleHash.OfLeaf(System.Text.Encoding.ASCII.GetBytes($"leaf-{i}")))];
    }

    [Fact]
    public void Roots_of_the_reference_leaves()
    {
        JsonElement file = Vectors.Read("hasher_and_roots.json");
        MerkleHash[] leaves = [.. file.GetProperty("leaves_hex").EnumerateArray().Select(l => MerkleHash.OfLeaf(Convert.FromHexString(l.GetString()!)))];
        string[] roots = [.. file.GetProperty("roots_hex_by_size").EnumerateArray().Select(r => r.GetString()!)];
        Assert.Equal(leaves.Length + 1, roots.Length);
        for (int size = 0; size < roots.Length; size++)
        {
            Assert.Equal(roots[size], MerkleTree.Root(leaves.AsSpan(0, size)).ToString());
            Assert.Equal(roots[size], CompactRange.Of(leaves.AsSpan(0, size)).Root.ToString());
        }
    }

    [Fact]
    public void Leaves_and_nodes_are_hashed_as_published()
    {
        JsonElement hasher = Vectors.Read("hasher_and_roots.json").GetProperty("hasher");
        Assert.Equal(hasher.GetProperty("empty_root").GetString(), MerkleHash.EmptyRoot.ToString());
        Assert.Equal(hasher.GetProperty("empty_leaf").GetString(), MerkleHash.OfLeaf([]).ToString());
        Assert.Equal(hasher.GetProperty("leaf_L123456").GetString(), MerkleHash.OfLeaf("L123456"u8).ToString());
    }

    private static string Id(JsonElement vector) => vector.GetProperty("id").GetString()!;

    private static bool TryReadProof(JsonElement vector, out MerkleHash[] proof)
    {
        JsonElement field = vector.GetProperty("proof");
        byte[][] hashes = field.ValueKind == JsonValueKind.Null ? [] : [.. field.EnumerateArray().Select(Vectors.Base64)];
        proof = new MerkleHash[hashes.Length];
        for (int i = 0; i < hashes.Length; i++)
            if (!MerkleHash.TryRead(hashes[i], out proof[i])) return false;
        return true;
    }
}
