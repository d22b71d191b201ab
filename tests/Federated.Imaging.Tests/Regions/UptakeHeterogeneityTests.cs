using CsCheck;
using Federated.Imaging.Regions;

namespace Federated.Imaging.Tests.Regions;

/// <summary>Measures of uneven uptake against their definitions.</summary>
public class UptakeHeterogeneityTests
{
    private static readonly Gen<double[]> Uptakes = Gen.Double[0.1, 20].Array[1, 60].Select(values => (double[])[.. values.Order()]);

    [Fact]
    public void Even_uptake_has_the_whole_area()
    {
        UptakeHeterogeneity even = UptakeHeterogeneity.Of([3, 3, 3, 3], 0.5);
        Assert.Equal((1.0, 0.0, 1.0), (even.CumulativeHistogramArea, even.VolumeThresholdSlope, even.MaximumToMean));
    }

    [Fact]
    public void A_ramp_has_half_the_area_and_loses_its_volume_evenly()
    {
        double[] ramp = [.. Enumerable.Range(0, 10_001).Select(i => i / 1000.0)];
        UptakeHeterogeneity measures = UptakeHeterogeneity.Of(ramp, 0.001);
        Assert.Equal(0.5, measures.CumulativeHistogramArea, 1e-12);
        Assert.Equal(-0.1, measures.VolumeThresholdSlope, 1e-4); // 10 ml over 100 per cent
        Assert.Equal(2, measures.MaximumToMean, 1e-12);
    }

    [Fact]
    public void The_area_is_that_under_the_histogram_of_van_Velden() => Uptakes.Sample(values =>
    {
        const int steps = 20_000;
        double area = 0;
        for (int step = 0; step < steps; step++) area += values.Count(v => v >= (step + 0.5) / steps * values[^1]) / (double)values.Length / steps;
        Assert.Equal(area, UptakeHeterogeneity.Of(values, 1).CumulativeHistogramArea, 1e-4);
    }, iter: 20);

    [Fact]
    public void The_slope_is_the_regression_of_volume_on_threshold() => Uptakes.Sample(values =>
    {
        double[] percents = [40, 50, 60, 70, 80], volumes = [.. percents.Select(p => 0.25 * values.Count(v => v >= (float)(p / 100 * values[^1])))];
        double mean = volumes.Average(), slope = percents.Zip(volumes, (p, v) => (p - 60) * (v - mean)).Aggregate(0.0, (a, b) => a + b) / 1000;
        Assert.Equal(slope, UptakeHeterogeneity.Of(values, 0.25).VolumeThresholdSlope, 1e-9);
    });

    [Fact]
    public void Without_uptake_nothing_is_defined()
    {
        UptakeHeterogeneity none = UptakeHeterogeneity.Of([-1, -0.5, 0], 1);
        Assert.All((double[])[none.CumulativeHistogramArea, none.VolumeThresholdSlope, none.MaximumToMean], value => Assert.True(double.IsNaN(value)));
        Assert.Equal(0.5, UptakeHeterogeneity.Of([-7, 4], 1).CumulativeHistogramArea); // what is negative reaches no share
    }
}
