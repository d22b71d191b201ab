using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>A coordinator, or a site beside it, that cheats: each way is refused by the honest site, with its reason, and changes nothing at it.</summary>
public class ThreatTests
{
    private readonly Consortium _consortium = new(5); // t = 4

    private static void Refused<TMessage>(RefusalReason reason, Turn<SiteAggregationState, TMessage> turn, SiteAggregationState before)
        where TMessage : class
    {
        Assert.Equal(reason, turn.Refusal?.Reason);
        Assert.Null(turn.Message);
        Assert.Same(before, turn.State);
    }

    private void KeysRefused(RefusalReason reason, Func<Standing, IEnumerable<KeyAdvertisement>> forge)
    {
        Standing standing = _consortium.RunTo(SiteStep.Advertised);
        SiteAggregationState site = standing.Sites[0];
        Refused(reason, SiteAggregation.Share(site, new KeyList([.. forge(standing)]), _consortium.Randomness[0]), site);
    }

    /// <summary>Keys of a roster place, signed by some identity over some context.</summary>
    private static KeyAdvertisement Forge(int site, ECDsa signer, AggregationContext context, ulong seed = 99)
    {
        var randomness = new SeededRandomness(seed);
        byte[] cipher = P256.Generate(randomness).Point, mask = P256.Generate(randomness).Point, commitment = new byte[32];
        byte[] signature = signer.SignHash(KeyAdvertisement.SignedDigest(context, site, cipher, mask, commitment));
        return new KeyAdvertisement(site, [.. cipher], [.. mask], [.. commitment], [.. signature]);
    }

    private static IEnumerable<KeyAdvertisement> With(Standing standing, KeyAdvertisement key) => standing.KeyList.Keys.Select(k => k.Site == key.Site ? key : k);

    [Fact]
    public void Keys_swapped_for_the_coordinators_own() =>
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, Forge(2, Consortium.Stranger, _consortium.Context)));

    [Fact]
    public void Keys_of_one_member_passed_off_as_anothers() =>
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, Forge(2, _consortium.Identity(3), _consortium.Context)));

    [Fact]
    public void One_of_two_keys_swapped_under_a_true_signature() =>
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, s.KeyList.Keys[2] with { MaskKey = Forge(2, Consortium.Stranger, _consortium.Context).MaskKey }));

    [Fact]
    public void Commitment_swapped_under_a_true_signature() =>
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, s.KeyList.Keys[2] with { SeedCommitment = [.. new byte[32]] }));

    [Fact]
    public void A_peer_with_a_valid_certificate_that_is_not_in_the_pinned_roster() =>
        KeysRefused(RefusalReason.SiteUnknown, s => s.KeyList.Keys.Append(Forge(5, Consortium.Stranger, _consortium.Context)));

    [Fact]
    public void A_roster_with_an_extra_member_is_another_context()
    {
        Roster wider = Consortium.RosterOf([0, 1, 2, 3, 4, 23]);
        AggregationContext other = Consortium.ContextFor(wider);
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, Forge(2, _consortium.Identity(2), other)));
    }

    [Fact]
    public void A_site_listed_twice() => KeysRefused(RefusalReason.DuplicateKey, s => s.KeyList.Keys.Append(s.KeyList.Keys[1]));

    [Fact]
    public void One_key_for_two_sites() => KeysRefused(RefusalReason.DuplicateKey, s => With(s, s.KeyList.Keys[2] with { CipherKey = s.KeyList.Keys[1].CipherKey }));

    [Fact]
    public void My_own_keys_changed() => KeysRefused(RefusalReason.OwnKeyChanged, s => With(s, Forge(0, _consortium.Identity(0), _consortium.Context)));

    [Fact]
    public void My_own_keys_left_out() => KeysRefused(RefusalReason.OwnKeyChanged, s => s.KeyList.Keys.Skip(1));

    [Fact]
    public void Fewer_keys_than_the_threshold() => KeysRefused(RefusalReason.TooFewKeys, s => s.KeyList.Keys.Take(3));

    [Fact]
    public void A_signed_key_that_is_no_point_of_the_curve()
    {
        byte[] cipher = [4, .. new byte[64]], mask = P256.Generate(new SeededRandomness(4)).Point, commitment = new byte[32];
        byte[] signature = _consortium.Identity(2).SignHash(KeyAdvertisement.SignedDigest(_consortium.Context, 2, cipher, mask, commitment));
        KeysRefused(RefusalReason.KeyInvalid, s => With(s, new KeyAdvertisement(2, [.. cipher], [.. mask], [.. commitment], [.. signature])));
    }

    [Fact]
    public void Fields_of_the_wrong_size()
    {
        KeysRefused(RefusalReason.Malformed, s => With(s, s.KeyList.Keys[2] with { CipherKey = [1, 2, 3] }));
        KeysRefused(RefusalReason.Malformed, s => With(s, s.KeyList.Keys[2] with { Signature = default }));
        KeysRefused(RefusalReason.SiteUnknown, s => With(s, s.KeyList.Keys[2]).Append(s.KeyList.Keys[2] with { Site = -1 }));
    }

    [Theory]
    [InlineData("broadcast")]
    [InlineData("plan")]
    [InlineData("task")]
    [InlineData("round")]
    [InlineData("attempt")]
    [InlineData("study")]
    [InlineData("lane")]
    [InlineData("fraction")]
    [InlineData("length")]
    public void A_site_that_was_told_something_else_cannot_take_part(string what)
    {
        ImmutableArray<byte> other = [.. SHA256.HashData("other"u8)];
        AggregationContext context = _consortium.Context;
        byte[] digest = context.Digest.ToArray(); // asked for before the copies are made: none may inherit it
        AggregationContext told = what switch
        {
            "broadcast" => context with { Broadcast = other },
            "plan" => context with { Plan = other },
            "task" => context with { Task = "harmonize/variances" },
            "round" => context with { Round = 2 },
            "attempt" => context with { Attempt = 2 },
            "study" => context with { Study = [.. other.Take(16)] },
            "lane" => context with { Ring = Ring.Bits64, FractionBits = 63 },
            "fraction" => context with { FractionBits = 63 },
            _ => context with { Length = 99 },
        };
        Assert.NotEqual(digest, told.Digest.ToArray());
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, _consortium.Start(2, told).Key));
        CoordinatorAggregationState coordinator = CoordinatorAggregation.Start(context);
        Assert.Equal(RefusalReason.KeyUnsigned, CoordinatorAggregation.Accept(coordinator, _consortium.Start(2, told).Key).Refusal?.Reason);
    }

    [Fact]
    public void Keys_replayed_from_an_earlier_aggregation()
    {
        KeyAdvertisement old = _consortium.Start(2, _consortium.Context with { Round = 7 }).Key;
        KeysRefused(RefusalReason.KeyUnsigned, s => With(s, old));
    }

    [Fact]
    public void A_second_key_list_after_the_first_was_answered()
    {
        Standing standing = _consortium.RunTo(SiteStep.Shared);
        SiteAggregationState site = standing.Sites[0];
        var fewer = new KeyList([.. standing.KeyList.Keys.Take(4)]);
        Refused(RefusalReason.AlreadyAnswered, SiteAggregation.Share(site, fewer, _consortium.Randomness[0]), site);
        KeyAdvertisement second = _consortium.Start(2).Key; // a colluding member signs two sets of keys
        Refused(RefusalReason.AlreadyAnswered, SiteAggregation.Share(site, new KeyList([.. With(standing, second)]), _consortium.Randomness[0]), site);
    }

    private void DeliveryRefused(RefusalReason reason, Func<ShareDelivery, Standing, ShareDelivery> forge)
    {
        Standing standing = _consortium.RunTo(SiteStep.Shared);
        SiteAggregationState site = standing.Sites[0];
        Refused(reason, SiteAggregation.Mask(site, forge(standing.Deliveries[0], standing), _consortium.Vectors[0]), site);
    }

    private static ShareDelivery Replace(ShareDelivery delivery, int sender, SealedShare by) =>
        delivery with { Shares = [.. delivery.Shares.Select(s => s.Sender == sender ? by : s)] };

    [Fact]
    public void A_share_re_addressed_from_another_receiver() => DeliveryRefused(RefusalReason.ShareUnreadable, (d, s) =>
        Replace(d, 1, s.Deliveries[2].Shares.First(x => x.Sender == 1) with { Receiver = 0 }));

    [Fact]
    public void A_share_for_another_receiver_passed_on_as_it_is() => DeliveryRefused(RefusalReason.ShareUnreadable, (d, s) =>
        Replace(d, 1, s.Deliveries[2].Shares.First(x => x.Sender == 1)));

    [Fact]
    public void A_share_passed_off_as_another_senders() => DeliveryRefused(RefusalReason.ShareUnreadable, (d, _) =>
        Replace(d, 1, d.Shares.First(x => x.Sender == 2) with { Sender = 1 }));

    [Fact]
    public void My_own_share_reflected_as_a_peers() => DeliveryRefused(RefusalReason.ShareUnreadable, (d, s) =>
        Replace(d, 1, s.Deliveries[1].Shares.First(x => x.Sender == 0) with { Sender = 1, Receiver = 0 }));

    [Fact]
    public void A_share_replayed_from_another_round() => DeliveryRefused(RefusalReason.ShareUnreadable, (d, _) =>
        Replace(d, 1, new Consortium(5, round: 2).RunTo(SiteStep.Shared).Deliveries[0].Shares.First(x => x.Sender == 1)));

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(91)]
    public void A_share_with_one_bit_flipped(int at) => DeliveryRefused(RefusalReason.ShareUnreadable, (d, _) =>
        Replace(d, 1, d.Shares[0] with { Sealed = d.Shares[0].Sealed.SetItem(at, (byte)(d.Shares[0].Sealed[at] ^ 1)) }));

    [Fact]
    public void Share_sets_that_do_not_fit()
    {
        DeliveryRefused(RefusalReason.ShareUnreadable, (d, _) => Replace(d, 1, d.Shares[0] with { Sealed = [] }));
        DeliveryRefused(RefusalReason.ShareFromOutside, (d, _) => d with { Sharers = [.. d.Sharers, 9] });
        DeliveryRefused(RefusalReason.ShareSetWrong, (d, _) => d with { Sharers = [.. d.Sharers, 1] });
        DeliveryRefused(RefusalReason.ShareSetWrong, (d, _) => d with { Sharers = [1, 2, 3, 4] });
        DeliveryRefused(RefusalReason.ShareSetWrong, (d, _) => d with { Shares = [.. d.Shares.Skip(1)] });
        DeliveryRefused(RefusalReason.ShareSetWrong, (d, _) => d with { Shares = [.. d.Shares, d.Shares[0]] });
        DeliveryRefused(RefusalReason.TooFewShares, (d, _) => new ShareDelivery([0, 1, 2], [.. d.Shares.Where(s => s.Sender < 3)]));
        DeliveryRefused(RefusalReason.Malformed, (_, _) => new ShareDelivery(default, default));
    }

    [Fact]
    public void A_vector_of_another_length()
    {
        Standing standing = _consortium.RunTo(SiteStep.Shared);
        SiteAggregationState site = standing.Sites[0];
        Refused(RefusalReason.InputLength, SiteAggregation.Mask(site, standing.Deliveries[0], new byte[1599]), site);
    }

    [Fact]
    public void A_second_vector_under_the_same_masks()
    {
        Standing standing = _consortium.RunTo(SiteStep.Masked);
        SiteAggregationState site = standing.Sites[0];
        byte[] other = [.. _consortium.Vectors[0]];
        other[0] ^= 1;
        Refused(RefusalReason.InputChanged, SiteAggregation.Mask(site, standing.Deliveries[0], other), site);
        var fewer = new ShareDelivery([0, 1, 2, 3], [.. standing.Deliveries[0].Shares.Where(s => s.Sender < 4)]);
        Refused(RefusalReason.AlreadyAnswered, SiteAggregation.Mask(site, fewer, _consortium.Vectors[0]), site);
    }

    private void SurvivorsRefused(RefusalReason reason, ImmutableArray<int> survivors, IReadOnlyList<EarlierAttempt>? earlier = null)
    {
        var standing = new Standing(_consortium);
        standing.Share([4]);
        standing.Mask();
        SiteAggregationState site = standing.Sites[0];
        Refused(reason, SiteAggregation.Agree(site, new SurvivorNotice(survivors), _consortium.Identity(0), earlier ?? []), site);
    }

    [Fact]
    public void Survivor_sets_that_do_not_fit()
    {
        SurvivorsRefused(RefusalReason.SurvivorFromOutside, [0, 1, 2, 3, 4]); // 4 shared nothing: U3 is not within U2
        SurvivorsRefused(RefusalReason.SelfMissing, [1, 2, 3]);
        SurvivorsRefused(RefusalReason.TooFewSurvivors, [0, 1, 2]);
        SurvivorsRefused(RefusalReason.Malformed, [0, 1, 2, 2, 3]);
        SurvivorsRefused(RefusalReason.Malformed, [3, 2, 1, 0]);
        SurvivorsRefused(RefusalReason.Malformed, default);
    }

    [Fact]
    public void Two_survivor_sets()
    {
        Standing standing = _consortium.RunTo(SiteStep.Masked);
        Turn<SiteAggregationState, SurvivorSignature> first = SiteAggregation.Agree(standing.Sites[0], standing.Notice, _consortium.Identity(0), []);
        SiteAggregationState site = Standing.Stored(first.State);
        Refused(RefusalReason.SurvivorSetAlreadySigned, SiteAggregation.Agree(site, new SurvivorNotice([0, 1, 2, 3]), _consortium.Identity(0), []), site);
        Assert.Equal(first.Message!.Signature, SiteAggregation.Agree(site, standing.Notice, _consortium.Identity(0), []).Message!.Signature);
    }

    /// <summary>Half of the sites are told one survivor set, half another: neither set gathers t signatures that an honest site takes.</summary>
    [Fact]
    public void A_split_view_of_the_survivors_opens_nothing()
    {
        Standing standing = _consortium.RunTo(SiteStep.Masked);
        ImmutableArray<int> one = [0, 1, 2, 3, 4], other = [0, 1, 2, 3];
        var signatures = new List<SurvivorSignature>();
        var sites = new List<SiteAggregationState>();
        for (int s = 0; s < 4; s++)
        {
            Turn<SiteAggregationState, SurvivorSignature> turn = SiteAggregation.Agree(standing.Sites[s], new SurvivorNotice(s < 2 ? one : other), _consortium.Identity(s), []);
            signatures.Add(turn.Require());
            sites.Add(turn.State);
        }

        foreach (SiteAggregationState site in sites)
        {
            Refused(RefusalReason.SignatureInvalid, SiteAggregation.Unmask(site, new SignatureList([.. signatures])), site);
            SurvivorSignature[] matching = [.. signatures.Where((_, s) => (s < 2) == (site.Site < 2))];
            Refused(RefusalReason.TooFewSignatures, SiteAggregation.Unmask(site, new SignatureList([.. matching])), site);
        }
    }

    private void SignaturesRefused(RefusalReason reason, Func<Standing, IEnumerable<SurvivorSignature>> forge)
    {
        Standing standing = _consortium.RunTo(SiteStep.Agreed);
        SiteAggregationState site = standing.Sites[0];
        Refused(reason, SiteAggregation.Unmask(site, new SignatureList([.. forge(standing)])), site);
    }

    [Fact]
    public void Signatures_that_do_not_fit()
    {
        SurvivorSignature Signed(int place, ECDsa by, AggregationContext context, params int[] survivors) =>
            new(place, [.. by.SignHash(SurvivorSignature.SignedDigest(context, [.. survivors]))]);
        int[] all = [0, 1, 2, 3, 4];
        SignaturesRefused(RefusalReason.TooFewSignatures, s => s.Signatures.Signatures.Take(3));
        SignaturesRefused(RefusalReason.TooFewSignatures, _ => []);
        SignaturesRefused(RefusalReason.SignatureInvalid, s => s.Signatures.Signatures.Take(3).Append(s.Signatures.Signatures[0]));
        SignaturesRefused(RefusalReason.SignatureInvalid, s => s.Signatures.Signatures.Take(4).Append(Signed(4, Consortium.Stranger, _consortium.Context, all)));
        SignaturesRefused(RefusalReason.SignatureInvalid, s => s.Signatures.Signatures.Take(4).Append(Signed(4, _consortium.Identity(4), _consortium.Context, 0, 1, 2, 3)));
        SignaturesRefused(RefusalReason.SignatureInvalid, s => s.Signatures.Signatures.Take(4).Append(Signed(4, _consortium.Identity(4), _consortium.Context with { Attempt = 9 }, all)));
        SignaturesRefused(RefusalReason.SignatureInvalid, s => s.Signatures.Signatures.Take(4).Append(Signed(7, Consortium.Stranger, _consortium.Context, all)));
        SignaturesRefused(RefusalReason.SignatureInvalid, s => s.Signatures.Signatures.Take(4).Append(s.Signatures.Signatures[4] with { Signature = default }));
    }

    [Fact]
    public void Shares_asked_for_twice_are_the_same_shares_and_never_both_of_one_site()
    {
        var standing = new Standing(_consortium);
        standing.Share();
        standing.Mask([4]);
        standing.Agree();
        standing.Unmask();
        SiteAggregationState site = standing.Sites[0];
        UnmaskingAnswer first = standing.Coordinator.Answers[0];
        UnmaskingAnswer again = SiteAggregation.Unmask(site, standing.Signatures).Require();
        Assert.Equal([0, 1, 2, 3], again.SeedShares.Select(s => s.Owner));
        Assert.Equal([4], again.KeyShares.Select(s => s.Owner));
        Assert.Equal(first.SeedShares.Concat(first.KeyShares).SelectMany(s => s.Value), again.SeedShares.Concat(again.KeyShares).SelectMany(s => s.Value));
        Refused(RefusalReason.SurvivorSetAlreadySigned, SiteAggregation.Agree(site, new SurvivorNotice([0, 1, 2, 3, 4]), _consortium.Identity(0), []), site);
    }

    [Fact]
    public void Steps_out_of_order()
    {
        SiteAggregationState advertised = _consortium.RunTo(SiteStep.Advertised).Sites[0];
        Standing shared = _consortium.RunTo(SiteStep.Shared);
        Refused(RefusalReason.OutOfOrder, SiteAggregation.Mask(advertised, shared.Deliveries[0], _consortium.Vectors[0]), advertised);
        Refused(RefusalReason.OutOfOrder, SiteAggregation.Agree(shared.Sites[0], new SurvivorNotice([0, 1, 2, 3]), _consortium.Identity(0), []), shared.Sites[0]);
        SiteAggregationState masked = _consortium.RunTo(SiteStep.Masked).Sites[0];
        Refused(RefusalReason.OutOfOrder, SiteAggregation.Unmask(masked, new SignatureList([])), masked);
    }

    [Fact]
    public void A_stolen_transport_key_signs_nothing()
    {
        Standing standing = _consortium.RunTo(SiteStep.Masked);
        SiteAggregationState site = standing.Sites[0];
        Refused(RefusalReason.NotInRoster, SiteAggregation.Agree(site, standing.Notice, Consortium.Stranger, []), site);
        Assert.Equal(RefusalReason.NotInRoster, SiteAggregation.Start(_consortium.Context, Consortium.Stranger, new SeededRandomness(1), []).Refusal?.Reason);
    }

    [Theory]
    [InlineData(1, true, RefusalReason.TooFewParties)]
    [InlineData(2, false, RefusalReason.TooFewParties)]
    public void Too_few_sites(int sites, bool twoApproved, RefusalReason reason)
    {
        var few = new Consortium(sites);
        Assert.Equal(reason, SiteAggregation.Start(few.Context, few.Identity(0), few.Randomness[0], [], twoApproved).Refusal?.Reason);
    }

    [Fact]
    public void Sites_of_one_legal_entity_count_as_one()
    {
        var group = new Consortium(3, entity: i => i == 0 ? "a" : "b");
        Assert.Equal(RefusalReason.TooFewParties, SiteAggregation.Start(group.Context, group.Identity(0), group.Randomness[0], []).Refusal?.Reason);
        // Five sites of three entities; without site "c" two entities would remain.
        var five = new Consortium(5, entity: i => i < 2 ? "a" : (i < 4 ? "b" : "c"));
        int alone = Enumerable.Range(0, 5).First(s => string.Equals(five.Roster.Members[s].Entity, "c", StringComparison.Ordinal));
        var standing = new Standing(five);
        standing.Share();
        standing.Mask([alone]);
        int any = standing.Notice.Survivors[0];
        Refused(RefusalReason.TooFewParties, SiteAggregation.Agree(standing.Sites[any], standing.Notice, five.Identity(any), []), standing.Sites[any]);
    }
}
