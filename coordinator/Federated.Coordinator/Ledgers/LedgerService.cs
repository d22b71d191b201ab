using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Federated.Privacy.Randomness;

namespace Federated.Coordinator.Ledgers;

/// <summary>The newest checkpoint with the proof that it continues what the asker saw.</summary>
/// <param name="Note">Null = the log has no entry yet.</param>
/// <param name="Proof">From the asker's size; none where nothing can or need be proved.</param>
public sealed record CheckpointShown(SignedNote? Note, ImmutableArray<MerkleHash> Proof);

/// <summary>
/// The coordinator's ledger: one entry per event of every study, in the order in which they are found. Events are durable and never change, so whatever a crash leaves
/// without an entry gets one at the next look; entries bind the events, and signed checkpoints, cosigned by hospitals, bind the entries.
/// </summary>
/// <param name="events">The studies' events.</param>
/// <param name="ledger">Where the ledger lies.</param>
/// <param name="signer">The coordinator's identity key.</param>
/// <param name="publicKey">Its public half, SubjectPublicKeyInfo, DER.</param>
/// <param name="sites">Whose cosignatures count.</param>
/// <param name="randomness">Where salts come from.</param>
public sealed class LedgerService(IEventStore events, ICoordinatorLedger ledger, IReceiptSigner signer, ReadOnlySpan<byte> publicKey, ISiteDirectory sites, IRandomness randomness)
{
    private const string StreamPrefix = "study/";
    private const string SitePrefix = Checkpoint.OriginPrefix + "site/";

    private readonly Lock _writing = new();
    private readonly Dictionary<string, HashSet<(int Round, int Attempt)>> _maskedRounds = new(StringComparer.Ordinal);
    private CompactRange? _range;

    /// <summary>The ledger's key; its name is the ledger's origin.</summary>
    public NoteKey Key { get; } = new($"{Checkpoint.OriginPrefix}coordinator/{Digest.Of(publicKey).Hex[..16]}", publicKey);

    /// <summary>How many entries there are.</summary>
    public long Size => ledger.Size;

    /// <summary>Every entry, oldest first.</summary>
    public IEnumerable<LedgerEntry> Entries() => ledger.Entries();

    /// <summary>Gives every event its entry, and signs for all of them.</summary>
    /// <exception cref="OperatorErrorException">E1401: the ledger was changed by hand.</exception>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, long> known = ledger.Heads();
        foreach (StreamHead head in await events.HeadsAsync(cancellation))
        {
            long done = known.GetValueOrDefault(head.Stream);
            if (head.Sequence <= done) continue;
            ImmutableArray<StoredEvent> stored = await events.ReadAsync(head.Stream, _maskedRounds.ContainsKey(head.Stream) ? done : 0, cancellation);
            lock (_writing) Append(head.Stream, stored, done);
        }

        lock (_writing) Sign();
    }

    /// <summary>The newest checkpoint, for someone who saw the log at an earlier size.</summary>
    public async Task<CheckpointShown> ShowAsync(ulong seen, CancellationToken cancellation)
    {
        await RefreshAsync(cancellation);
        if (ledger.Checkpoints() is not [.., var newest] || !Checkpoint.TryParse(newest.Text, out Checkpoint? head)) return new CheckpointShown(null, []);
        MerkleHash[] leaves = [.. ledger.Leaves().Take((int)head.Size)];
        return new CheckpointShown(newest, CheckpointWitness.ProofFor(leaves, seen));
    }

    /// <summary>Keeps a site's signature under the checkpoint that it saw.</summary>
    /// <exception cref="SiteRefusedException">There is no such checkpoint here, or the site did not sign it.</exception>
    public async Task CosignAsync(string site, ulong size, MerkleHash root, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        SiteIdentity? identity = await sites.FindAsync(site, cancellation);
        SignedNote? note = ledger.Checkpoints().FirstOrDefault(n => Checkpoint.TryParse(n.Text, out Checkpoint? c) && c.Size == size && c.Root == root);
        if (identity is null || note is null) throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} cosigned a checkpoint over {size} entries that was never signed here.");
        NoteKey witness = KeyOf(identity.IdentityPublicKey.Span);
        NoteSignature cosignature = witness.Cosignature(signature.Span);
        if (witness.WhenCosigned(new SignedNote(note.Text, [cosignature])) is null)
            throw new SiteRefusedException(RefusalCode.SignatureWrong, $"The cosignature of {site} under the checkpoint over {size} entries is not by its identity key.");
        ledger.AddCosignature(size, cosignature);
    }

    /// <summary>Checkpoints with their cosignatures, the last one covering every entry.</summary>
    public ImmutableArray<SignedNote> Checkpoints() => ledger.Checkpoints();

    /// <summary>The keys of the consortium's hospitals as witnesses.</summary>
    public async Task<ImmutableArray<NoteKey>> WitnessesAsync(CancellationToken cancellation) =>
        [.. (await sites.ListAsync(cancellation)).Select(s => KeyOf(s.IdentityPublicKey.Span))];

    private static NoteKey KeyOf(ReadOnlySpan<byte> identity) => new(SitePrefix + Digest.Of(identity).Hex[..16], identity);

    private void Append(string stream, ImmutableArray<StoredEvent> stored, long done)
    {
        if (_range is null) Continue();
        if (!_maskedRounds.TryGetValue(stream, out HashSet<(int Round, int Attempt)>? masked)) _maskedRounds[stream] = masked = [];
        bool asksForMasks = false;
        var fresh = new List<(long, LedgerEntry)>();
        foreach (StoredEvent item in stored)
        {
            StudyEvent? happened = Read(item.Data);
            if (happened is StudyCreated { Masked: true }) asksForMasks = true;
            if (happened is RoundOpened { Kind: ExchangeKind.Sum } opened && (asksForMasks || masked.Contains((0, 0)))) masked.Add((opened.Round, opened.Attempt));
            if (asksForMasks) masked.Add((0, 0)); // the study's own mark: rounds count from 1
            if (item.Sequence <= done) continue;
            bool isMasked = happened is ContributionSubmitted submitted && masked.Contains((submitted.Round, submitted.Attempt));
            string study = stream.StartsWith(StreamPrefix, StringComparison.Ordinal) ? stream[StreamPrefix.Length..] : stream;
            (string kind, LedgerFields fields) = StudyEntries.Of(study, item.Sequence, item.Data.Span, happened, isMasked);
            byte[] salt = new byte[LedgerEntry.SaltBytes];
            randomness.Fill(salt);
            fresh.Add((item.Sequence, new LedgerEntry(kind, happened?.At ?? DateTimeOffset.UnixEpoch, salt, fields)));
        }

        if (fresh.Count > 0) ledger.Append(stream, fresh);
    }

    private void Sign()
    {
        CompactRange range = Continue();
        if (range.Size == 0 || Last()?.Size == range.Size) return;
        ledger.AddCheckpoint(range.Size, new Checkpoint(Key.Name, range.Size, range.Root).Sign(Key, hash => signer.Sign(hash)));
    }

    // The range over what is there now; on first use held against the last signed checkpoint.
    private CompactRange Continue()
    {
        CompactRange range = _range ?? CompactRange.Empty;
        Checkpoint? last = _range is null ? Last() : null;
        if (last is not null && (long)last.Size > ledger.Size) throw Changed();
        foreach (MerkleHash leaf in ledger.Leaves((long)range.Size))
        {
            range = range.Append(leaf);
            if (last is not null && range.Size == last.Size && range.Root != last.Root) throw Changed();
        }

        _range = range;
        return range;
    }

    private Checkpoint? Last() => ledger.Checkpoints() is not [.., var newest] ? null : Checkpoint.TryOpen(newest.ToString(), Key, out Checkpoint? last, out _) ? last : throw Changed();

    private static StudyEvent? Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return StudyEventCodec.Decode(bytes);
        }
        catch (InvalidDataException)
        {
            return null; // of a newer release: its bytes are bound all the same
        }
    }

    private static OperatorErrorException Changed() => new(
        "E1401", "The ledger is not the continuation of its last signed checkpoint: it was changed by hand, or restored from an older backup. Hospitals that saw the checkpoint will refuse it: restore the database as it was, and tell them.");
}
