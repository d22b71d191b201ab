using CsCheck;
using Federated.Privacy.SecureAggregation;

namespace Federated.Privacy.Tests.SecureAggregation;

/// <summary>The masked sum is the plain sum, bit for bit, whoever drops out and whenever.</summary>
public class ExactnessTests
{
    [Theory]
    [InlineData(3, Ring.Bits128)]
    [InlineData(5, Ring.Bits128)]
    [InlineData(20, Ring.Bits128)]
    [InlineData(5, Ring.Bits64)]
    public void Nobody_drops_out(int sites, Ring ring)
    {
        var consortium = new Consortium(sites, 333, ring);
        Assert.Equal(consortium.PlainSum(Enumerable.Range(0, sites)), consortium.RunTo(SiteStep.Unmasked).Sum());
    }

    [Fact]
    public void Two_sites_where_both_officers_approved()
    {
        var consortium = new Consortium(2);
        Assert.Equal(consortium.PlainSum([0, 1]), consortium.RunTo(SiteStep.Unmasked).Sum());
    }

    /// <summary>Who is silent from which step on: 0 keys .. 4 unmasking; no entry: answers throughout. At most n - t in all.</summary>
    private static readonly Gen<(int Sites, int Length, Ring Ring, int[] Steps)> AnyDropouts =
        from sites in Gen.Int[3, 20]
        from length in Gen.Int[1, 70]
        from wide in Gen.Bool
        from dropouts in Gen.Int[0, sites - ((2 * sites / 3) + 1)]
        from steps in Gen.Int[0, 4].Array[dropouts]
        from who in Gen.Shuffle(Enumerable.Range(0, sites).ToArray())
        select (sites, length, wide ? Ring.Bits128 : Ring.Bits64, StepOf(sites, who, steps));

    private static int[] StepOf(int sites, int[] who, int[] steps)
    {
        int[] stepOf = [.. Enumerable.Repeat(int.MaxValue, sites)];
        for (int i = 0; i < steps.Length; i++) stepOf[who[i]] = steps[i];
        return stepOf;
    }

    [Fact]
    public void Any_sites_drop_out_at_any_steps_down_to_the_threshold() => AnyDropouts.Sample(
        run =>
        {
            var consortium = new Consortium(run.Sites, run.Length, run.Ring);
            int[] Silent(int step) => [.. Enumerable.Range(0, run.Sites).Where(s => run.Steps[s] <= step)];
            var standing = new Standing(consortium, Silent(0));
            standing.Share(Silent(1));
            standing.Mask(Silent(2));
            standing.Agree(Silent(3));
            standing.Unmask(Silent(4));
            Assert.Equal(consortium.PlainSum(Enumerable.Range(0, run.Sites).Where(s => run.Steps[s] > 2)), standing.Sum());
        },
        iter: 25);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void One_more_than_n_minus_t_silent_at_a_step_stops_the_aggregation(int step)
    {
        var consortium = new Consortium(6);
        int[] silent = [1, 4]; // t = 5
        var refused = Assert.Throws<AggregationRefusedException>(() =>
        {
            var standing = new Standing(consortium, step == 0 ? silent : null);
            standing.Share(step == 1 ? silent : null);
            standing.Mask(step == 2 ? silent : null);
            standing.Agree(step == 3 ? silent : null);
            standing.Unmask(step == 4 ? silent : null);
            standing.Sum();
        });
        RefusalReason[] expected = [RefusalReason.TooFewKeys, RefusalReason.TooFewShares, RefusalReason.TooFewSurvivors, RefusalReason.TooFewSignatures, RefusalReason.TooFewAnswers];
        Assert.Equal(expected[step], refused.Refusal.Reason);
    }

    [Theory]
    [InlineData(Ring.Bits64)]
    [InlineData(Ring.Bits128)]
    public void Threads_and_arrival_in_pieces_change_no_bit(Ring ring)
    {
        var consortium = new Consortium(4, 20_001, ring);
        var standing = new Standing(consortium);
        standing.Share();
        standing.Mask([2]);
        standing.Agree();
        standing.Unmask();

        int site = standing.Notice.Survivors[0];
        Turn<SiteAggregationState, MaskedInput> parallel = SiteAggregation.Mask(standing.Sites[site], standing.Deliveries[site], consortium.Vectors[site], threads: 3);
        Assert.Equal(standing.Masked[site], parallel.Require().Payload.ToArray());

        var pieces = new MaskedSum(consortium.Context);
        int element = (int)ring / 8;
        for (int at = 0; at < consortium.Context.PayloadBytes; at += 1000 * element)
            foreach (int s in standing.Notice.Survivors.Reverse())
                pieces.Add(s, standing.Masked[s].AsSpan(at, Math.Min(1000 * element, consortium.Context.PayloadBytes - at)));
        byte[] sum = CoordinatorAggregation.Unmask(standing.Coordinator, pieces, threads: 3).Require();
        Assert.Equal(consortium.PlainSum([0, 1, 3]), sum);
        Assert.Equal(sum, standing.Sum());
        Assert.Throws<InvalidOperationException>(() => CoordinatorAggregation.Unmask(standing.Coordinator, pieces));
    }

    [Fact]
    public void A_masked_vector_of_zeros_looks_random_and_hides_which_elements_were_set()
    {
        var consortium = new Consortium(3, 4096, Ring.Bits64);
        foreach (byte[] vector in consortium.Vectors) Array.Clear(vector);
        consortium.Vectors[1][5] = 1; // a sparse vector
        Standing standing = consortium.RunTo(SiteStep.Unmasked);
        foreach (byte[] masked in standing.Masked.Values)
        {
            int ones = masked.Select(b => int.PopCount(b)).Aggregate(0, (a, b) => a + b);
            Assert.InRange(ones, (masked.Length * 4) - 2500, (masked.Length * 4) + 2500); // 10 standard deviations
            Assert.DoesNotContain(0UL, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(masked).ToArray());
        }

        Assert.Equal(consortium.PlainSum([0, 1, 2]), standing.Sum());
    }
}
