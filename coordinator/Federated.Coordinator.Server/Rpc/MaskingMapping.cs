using System.Collections.Immutable;
using Federated.Privacy.SecureAggregation;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Wire = Federated.Contracts.V1;

namespace Federated.Coordinator.Server.Rpc;

/// <summary>Between masking.proto and the messages of the aggregation. What arrives is bounded here; <see cref="CoordinatorAggregation"/> checks what it says.</summary>
internal static class MaskingMapping
{
    public static KeyAdvertisement Read(Wire.PublicKeys? keys) => keys is null
        ? throw WireMapping.Malformed("no keys")
        : new KeyAdvertisement(Number(keys.Site), Bytes(keys.CipherKey, 65), Bytes(keys.MaskKey, 65), Bytes(keys.SeedCommitment, 32), Bytes(keys.Signature, 64));

    public static ShareBundle Read(Wire.ShareRequest request) => new(Number(request.Site), List(request.Shares, Read));

    public static SurvivorSignature Read(Wire.SurvivorSignature? signature) => signature is null
        ? throw WireMapping.Malformed("no signature")
        : new SurvivorSignature(Number(signature.Site), Bytes(signature.Signature, 64));

    public static UnmaskingAnswer Read(Wire.UnmaskRequest request) => new(Number(request.Site), List(request.SeedShares, Read), List(request.KeyShares, Read));

    public static Wire.GetKeysReply WriteKeys(KeyList? list)
    {
        var reply = new Wire.GetKeysReply { Ready = list is not null };
        reply.Keys.AddRange((list?.Keys ?? []).Select(k => new Wire.PublicKeys
        {
            Site = (uint)k.Site,
            CipherKey = Wrap(k.CipherKey),
            MaskKey = Wrap(k.MaskKey),
            SeedCommitment = Wrap(k.SeedCommitment),
            Signature = Wrap(k.Signature),
        }));
        return reply;
    }

    public static Wire.GetSharesReply WriteShares(ShareDelivery? delivery)
    {
        var reply = new Wire.GetSharesReply { Ready = delivery is not null };
        reply.Sharers.AddRange((delivery?.Sharers ?? []).Select(s => (uint)s));
        reply.Shares.AddRange((delivery?.Shares ?? []).Select(s => new Wire.SealedShare { Sender = (uint)s.Sender, Receiver = (uint)s.Receiver, Sealed = Wrap(s.Sealed) }));
        return reply;
    }

    public static Wire.GetSurvivorsReply WriteSurvivors(SurvivorNotice? notice)
    {
        var reply = new Wire.GetSurvivorsReply { Ready = notice is not null };
        reply.Survivors.AddRange((notice?.Survivors ?? []).Select(s => (uint)s));
        return reply;
    }

    public static Wire.GetSignaturesReply WriteSignatures(SignatureList? list)
    {
        var reply = new Wire.GetSignaturesReply { Ready = list is not null };
        reply.Signatures.AddRange((list?.Signatures ?? []).Select(s => new Wire.SurvivorSignature { Site = (uint)s.Site, Signature = Wrap(s.Signature) }));
        return reply;
    }

    private static SealedShare Read(Wire.SealedShare share) => new(Number(share.Sender), Number(share.Receiver), Bytes(share.Sealed, 92));

    private static OpenShare Read(Wire.OpenShare share) => new(Number(share.Owner), Bytes(share.Value, 32));

    private static ImmutableArray<TItem> List<TWire, TItem>(RepeatedField<TWire> items, Func<TWire, TItem> read) => items.Count <= Roster.MostMembers
        ? [.. items.Select(read)]
        : throw WireMapping.Malformed("more shares than a roster has members");

    private static int Number(uint site) => site < Roster.MostMembers ? (int)site : throw WireMapping.Malformed("a roster number");

    private static ImmutableArray<byte> Bytes(ByteString bytes, int length) => bytes.Length == length
        ? [.. bytes.Span]
        : throw WireMapping.Malformed($"{bytes.Length} bytes of masking where there are {length}");

    private static ByteString Wrap(ImmutableArray<byte> bytes) => UnsafeByteOperations.UnsafeWrap(bytes.AsMemory());
}
