using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>What the coordinator is collecting.</summary>
public enum CoordinatorStep
{
    /// <summary>Keys (step 0).</summary>
    Keys = 0,

    /// <summary>Sealed shares (step 1).</summary>
    Shares = 1,

    /// <summary>Masked vectors (step 2).</summary>
    Masked = 2,

    /// <summary>Signatures over the survivors (step 3).</summary>
    Consistency = 3,

    /// <summary>Shares that unmask the sum (step 4).</summary>
    Unmasking = 4,
}

/// <summary>A masked vector that arrived.</summary>
/// <param name="Site">Roster number.</param>
/// <param name="PayloadDigest">SHA-256 of its bytes, 32 bytes.</param>
public sealed record MaskedArrival(int Site, ImmutableArray<byte> PayloadDigest);

/// <summary>All that the coordinator remembers of one aggregation, apart from the masked vectors themselves. It holds no site's numbers in clear.</summary>
public sealed record CoordinatorAggregationState
{
    /// <summary>What the parties agreed on.</summary>
    public required AggregationContext Context { get; init; }

    /// <summary>What is being collected.</summary>
    public CoordinatorStep Step { get; init; }

    /// <summary>Keys, by site: U1 once closed.</summary>
    public ImmutableSortedDictionary<int, KeyAdvertisement> Keys { get; init; } = ImmutableSortedDictionary<int, KeyAdvertisement>.Empty;

    /// <summary>Share bundles, by site: U2 once closed.</summary>
    public ImmutableSortedDictionary<int, ShareBundle> Bundles { get; init; } = ImmutableSortedDictionary<int, ShareBundle>.Empty;

    /// <summary>Masked vectors that arrived, by site.</summary>
    public ImmutableSortedDictionary<int, MaskedArrival> Arrivals { get; init; } = ImmutableSortedDictionary<int, MaskedArrival>.Empty;

    /// <summary>U3, ascending: fixed when masked vectors were closed.</summary>
    public ImmutableArray<int> Survivors { get; init; } = [];

    /// <summary>Signatures, by site: U4 once closed.</summary>
    public ImmutableSortedDictionary<int, SurvivorSignature> Signatures { get; init; } = ImmutableSortedDictionary<int, SurvivorSignature>.Empty;

    /// <summary>Answers with shares, by site.</summary>
    public ImmutableSortedDictionary<int, UnmaskingAnswer> Answers { get; init; } = ImmutableSortedDictionary<int, UnmaskingAnswer>.Empty;

    /// <summary>Whether enough has arrived for the present step to be closed; waiting longer only spares sites from counting as dropped.</summary>
    public bool HasThreshold => Count >= Context.Roster.Threshold;

    /// <summary>Whether everybody who can still answer has.</summary>
    public bool HasEveryone => Count == Step switch
    {
        CoordinatorStep.Keys => Context.Roster.Count,
        CoordinatorStep.Shares => Keys.Count,
        CoordinatorStep.Masked => Bundles.Count,
        CoordinatorStep.Consistency => Survivors.Length,
        _ => Signatures.Count,
    };

    private int Count => Step switch
    {
        CoordinatorStep.Keys => Keys.Count,
        CoordinatorStep.Shares => Bundles.Count,
        CoordinatorStep.Masked => Arrivals.Count,
        CoordinatorStep.Consistency => Signatures.Count,
        _ => Answers.Count,
    };

    /// <summary>The record to store.</summary>
    public byte[] ToBytes()
    {
        CanonicalWriter writer = new CanonicalWriter().Text(Label);
        MessageCodec.Write(writer, Context);
        writer.Number((int)Step).List([.. Keys.Values], MessageCodec.Write).List([.. Bundles.Values], MessageCodec.Write)
            .List([.. Arrivals.Values], static (w, a) => w.Number(a.Site).Field(a.PayloadDigest));
        MessageCodec.Write(writer, Survivors);
        writer.List([.. Signatures.Values], MessageCodec.Write).List([.. Answers.Values], MessageCodec.Write);
        return writer.ToArray();
    }

    /// <summary>A stored record read back.</summary>
    /// <exception cref="EncodingInvalidException">The bytes are not such a record.</exception>
    public static CoordinatorAggregationState FromBytes(ReadOnlySpan<byte> bytes)
    {
        var reader = new CanonicalReader(bytes);
        if (!string.Equals(reader.Text("label", 64), Label, StringComparison.Ordinal))
            throw new EncodingInvalidException($"The record does not begin with {Label}: it is not a coordinator's aggregation, or of another version.");
        AggregationContext context = MessageCodec.ReadContext(ref reader);
        var step = (CoordinatorStep)reader.Number("step");
        if (!Enum.IsDefined(step)) throw new EncodingInvalidException($"Step {(int)step} is not known: 0 to 4 were expected.");
        var state = new CoordinatorAggregationState
        {
            Context = context,
            Step = step,
            Keys = BySite(MessageCodec.ReadList(ref reader, "keys", MessageCodec.ReadKey), k => k.Site),
            Bundles = BySite(MessageCodec.ReadList(ref reader, "bundles", MessageCodec.ReadBundle), b => b.Site),
            Arrivals = BySite(MessageCodec.ReadList(ref reader, "arrivals", ReadArrival), a => a.Site),
            Survivors = MessageCodec.ReadSites(ref reader, "survivors"),
            Signatures = BySite(MessageCodec.ReadList(ref reader, "signatures", MessageCodec.ReadSignature), s => s.Site),
            Answers = BySite(MessageCodec.ReadList(ref reader, "answers", MessageCodec.ReadAnswer), a => a.Site),
        };
        reader.End();
        return state;
    }

    private const string Label = "fed-secagg-coordinator-state-v1";

    private static MaskedArrival ReadArrival(ref CanonicalReader reader) => new(reader.Number("site"), reader.Bytes("payload digest", 32));

    private static ImmutableSortedDictionary<int, T> BySite<T>(ImmutableArray<T> items, Func<T, int> site)
    {
        if (items.Select(site).Distinct().Count() != items.Length) throw new EncodingInvalidException("A site stands twice in a stored list.");
        return items.ToImmutableSortedDictionary(site, i => i);
    }
}
