using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Study;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Entries;
using Federated.Ledger.Merkle;
using Federated.Privacy.Randomness;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Identity;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Noise;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Ledgers;

/// <summary>
/// Writes down what happens, before it happens, and signs the ledger's checkpoints with the site's identity key. A ledger that does not continue its last signed
/// checkpoint was changed by hand: nothing is appended to it, so nothing leaves.
/// </summary>
public sealed class SiteRecorder
{
    private readonly ISiteStore _store;
    private readonly SiteIdentity _identity;
    private readonly CoordinatorIdentity _coordinator;
    private readonly AgentVocabulary _vocabulary;
    private readonly TimeProvider _time;
    private readonly IRandomness _randomness;
    private readonly Lock _writing = new();
    private readonly Dictionary<Digest, StudyPlan?> _plans = [];
    private CompactRange? _range;
    private ulong? _signed; // entries under the last checkpoint that this process signed or found

    /// <summary>A recorder for this site.</summary>
    public SiteRecorder(ISiteStore store, SiteIdentity identity, CoordinatorIdentity coordinator, AgentVocabulary vocabulary, TimeProvider time, IRandomness randomness)
    {
        (_store, _identity, _coordinator, _vocabulary, _time, _randomness) = (store, identity, coordinator, vocabulary, time, randomness);
        Key = KeyOf(identity);
    }

    /// <summary>The ledger's key; its name is the ledger's origin.</summary>
    public NoteKey Key { get; }

    /// <summary>The ledger key of a site: its identity key, under an origin that names its fingerprint.</summary>
    public static NoteKey KeyOf(SiteIdentity identity) => new($"{Checkpoint.OriginPrefix}site/{identity.Fingerprint.Hex[..16]}", identity.PublicKey);

    /// <summary>
    /// Writes of the store and entries of the ledger that belong together, kept all or none. The ledger's lock is taken before the store's, here as everywhere.
    /// </summary>
    public void Together(Action work)
    {
        lock (_writing)
        {
            try
            {
                _store.Together(work);
            }
            catch
            {
                (_range, _signed) = (null, null); // what was appended in between may be gone again
                throw;
            }
        }
    }

    /// <summary>A plan arrived.</summary>
    public void PlanReceived(StudyUid study, Digest plan, byte[] bytes) =>
        Append($"plan/{study.Hex}/{plan.Hex}", EntryKinds.PlanReceived, () => Study(study, plan, bytes).Whole("bytes", bytes.Length));

    /// <summary>A list of hospitals arrived.</summary>
    public void RosterReceived(StudyUid study, PinnedRoster roster) => Append(
        $"roster/{study.Hex}/{roster.Digest.Hex}", EntryKinds.RosterReceived,
        () => LedgerFields.Empty.Bytes("study-uid", study.ToBytes()).Bytes("roster", roster.Digest.ToBytes())
            .Groups("hospitals", roster.Hospitals.Select((h, n) => LedgerFields.Empty.Text("site", h.Site).Text("entity", h.Entity).Text("identity-sha256", roster.Keys.Members[n].Fingerprint))));

    /// <summary>What arrived is not what was announced.</summary>
    /// <param name="study">The study.</param>
    /// <param name="plan">The study's plan; null where it is not told.</param>
    /// <param name="what">What arrived.</param>
    /// <param name="announced">The digest that was announced.</param>
    /// <param name="arrived">The digest of what came instead.</param>
    public void Rejected(StudyUid study, Digest? plan, string what, Digest announced, Digest arrived) => Append(
        $"rejected/{study.Hex}/{what}/{announced.Hex}/{arrived.Hex}", EntryKinds.Rejected,
        () => (plan is { } known ? Study(study, known) : LedgerFields.Empty.Bytes("study-uid", study.ToBytes())).Text("what", what).Bytes("announced", announced.ToBytes()).Bytes("arrived", arrived.ToBytes()));

    /// <summary>The officer's word is about to leave.</summary>
    public void Decision(StudyUid study, Digest plan, OfficerVerdict verdict, byte[] signature) => Append(
        $"decision/{study.Hex}/{plan.Hex}/{Digest.Of(signature).Hex}", verdict == OfficerVerdict.Approved ? EntryKinds.Approval : EntryKinds.Withdrawal,
        () => Study(study, plan).Decided(_store.FindDecision(study, plan) is { } decision && decision.Signature.AsSpan().SequenceEqual(signature) ? decision : null, signature));

    /// <summary>An answer is about to leave.</summary>
    public void Answer(OutboxEntry entry) => Append(Occasion("answer", entry.Task, entry.Payload!.Digest), EntryKinds.Answer, () =>
    {
        StudyPlan? plan = Plan(entry.Plan);
        IAnalysis? analysis = plan is not null && AgentVocabulary.Find(plan, entry.Analysis) is { } specification ? _vocabulary.FindAnalysis(specification.Kind) : null;
        return Asked(entry).Payload(entry, entry.Payload!.Bytes.Length, plan, analysis);
    });

    /// <summary>What the ledger would say of an answer that has not left.</summary>
    public LedgerFields Preview(OutboxSummary waiting) => waiting.Entry switch
    {
        { Payload: not null } entry => Asked(entry).Payload(entry, waiting.Bytes, null, null),
        { Decline: { } decline } entry => Asked(entry).Declined(decline),
        _ => LedgerFields.Empty,
    };

    private LedgerFields Asked(OutboxEntry entry) => Study(entry.Task.Study, entry.Plan).Approved(_store.FindDecision(entry.Task.Study, entry.Plan)).Task(entry.Task).Asked(entry);

    /// <summary>A refusal in numbers is about to leave.</summary>
    public void Decline(TaskKey task, Digest plan, Decline decline) => Append(
        $"decline/{task.Study.Hex}/{task.Round}/{task.Attempt}/{decline.Code}/{string.Join(',', decline.Where)}/{string.Join(',', decline.Counts)}", EntryKinds.Decline, () =>
        {
            LedgerFields fields = Study(task.Study, plan).Approved(_store.FindDecision(task.Study, plan)).Task(task).Declined(decline);
            return _store.FindOutbox(task) is { } entry ? fields.Asked(entry) : fields;
        });

    /// <summary>A message of a masked round is about to leave.</summary>
    public void Masking(MaskingMessage message)
    {
        byte[] bytes = message.Content.ToBytes();
        Digest content = Digest.Of(bytes);
        Append(Occasion("masking", message.Task, content), EntryKinds.MaskingMessage, () => Study(message.Task.Study, message.Plan)
            .Approved(_store.FindDecision(message.Task.Study, message.Plan)).Task(message.Task)
            .Text("masking-step", message.Content.Step.ToString()).Whole("bytes", bytes.Length).Bytes("payload", content.ToBytes()));
    }

    /// <summary>A sum is about to be told with noise; a repeat is not charged again.</summary>
    public void NoiseCharged(NoiseCharge charge, double epsilonAfter, double delta) => Append(
        $"noise/{charge.Task.Study.Hex}/{charge.Task.Round}/{charge.Task.Attempt}", EntryKinds.NoiseCharged, () => PrivacyAccount.Fields(charge, epsilonAfter, delta));

    /// <summary>The first sign of progress of a round is about to leave.</summary>
    public void Progress(TaskKey task) => Append(
        $"progress/{task.Study.Hex}/{task.Round}/{task.Attempt}", EntryKinds.Progress, () => LedgerFields.Empty.Bytes("study-uid", task.Study.ToBytes()).Task(task));

    /// <summary>The coordinator holds an answer. A receipt that it did not sign is written down as rejected.</summary>
    public void Delivered(OutboxEntry entry, Receipt receipt)
    {
        if (!_coordinator.Vouches(receipt, entry.Task, entry.Payload!.Digest))
        {
            Rejected(entry.Task.Study, entry.Plan, "receipt", entry.Payload.Digest, receipt.Payload);
            return;
        }

        Append(Occasion("delivered", entry.Task, receipt.Payload), EntryKinds.Delivered, () => Study(entry.Task.Study, entry.Plan).Task(entry.Task).Receipt(receipt));
    }

    /// <summary>The coordinator refused an answer for good.</summary>
    public void Refused(TaskKey task, Digest plan, int code) => Append(
        $"refused/{task.Study.Hex}/{task.Round}/{task.Attempt}/{code}", EntryKinds.Refused, () => Study(task.Study, plan).Task(task).Whole("refusal", code));

    /// <summary>An answer that was ready did not leave.</summary>
    public void Withheld(OutboxEntry entry, OfficerDecision? decision) => Append(
        $"withheld/{entry.Task.Study.Hex}/{entry.Task.Round}/{entry.Task.Attempt}/{decision?.At.ToUnixTimeMilliseconds()}", EntryKinds.Withheld,
        () => Study(entry.Task.Study, entry.Plan).Task(entry.Task).Text(
            "reason", decision switch
            {
                null => "no decision of the officer",
                { Verdict: OfficerVerdict.Withdrawn } => "the officer withdrew",
                { Paused: true } => "the officer paused the study",
                _ => "the stored answer, or the officer's decision, does not carry this site's signature",
            }));

    /// <summary>This site's signature under a checkpoint of the coordinator's ledger is about to leave.</summary>
    public void Cosignature(Checkpoint checkpoint, byte[] signature) => Append(
        $"cosignature/{checkpoint.Size}/{checkpoint.Root}", EntryKinds.Cosignature,
        () => LedgerFields.Empty.Text("checkpoint", checkpoint.Text).Bytes("signature", signature).Whole("bytes", signature.Length));

    /// <summary>The coordinator's ledger does not continue what this site saw of it.</summary>
    public void CoordinatorLedgerFault(WitnessFinding finding, string before, string shown) => Append(
        $"coordinator-ledger-fault/{finding}/{Digest.Of(System.Text.Encoding.UTF8.GetBytes(shown)).Hex}", EntryKinds.CoordinatorLedgerFault,
        () => LedgerFields.Empty.Text("finding", finding.ToString()).Text("seen-before", Most(before)).Text("shown", Most(shown)));

    /// <summary>Signs for everything written so far; nothing where the last checkpoint covers it.</summary>
    /// <exception cref="SiteStoreException">The ledger was changed by hand.</exception>
    public void SignCheckpoint()
    {
        lock (_writing)
        {
            CompactRange range = Continue();
            if (range.Size == 0 || (_signed ?? Last()?.Size) == range.Size) return;
            _store.Ledger.AddCheckpoint(range.Size, new Checkpoint(Key.Name, range.Size, range.Root).Sign(Key, _identity.Sign).ToString());
            _signed = range.Size;
        }
    }

    /// <summary>Signed checkpoints of this ledger, the last one covering every entry.</summary>
    /// <exception cref="SiteStoreException">The ledger was changed by hand.</exception>
    public ImmutableArray<SignedNote> Checkpoints()
    {
        SignCheckpoint();
        return [.. _store.Ledger.Checkpoints().Select(note => SignedNote.TryParse(note, out SignedNote? read) ? read : throw Changed())];
    }

    private void Append(string occasion, string kind, Func<LedgerFields> fields)
    {
        lock (_writing)
        {
            if (_range is null) Continue();
            _store.Ledger.Append(occasion, () =>
            {
                byte[] salt = new byte[LedgerEntry.SaltBytes];
                _randomness.Fill(salt);
                return new LedgerEntry(kind, _time.GetUtcNow(), salt, fields());
            });
        }
    }

    // The range over what is there now; on first use held against the last signed checkpoint.
    private CompactRange Continue()
    {
        CompactRange range = _range ?? CompactRange.Empty;
        Checkpoint? last = _range is null ? Last() : null;
        if (last is not null && (long)last.Size > _store.Ledger.Size) throw Changed();
        foreach (MerkleHash leaf in _store.Ledger.Leaves((long)range.Size))
        {
            range = range.Append(leaf);
            if (last is not null && range.Size == last.Size && range.Root != last.Root) throw Changed();
        }

        _range = range;
        return range;
    }

    private Checkpoint? Last()
    {
        ImmutableArray<string> notes = _store.Ledger.Checkpoints();
        if (notes.IsEmpty) return null;
        return Checkpoint.TryOpen(notes[^1], Key, out Checkpoint? last, out _) ? last : throw Changed();
    }

    private LedgerFields Study(StudyUid study, Digest plan, byte[]? bytes = null) => SiteEntries.Study(study, plan, Plan(plan, bytes), _coordinator.PublicKey);

    private StudyPlan? Plan(Digest plan, byte[]? bytes = null)
    {
        if (_plans.TryGetValue(plan, out StudyPlan? known)) return known;
        if ((bytes ?? _store.FindPlan(plan)) is not { } found || Digest.Of(found) != plan) return null;
        try
        {
            known = _vocabulary.ReadPlan(found);
        }
        catch (PlanInvalidException)
        {
            known = null; // of a newer release, or damaged: its digest stands for it
        }

        return _plans[plan] = known;
    }

    private static string Most(string note) => note.Length <= SignedNote.MostCharacters ? note : note[..SignedNote.MostCharacters];

    private static string Occasion(string what, TaskKey task, Digest content) => $"{what}/{task.Study.Hex}/{task.Round}/{task.Attempt}/{content.Hex}";

    private static SiteStoreException Changed() => new(
        "The ledger is not the continuation of its last signed checkpoint: it was changed by hand, or restored from an older backup without its checkpoints. Nothing leaves until it is restored; `federated-site ledger verify` names the entry.");
}
