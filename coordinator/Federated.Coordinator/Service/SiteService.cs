using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Coordinator.Identity;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Stores;
using Federated.Coordinator.Studies;
using Federated.Privacy.SecureAggregation;

namespace Federated.Coordinator.Service;

/// <summary>A study as one site sees it.</summary>
public sealed record StudyNotice(
    StudyUid Uid, string Id, string Title, Digest Plan, StudyState State, SiteApproval Approval, int SitesApproved, int SitesRequired)
{
    /// <summary>The hospitals behind its masked sums, by the digest of their keys; null where sums are plain.</summary>
    public Digest? Roster { get; init; }
}

/// <summary>What one site is asked to do.</summary>
public sealed record SiteTask(
    TaskKey Key, Digest Plan, string Analysis, string Step, ExchangeKind Kind, Digest Broadcast, long BroadcastBytes, int Sites, DateTimeOffset Deadline)
{
    /// <summary>How its vector is masked; null where it is not.</summary>
    public MaskingTask? Masking { get; init; }
}

/// <summary>The step of a masked Sum that waits for a site.</summary>
/// <param name="Step">The step.</param>
/// <param name="Members">Who masks together, as numbers in the study's roster, ascending.</param>
public sealed record MaskingTask(CoordinatorStep Step, ImmutableArray<int> Members);

/// <summary>Everything that concerns one site.</summary>
public sealed record SyncResult(ImmutableArray<StudyNotice> Studies, ImmutableArray<SiteTask> Tasks, DateTimeOffset Now);

/// <summary>What is missing of an offered payload; or the receipt, when it was accepted before.</summary>
public sealed record OfferResult(ImmutableArray<int> Missing, Receipt? Receipt);

/// <summary>
/// What sites ask: the RPCs of proto/federated/v1 in the coordinator's own terms. The caller has established who the site is. Every call is safe to repeat;
/// every refusal is a <see cref="SiteRefusedException"/>.
/// </summary>
public sealed class SiteService
{
    private readonly StudyService _studies;
    private readonly StudyServiceOptions _options;
    private readonly PayloadStore _payloads;
    private readonly SharedChunks _broadcasts;

    internal SiteService(StudyService studies, StudyServiceOptions options, PayloadStore payloads)
    {
        _studies = studies;
        _options = options;
        _payloads = payloads;
        _broadcasts = new SharedChunks(options.Blobs);
    }

    /// <summary>The present truth: studies shown to this site, and tasks that wait for it.</summary>
    public async Task<SyncResult> SyncAsync(string site, CancellationToken cancellation)
    {
        _studies.Hear(site);
        var notices = ImmutableArray.CreateBuilder<StudyNotice>();
        var tasks = ImmutableArray.CreateBuilder<SiteTask>();
        foreach (StudySession session in await _studies.CurrentAsync(cancellation))
        {
            Study study = session.Known!;
            if (!SiteDecisions.IsVisible(study, site)) continue;
            notices.Add(new StudyNotice(study.Uid, study.Created.Id, study.Created.Title, study.Plan, study.State, study.ApprovalOf(site), study.Approving.Count(), study.Created.QuorumSites)
            {
                Roster = study.Pinned?.Digest,
            });
            if (study.State == StudyState.Running && study.HasApproved(site) && study.Current is { } round && TaskOf(study, round, site) is { } task) tasks.Add(task);
        }

        return new SyncResult(notices.ToImmutable(), tasks.ToImmutable(), _options.Time.GetUtcNow());
    }

    /// <summary>
    /// Stands for everything that <see cref="SyncAsync"/> would tell this site, as far as it is in memory: as long as it stays the same there is no reason to ask. A
    /// hint like the change signal itself, never a truth.
    /// </summary>
    public int Concern(string site)
    {
        var concern = new HashCode();
        foreach (StudySession session in _studies.Sessions)
        {
            if (session.Known is not { } study || !SiteDecisions.IsVisible(study, site)) continue;
            concern.Add(study.Uid);
            concern.Add(study.State);
            concern.Add(study.ApprovalOf(site));
            if (study.State != StudyState.Running) concern.Add(study.Approving.Count());
            if (study.Current is not { } round || !round.WaitsFor(site)) continue;
            concern.Add(round.Number);
            concern.Add(round.Attempt);
            concern.Add(MaskedRound.Awaited(round, site));
            concern.Add(session.Losses); // asked for the same once more
        }

        return concern.ToHashCode();
    }

    /// <summary>The canonical bytes of a plan.</summary>
    public async Task<byte[]> GetPlanAsync(string site, StudyUid uid, Digest plan, CancellationToken cancellation)
    {
        (_, Study study) = await RequireAsync(site, uid, plan, cancellation);
        return await _payloads.FindAsync(BlobScope.Shared(uid), study.Created.Plan, cancellation)
            ?? throw new OperatorErrorException("E1009", $"The plan of study {study.Created.Id} is missing from the data directory or damaged: restore its blobs from a backup.");
    }

    /// <summary>
    /// The officer's yes: <paramref name="signature"/> over <see cref="SignedStatement.Approval(StudyUid, Digest, Digest)"/>, or, where sums are masked, over the
    /// statement that names the roster too.
    /// </summary>
    public async Task ApproveAsync(string site, StudyUid uid, Digest plan, Digest manifest, Digest? roster, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        (StudySession session, _) = await RequireAsync(site, uid, plan, cancellation);
        byte[] statement = roster is { } hospitals ? SignedStatement.Approval(uid, plan, manifest, hospitals) : SignedStatement.Approval(uid, plan, manifest);
        await RequireSignedAsync(site, statement, signature, cancellation);
        await session.DecideAsync(study =>
            (SiteDecisions.Approve(study, site, manifest, roster, Convert.ToHexStringLower(signature.Span), _options.Time.GetUtcNow()), true), cancellation);
    }

    /// <summary>The officer's no: <paramref name="signature"/> over <see cref="SignedStatement.Withdrawal"/>.</summary>
    public async Task WithdrawAsync(string site, StudyUid uid, Digest plan, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        (StudySession session, _) = await RequireAsync(site, uid, plan, cancellation);
        await RequireSignedAsync(site, SignedStatement.Withdrawal(uid, plan), signature, cancellation);
        await session.DecideAsync(study =>
            (SiteDecisions.Withdraw(study, site, Convert.ToHexStringLower(signature.Span), _options.Time.GetUtcNow()), true), cancellation);
    }

    /// <summary>One chunk of the broadcast that a task of this site names.</summary>
    public async Task<byte[]> FetchChunkAsync(string site, Digest payload, int index, CancellationToken cancellation)
    {
        _studies.Hear(site);
        foreach (StudySession session in await _studies.CurrentAsync(cancellation))
        {
            Study study = session.Known!;
            if (study.Current is not { } round || round.Request.Broadcast.Digest != payload || !round.Answers.ContainsKey(site)) continue;
            ImmutableArray<Digest> chunks = round.Request.Broadcast.Chunks;
            if (index < 0 || index >= chunks.Length)
                throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} asked for chunk {index} of a broadcast of {chunks.Length}.");
            return await _broadcasts.FindAsync(BlobScope.Shared(study.Uid), payload, chunks[index], cancellation)
                ?? throw new OperatorErrorException("E1009", $"A broadcast of study {study.Created.Id} is missing from the data directory or damaged: restore its blobs from a backup.");
        }

        throw new SiteRefusedException(RefusalCode.TaskClosed, $"{site} asked for a broadcast that no open task of it names.");
    }

    /// <summary>Says what is about to be submitted.</summary>
    public async Task<OfferResult> OfferAsync(string site, TaskKey task, Digest plan, PayloadManifest payload, CancellationToken cancellation)
    {
        (_, Study study) = await RequireAsync(site, task.Study, plan, cancellation);
        if (SiteDecisions.FindReceipt(study, task, site, payload) is { } receipt) return new OfferResult([], receipt);
        var missing = ImmutableArray.CreateBuilder<int>();
        for (int i = 0; i < payload.Chunks.Length; i++)
            if (!await _options.Blobs.ContainsAsync(BlobScope.Contribution(task, site), payload.Chunks[i], cancellation)) missing.Add(i);
        return new OfferResult(missing.ToImmutable(), null);
    }

    /// <summary>One chunk of a payload that was offered.</summary>
    public async Task PutChunkAsync(string site, TaskKey task, int index, Digest digest, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        _studies.Hear(site);
        (_, Study study) = await RequireAsync(site, task.Study, null, cancellation);
        Round round = SiteDecisions.RequireOpenTask(study, task, site);
        long chunks = PayloadManifest.CountFor(round.Request.PayloadBytes);
        if (index < 0 || index >= chunks || data.Length is 0 or > PayloadManifest.ChunkBytes)
            throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} sent a chunk that no payload of this task has.");

        // A second payload may begin before the first is submitted (a crash at the site), a third never needs to: this bounds what a site can make us keep.
        var scope = BlobScope.Contribution(task, site);
        if (await _options.Blobs.CountAsync(scope, cancellation) >= 2 * chunks && !await _options.Blobs.ContainsAsync(scope, digest, cancellation))
            throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} sent more chunks than two payloads of this task have.");
        try
        {
            await _options.Blobs.PutAsync(scope, digest, data, cancellation);
        }
        catch (ArgumentException)
        {
            throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} sent a chunk that does not have its digest.");
        }
    }

    /// <summary>Every chunk is there: accepts. Persisted before the receipt is given; a repeat returns the stored receipt.</summary>
    public async Task<Receipt> SubmitAsync(string site, TaskKey task, Digest plan, PayloadManifest payload, CancellationToken cancellation)
    {
        (StudySession session, Study known) = await RequireAsync(site, task.Study, plan, cancellation);
        if (SiteDecisions.FindReceipt(known, task, site, payload) is { } given) return given;
        if (!await IsWholeAsync(site, task, known, payload, cancellation))
        {
            // The same call may have been accepted on another connection meanwhile, and its chunks dropped with the round.
            if (SiteDecisions.FindReceipt(await session.RefreshAsync(cancellation), task, site, payload) is { } meanwhile) return meanwhile;
            throw new SiteRefusedException(RefusalCode.PayloadInvalid,
                $"{site} submitted a payload for round {task.Round}.{task.Attempt} of {known.Created.Id} that is incomplete, does not have its digest, or is not a report.");
        }

        return await session.DecideAsync(study =>
        {
            if (SiteDecisions.FindReceipt(study, task, site, payload) is { } receipt) return ([], receipt);
            DateTimeOffset now = _options.Time.GetUtcNow();
            var accepted = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
            byte[] signature = _options.Signer.Sign(SignedStatement.Receipt(task, payload.Digest, accepted));
            var submitted = new ContributionSubmitted(now, task.Round, task.Attempt, site, payload, accepted, Convert.ToHexStringLower(signature));
            return ((ImmutableArray<StudyEvent>)[submitted], new Receipt(task, payload.Digest, accepted, signature));
        }, cancellation);
    }

    /// <summary>The site cannot or will not do this task.</summary>
    public async Task DeclineAsync(string site, TaskKey task, Digest plan, Decline decline, CancellationToken cancellation)
    {
        if (!Enum.IsDefined(decline.Code) || decline.Where.Length > Decline.MostPlaces || decline.Counts.Length > Decline.MostPlaces)
            throw new SiteRefusedException(RefusalCode.PayloadInvalid, $"{site} declined with a code or a length that is not in the protocol.");
        (StudySession session, _) = await RequireAsync(site, task.Study, plan, cancellation);
        await session.DecideAsync(study => (SiteDecisions.Refuse(study, session.Plan, task, site, decline, _options.Time.GetUtcNow()), true), cancellation);
    }

    /// <summary>"Still working": renews the lease. False when the round no longer waits for this site.</summary>
    public async Task<bool> ProgressAsync(string site, TaskKey task, CancellationToken cancellation)
    {
        (_, Study study) = await RequireAsync(site, task.Study, null, cancellation);
        return study.State == StudyState.Running && study.Current is { } round && round.Is(task.Round, task.Attempt) && round.WaitsFor(site);
    }

    private static SiteTask? TaskOf(Study study, Round round, string site)
    {
        if (!round.WaitsFor(site)) return null;
        RoundOpened asked = round.Request;
        return new SiteTask(new TaskKey(study.Uid, round.Number, round.Attempt), study.Plan, asked.Analysis, asked.Step, asked.Kind,
            asked.Broadcast.Digest, asked.Broadcast.Bytes, round.Answers.Count, round.Deadline)
        {
            Masking = round.Roster is { } roster
                ? new MaskingTask(MaskedRound.Awaited(round, site)!.Value, [.. roster.Sites.Select(s => study.Pinned!.NumberOf(s.Site)).Order()])
                : null,
        };
    }

    private async Task<bool> IsWholeAsync(string site, TaskKey task, Study study, PayloadManifest payload, CancellationToken cancellation)
    {
        var scope = BlobScope.Contribution(task, site);
        if (study.FindRound(task.Round, task.Attempt)!.Request.Kind == ExchangeKind.Sum)
            return await _payloads.TryReadAsync(scope, payload, static (_, _) => { }, cancellation);
        if (await _payloads.FindAsync(scope, payload, cancellation) is not { } bytes) return false;
        try
        {
            _options.Codec.DecodeReport(bytes);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private async Task RequireSignedAsync(string site, byte[] statement, ReadOnlyMemory<byte> signature, CancellationToken cancellation)
    {
        SiteIdentity? identity = await _options.Sites.FindAsync(site, cancellation);
        if (identity is null || !SignedStatement.Verify(identity.IdentityPublicKey.Span, statement, signature.Span))
            throw new SiteRefusedException(RefusalCode.SignatureWrong, $"A decision in the name of {site} was not signed with its identity key.");
    }

    internal async Task<(StudySession Session, Study Study)> RequireAsync(string site, StudyUid uid, Digest? plan, CancellationToken cancellation)
    {
        _studies.Hear(site);
        StudySession? session = await _studies.FindSessionAsync(uid, cancellation);
        if (session is null) throw new SiteRefusedException(RefusalCode.StudyUnknown, $"{site} asked for study {uid.Hex}, which does not exist.");
        Study study = session.Known!;
        if (!SiteDecisions.IsVisible(study, site)) study = await session.RefreshAsync(cancellation); // it may have been opened by another process just now
        SiteDecisions.RequireVisible(study, site, plan ?? study.Plan);
        return (session, study);
    }
}
