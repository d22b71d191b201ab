using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;
using Federated.SiteAgent.Link;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Wire = Federated.Contracts.V1;

namespace Federated.SiteAgent.Host.Connection;

/// <summary>Between masking.proto and the messages of the aggregation. What arrives is bounded here; <see cref="SiteAggregation"/> checks what it says.</summary>
internal static class MaskingMapping
{
    public static MaskingTask Read(Wire.Task task) => new(
        WireMapping.Known<CoordinatorStep>((int)task.MaskingStep - 1), List(task.MaskingMembers, Number));

    public static PinnedRoster Read(Wire.GetRosterReply reply)
    {
        try
        {
            return new PinnedRoster(List(reply.Members, m => new RosterHospital(WireMapping.Word(m.Site), [.. m.IdentityPublicKey.Span], WireMapping.Word(m.Entity))));
        }
        catch (ArgumentException wrong)
        {
            throw WireMapping.Unexpected($"a list of hospitals that cannot be one ({wrong.Message})");
        }
    }

    public static Wire.PublicKeys Write(KeyAdvertisement keys) => new()
    {
        Site = (uint)keys.Site,
        CipherKey = Wrap(keys.CipherKey),
        MaskKey = Wrap(keys.MaskKey),
        SeedCommitment = Wrap(keys.SeedCommitment),
        Signature = Wrap(keys.Signature),
    };

    public static Wire.ShareRequest Write(Wire.TaskKey task, ByteString plan, ShareBundle bundle)
    {
        var request = new Wire.ShareRequest { Task = task, PlanDigest = plan, Site = (uint)bundle.Site };
        request.Shares.AddRange(bundle.Shares.Select(s => new Wire.SealedShare { Sender = (uint)s.Sender, Receiver = (uint)s.Receiver, Sealed = Wrap(s.Sealed) }));
        return request;
    }

    public static Wire.SurvivorSignature Write(SurvivorSignature signature) => new() { Site = (uint)signature.Site, Signature = Wrap(signature.Signature) };

    public static Wire.UnmaskRequest Write(Wire.TaskKey task, ByteString plan, UnmaskingAnswer answer)
    {
        var request = new Wire.UnmaskRequest { Task = task, PlanDigest = plan, Site = (uint)answer.Site };
        request.SeedShares.AddRange(answer.SeedShares.Select(Write));
        request.KeyShares.AddRange(answer.KeyShares.Select(Write));
        return request;
    }

    public static KeyList? Read(Wire.GetKeysReply reply) => !reply.Ready ? null : new KeyList(List(reply.Keys, k =>
        new KeyAdvertisement(Number(k.Site), [.. k.CipherKey.Span], [.. k.MaskKey.Span], [.. k.SeedCommitment.Span], [.. k.Signature.Span])));

    public static ShareDelivery? Read(Wire.GetSharesReply reply) => !reply.Ready ? null : new ShareDelivery(
        List(reply.Sharers, Number), List(reply.Shares, s => new SealedShare(Number(s.Sender), Number(s.Receiver), [.. s.Sealed.Span])));

    public static SurvivorNotice? Read(Wire.GetSurvivorsReply reply) => !reply.Ready ? null : new SurvivorNotice(List(reply.Survivors, Number));

    public static SignatureList? Read(Wire.GetSignaturesReply reply) => !reply.Ready ? null : new SignatureList(
        List(reply.Signatures, s => new SurvivorSignature(Number(s.Site), [.. s.Signature.Span])));

    private static Wire.OpenShare Write(OpenShare share) => new() { Owner = (uint)share.Owner, Value = Wrap(share.Value) };

    private static ImmutableArray<TItem> List<TWire, TItem>(RepeatedField<TWire> items, Func<TWire, TItem> read) => items.Count <= Roster.MostMembers
        ? [.. items.Select(read)]
        : throw WireMapping.Unexpected("more hospitals than can mask a sum together");

    private static int Number(uint number) => WireMapping.Count(number, 0);

    private static ByteString Wrap(ImmutableArray<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes.AsMemory());
}
