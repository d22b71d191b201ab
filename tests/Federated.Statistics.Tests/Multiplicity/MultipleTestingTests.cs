using CsCheck;
using Federated.Statistics.Multiplicity;

namespace Federated.Statistics.Tests.Multiplicity;

/// <summary>What every correction keeps: order, range, missing values, and never a smaller p-value; and how they stand to each other.</summary>
public class MultipleTestingTests
{
    private static readonly Gen<double[]> PValues = Gen.Double[0, 1].Array[0, 40];

    [Fact]
    public void Corrections_keep_order_and_range_and_never_shrink() => PValues.Sample(p =>
    {
        foreach (Correction correction in Enum.GetValues<Correction>())
        {
            double[] adjusted = MultipleTesting.Adjust(p, correction);
            for (int i = 0; i < p.Length; i++)
            {
                Assert.InRange(adjusted[i], p[i], 1);
                for (int j = 0; j < p.Length; j++)
                    if (p[i] < p[j]) Assert.True(adjusted[i] <= adjusted[j]);
            }
        }
    });

    [Fact]
    public void Sharper_corrections_are_never_above_blunter_ones() => PValues.Sample(p =>
    {
        Correction[] sharperFirst = [Correction.Hommel, Correction.Hochberg, Correction.Holm, Correction.Bonferroni];
        double[][] adjusted = [.. sharperFirst.Select(c => MultipleTesting.Adjust(p, c))];
        for (int i = 0; i < p.Length; i++)
            for (int c = 1; c < adjusted.Length; c++) Assert.True(adjusted[c - 1][i] <= adjusted[c][i] + 1e-15);
    });

    [Fact]
    public void Missing_ones_stay_missing_and_do_not_count() => PValues.Sample(p =>
    {
        double[] holes = [.. p.SelectMany(v => new[] { v, double.NaN })];
        foreach (Correction correction in Enum.GetValues<Correction>())
        {
            double[] adjusted = MultipleTesting.Adjust(holes, correction);
            Assert.All(Enumerable.Range(0, p.Length), i => Assert.True(double.IsNaN(adjusted[(2 * i) + 1])));
            Assert.Equal(MultipleTesting.Adjust(p, correction), adjusted.Where(v => !double.IsNaN(v)));
        }
    });

    [Fact]
    public void A_value_outside_the_range_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MultipleTesting.Adjust([0.5, 1.5], Correction.Holm));
}
