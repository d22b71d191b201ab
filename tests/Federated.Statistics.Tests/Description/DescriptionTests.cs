using CsCheck;
using Federated.Statistics.Description;

namespace Federated.Statistics.Tests.Description;

public class DescriptionTests
{
    private static readonly double Missing = double.NaN;

    [Fact]
    public void Moments_of_columns_with_missing_values()
    {
        ColumnMoments moments = ColumnMoments.Of([1, 10, Missing, 3, Missing, Missing, 8, 20, Missing], [2, 0, 5]);
        Assert.Equal([3, 2, 0], moments.Count);
        Assert.Equal([2, 15, 0], moments.Deviation);
        Assert.Equal([26, 50, 0], moments.Squares);
    }

    [Fact]
    public void Squares_keep_their_digits_under_an_offset_however_far_the_centre() =>
        Gen.Select(Gen.Int[-1000, 1000].Array[2, 40], Gen.Double[-3, 3]).Sample((integers, centre) =>
        {
            long n = integers.Length;
            long sum = integers.Aggregate(0L, (s, i) => s + i);
            long squares = integers.Aggregate(0L, (s, i) => s + ((long)i * i));
            double exact = (double)((n * squares) - (sum * sum)) / n;
            double[] shifted = [.. integers.Select(i => 1e9 + i)];
            Assert.Equal(exact, ColumnMoments.Of(shifted, [1e9 + centre]).Squares[0], 1e-12 * (1 + exact));
            Assert.Equal(exact, ColumnMoments.Of(shifted, [1e9 + (1e6 * centre)]).Squares[0], 1e-7 * (1 + exact));
        });

    [Fact]
    public void Equal_values_have_no_spread_at_all() =>
        Gen.Select(Gen.Double[-1e12, 1e12], Gen.Double[-10, 10], Gen.Int[1, 30]).Sample((value, centre, n) =>
            ColumnMoments.Of(Enumerable.Repeat(value, n).ToArray(), [value * centre]).Squares[0] == 0);

    [Fact]
    public void Half_a_row_is_refused() => Assert.Throws<ArgumentException>(() => ColumnMoments.Of([1, 2, 3], [0, 0]));

    [Fact]
    public void Skewness_and_kurtosis_by_hand()
    {
        // 0 0 0 4: mean 1, m2 = 3, m3 = 6, m4 = 21; so g1 = 6 / 27^0.5 and g2 = 21 / 9 - 3.
        double[] values = [0, 0, 0, 4];
        Moments moments = Moments.Of(4, 0.5, 2, 13);
        Assert.Equal(1, moments.Mean, 1e-15);
        Assert.Equal(2, moments.StandardDeviation, 1e-15);
        double cubes = 0;
        double fourths = 0;
        foreach (double y in values)
        {
            double z = (y - moments.Mean) / moments.StandardDeviation;
            cubes += z * z * z;
            fourths += z * z * z * z;
        }

        moments = moments.WithShape(cubes, fourths);
        Assert.Equal(6 / Math.Sqrt(27), moments.Skewness, 1e-14);
        Assert.Equal((21.0 / 9) - 3, moments.ExcessKurtosis, 1e-14);
    }

    [Fact]
    public void Bins_partition_every_value_between_their_ends() =>
        Gen.Select(Gen.Double[-100, 100].Array[0, 60], Gen.Double[-50, 0], Gen.Double[1e-12, 50], Gen.Int[1, 70]).Sample((values, low, width, count) =>
        {
            var bins = new Bins(low, low + width, count);
            Array.Sort(values);
            long[] counts = bins.Tally(values);
            double[] edges = bins.Edges();
            for (int j = 0; j < count; j++)
            {
                Assert.True(edges[j] <= edges[j + 1]);
                Assert.Equal(values.Count(y => y >= edges[j] && y < edges[j + 1]), counts[j]);
            }

            Assert.Equal(low, edges[0]);
            Assert.Equal(low + width, edges[count]);
        });

    [Theory]
    [InlineData(0.05, 20, 1)]
    [InlineData(0.5, 4, 2)]
    [InlineData(0.5, 5, 3)]
    [InlineData(0.35, 20, 7)] // 20 * 0.35 is 7 although 0.35 is not representable
    [InlineData(0.95, 20, 19)]
    [InlineData(0.0, 9, 1)]
    [InlineData(1.0, 9, 9)]
    public void The_rank_is_that_of_the_inverse_distribution(double probability, long n, long rank) => Assert.Equal(rank, QuantileBracket.RankOf(probability, n));

    [Fact]
    public void Histogram_after_histogram_closes_in_on_the_order_statistic() =>
        Gen.Select(Gen.Double[-100, 100].Array[1, 80], Gen.Double[0, 1], Gen.Int[2, 40]).Sample((values, probability, count) =>
        {
            Array.Sort(values);
            long rank = QuantileBracket.RankOf(probability, values.Length);
            var bracket = QuantileBracket.Around(rank, -101, 101);
            for (int round = 0; round < 60; round++)
            {
                var bins = new Bins(bracket.Low, bracket.High, count);
                bracket = bracket.Narrow(bins.Edges(), bins.Tally(values), 0, 1);
                double y = values[rank - 1];
                Assert.True(bracket.Low <= y && y < bracket.High, $"{y:R} is not in [{bracket.Low:R}, {bracket.High:R})");
            }

            Assert.True(bracket.Width <= 1e-13, $"{bracket.Width:R}");
        });

    [Fact]
    public void A_bracket_holds_whatever_the_withheld_values_are() =>
        Gen.Select(Gen.Int[0, 60].Array[1, 40].Array[1, 4], Gen.Double[0, 1], Gen.Int[2, 12], Gen.Int[1, 6]).Sample((sites, probability, count, least) =>
        {
            double[] pooled = [.. sites.SelectMany(s => s).Order().Select(i => (double)i)];
            long rank = QuantileBracket.RankOf(probability, pooled.Length);
            var bracket = QuantileBracket.Around(rank, -1, 61);
            for (int round = 0; round < 6; round++)
            {
                var bins = new Bins(bracket.Low, bracket.High, count);
                long[] sum = new long[count];
                long withheld = 0;
                foreach (int[] site in sites)
                {
                    long[] counts = bins.Tally([.. site.Order().Select(i => (double)i)]);
                    for (int j = 0; j < count; j++)
                    {
                        if (counts[j] >= least) sum[j] += counts[j];
                        else withheld += counts[j];
                    }
                }

                bracket = bracket.Narrow(bins.Edges(), sum, withheld, least);
                double y = pooled[rank - 1];
                Assert.True(bracket.Low <= y && y < bracket.High, $"{y:R} is not in [{bracket.Low:R}, {bracket.High:R})");
                int below = pooled.Count(v => v < bracket.Low);
                Assert.InRange(below, bracket.BelowLeast, bracket.BelowMost);
                Assert.True(pooled.Length < least || pooled.Count(v => v >= bracket.Low && v < bracket.High) >= least);
            }
        });
}
