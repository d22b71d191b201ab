using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>The attacks of <see cref="ThreatTests"/> in other clothes: each is refused with its reason and changes nothing at the honest site.</summary>
public class ThreatVariantTests
{
    private readonly Consortium _consortium = new(5); // t = 4

    [Theory]
    [InlineData("infinity as zeros")]
    [InlineData("compressed")]
    [InlineData("hybrid")]
    [InlineData("another curve")]
    [InlineData("off by one")]
    [InlineData("coordinates of the field's size")]
    public void A_truly_signed_key_that_is_no_usable_point(string what)
    {
        byte[] good = P256.Generate(new SeededRandomness(3)).Point;
        byte[] point = [.. good];
        switch (what)
        {
            case "infinity as zeros":
                Array.Clear(point);
                break;
            case "compressed":
                point[0] = 2;
                break;
            case "hybrid":
                point[0] = (byte)(6 + (point[64] & 1));
                break;
            case "another curve":
                using (ECDiffieHellman other = ECDiffieHellman.Create(ECCurve.NamedCurves.brainpoolP256r1))
                {
                    ECPoint q = other.ExportParameters(false).Q;
                    point = [4, .. q.X!, .. q.Y!];
                }

                break;
            case "off by one":
                point[64] ^= 1;
                break;
            default:
                Convert.FromHexString("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF").CopyTo(point, 1);
                break;
        }

        foreach (bool cipher in (bool[])[true, false])
        {
            Standing standing = _consortium.RunTo(SiteStep.Advertised);
            KeyAdvertisement forged = Signed(2, cipher ? point : good, cipher ? P256.Generate(new SeededRandomness(5)).Point : point);
            Refused(RefusalReason.KeyInvalid, standing.Sites[0], site => SiteAggregation.Share(site, new KeyList([.. standing.KeyList.Keys.Select(k => k.Site == 2 ? forged : k)]), _consortium.Randomness[0]));
        }
    }

    [Fact]
    public void Both_keys_of_one_site_alike() => KeysRefused(RefusalReason.DuplicateKey, keys => keys.Select(k => k.Site == 2 ? Signed(2, P256.Generate(new SeededRandomness(3)).Point, P256.Generate(new SeededRandomness(3)).Point) : k));

    [Fact]
    public void My_own_key_as_a_peers() => KeysRefused(RefusalReason.DuplicateKey, keys => keys.Select(k => k.Site == 2 ? k with { MaskKey = keys[0].MaskKey } : k));

    [Fact]
    public void No_keys_at_all() => KeysRefused(RefusalReason.OwnKeyChanged, _ => []);

    [Fact]
    public void A_signature_with_zeros_or_swapped_halves()
    {
        KeysRefused(RefusalReason.KeyUnsigned, keys => keys.Select(k => k.Site == 2 ? k with { Signature = [.. new byte[64]] } : k));
        KeysRefused(RefusalReason.KeyUnsigned, keys => keys.Select(k => k.Site == 2 ? k with { Signature = [.. k.Signature.Skip(32), .. k.Signature.Take(32)] } : k));
    }

    [Fact]
    public void An_identity_on_another_curve_signs_nothing()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using ECDsa mine = ECDsa.Create(ECCurve.NamedCurves.nistP256), third = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var roster = new Roster([Member(mine, "a"), Member(other, "b"), Member(third, "c")]);
        AggregationContext context = Consortium.ContextFor(roster);
        (SiteAggregationState site, KeyAdvertisement own) = Begin(context, mine);
        (_, KeyAdvertisement fine) = Begin(context, third);
        int place = Enumerable.Range(0, 3).Single(s => s != own.Site && s != fine.Site);
        var random = new SeededRandomness(8);
        byte[] cipher = P256.Generate(random).Point, mask = P256.Generate(random).Point, commitment = new byte[32];
        byte[] signature = other.SignHash(KeyAdvertisement.SignedDigest(context, place, cipher, mask, commitment));
        var forged = new KeyAdvertisement(place, [.. cipher], [.. mask], [.. commitment], [.. signature.Take(64)]);
        Assert.Equal(RefusalReason.KeyUnsigned, SiteAggregation.Share(site, new KeyList([own, fine, forged]), random).Refusal?.Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(91)]
    [InlineData(93)]
    public void A_share_cut_or_padded(int length) => DeliveryRefused((d, _) => d with { Shares = [d.Shares[0] with { Sealed = [.. d.Shares[0].Sealed.Concat(new byte[1]).Take(length)] }, .. d.Shares.Skip(1)] }, RefusalReason.ShareUnreadable, RefusalReason.Malformed);

    [Fact]
    public void A_share_of_a_stranger_or_of_nobody()
    {
        DeliveryRefused((d, _) => d with { Shares = d.Shares.Add(d.Shares[0] with { Sender = 9 }) }, RefusalReason.ShareSetWrong);
        DeliveryRefused((d, _) => d with { Sharers = d.Sharers.Add(9) }, RefusalReason.ShareFromOutside);
        DeliveryRefused((d, _) => d with { Sharers = d.Sharers.Add(-1) }, RefusalReason.ShareFromOutside);
        DeliveryRefused((d, _) => d with { Sharers = default }, RefusalReason.Malformed);
        DeliveryRefused((d, _) => d with { Sharers = [.. d.Sharers.Take(3)], Shares = [.. d.Shares.Where(s => s.Sender < 3)] }, RefusalReason.TooFewShares);
    }

    [Fact]
    public void Survivors_that_cannot_be()
    {
        (int[] Survivors, RefusalReason Reason)[] sets =
        [
            ([0, 1, 2], RefusalReason.TooFewSurvivors), // t - 1
            ([0, 1, 2, 3, 9], RefusalReason.SurvivorFromOutside),
            ([-1, 0, 1, 2], RefusalReason.SurvivorFromOutside),
            ([1, 0, 2, 3], RefusalReason.Malformed),
            ([0, 1, 2, 2, 3], RefusalReason.Malformed),
            ([1, 2, 3, 4], RefusalReason.SelfMissing),
            ([], RefusalReason.SelfMissing),
        ];
        SiteAggregationState masked = _consortium.RunTo(SiteStep.Masked).Sites[0];
        foreach ((int[] survivors, RefusalReason reason) in sets) Refused(reason, masked, site => SiteAggregation.Agree(site, new SurvivorNotice([.. survivors]), _consortium.Identity(0), []));
        Refused(RefusalReason.Malformed, masked, site => SiteAggregation.Agree(site, new SurvivorNotice(default), _consortium.Identity(0), []));
    }

    [Fact]
    public void Signatures_that_are_too_few_twice_the_same_or_over_another_set()
    {
        Standing standing = _consortium.RunTo(SiteStep.Agreed);
        ImmutableArray<SurvivorSignature> all = standing.Signatures.Signatures;
        SiteAggregationState site = standing.Sites[0];
        Refused(RefusalReason.TooFewSignatures, site, s => SiteAggregation.Unmask(s, new SignatureList([.. all.Take(3)])));
        Refused(RefusalReason.SignatureInvalid, site, s => SiteAggregation.Unmask(s, new SignatureList([.. all.Take(3), all[0]])));
        byte[] other = _consortium.Identity(3).SignHash(SurvivorSignature.SignedDigest(_consortium.Context, [0, 1, 2, 3]));
        Refused(RefusalReason.SignatureInvalid, site, s => SiteAggregation.Unmask(s, new SignatureList([.. all.Take(3), new SurvivorSignature(3, [.. other])])));
        Refused(RefusalReason.Malformed, site, s => SiteAggregation.Unmask(s, new SignatureList(default)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-16)]
    [InlineData(16)]
    [InlineData(1)]
    public void A_vector_that_is_longer_shorter_or_empty(int more)
    {
        Standing standing = _consortium.RunTo(SiteStep.Shared);
        byte[] vector = new byte[more == 0 ? 0 : _consortium.Context.PayloadBytes + more];
        Refused(RefusalReason.InputLength, standing.Sites[0], site => SiteAggregation.Mask(site, standing.Deliveries[0], vector));
    }

    [Fact]
    public void A_roster_of_nobody() =>
        Assert.Equal(RefusalReason.TooFewParties, SiteAggregation.Start(Consortium.ContextFor(Consortium.RosterOf([])), _consortium.Identity(0), new SeededRandomness(1), []).Refusal?.Reason);

    [Theory]
    [InlineData("Hospital North", "hospital north")]
    [InlineData("Hospital North", " Hospital  North ")]
    [InlineData("Hospital North", "Hospital\u00a0North")]
    [InlineData("Kliniku\u0301m", "Klinik\u00fam")]
    public void One_legal_entity_spelt_twice_is_one(string once, string again)
    {
        bool accents = once.Contains('\u0301', StringComparison.Ordinal);
        Roster roster = Consortium.RosterOf([0, 1, 2], i => i == 0 ? once : i == 1 ? (accents ? once.Normalize() : again) : "Hospital South");
        Assert.Equal(2, roster.Entities([0, 1, 2]));
        Assert.Equal(RefusalReason.TooFewParties, SiteAggregation.Start(Consortium.ContextFor(roster), _consortium.Identity(0), new SeededRandomness(1), []).Refusal?.Reason);
    }

    private KeyAdvertisement Signed(int site, byte[] cipher, byte[] mask)
    {
        byte[] commitment = new byte[32];
        byte[] signature = _consortium.Identity(site).SignHash(KeyAdvertisement.SignedDigest(_consortium.Context, site, cipher, mask, commitment));
        return new KeyAdvertisement(site, [.. cipher], [.. mask], [.. commitment], [.. signature]);
    }

    private static RosterMember Member(ECDsa key, string entity) => new([.. key.ExportSubjectPublicKeyInfo()], entity);

    private static (SiteAggregationState State, KeyAdvertisement Key) Begin(AggregationContext context, ECDsa identity)
    {
        Turn<SiteAggregationState?, KeyAdvertisement> turn = SiteAggregation.Start(context, identity, new SeededRandomness((ulong)context.Roster.IndexOf(identity.ExportSubjectPublicKeyInfo()) + 40), []);
        return (turn.State!, turn.Require());
    }

    private void KeysRefused(RefusalReason reason, Func<ImmutableArray<KeyAdvertisement>, IEnumerable<KeyAdvertisement>> forge)
    {
        Standing standing = _consortium.RunTo(SiteStep.Advertised);
        Refused(reason, standing.Sites[0], site => SiteAggregation.Share(site, new KeyList([.. forge(standing.KeyList.Keys)]), _consortium.Randomness[0]));
    }

    private void DeliveryRefused(Func<ShareDelivery, Standing, ShareDelivery> forge, params RefusalReason[] reasons)
    {
        Standing standing = _consortium.RunTo(SiteStep.Shared);
        SiteAggregationState site = standing.Sites[0];
        Turn<SiteAggregationState, MaskedInput> turn = SiteAggregation.Mask(site, forge(standing.Deliveries[0], standing), _consortium.Vectors[0]);
        Assert.Contains(turn.Refusal!.Reason, reasons);
        Assert.Null(turn.Message);
        Assert.Same(site, turn.State);
    }

    private static void Refused<TMessage>(RefusalReason reason, SiteAggregationState before, Func<SiteAggregationState, Turn<SiteAggregationState, TMessage>> attempt)
        where TMessage : class
    {
        Turn<SiteAggregationState, TMessage> turn = attempt(before);
        Assert.Equal(reason, turn.Refusal?.Reason);
        Assert.Null(turn.Message);
        Assert.Same(before, turn.State);
    }
}
