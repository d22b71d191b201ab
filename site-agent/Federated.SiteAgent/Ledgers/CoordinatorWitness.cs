using Federated.Ledger.Checkpoints;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;

namespace Federated.SiteAgent.Ledgers;

/// <summary>
/// Watches over the coordinator's ledger: at each session the newest checkpoint must continue the last one that this site saw. What does is remembered and cosigned; what
/// does not is written into the site's own ledger with both signed notes, which prove it to everybody, and is never cosigned.
/// </summary>
internal sealed class CoordinatorWitness(SiteParts parts)
{
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    private readonly NoteKey _log = KeyOf(parts.Coordinator.PublicKey);
    private DateTimeOffset? _looked;

    /// <summary>The key of a coordinator's ledger: its identity key, under an origin that names its fingerprint.</summary>
    public static NoteKey KeyOf(ReadOnlySpan<byte> identity) => new($"{Checkpoint.OriginPrefix}coordinator/{Digest.Of(identity).Hex[..16]}", identity);

    /// <summary>Looks, at the start of a session and then once a minute at most. A coordinator out of reach is looked at again next time.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = parts.Time.GetUtcNow();
        if (parts.CoordinatorLedger is not { } link || (_looked is { } last && now - last < Between)) return;
        try
        {
            await LookAsync(link, now, cancellation);
            _looked = now;
        }
        catch (Exception lost) when (lost is CoordinatorUnreachableException or CoordinatorRefusedException)
        {
            // Watching is beside the work, never before it.
        }
    }

    private async Task LookAsync(ICoordinatorLedgerLink link, DateTimeOffset now, CancellationToken cancellation)
    {
        string? lastNote = parts.Store.Ledger.LastSeen();
        Checkpoint? last = lastNote is not null && Checkpoint.TryOpen(lastNote, _log, out Checkpoint? seen, out _) ? seen : null;
        if (await link.GetCheckpointAsync(last?.Size ?? 0, cancellation) is not { } shown)
        {
            if (last is not null) Report(WitnessFinding.Shorter, lastNote!, "");
            return;
        }

        (WitnessFinding finding, Checkpoint? checkpoint) = CheckpointWitness.Judge(_log, last, shown.Note, shown.Proof.AsSpan());
        if (finding != WitnessFinding.Consistent || checkpoint is null)
        {
            Report(finding, lastNote ?? "", shown.Note);
            return;
        }

        if (checkpoint.Size == last?.Size) return;
        parts.Store.Ledger.RecordSeen(shown.Note);
        byte[] signature = [.. parts.Recorder.Key.Cosign(checkpoint.Text, now, parts.Identity.Sign).Signature];
        parts.Recorder.Cosignature(checkpoint, signature);
        await link.CosignAsync(checkpoint.Size, checkpoint.Root, signature, cancellation);
    }

    private void Report(WitnessFinding finding, string before, string shown)
    {
        parts.Recorder.CoordinatorLedgerFault(finding, before, shown);
        parts.Observer.Observe(new SiteEvent.CoordinatorLedgerFault(finding));
    }
}
