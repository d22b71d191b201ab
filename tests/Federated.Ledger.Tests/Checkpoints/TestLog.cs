using System.Security.Cryptography;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;

namespace Federated.Ledger.Tests.Checkpoints;

/// <summary>A ledger with its key, in memory.</summary>
internal sealed class TestLog : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestLog(string name = "federated-ledger/site/north") => Key = new NoteKey(name, _key.ExportSubjectPublicKeyInfo());

    public NoteKey Key { get; }

    public List<LedgerEntry> Entries { get; } = [];

    public MerkleHash[] Leaves => [.. Entries.Select(e => e.Leaf)];

    public TestLog Add(int count, string word = "answer")
    {
        for (int i = 0; i < count; i++)
        {
            var salt = new byte[16];
            salt[0] = (byte)Entries.Count;
            Entries.Add(new LedgerEntry(
                "answer-sent", DateTimeOffset.UnixEpoch.AddHours(Entries.Count), salt,
                LedgerFields.Empty.Text("study", $"{word} \u00e9 \"{Entries.Count}\"").Whole("round", Entries.Count).Real("limit", 0.33).Bytes("digest", [1, 2, (byte)i])));
        }

        return this;
    }

    public byte[] Sign(byte[] hash) => _key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public Checkpoint Head(int? size = null) => new(Key.Name, (ulong)(size ?? Entries.Count), MerkleTree.Root(Leaves.AsSpan(0, size ?? Entries.Count)));

    public SignedNote Checkpoint(int? size = null) => Head(size).Sign(Key, Sign);

    public void Dispose() => _key.Dispose();
}
