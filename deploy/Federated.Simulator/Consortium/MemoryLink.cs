using System.Runtime.CompilerServices;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Service;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Link;
using Core = Federated.Coordinator;

namespace Federated.Simulator.Consortium;

/// <summary>An agent's link to a coordinator in the same process: the calls of proto/federated/v1 without a network, in the same order and with the same chunks.</summary>
/// <param name="studies">The coordinator as it is now: asked at every call, because a crash replaces it.</param>
/// <param name="site">The calling site, as a certificate would have named it.</param>
/// <param name="carry">What happens to each chunk on its way; null = nothing.</param>
public sealed class MemoryLink(Func<StudyService> studies, string site, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? carry = null) : ICoordinatorLink
{
    private SiteService Sites => studies().Sites;

    /// <inheritdoc/>
    public Task<Federated.SiteAgent.Link.SyncResult> SyncAsync(CancellationToken cancellation) => Guarded(async () =>
    {
        Core.Service.SyncResult sync = await Sites.SyncAsync(site, cancellation);
        return new Federated.SiteAgent.Link.SyncResult(
            [.. sync.Studies.Select(s => new Federated.SiteAgent.Link.StudyNotice(
                new StudyUid(s.Uid.Hex), s.Id, s.Title, new Digest(s.Plan.Hex), (StudyState)s.State, (SiteApproval)s.Approval, s.SitesApproved, s.SitesRequired)
            {
                Roster = s.Roster is { } roster ? new Digest(roster.Hex) : null,
            })],
            [.. sync.Tasks.Select(t => new Federated.SiteAgent.Link.SiteTask(
                new TaskKey(new StudyUid(t.Key.Study.Hex), t.Key.Round, t.Key.Attempt), new Digest(t.Plan.Hex), t.Analysis, t.Step, t.Kind, new Digest(t.Broadcast.Hex),
                t.BroadcastBytes, t.Sites, t.Deadline)
            {
                Masking = t.Masking is { } masking ? new Federated.SiteAgent.Link.MaskingTask(masking.Step, masking.Members) : null,
            })])
        { CoordinatorTime = sync.Now };
    });

    /// <inheritdoc/>
    public async IAsyncEnumerable<long> WatchAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        for (long seen = -1; ;)
        {
            seen = await studies().Changes.WaitAsync(seen, cancellation);
            yield return seen;
        }
    }

    /// <inheritdoc/>
    public Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation) => Guarded(() => Sites.GetPlanAsync(site, Map(study), Map(plan), cancellation));

    /// <inheritdoc/>
    public Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation) => Guarded(async () => new PinnedRoster(
        (await studies().Masking.RosterAsync(site, Map(study), Map(roster), cancellation)).Select(h => new RosterHospital(h.Site, [.. Convert.FromHexString(h.IdentityKey)], h.Entity))));

    /// <inheritdoc/>
    public Task SendAsync(MaskingMessage message, CancellationToken cancellation) => Guarded(async () =>
    {
        await studies().Masking.AcceptAsync(site, Map(message.Task), Map(message.Plan), message.Content, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation) =>
        Guarded(() => studies().Masking.RequestAsync(site, Map(task), Map(plan), step, patience, cancellation));

    /// <inheritdoc/>
    public Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation) =>
        Guarded(async () =>
        {
            await Sites.ApproveAsync(site, Map(study), Map(plan), Map(manifest), roster is { } hospitals ? Map(hospitals) : null, signature, cancellation);
            return true;
        });

    /// <inheritdoc/>
    public Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation) => Guarded(async () =>
    {
        await Sites.WithdrawAsync(site, Map(study), Map(plan), signature, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation) => Guarded(async () =>
    {
        byte[] whole = new byte[bytes];
        int chunks = checked((int)PayloadManifest.CountFor(bytes));
        for (int i = 0; i < chunks; i++)
            Carried(await Sites.FetchChunkAsync(site, Map(payload), i, cancellation)).CopyTo(whole.AsMemory(i * PayloadManifest.ChunkBytes));
        return Digest.Of(whole) == payload ? whole : throw new CoordinatorUnreachableException("A broadcast arrived damaged.");
    });

    /// <inheritdoc/>
    public Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation) => Guarded(async () =>
    {
        PayloadManifest manifest = PayloadManifest.Of(payload.Bytes.Span);
        Core.TaskKey task = Map(payload.Task);
        Core.Digest plan = Map(payload.Plan);
        OfferResult offer = await Sites.OfferAsync(site, task, plan, manifest, cancellation);
        foreach (int index in offer.Missing)
            await Sites.PutChunkAsync(site, task, index, manifest.Chunks[index], Carried(payload.Bytes.Slice(index * PayloadManifest.ChunkBytes, manifest.BytesOf(index))), cancellation);
        Core.Studies.Receipt receipt = offer.Receipt ?? await Sites.SubmitAsync(site, task, plan, manifest, cancellation);
        return new Receipt(payload.Task, new Digest(receipt.Payload.Hex), receipt.Accepted, receipt.Signature.ToArray());
    });

    /// <inheritdoc/>
    public Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation) => Guarded(async () =>
    {
        await Sites.DeclineAsync(site, Map(task), Map(plan), new Core.Studies.Decline((Core.Studies.DeclineCode)decline.Code, decline.Where, decline.Counts), cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation) => Guarded(() => Sites.ProgressAsync(site, Map(task), cancellation));

    // The wire carries the number of a refusal and never its text.
    private static async Task<T> Guarded<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Core.SiteRefusedException refused)
        {
            throw new CoordinatorRefusedException((int)refused.Code, refused.Code.ToString());
        }
    }

    private ReadOnlyMemory<byte> Carried(ReadOnlyMemory<byte> chunk) => carry is null ? chunk : carry(chunk);

    private static Core.StudyUid Map(StudyUid uid) => Core.StudyUid.Parse(uid.Hex);

    private static Core.Digest Map(Digest digest) => Core.Digest.Parse(digest.Hex);

    private static Core.TaskKey Map(TaskKey task) => new(Map(task.Study), task.Round, task.Attempt);
}
