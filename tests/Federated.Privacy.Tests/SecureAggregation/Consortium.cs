using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>A consortium in memory: identities, one context, a vector per site, and the whole protocol step by step so that a test can interfere anywhere.</summary>
internal sealed class Consortium
{
    private static readonly ECDsa[] Identities = [.. Enumerable.Range(0, 24).Select(_ => ECDsa.Create(ECCurve.NamedCurves.nistP256))];

    private readonly ECDsa[] _bySite;

    public Consortium(int sites, int length = 100, Ring ring = Ring.Bits128, ulong seed = 1, int round = 1, int attempt = 1, Func<int, string>? entity = null)
    {
        Roster = RosterOf(Enumerable.Range(0, sites), entity);
        _bySite = [.. Roster.Members.Select(m => Identities.First(i => i.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(m.IdentityKey.AsSpan())))];
        Context = ContextFor(Roster, length, ring, round, attempt);
        Randomness = [.. Enumerable.Range(0, sites).Select(s => new SeededRandomness((seed * 1000) + (ulong)s))];
        var vectors = new SeededRandomness(seed + 77);
        Vectors = new byte[sites][];
        for (int s = 0; s < sites; s++)
        {
            Vectors[s] = new byte[Context.PayloadBytes];
            vectors.Fill(Vectors[s]);
        }
    }

    public Roster Roster { get; }

    public AggregationContext Context { get; init; }

    public IRandomness[] Randomness { get; }

    public byte[][] Vectors { get; }

    public int Count => Roster.Count;

    public ECDsa Identity(int site) => _bySite[site];

    /// <summary>An identity that no roster of 20 sites holds.</summary>
    public static ECDsa Stranger => Identities[23];

    public static Roster RosterOf(IEnumerable<int> identities, Func<int, string>? entity = null) =>
        new(identities.Select(i => new RosterMember([.. Identities[i].ExportSubjectPublicKeyInfo()], entity?.Invoke(i) ?? $"hospital {i}")));

    public static AggregationContext ContextFor(Roster roster, int length = 100, Ring ring = Ring.Bits128, int round = 1, int attempt = 1) => new()
    {
        Study = [.. Enumerable.Repeat((byte)7, 16)],
        Plan = [.. SHA256.HashData("plan"u8)],
        Task = "harmonize/moments",
        Round = round,
        Attempt = attempt,
        Roster = roster,
        Broadcast = [.. SHA256.HashData("broadcast"u8)],
        Ring = ring,
        FractionBits = ring == Ring.Bits128 ? 64 : 30,
        Length = length,
    };

    public (SiteAggregationState State, KeyAdvertisement Key) Start(int site) => Start(site, Context);

    public (SiteAggregationState State, KeyAdvertisement Key) Start(int site, AggregationContext context)
    {
        Turn<SiteAggregationState?, KeyAdvertisement> turn = SiteAggregation.Start(context, Identity(site), Randomness[site], [], twoPartiesApproved: context.Roster.Count == 2);
        return (turn.State!, turn.Require());
    }

    /// <summary>Plain sum over sites, by an arithmetic of its own (BigInteger).</summary>
    public byte[] PlainSum(IEnumerable<int> sites)
    {
        int bytes = (int)Context.Ring / 8;
        var modulus = System.Numerics.BigInteger.One << (int)Context.Ring;
        byte[] sum = new byte[Context.PayloadBytes];
        int[] members = [.. sites];
        for (int i = 0; i < Context.Length; i++)
        {
            var total = System.Numerics.BigInteger.Zero;
            foreach (int site in members) total += new System.Numerics.BigInteger(Vectors[site].AsSpan(i * bytes, bytes), isUnsigned: true);
            (total % modulus).TryWriteBytes(sum.AsSpan(i * bytes, bytes), out _, isUnsigned: true);
        }

        return sum;
    }

    /// <summary>Everything up to a given step with nobody dropping, for tests that interfere after it.</summary>
    public Standing RunTo(SiteStep step)
    {
        var standing = new Standing(this);
        if (step >= SiteStep.Shared) standing.Share();
        if (step >= SiteStep.Masked) standing.Mask();
        if (step >= SiteStep.Agreed) standing.Agree();
        if (step >= SiteStep.Unmasked) standing.Unmask();
        return standing;
    }
}

/// <summary>Sites and coordinator after a step, with the messages of that step. Every state passes through its stored form at every turn, as after a crash.</summary>
internal sealed class Standing
{
    private readonly Consortium _consortium;

    public Standing(Consortium consortium, IEnumerable<int>? missing = null)
    {
        _consortium = consortium;
        HashSet<int> silent = [.. missing ?? []];
        Coordinator = CoordinatorAggregation.Start(consortium.Context);
        for (int s = 0; s < consortium.Count; s++)
        {
            (SiteAggregationState state, KeyAdvertisement key) = consortium.Start(s);
            Sites[s] = Stored(state);
            if (!silent.Contains(s)) Take(CoordinatorAggregation.Accept(Coordinator, key));
        }

        KeyList = Take(CoordinatorAggregation.CloseKeys(Coordinator));
    }

    public SortedDictionary<int, SiteAggregationState> Sites { get; } = [];

    public CoordinatorAggregationState Coordinator { get; private set; }

    public KeyList KeyList { get; }

    public ImmutableSortedDictionary<int, ShareDelivery> Deliveries { get; private set; } = ImmutableSortedDictionary<int, ShareDelivery>.Empty;

    public SortedDictionary<int, byte[]> Masked { get; } = [];

    public SurvivorNotice Notice { get; private set; } = new([]);

    public SignatureList Signatures { get; private set; } = new([]);

    public void Share(IEnumerable<int>? missing = null)
    {
        foreach (KeyAdvertisement key in KeyList.Keys)
        {
            if (missing?.Contains(key.Site) == true) continue;
            Turn<SiteAggregationState, ShareBundle> turn = SiteAggregation.Share(Sites[key.Site], KeyList, _consortium.Randomness[key.Site]);
            Sites[key.Site] = Stored(turn.State);
            Take(CoordinatorAggregation.Accept(Coordinator, turn.Require()));
        }

        Deliveries = Take(CoordinatorAggregation.CloseShares(Coordinator));
    }

    public void Mask(IEnumerable<int>? missing = null)
    {
        foreach ((int site, ShareDelivery delivery) in Deliveries)
        {
            if (missing?.Contains(site) == true) continue;
            Turn<SiteAggregationState, MaskedInput> turn = SiteAggregation.Mask(Sites[site], delivery, _consortium.Vectors[site]);
            Sites[site] = Stored(turn.State);
            Masked[site] = turn.Require().Payload.ToArray();
            Take(CoordinatorAggregation.Accept(Coordinator, new MaskedArrival(site, [.. SHA256.HashData(Masked[site])])));
        }

        Notice = Take(CoordinatorAggregation.CloseMasked(Coordinator));
    }

    public void Agree(IEnumerable<int>? missing = null)
    {
        foreach (int site in Notice.Survivors)
        {
            if (missing?.Contains(site) == true) continue;
            Turn<SiteAggregationState, SurvivorSignature> turn = SiteAggregation.Agree(Sites[site], Notice, _consortium.Identity(site), []);
            Sites[site] = Stored(turn.State);
            Take(CoordinatorAggregation.Accept(Coordinator, turn.Require()));
        }

        Signatures = Take(CoordinatorAggregation.CloseConsistency(Coordinator));
    }

    public void Unmask(IEnumerable<int>? missing = null)
    {
        foreach (int site in Signatures.Signatures.Select(s => s.Site))
        {
            if (missing?.Contains(site) == true) continue;
            Turn<SiteAggregationState, UnmaskingAnswer> turn = SiteAggregation.Unmask(Sites[site], Signatures);
            Sites[site] = Stored(turn.State);
            Take(CoordinatorAggregation.Accept(Coordinator, turn.Require()));
        }
    }

    public byte[] Sum(int threads = 1)
    {
        var sum = new MaskedSum(_consortium.Context);
        foreach (int site in Notice.Survivors) sum.Add(site, Masked[site]);
        return Take(CoordinatorAggregation.Unmask(Coordinator, sum, threads));
    }

    public static SiteAggregationState Stored(SiteAggregationState state) => SiteAggregationState.FromBytes(state.ToBytes());

    public void Take(Turn<CoordinatorAggregationState> turn)
    {
        if (turn.Refusal is not null) throw new AggregationRefusedException(turn.Refusal);
        Coordinator = CoordinatorAggregationState.FromBytes(turn.State.ToBytes());
    }

    private TMessage Take<TMessage>(Turn<CoordinatorAggregationState, TMessage> turn)
        where TMessage : class
    {
        TMessage message = turn.Require();
        Coordinator = CoordinatorAggregationState.FromBytes(turn.State.ToBytes());
        return message;
    }
}
