using System.Security.Cryptography;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Tests.Support;

namespace Federated.SiteAgent.Tests.Ledgers;

/// <summary>A coordinator that changes its history is found out by the first hospital that looks, and the proof is kept.</summary>
public sealed class CoordinatorWitnessTests : IDisposable
{
    private readonly TestSite _site = new();
    private readonly CoordinatorLog _log;

    public CoordinatorWitnessTests()
    {
        _log = new CoordinatorLog(_site.Coordinator);
        _site.CoordinatorLedger = _log;
    }

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task A_log_that_grows_is_cosigned_at_each_session()
    {
        await LookAsync(3);
        await LookAsync(8);
        await LookAsync(8);
        Assert.Equal([3ul, 8ul], _log.Cosigned.Select(c => c.Size));
        NoteKey witness = SiteRecorder.KeyOf(_site.Identity);
        Assert.All(_log.Cosigned, c => Assert.Equal(TestStudy.Start, witness.WhenCosigned(_log.Note((int)c.Size).With(witness.Cosignature(c.Signature)))));
        Assert.Equal(2, _site.Store.Ledger.Entries().Count(e => e.Kind == EntryKinds.Cosignature));
        Assert.Empty(Faults());
    }

    [Theory]
    [InlineData(WitnessFinding.Forked, 5)]
    [InlineData(WitnessFinding.Rewritten, 9)]
    [InlineData(WitnessFinding.Shorter, 4)]
    public async Task A_log_with_another_past_is_found_out_written_down_and_not_cosigned(WitnessFinding finding, int size)
    {
        await LookAsync(5);
        string before = _site.Store.Ledger.LastSeen()!;
        if (finding != WitnessFinding.Shorter) _log.Leaves[2] = MerkleHash.OfLeaf("another past"u8);
        await LookAsync(size);
        LedgerEntry fault = Assert.Single(Faults());
        Assert.Equal(finding.ToString(), fault.Fields.FindText("finding"));
        Assert.Equal(before, fault.Fields.FindText("seen-before"));
        Assert.True(SignedNote.TryParse(fault.Fields.FindText("shown"), out SignedNote? shown));
        Assert.True(_log.Key.HasSigned(shown)); // signed by the coordinator itself: proof for everybody
        Assert.Single(_log.Cosigned);
        Assert.Contains(_site.Events, e => e is SiteEvent.CoordinatorLedgerFault f && f.Finding == finding);
    }

    [Fact]
    public async Task A_checkpoint_by_another_key_is_no_checkpoint()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _log.Sign = hash => other.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        await LookAsync(3);
        Assert.Equal(nameof(WitnessFinding.NotSigned), Assert.Single(Faults()).Fields.FindText("finding"));
        Assert.Empty(_log.Cosigned);
    }

    [Fact]
    public async Task A_log_that_vanished_is_one_that_became_shorter()
    {
        await LookAsync(3);
        await LookAsync(0);
        Assert.Equal(nameof(WitnessFinding.Shorter), Assert.Single(Faults()).Fields.FindText("finding"));
    }

    private IEnumerable<LedgerEntry> Faults() => _site.Store.Ledger.Entries().Where(e => e.Kind == EntryKinds.CoordinatorLedgerFault);

    // A new process each time: a session of its own.
    private Task<RunSummary> LookAsync(int size)
    {
        _log.Size = size;
        return _site.Restarted().RunOnceAsync(TestContext.Current.CancellationToken);
    }

    private sealed class CoordinatorLog(ScriptedCoordinator coordinator) : ICoordinatorLedgerLink
    {
        public NoteKey Key { get; } = new($"federated-ledger/coordinator/{Digest.Of(coordinator.Identity.PublicKey).Hex[..16]}", coordinator.Identity.PublicKey);

        public Func<byte[], byte[]> Sign { get; set; } = coordinator.Sign;

        public MerkleHash[] Leaves { get; } = [.. Enumerable.Range(0, 10).Select(i => MerkleHash.OfLeaf([(byte)i]))];

        public int Size { get; set; }

        public List<(ulong Size, byte[] Signature)> Cosigned { get; } = [];

        public SignedNote Note(int size) => new Checkpoint(Key.Name, (ulong)size, MerkleTree.Root(Leaves.AsSpan(0, size))).Sign(Key, Sign);

        public Task<CheckpointShown?> GetCheckpointAsync(ulong seen, CancellationToken cancellation) => Task.FromResult(
            Size == 0 ? null : new CheckpointShown(Note(Size).ToString(), CheckpointWitness.ProofFor(Leaves.AsSpan(0, Size), seen)));

        public Task CosignAsync(ulong size, MerkleHash root, byte[] signature, CancellationToken cancellation)
        {
            Cosigned.Add((size, signature));
            return Task.CompletedTask;
        }
    }
}
