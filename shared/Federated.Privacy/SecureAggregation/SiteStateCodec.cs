namespace Federated.Privacy.SecureAggregation;

/// <summary>The stored form of a site's state.</summary>
internal static class SiteStateCodec
{
    private const string Label = "fed-secagg-site-state-v1";

    public static byte[] Write(SiteAggregationState state)
    {
        CanonicalWriter writer = new CanonicalWriter().Text(Label);
        MessageCodec.Write(writer, state.Context);
        writer.Number(state.Site).Number((int)state.Step).Number(state.LeastParties);
        MessageCodec.Write(writer, state.Advertisement);
        writer.Field(state.CipherScalar).Field(state.MaskScalar).Field(state.Seed).Field(state.OwnSeedShare).Field(state.MaskedDigest);
        writer.List(state.Keys, MessageCodec.Write);
        MessageCodec.WriteOptional(writer, state.Bundle, MessageCodec.Write);
        MessageCodec.Write(writer, state.Sharers);
        writer.List(state.Received, static (w, r) => w.Number(r.Sender).Field(r.SeedShare).Field(r.KeyShare));
        MessageCodec.Write(writer, state.Survivors);
        MessageCodec.WriteOptional(writer, state.Signature, MessageCodec.Write);
        MessageCodec.WriteOptional(writer, state.Answer, MessageCodec.Write);
        return writer.ToArray();
    }

    public static SiteAggregationState Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CanonicalReader(bytes);
        if (!string.Equals(reader.Text("label", 64), Label, StringComparison.Ordinal))
            throw new EncodingInvalidException($"The record does not begin with {Label}: it is not a site's aggregation, or of another version.");
        AggregationContext context = MessageCodec.ReadContext(ref reader);
        int site = reader.Number("site");
        var step = (SiteStep)reader.Number("step");
        int leastParties = reader.Number("least parties");
        if (site < 0 || site >= context.Roster.Count) throw new EncodingInvalidException($"Site {site} is not in a roster of {context.Roster.Count}.");
        if (!Enum.IsDefined(step)) throw new EncodingInvalidException($"Step {(int)step} is not known: 0 to 5 were expected.");
        if (leastParties is not (2 or 3)) throw new EncodingInvalidException($"{leastParties} is not a least number of parties: 2 or 3 were expected.");
        var state = new SiteAggregationState
        {
            Context = context,
            Site = site,
            Step = step,
            LeastParties = leastParties,
            Advertisement = MessageCodec.ReadKey(ref reader),
            CipherScalar = reader.Bytes("cipher scalar", 0, P256.ScalarBytes),
            MaskScalar = reader.Bytes("mask scalar", 0, P256.ScalarBytes),
            Seed = reader.Bytes("seed", 0, ShareSeal.ShareBytes),
            OwnSeedShare = reader.Bytes("own seed share", 0, ShareSeal.ShareBytes),
            MaskedDigest = reader.Bytes("masked digest", 0, 32),
            Keys = MessageCodec.ReadList(ref reader, "keys", MessageCodec.ReadKey),
            Bundle = MessageCodec.ReadOptional(ref reader, "bundle", MessageCodec.ReadBundle),
            Sharers = MessageCodec.ReadSites(ref reader, "sharers"),
            Received = MessageCodec.ReadList(ref reader, "received shares", ReadReceived),
            Survivors = MessageCodec.ReadSites(ref reader, "survivors"),
            Signature = MessageCodec.ReadOptional(ref reader, "survivor signature", MessageCodec.ReadSignature),
            Answer = MessageCodec.ReadOptional(ref reader, "answer", MessageCodec.ReadAnswer),
        };
        reader.End();
        return RequireWhatTheStepImplies(state);
    }

    private static SiteAggregationState RequireWhatTheStepImplies(SiteAggregationState state)
    {
        bool open = state.Step != SiteStep.Closed;
        bool whole = (!open || (state.CipherScalar.Length == P256.ScalarBytes && state.MaskScalar.Length == P256.ScalarBytes && state.Seed.Length == ShareSeal.ShareBytes))
            && (!open || state.Step < SiteStep.Shared || (state.Bundle is not null && !state.Keys.IsEmpty && state.OwnSeedShare.Length == ShareSeal.ShareBytes))
            && (!open || state.Step < SiteStep.Masked || (!state.Sharers.IsEmpty && state.Received.Length == state.Sharers.Length - 1 && state.MaskedDigest.Length == 32))
            && (!open || state.Step < SiteStep.Agreed || (!state.Survivors.IsEmpty && state.Signature is not null))
            && (!open || state.Step < SiteStep.Unmasked || state.Answer is not null);
        return whole ? state : throw new EncodingInvalidException($"The record says step {state.Step}, and lacks what that step leaves behind.");
    }

    private static ReceivedShare ReadReceived(ref CanonicalReader reader) =>
        new(reader.Number("sender"), reader.Bytes("seed share", ShareSeal.ShareBytes), reader.Bytes("key share", ShareSeal.ShareBytes));
}
