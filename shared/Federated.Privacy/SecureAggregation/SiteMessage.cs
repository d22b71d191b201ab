using System.Security.Cryptography;

namespace Federated.Privacy.SecureAggregation;

/// <summary>
/// What a site says in a step of an aggregation, apart from its masked vector: <see cref="KeyAdvertisement"/>, <see cref="ShareBundle"/>,
/// <see cref="SurvivorSignature"/> or <see cref="UnmaskingAnswer"/>. The set is closed.
/// </summary>
public abstract record SiteMessage
{
    private protected SiteMessage()
    {
    }

    /// <summary>The step it belongs to.</summary>
    public abstract CoordinatorStep Step { get; }

    /// <summary>The number the sender says it has in the roster.</summary>
    public abstract int Sender { get; }

    /// <summary>The record to store; its SHA-256 names the message in a ledger.</summary>
    public byte[] ToBytes()
    {
        CanonicalWriter writer = new CanonicalWriter().Text(Label).Number((int)Step);
        switch (this)
        {
            case KeyAdvertisement key: MessageCodec.Write(writer, key); break;
            case ShareBundle bundle: MessageCodec.Write(writer, bundle); break;
            case SurvivorSignature signature: MessageCodec.Write(writer, signature); break;
            case UnmaskingAnswer answer: MessageCodec.Write(writer, answer); break;
        }

        return writer.ToArray();
    }

    /// <summary>A stored message read back.</summary>
    /// <exception cref="EncodingInvalidException">The bytes are not one.</exception>
    public static SiteMessage FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new CanonicalReader(bytes);
        if (!string.Equals(reader.Text("label", 64), Label, StringComparison.Ordinal))
            throw new EncodingInvalidException($"The record does not begin with {Label}: it is not a message of a site, or of another version.");
        int step = reader.Number("step");
        SiteMessage message = (CoordinatorStep)step switch
        {
            CoordinatorStep.Keys => MessageCodec.ReadKey(ref reader),
            CoordinatorStep.Shares => MessageCodec.ReadBundle(ref reader),
            CoordinatorStep.Consistency => MessageCodec.ReadSignature(ref reader),
            CoordinatorStep.Unmasking => MessageCodec.ReadAnswer(ref reader),
            _ => throw new EncodingInvalidException($"Step {step} has no message of a site."),
        };
        reader.End();
        return message;
    }

    private const string Label = "fed-secagg-message-v1";
}

/// <summary>
/// What the coordinator says in a step: <see cref="KeyList"/>, <see cref="ShareDelivery"/>, <see cref="SurvivorNotice"/> or <see cref="SignatureList"/>. The set is
/// closed.
/// </summary>
public abstract record CoordinatorMessage
{
    private protected CoordinatorMessage()
    {
    }

    /// <summary>The step in which the site answers it.</summary>
    public abstract CoordinatorStep Step { get; }

    /// <summary>SHA-256 over the whole message: names it in a ledger.</summary>
    public byte[] Digest()
    {
        CanonicalWriter writer = new CanonicalWriter().Text("fed-secagg-request-v1").Number((int)Step);
        switch (this)
        {
            case KeyList list: writer.List(list.Keys, MessageCodec.Write); break;
            case ShareDelivery delivery:
                MessageCodec.Write(writer, delivery.Sharers);
                writer.List(delivery.Shares, MessageCodec.Write);
                break;
            case SurvivorNotice notice: MessageCodec.Write(writer, notice.Survivors); break;
            case SignatureList signatures: writer.List(signatures.Signatures, MessageCodec.Write); break;
        }

        return SHA256.HashData(writer.ToArray());
    }
}
