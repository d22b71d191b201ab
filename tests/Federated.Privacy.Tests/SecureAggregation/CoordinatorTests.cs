using System.Security.Cryptography;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>A faulty site costs its own place, not the others' sum.</summary>
public class CoordinatorTests
{
    private readonly Consortium _consortium = new(6); // t = 5

    [Fact]
    public void Messages_that_do_not_fit_are_refused_on_arrival()
    {
        Standing standing = _consortium.RunTo(SiteStep.Unmasked);
        CoordinatorAggregationState c = standing.Coordinator;
        CoordinatorAggregationState start = CoordinatorAggregation.Start(_consortium.Context);
        KeyAdvertisement key = standing.KeyList.Keys[1];
        Check(RefusalReason.SiteUnknown, CoordinatorAggregation.Accept(start, key with { Site = 6 }));
        Check(RefusalReason.Malformed, CoordinatorAggregation.Accept(start, key with { MaskKey = [] }));
        Check(RefusalReason.KeyUnsigned, CoordinatorAggregation.Accept(start, key with { Site = 2 }));
        Check(RefusalReason.DuplicateKey, CoordinatorAggregation.Accept(c, _consortium.Start(1).Key));
        Check(RefusalReason.AlreadyAnswered, CoordinatorAggregation.Accept(c with { Keys = c.Keys.Remove(1) }, key));

        ShareBundle bundle = c.Bundles[1];
        CoordinatorAggregationState sharing = c with { Step = CoordinatorStep.Shares, Bundles = c.Bundles.Clear() };
        Check(RefusalReason.OutOfOrder, CoordinatorAggregation.Accept(sharing with { Step = CoordinatorStep.Keys }, bundle));
        Check(RefusalReason.ShareFromOutside, CoordinatorAggregation.Accept(sharing, bundle with { Site = 6 }));
        Check(RefusalReason.Malformed, CoordinatorAggregation.Accept(sharing, bundle with { Site = 2 }));
        Check(RefusalReason.ShareSetWrong, CoordinatorAggregation.Accept(sharing, bundle with { Shares = [.. bundle.Shares.Skip(1)] }));
        Check(RefusalReason.AlreadyAnswered, CoordinatorAggregation.Accept(c, bundle with { Shares = [.. bundle.Shares.Reverse()] }));

        Check(RefusalReason.InputChanged, CoordinatorAggregation.Accept(c, new MaskedArrival(1, [.. new byte[32]])));
        Check(RefusalReason.ShareFromOutside, CoordinatorAggregation.Accept(c, new MaskedArrival(9, [.. new byte[32]])));
        Check(RefusalReason.Malformed, CoordinatorAggregation.Accept(c, new MaskedArrival(1, [])));
        Check(RefusalReason.AlreadyAnswered, CoordinatorAggregation.Accept(c with { Arrivals = c.Arrivals.Remove(1) }, c.Arrivals[1]));

        Check(RefusalReason.SignatureInvalid, CoordinatorAggregation.Accept(c, c.Signatures[1] with { Site = 2 }));
        Check(RefusalReason.SurvivorFromOutside, CoordinatorAggregation.Accept(c, c.Signatures[1] with { Site = 17 }));

        UnmaskingAnswer answer = c.Answers[1];
        Check(RefusalReason.ShareSetWrong, CoordinatorAggregation.Accept(c, answer with { SeedShares = [.. answer.SeedShares.Skip(1)] }));
        Check(RefusalReason.ShareSetWrong, CoordinatorAggregation.Accept(c, answer with { KeyShares = [answer.SeedShares[0]] }));
        Check(RefusalReason.Malformed, CoordinatorAggregation.Accept(c, answer with { SeedShares = default }));
        Check(RefusalReason.AlreadyAnswered, CoordinatorAggregation.Accept(c, answer with { SeedShares = [.. answer.SeedShares.Select(s => s with { Value = [.. new byte[32]] })] }));

        static void Check(RefusalReason reason, Turn<CoordinatorAggregationState> turn) => Assert.Equal(reason, turn.Refusal?.Reason);
    }

    [Fact]
    public void Steps_close_only_when_their_turn_has_come()
    {
        CoordinatorAggregationState start = CoordinatorAggregation.Start(_consortium.Context);
        Assert.Equal(RefusalReason.TooFewKeys, CoordinatorAggregation.CloseKeys(start).Refusal?.Reason);
        Assert.Equal(RefusalReason.OutOfOrder, CoordinatorAggregation.CloseShares(start).Refusal?.Reason);
        Assert.Equal(RefusalReason.OutOfOrder, CoordinatorAggregation.CloseMasked(start).Refusal?.Reason);
        Assert.Equal(RefusalReason.OutOfOrder, CoordinatorAggregation.CloseConsistency(start).Refusal?.Reason);
        Assert.Equal(RefusalReason.OutOfOrder, CoordinatorAggregation.Unmask(start, new MaskedSum(_consortium.Context)).Refusal?.Reason);
        Assert.False(start.HasThreshold);
        Standing done = _consortium.RunTo(SiteStep.Unmasked);
        Assert.True(done.Coordinator.HasThreshold);
        Assert.True(done.Coordinator.HasEveryone);
    }

    /// <summary>A site answers with wrong shares: found by the commitments, and the sum comes from the others'.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void One_liar_among_more_than_t_answers_is_left_out(int liar)
    {
        Standing standing = _consortium.RunTo(SiteStep.Agreed);
        foreach (SurvivorSignature signature in standing.Signatures.Signatures)
        {
            UnmaskingAnswer answer = SiteAggregation.Unmask(standing.Sites[signature.Site], standing.Signatures).Require();
            if (signature.Site == liar) answer = answer with { SeedShares = [.. answer.SeedShares.Select(s => s with { Value = s.Value.SetItem(3, (byte)~s.Value[3]) })] };
            standing.Take(CoordinatorAggregation.Accept(standing.Coordinator, answer));
        }

        Assert.Equal(_consortium.PlainSum(Enumerable.Range(0, 6)), standing.Sum());
    }

    [Fact]
    public void Lies_that_leave_fewer_than_t_true_answers_are_found_and_give_no_sum()
    {
        Standing standing = _consortium.RunTo(SiteStep.Unmasked);
        CoordinatorAggregationState c = standing.Coordinator;
        for (int liar = 0; liar < 2; liar++)
        {
            UnmaskingAnswer answer = c.Answers[liar];
            c = c with { Answers = c.Answers.SetItem(liar, answer with { SeedShares = [.. answer.SeedShares.Select(s => s with { Value = [.. new byte[32]] })] }) };
        }

        var sum = new MaskedSum(_consortium.Context);
        foreach (int site in standing.Notice.Survivors) sum.Add(site, standing.Masked[site]);
        Assert.Equal(RefusalReason.ReconstructionFailed, CoordinatorAggregation.Unmask(c, sum).Refusal?.Reason);
    }

    [Fact]
    public void A_sum_of_other_vectors_than_the_survivors_is_refused()
    {
        Standing standing = _consortium.RunTo(SiteStep.Unmasked);
        var sum = new MaskedSum(_consortium.Context);
        for (int s = 0; s < 5; s++) sum.Add(s, standing.Masked[s]);
        Turn<CoordinatorAggregationState, byte[]> missing = CoordinatorAggregation.Unmask(standing.Coordinator, sum);
        Assert.Equal(RefusalReason.SumIncomplete, missing.Refusal?.Reason);
        Assert.Equal([5], missing.Refusal!.Sites);
        sum.Add(5, standing.Masked[5].AsSpan(0, 160));
        Assert.Equal(RefusalReason.SumIncomplete, CoordinatorAggregation.Unmask(standing.Coordinator, sum).Refusal?.Reason);
        Assert.Throws<ArgumentException>(() => sum.Add(4, new byte[16]));
        Assert.Throws<ArgumentException>(() => sum.Add(5, new byte[1456]));
        Assert.Throws<ArgumentException>(() => sum.Add(5, new byte[15]));
    }

    /// <summary>What the coordinator holds before step 4 does not give it one site's vector: the same bytes are consistent with any other vector.</summary>
    [Fact]
    public void Fewer_than_t_answers_unmask_nothing()
    {
        Standing standing = _consortium.RunTo(SiteStep.Agreed);
        standing.Unmask([4, 5]);
        Assert.Equal(RefusalReason.TooFewAnswers, Assert.Throws<AggregationRefusedException>(() => standing.Sum()).Refusal.Reason);
        (int, ReadOnlyMemory<byte>)[] shares = [.. standing.Coordinator.Answers.Values.Select(a => (a.Site + 1, (ReadOnlyMemory<byte>)a.SeedShares[0].Value.AsMemory()))];
        byte[] guess = Shamir.Combine(shares);
        Assert.NotEqual(KeyAdvertisement.Commitment(_consortium.Context, 0, guess), standing.KeyList.Keys[0].SeedCommitment.ToArray());
    }

    [Fact]
    public void Rosters_say_what_is_wrong_with_them()
    {
        byte[] key = Consortium.Stranger.ExportSubjectPublicKeyInfo();
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => new Roster([new([.. key], "a"), new([.. key], "b")])).Message, StringComparison.Ordinal);
        Assert.Contains("legal entity", Assert.Throws<ArgumentException>(() => new Roster([new([.. key], " ")])).Message, StringComparison.Ordinal);
        Assert.Contains("255", Assert.Throws<ArgumentException>(() => new Roster(Enumerable.Range(0, 256).Select(i => new RosterMember([(byte)i, 1], "e")))).Message, StringComparison.Ordinal);
        Assert.Equal([3, 3, 4, 5, 14], new[] { 3, 4, 5, 6, 20 }.Select(n => Consortium.RosterOf(Enumerable.Range(0, n)).Threshold));
        Assert.Equal(Consortium.RosterOf([2, 1, 0]).Digest.AsSpan(), Consortium.RosterOf([0, 1, 2]).Digest.AsSpan());
        Assert.Throws<ArgumentException>(() => CoordinatorAggregation.Start(_consortium.Context with { Length = 0 }));
        Assert.Throws<ArgumentException>(() => CoordinatorAggregation.Start(_consortium.Context with { Broadcast = [] }));
        Assert.Throws<ArgumentException>(() => CoordinatorAggregation.Start(_consortium.Context with { Plan = [.. SHA256.HashData([])[..31]] }));
    }
}
