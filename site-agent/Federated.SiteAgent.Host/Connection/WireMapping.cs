using Federated.Analyses;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>
/// Between the wire's messages and the agent's own types. What arrives is checked here once: lengths, ranges, enums, and words that people will read.
/// </summary>
internal static class WireMapping
{
    private const int LongestWord = 512;

    public static SyncResult Read(Wire.SyncReply reply) => new(
        [.. reply.Studies.Select(Read)], [.. reply.Tasks.Select(Read)])
    {
        CoordinatorTime = Instant(reply.CoordinatorUnixMilliseconds),
    };

    public static Receipt Read(Wire.Receipt receipt) => new(
        Read(receipt.Task), ReadDigest(receipt.PayloadDigest), Instant(receipt.AcceptedUnixMilliseconds), receipt.Signature.ToByteArray());

    public static Wire.TaskKey Write(TaskKey key) => new() { StudyUid = Bytes(key.Study), Round = (uint)key.Round, Attempt = (uint)key.Attempt };

    public static Wire.DeclineRequest Write(TaskKey task, Digest plan, Decline decline)
    {
        var request = new Wire.DeclineRequest { Task = Write(task), PlanDigest = Bytes(plan), Code = (Wire.DeclineCode)(int)decline.Code };
        request.Where.AddRange(decline.Where.Select(index => checked((uint)index)));
        request.Counts.AddRange(decline.Counts.Select(count => checked((ulong)count)));
        return request;
    }

    public static ByteString Bytes(Digest digest) => UnsafeByteOperations.UnsafeWrap(digest.ToBytes());

    public static ByteString Bytes(StudyUid study) => UnsafeByteOperations.UnsafeWrap(study.ToBytes());

    private static StudyNotice Read(Wire.StudyNotice study) => new(
        ReadStudy(study.StudyUid), Word(study.StudyId), Word(study.Title), ReadDigest(study.PlanDigest), Known<StudyState>((int)study.State),
        Known<SiteApproval>((int)study.Approval), Count(study.SitesApproved, 0), Count(study.SitesRequired, 0))
    {
        Roster = study.RosterDigest.IsEmpty ? null : ReadDigest(study.RosterDigest),
    };

    private static SiteTask Read(Wire.Task task)
    {
        if (task.BroadcastBytes > (ulong)GrpcCoordinatorLink.LargestBroadcast) throw Unexpected("a broadcast of more than 1 GiB");
        return new SiteTask(
            Read(task.Key), ReadDigest(task.PlanDigest), Word(task.Analysis), Word(task.Step), Known<ExchangeKind>((int)task.Kind),
            ReadDigest(task.BroadcastDigest), (long)task.BroadcastBytes, Count(task.Sites, 1), Instant(task.DeadlineUnixMilliseconds))
        {
            Masking = task.MaskingStep == Wire.MaskingStep.Unspecified ? null : MaskingMapping.Read(task),
        };
    }

    private static TaskKey Read(Wire.TaskKey? key) =>
        key is null ? throw Unexpected("a task without a key") : new TaskKey(ReadStudy(key.StudyUid), Count(key.Round, 1), Count(key.Attempt, 1));

    private static StudyUid ReadStudy(ByteString bytes) =>
        bytes.Length == 16 ? new StudyUid(Convert.ToHexStringLower(bytes.Span)) : throw Unexpected("a study_uid that is not 16 bytes long");

    private static Digest ReadDigest(ByteString bytes) =>
        bytes.Length == 32 ? new Digest(Convert.ToHexStringLower(bytes.Span)) : throw Unexpected("a digest that is not 32 bytes long");

    internal static int Count(uint value, int least) =>
        value >= least && value <= int.MaxValue ? (int)value : throw Unexpected("a count out of range");

    internal static T Known<T>(int number)
        where T : struct, Enum =>
        Enum.IsDefined(typeof(T), number) ? (T)Enum.ToObject(typeof(T), number) : throw Unexpected($"a {typeof(T).Name} that this release does not know");

    internal static string Word(string text) =>
        text.Length <= LongestWord && PlainText.IsOneLine(text) ? text : throw Unexpected("a name that is too long or holds control characters");

    private static DateTimeOffset Instant(long milliseconds) =>
        milliseconds is >= 0 and <= 253402300799999 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : throw Unexpected("a time out of range");

    internal static CoordinatorUnreachableException Unexpected(string what) =>
        new($"The coordinator's answer is not what the protocol says: {what}. Compare the versions of both programs.");
}
