using CsCheck;
using Federated.Analyses.Exchange;

namespace Federated.Analyses.Tests.Exchange;

public sealed class PackedCountsTests
{
    [Fact]
    public void Counts_of_all_sites_add_up_bin_by_bin() =>
        Gen.Int[1, 9].SelectMany(bins => Gen.Long[0, 1L << 28].Array[bins].Array[1, 12]).Sample(sites =>
        {
            var counts = new PackedCounts("bin", sites[0].Length);
            var layout = new SumLayout(counts.Block(3));
            var sum = new SumVector(layout);
            foreach (long[] site in sites)
            {
                var vector = new SumVector(layout);
                counts.Add(vector, 1, site);
                sum.AddPayload(vector.ToPayload());
            }

            Assert.Equal(Enumerable.Range(0, sites[0].Length).Select(j => sites.Aggregate(0L, (total, site) => total + site[j])), counts.Read(sum, 1));
            Assert.All(counts.Read(sum, 0), count => Assert.Equal(0, count));
            Assert.All(counts.Read(sum, 2), count => Assert.Equal(0, count));
        });

    [Theory]
    [InlineData(-1)]
    [InlineData(PackedCounts.MostRows)]
    public void A_count_that_would_carry_is_refused(long count)
    {
        var counts = new PackedCounts("bin", 2);
        Assert.Throws<OutOfRangeException>(() => counts.Add(new SumVector(new SumLayout(counts.Block(1))), 0, [0, count]));
    }
}
