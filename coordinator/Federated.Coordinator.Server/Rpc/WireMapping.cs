using System.Collections.Immutable;
using Federated.Coordinator.Payloads;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Wire = Federated.Contracts.V1;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>Between the wire's messages and the coordinator's own types. What arrives is checked here once: presence, lengths and ranges.</summary>
internal static class WireMapping
{
    /// <summary>The protocol's major version; agents of any other are refused.</summary>
    public const uint ProtocolMajor = 1;

    public static void RequireVersion(Wire.ProtocolVersion? version)
    {
        if (version is null || version.Major != ProtocolMajor)
            throw new SiteRefusedException(RefusalCode.VersionUnsupported, $"An agent speaks protocol {version?.Major.ToString() ?? "?"}; this coordinator speaks {ProtocolMajor}.");
    }

    public static TaskKey Read(Wire.TaskKey? key)
    {
        if (key is null || key.Round is 0 or > int.MaxValue || key.Attempt is 0 or > int.MaxValue) throw Malformed("a task key");
        return new TaskKey(ReadStudy(key.StudyUid), (int)key.Round, (int)key.Attempt);
    }

    public static StudyUid ReadStudy(ByteString bytes) => bytes.Length == StudyUid.Bytes ? StudyUid.From(bytes.Span) : throw Malformed("a study_uid");

    public static Digest ReadDigest(ByteString bytes) => bytes.Length == Digest.Bytes ? Digest.From(bytes.Span) : throw Malformed("a digest");

    public static int ReadIndex(uint index) => index <= int.MaxValue ? (int)index : throw Malformed("an index");

    public static PayloadManifest ReadManifest(ByteString digest, ulong bytes, RepeatedField<ByteString> chunks)
    {
        if (bytes > long.MaxValue || PayloadManifest.CountFor((long)bytes) != chunks.Count) throw Malformed("a payload's length");
        return new PayloadManifest(ReadDigest(digest), (long)bytes, [.. chunks.Select(ReadDigest)]);
    }

    public static Decline Read(Wire.DeclineRequest request)
    {
        if (request.Where.Count > Decline.MostPlaces || request.Counts.Count > Decline.MostPlaces) throw Malformed("a decline");
        ImmutableArray<long> counts = [.. request.Counts.Select(count => count <= long.MaxValue ? (long)count : throw Malformed("a count"))];
        return new Decline((DeclineCode)(int)request.Code, [.. request.Where.Select(ReadIndex)], counts);
    }

    public static Wire.SyncReply Write(SyncResult result)
    {
        var reply = new Wire.SyncReply { CoordinatorUnixMilliseconds = result.Now.ToUnixTimeMilliseconds() };
        reply.Studies.AddRange(result.Studies.Select(Write));
        reply.Tasks.AddRange(result.Tasks.Select(Write));
        return reply;
    }

    public static Wire.Receipt Write(Receipt receipt) => new()
    {
        Task = Write(receipt.Task),
        PayloadDigest = Bytes(receipt.Payload),
        AcceptedUnixMilliseconds = receipt.Accepted.ToUnixTimeMilliseconds(),
        Signature = UnsafeByteOperations.UnsafeWrap(receipt.Signature),
    };

    private static Wire.StudyNotice Write(StudyNotice study) => new()
    {
        RosterDigest = study.Roster is { } roster ? Bytes(roster) : ByteString.Empty,
        StudyUid = Bytes(study.Uid),
        StudyId = study.Id,
        Title = study.Title,
        PlanDigest = Bytes(study.Plan),
        State = (Wire.StudyState)(int)study.State,
        Approval = (Wire.SiteApproval)(int)study.Approval,
        SitesApproved = (uint)study.SitesApproved,
        SitesRequired = (uint)study.SitesRequired,
    };

    private static Wire.Task Write(SiteTask task)
    {
        Wire.Task wire = WriteQuestion(task);
        if (task.Masking is not { } masking) return wire;
        wire.MaskingStep = (Wire.MaskingStep)((int)masking.Step + 1);
        wire.MaskingMembers.AddRange(masking.Members.Select(m => (uint)m));
        return wire;
    }

    private static Wire.Task WriteQuestion(SiteTask task) => new()
    {
        Key = Write(task.Key),
        PlanDigest = Bytes(task.Plan),
        Analysis = task.Analysis,
        Step = task.Step,
        Kind = (Wire.ExchangeKind)(int)task.Kind,
        BroadcastDigest = Bytes(task.Broadcast),
        BroadcastBytes = (ulong)task.BroadcastBytes,
        Sites = (uint)task.Sites,
        DeadlineUnixMilliseconds = task.Deadline.ToUnixTimeMilliseconds(),
    };

    private static Wire.TaskKey Write(TaskKey key) => new() { StudyUid = Bytes(key.Study), Round = (uint)key.Round, Attempt = (uint)key.Attempt };

    private static ByteString Bytes(Digest digest) => UnsafeByteOperations.UnsafeWrap(digest.ToBytes());

    private static ByteString Bytes(StudyUid study) => UnsafeByteOperations.UnsafeWrap(study.ToBytes());

    internal static SiteRefusedException Malformed(string what) => new(RefusalCode.PayloadInvalid, $"A site sent {what} that is not as the protocol says.");
}
