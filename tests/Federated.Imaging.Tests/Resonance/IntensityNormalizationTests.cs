using CsCheck;
using Federated.Imaging.Resonance;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Resonance;

/// <summary>Scales of MR intensities: what they promise, and that the scanner's own scale does not matter.</summary>
public class IntensityNormalizationTests
{
    private static readonly VolumeGeometry Grid = new(24, 24, 24, new Point3(1, 1, 1), new Point3(0, 0, 0), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));

    // A head: air, grey matter around 600, white matter around 1000 with deviation 40, a rim of fat.
    private static Volume Head(int seed, double gain = 1, double offset = 0)
    {
        var random = new Random(seed);
        float[] values = new float[Grid.Count];
        for (int i = 0; i < values.Length; i++)
        {
            double share = i / (double)values.Length;
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            double value = share < 0.4 ? 20 + (8 * normal) : share < 0.65 ? 600 + (60 * normal) : share < 0.995 ? 1000 + (40 * normal) : 1900 + (20 * normal);
            values[i] = (float)((gain * value) + offset);
        }

        return new Volume(Grid, values);
    }

    [Fact]
    public void A_z_score_has_mean_zero_and_deviation_one_over_the_foreground()
    {
        Volume head = Head(1);
        RegionMask foreground = IntensityNormalization.Foreground(head);
        Assert.InRange(foreground.Count / (double)Grid.Count, 0.58, 0.62);
        double[] values = [.. IntensityNormalization.ZScore(head, foreground).Values.Where((_, i) => foreground.Inside[i]).Select(v => (double)v)];
        Assert.Equal(0, values.Average(), 1e-5);
        Assert.Equal(1, Math.Sqrt(values.Average(v => v * v)), 1e-5);
    }

    [Fact]
    public void The_white_stripe_is_found_at_the_known_peak()
    {
        Volume head = Head(2);
        Volume scaled = IntensityNormalization.WhiteStripe(head, IntensityNormalization.Foreground(head));
        // Where 1000 goes is near 0; the stripe is narrower than white matter, so its deviation is smaller than 40.
        (double at600, double at1000) = (Moved(head, scaled, 600), Moved(head, scaled, 1000));
        double unit = 400 / (at1000 - at600);
        Assert.InRange(at1000 * unit, -15, 15);
        Assert.InRange(unit, 2, 40);
    }

    [Fact]
    public void No_scale_depends_on_the_scanners_own() => Gen.Select(Gen.Int[1, 1000], Gen.Double[0.01, 50], Gen.Double[-500, 500]).Sample((seed, gain, offset) =>
    {
        Volume own = Head(seed), other = Head(seed, gain, offset);
        RegionMask foreground = IntensityNormalization.Foreground(own);
        Close(IntensityNormalization.ZScore(own, foreground), IntensityNormalization.ZScore(other, foreground), 2e-3);
        StandardScale scale = new([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        Close(scale.Apply(own, foreground), scale.Apply(other, foreground), 0.2);
    }, iter: 20);

    [Fact]
    public void A_standard_scale_moves_percentiles_onto_its_landmarks_and_keeps_order()
    {
        Volume[] heads = [Head(3), Head(4, 2.5, 40), Head(5, 0.3)];
        StandardScale scale = StandardScale.Learn(heads.Select(h => (h, IntensityNormalization.Foreground(h))));
        Assert.Equal(0, scale.Landmarks[0], 1e-9);
        Assert.Equal(100, scale.Landmarks[^1], 1e-9);
        foreach (Volume head in heads)
        {
            RegionMask foreground = IntensityNormalization.Foreground(head);
            Volume moved = scale.Apply(head, foreground);
            double[] sorted = [.. moved.Values.Where((_, i) => foreground.Inside[i]).Select(v => (double)v).Order()];
            for (int p = 0; p < StandardScale.Percentiles.Length; p++) Assert.Equal(scale.Landmarks[p], sorted[(int)(StandardScale.Percentiles[p] * (sorted.Length - 1))], 0.3);
            int[] order = [.. Enumerable.Range(0, head.Values.Length).OrderBy(i => head.Values[i])];
            for (int i = 1; i < order.Length; i++) Assert.True(moved.Values[order[i]] >= moved.Values[order[i - 1]]);
        }
    }

    [Fact]
    public void What_cannot_be_scaled_is_refused()
    {
        Volume flat = new(Grid, new float[Grid.Count]), holed = Head(6);
        holed.Values[5] = float.NaN;
        Assert.Throws<NormalizationException>(() => IntensityNormalization.Foreground(flat));
        Assert.Throws<NormalizationException>(() => IntensityNormalization.Foreground(holed));
        Assert.Throws<NormalizationException>(() => new StandardScale([1, 2, 3]));
        Assert.Throws<NormalizationException>(() => new StandardScale([0, 1, 2, 3, 4, 4, 6, 7, 8, 9, 10]));
        Assert.Throws<NormalizationException>(() => IntensityNormalization.ZScore(Head(7), new RegionMask(Grid, new bool[Grid.Count])));
    }

    private static double Moved(Volume from, Volume to, double value)
    {
        int nearest = Enumerable.Range(0, from.Values.Length).MinBy(i => Math.Abs(from.Values[i] - value));
        return to.Values[nearest];
    }

    private static void Close(Volume a, Volume b, double tolerance)
    {
        for (int i = 0; i < a.Values.Length; i++) Assert.Equal(a.Values[i], b.Values[i], tolerance);
    }
}
