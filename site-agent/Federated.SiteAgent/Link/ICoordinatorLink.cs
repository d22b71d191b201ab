using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Gate;

namespace Federated.SiteAgent.Link;

/// <summary>
/// Everything an agent can say to its coordinator: the RPCs of proto/federated/v1 in the agent's own terms. Every call is safe to repeat. The host's
/// implementation speaks gRPC over mutual TLS with retries; the simulator's speaks to a coordinator in the same process.
/// </summary>
public interface ICoordinatorLink
{
    /// <summary>The present truth: studies that concern this site and tasks that wait for it.</summary>
    Task<SyncResult> SyncAsync(CancellationToken cancellation);

    /// <summary>Hints that something changed; ends when the link breaks. Lossy by design.</summary>
    IAsyncEnumerable<long> WatchAsync(CancellationToken cancellation);

    /// <summary>The canonical bytes of a plan.</summary>
    Task<byte[]> GetPlanAsync(StudyUid study, Digest plan, CancellationToken cancellation);

    /// <summary>The hospitals behind a study's masked sums.</summary>
    Task<PinnedRoster> GetRosterAsync(StudyUid study, Digest roster, CancellationToken cancellation);

    /// <summary>The officer's yes; <paramref name="roster"/> where sums are masked.</summary>
    Task ApproveAsync(StudyUid study, Digest plan, Digest manifest, Digest? roster, byte[] signature, CancellationToken cancellation);

    /// <summary>The officer's no.</summary>
    Task WithdrawAsync(StudyUid study, Digest plan, byte[] signature, CancellationToken cancellation);

    /// <summary>A whole broadcast payload, checked against its digest.</summary>
    Task<byte[]> FetchAsync(Digest payload, long bytes, CancellationToken cancellation);

    /// <summary>
    /// Offers, sends what is missing, submits; returns the coordinator's receipt, stored if it was accepted before. Takes only what passed the gate: there is
    /// no other way to hand it bytes.
    /// </summary>
    Task<Receipt> SubmitAsync(ApprovedPayload payload, CancellationToken cancellation);

    /// <summary>Says this site's part of a step of the masking; on return the coordinator holds it.</summary>
    Task SendAsync(MaskingMessage message, CancellationToken cancellation);

    /// <summary>
    /// The coordinator's message of a step of the masking; null while the step has not come. <paramref name="patience"/> bounds how long the coordinator may hold
    /// the call until it does.
    /// </summary>
    Task<CoordinatorMessage?> ReceiveAsync(TaskKey task, Digest plan, CoordinatorStep step, TimeSpan patience, CancellationToken cancellation);

    /// <summary>Codes and counts, never text.</summary>
    Task DeclineAsync(TaskKey task, Digest plan, Decline decline, CancellationToken cancellation);

    /// <summary>"Still working": renews the lease. False when the round no longer waits for this site.</summary>
    Task<bool> ProgressAsync(TaskKey task, long done, long total, CancellationToken cancellation);
}

/// <summary>Sixteen random bytes that name a study on the wire, as 32 lower-case hexadecimal digits.</summary>
public readonly record struct StudyUid(string Hex)
{
    /// <summary>The 16 bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);
}

/// <summary>SHA-256 as 64 lower-case hexadecimal digits.</summary>
public readonly record struct Digest(string Hex)
{
    /// <summary>Of these bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)));

    /// <summary>The 32 bytes.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);
}

/// <summary>One round of a study, taken for the n-th time.</summary>
public readonly record struct TaskKey(StudyUid Study, int Round, int Attempt);

/// <summary>What a site is asked to do.</summary>
public sealed record SiteTask(
    TaskKey Key, Digest Plan, string Analysis, string Step, ExchangeKind Kind, Digest Broadcast, long BroadcastBytes, int Sites, DateTimeOffset Deadline)
{
    /// <summary>How its vector is masked; null where it is not.</summary>
    public MaskingTask? Masking { get; init; }
}

/// <summary>A study as this site sees it.</summary>
public sealed record StudyNotice(
    StudyUid Uid, string Id, string Title, Digest Plan, StudyState State, SiteApproval Approval, int SitesApproved, int SitesRequired)
{
    /// <summary>The hospitals behind its masked sums, by digest; null where sums are plain.</summary>
    public Digest? Roster { get; init; }
}

/// <summary>The answer to Sync.</summary>
public sealed record SyncResult(ImmutableArray<StudyNotice> Studies, ImmutableArray<SiteTask> Tasks)
{
    /// <summary>The coordinator's clock when it answered; null where the link does not say.</summary>
    public DateTimeOffset? CoordinatorTime { get; init; }
}

/// <summary>Where a study stands. The numbers are the wire's.</summary>
public enum StudyState
{
    /// <summary>Created, not yet shown to sites.</summary>
    Draft = 1,

    /// <summary>Waits for approvals.</summary>
    Open = 2,

    /// <summary>Rounds are under way.</summary>
    Running = 3,

    /// <summary>Stopped for now.</summary>
    Paused = 4,

    /// <summary>Every analysis concluded.</summary>
    Released = 5,

    /// <summary>Over.</summary>
    Closed = 6,
}

/// <summary>What this site's officer said. The numbers are the wire's.</summary>
public enum SiteApproval
{
    /// <summary>Nothing yet.</summary>
    Waiting = 1,

    /// <summary>Yes, to this plan digest.</summary>
    Approved = 2,

    /// <summary>No more.</summary>
    Withdrawn = 3,
}

/// <summary>The coordinator's signed word that it holds a payload.</summary>
public sealed record Receipt(TaskKey Task, Digest Payload, DateTimeOffset Accepted, byte[] Signature);

/// <summary>Why a site does not answer a task: numbers only. Codes as in exchange.proto.</summary>
public sealed record Decline(DeclineCode Code, ImmutableArray<int> Where, ImmutableArray<long> Counts);

/// <summary>Every reason that can leave a hospital. The numbers are the wire's; exchange.proto says what `where` and `counts` mean.</summary>
public enum DeclineCode
{
    /// <summary>No row of this study at the site.</summary>
    NoData = 1,

    /// <summary>A scanner with fewer rows than the site allows.</summary>
    TooFewRows = 2,

    /// <summary>A value does not fit the agreed scale.</summary>
    OutOfRange = 3,

    /// <summary>The broadcast is not what the plan declares.</summary>
    BroadcastInvalid = 4,

    /// <summary>The officer has not approved this plan.</summary>
    PlanNotApproved = 5,

    /// <summary>A defect; details are in the site's own log.</summary>
    Internal = 6,

    /// <summary>The officer's policy forbids this step.</summary>
    Policy = 7,

    /// <summary>A message of the masking is not what it must be.</summary>
    Masking = 8,
}

/// <summary>The coordinator said no. The number is the wire's RefusalCode.</summary>
public sealed class CoordinatorRefusedException(int code, string meaning) : Exception(meaning)
{
    /// <summary>RefusalCode of enrolment.proto.</summary>
    public int Code { get; } = code;
}

/// <summary>The coordinator could not be reached after every retry. Nothing is known about what became of the call; asking again is always safe.</summary>
public sealed class CoordinatorUnreachableException(string message, Exception? cause = null) : Exception(message, cause);
