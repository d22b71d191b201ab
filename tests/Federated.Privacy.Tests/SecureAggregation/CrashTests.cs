using System.Collections.Immutable;
using CsCheck;
using Federated.Privacy.Randomness;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>A machine may stop between storing a state and sending its message, or before storing; nothing is said twice in two ways. (Every other test here also passes each state through its stored form.)</summary>
public class CrashTests
{
    private readonly Consortium _consortium = new(4);

    [Fact]
    public void A_crash_after_storing_gives_the_same_message_again_at_every_step()
    {
        Standing standing = _consortium.RunTo(SiteStep.Unmasked);
        SiteAggregationState site = standing.Sites[1]; // the last stored state answers every earlier request as before
        var fresh = new SeededRandomness(12345); // a restarted process draws other bytes: they must not matter
        Assert.Equal(standing.KeyList.Keys[1].Signature, site.Advertisement.Signature);
        ShareBundle bundle = SiteAggregation.Share(site, standing.KeyList, fresh).Require();
        Assert.All(bundle.Shares, s => Assert.Equal(standing.Deliveries[s.Receiver].Shares.First(d => d.Sender == 1).Sealed, s.Sealed));
        Assert.Equal(standing.Masked[1], SiteAggregation.Mask(site, standing.Deliveries[1], _consortium.Vectors[1]).Require().Payload.ToArray());
        Assert.Equal(standing.Signatures.Signatures[1].Signature, SiteAggregation.Agree(site, standing.Notice, _consortium.Identity(1), []).Require().Signature);
        UnmaskingAnswer answer = SiteAggregation.Unmask(site, standing.Signatures).Require();
        Assert.Null(CoordinatorAggregation.Accept(standing.Coordinator, answer).Refusal); // accepted as a repeat: identical bytes
    }

    [Fact]
    public void A_crash_before_storing_repeats_the_step_and_the_sum_is_right()
    {
        var standing = new Standing(_consortium);
        SiteAggregation.Share(standing.Sites[1], standing.KeyList, _consortium.Randomness[1]); // computed, never stored, never sent
        standing.Share();
        SiteAggregation.Mask(standing.Sites[1], standing.Deliveries[1], _consortium.Vectors[1]);
        standing.Mask();
        SiteAggregation.Agree(standing.Sites[1], standing.Notice, _consortium.Identity(1), []);
        standing.Agree();
        SiteAggregation.Unmask(standing.Sites[1], standing.Signatures);
        standing.Unmask();
        Assert.Equal(_consortium.PlainSum([0, 1, 2, 3]), standing.Sum());
    }

    [Fact]
    public void The_coordinator_says_the_same_after_a_crash_and_takes_repeats()
    {
        Standing standing = _consortium.RunTo(SiteStep.Unmasked);
        CoordinatorAggregationState c = standing.Coordinator;
        Assert.Equal(standing.KeyList.Keys.Select(k => k.Signature), CoordinatorAggregation.CloseKeys(c).Require().Keys.Select(k => k.Signature));
        Assert.Equal(standing.Notice.Survivors, CoordinatorAggregation.CloseMasked(c).Require().Survivors);
        Assert.Equal(4, CoordinatorAggregation.CloseShares(c).Require().Count);
        Assert.Equal(4, CoordinatorAggregation.CloseConsistency(c).Require().Signatures.Length);
        foreach (KeyAdvertisement key in standing.KeyList.Keys) Assert.Null(CoordinatorAggregation.Accept(c, key).Refusal);
        foreach (ShareBundle bundle in c.Bundles.Values) Assert.Null(CoordinatorAggregation.Accept(c, bundle).Refusal);
        foreach (MaskedArrival arrival in c.Arrivals.Values) Assert.Null(CoordinatorAggregation.Accept(c, arrival).Refusal);
        foreach (SurvivorSignature signature in c.Signatures.Values) Assert.Null(CoordinatorAggregation.Accept(c, signature).Refusal);
        foreach (UnmaskingAnswer answer in c.Answers.Values) Assert.Null(CoordinatorAggregation.Accept(c, answer).Refusal);
        Assert.Equal(c.ToBytes(), CoordinatorAggregationState.FromBytes(c.ToBytes()).ToBytes());
    }

    [Theory]
    [InlineData(SiteStep.Advertised)]
    [InlineData(SiteStep.Shared)]
    [InlineData(SiteStep.Masked)]
    [InlineData(SiteStep.Agreed)]
    [InlineData(SiteStep.Unmasked)]
    public void A_closed_aggregation_answers_nothing_and_holds_no_secret(SiteStep step)
    {
        Standing whole = _consortium.RunTo(SiteStep.Unmasked);
        SiteAggregationState open = _consortium.RunTo(step).Sites[1];
        byte[] before = open.ToBytes();
        SiteAggregationState closed = Standing.Stored(SiteAggregation.Close(open));
        byte[] after = closed.ToBytes();
        foreach (ImmutableArray<byte> secret in new[] { open.CipherScalar, open.MaskScalar, open.Seed })
        {
            Assert.True(before.AsSpan().IndexOf(secret.AsSpan()) >= 0);
            Assert.True(after.AsSpan().IndexOf(secret.AsSpan()) < 0);
        }

        Assert.Equal(RefusalReason.Closed, SiteAggregation.Share(closed, whole.KeyList, _consortium.Randomness[1]).Refusal?.Reason);
        Assert.Equal(RefusalReason.Closed, SiteAggregation.Mask(closed, whole.Deliveries[1], _consortium.Vectors[1]).Refusal?.Reason);
        Assert.Equal(RefusalReason.Closed, SiteAggregation.Agree(closed, whole.Notice, _consortium.Identity(1), []).Refusal?.Reason);
        Assert.Equal(RefusalReason.Closed, SiteAggregation.Unmask(closed, whole.Signatures).Refusal?.Reason);
        Assert.Equal(open.Survivors.ToArray(), closed.AsEarlier().Survivors.ToArray());
        Assert.DoesNotContain(Convert.ToHexString(open.Seed.AsSpan()), open.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Stored_records_that_are_cut_or_changed_are_refused_or_read_never_worse()
    {
        byte[] site = _consortium.RunTo(SiteStep.Unmasked).Sites[0].ToBytes();
        for (int length = 0; length < site.Length; length += 7)
            Assert.Throws<EncodingInvalidException>(() => SiteAggregationState.FromBytes(site.AsSpan(0, length)));
        Assert.Throws<EncodingInvalidException>(() => SiteAggregationState.FromBytes([.. site, 0]));
        Gen.Select(Gen.Int[0, site.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                byte[] changed = [.. site];
                changed[at] = value;
                try
                {
                    SiteAggregationState.FromBytes(changed);
                }
                catch (EncodingInvalidException)
                {
                    // Refused by name: what a damaged record deserves.
                }
            },
            iter: 500);
        Assert.Throws<EncodingInvalidException>(() => CoordinatorAggregationState.FromBytes(site));
    }
}
