using System.Collections.Immutable;

namespace Federated.Privacy.SecureAggregation;

/// <summary>Contexts and messages inside stored states.</summary>
internal static class MessageCodec
{
    private const int MaximumSites = Shamir.MaximumHolders;

    public static void Write(CanonicalWriter writer, AggregationContext context)
    {
        writer.Number((int)context.Suite).Field(context.Study).Field(context.Plan).Text(context.Task).Number(context.Round).Number(context.Attempt)
            .List(context.Roster.Members, static (w, m) => w.Field(m.IdentityKey).Text(m.Entity))
            .Field(context.Broadcast).Number((int)context.Ring).Number(context.FractionBits).Number(context.Length);
    }

    public static AggregationContext ReadContext(ref CanonicalReader reader)
    {
        var suite = (AggregationSuite)reader.Number("suite");
        ImmutableArray<byte> study = reader.Bytes("study", 16);
        ImmutableArray<byte> plan = reader.Bytes("plan", 32);
        string task = reader.Text("task", 1024);
        int round = reader.Number("round");
        int attempt = reader.Number("attempt");
        int count = reader.Count("roster", MaximumSites);
        var members = new List<RosterMember>(count);
        for (int i = 0; i < count; i++) members.Add(new RosterMember(reader.Bytes("identity key", 1, 1024), reader.Text("entity", 4096)));
        try
        {
            var context = new AggregationContext
            {
                Suite = suite,
                Study = study,
                Plan = plan,
                Task = task,
                Round = round,
                Attempt = attempt,
                Roster = new Roster(members),
                Broadcast = reader.Bytes("broadcast", 32),
                Ring = (Ring)reader.Number("ring"),
                FractionBits = reader.Number("fraction bits"),
                Length = reader.Number("length"),
            };
            context.Validate();
            return context;
        }
        catch (ArgumentException wrong)
        {
            throw new EncodingInvalidException(wrong.Message);
        }
    }

    public static void Write(CanonicalWriter writer, KeyAdvertisement key) =>
        writer.Number(key.Site).Field(key.CipherKey).Field(key.MaskKey).Field(key.SeedCommitment).Field(key.Signature);

    public static KeyAdvertisement ReadKey(ref CanonicalReader reader) => new(
        reader.Number("site"), reader.Bytes("cipher key", P256.PointBytes), reader.Bytes("mask key", P256.PointBytes), reader.Bytes("seed commitment", 32),
        reader.Bytes("signature", P256.SignatureBytes));

    public static void Write(CanonicalWriter writer, SealedShare share) => writer.Number(share.Sender).Number(share.Receiver).Field(share.Sealed);

    public static SealedShare ReadSealed(ref CanonicalReader reader) =>
        new(reader.Number("sender"), reader.Number("receiver"), reader.Bytes("sealed share", ShareSeal.SealedBytes));

    public static void Write(CanonicalWriter writer, ShareBundle bundle) => writer.Number(bundle.Site).List(bundle.Shares, Write);

    public static ShareBundle ReadBundle(ref CanonicalReader reader)
    {
        int site = reader.Number("site");
        return new ShareBundle(site, ReadList(ref reader, "shares", ReadSealed));
    }

    public static void Write(CanonicalWriter writer, SurvivorSignature signature) => writer.Number(signature.Site).Field(signature.Signature);

    public static SurvivorSignature ReadSignature(ref CanonicalReader reader) => new(reader.Number("site"), reader.Bytes("signature", P256.SignatureBytes));

    public static void Write(CanonicalWriter writer, OpenShare share) => writer.Number(share.Owner).Field(share.Value);

    public static OpenShare ReadOpen(ref CanonicalReader reader) => new(reader.Number("owner"), reader.Bytes("share", ShareSeal.ShareBytes));

    public static void Write(CanonicalWriter writer, UnmaskingAnswer answer) =>
        writer.Number(answer.Site).List(answer.SeedShares, Write).List(answer.KeyShares, Write);

    public static UnmaskingAnswer ReadAnswer(ref CanonicalReader reader)
    {
        int site = reader.Number("site");
        ImmutableArray<OpenShare> seeds = ReadList(ref reader, "seed shares", ReadOpen);
        return new UnmaskingAnswer(site, seeds, ReadList(ref reader, "key shares", ReadOpen));
    }

    public static void Write(CanonicalWriter writer, ImmutableArray<int> sites) => writer.List(sites, static (w, s) => w.Number(s));

    public static ImmutableArray<int> ReadSites(ref CanonicalReader reader, string name) => ReadList(ref reader, name, static (ref r) => r.Number("site"));

    /// <summary>Nothing, or one item: a list of at most one.</summary>
    public static void WriteOptional<T>(CanonicalWriter writer, T? item, Action<CanonicalWriter, T> write)
        where T : class => writer.List(item is null ? (T[])[] : [item], write);

    public static T? ReadOptional<T>(ref CanonicalReader reader, string name, ReadItem<T> read)
        where T : class => reader.Count(name, 1) == 0 ? null : read(ref reader);

    public delegate T ReadItem<T>(ref CanonicalReader reader);

    public static ImmutableArray<T> ReadList<T>(ref CanonicalReader reader, string name, ReadItem<T> read)
    {
        int count = reader.Count(name, MaximumSites);
        var items = ImmutableArray.CreateBuilder<T>();
        for (int i = 0; i < count; i++) items.Add(read(ref reader));
        return items.ToImmutable();
    }
}
