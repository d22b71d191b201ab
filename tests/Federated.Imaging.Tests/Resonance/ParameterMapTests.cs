using CsCheck;
using Federated.Imaging.Resonance;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Resonance;

/// <summary>Maps against the formula they invert, and NIfTI files against their reader.</summary>
public class ParameterMapTests
{
    private static readonly VolumeGeometry Grid = new(3, 2, 1, new Point3(1, 2, 3), new Point3(-10, 20, 5), new Point3(0, 1, 0), new Point3(-1, 0, 0), new Point3(0, 0, 1));

    [Fact]
    public void Diffusion_finds_the_coefficient_that_made_the_signals() => Gen.Select(Gen.Double[0.1, 3].Array[6], Gen.Double[100, 2000].Array[6]).Sample((adc, s0) =>
    {
        double[] b = [0, 50, 400, 800, 1000];
        Volume map = ParameterMap.ApparentDiffusion([.. b.Select(value => Image(i => s0[i] * Math.Exp(-value * adc[i] / 1000)))], b);
        for (int i = 0; i < 6; i++) Assert.Equal(adc[i], map.Values[i], 1e-4);
    });

    [Fact]
    public void Signals_below_the_noise_floor_do_not_pull_the_coefficient_down()
    {
        double[] b = [0, 400, 800, 3000];
        Volume[] images = [.. b.Select(value => Image(_ => Math.Max(1000 * Math.Exp(-value * 0.002), 30)))]; // 3000 s/mm2 drowns in noise of 30
        Assert.True(ParameterMap.ApparentDiffusion(images, b).Values[0] < 1.9999f);
        Assert.Equal(2, ParameterMap.ApparentDiffusion(images, b, noiseFloor: 30).Values[0], 1e-5);
        Assert.True(float.IsNaN(ParameterMap.ApparentDiffusion(images, b, noiseFloor: 5000).Values[0]));
    }

    [Fact]
    public void Transfer_asymmetry_follows_the_field()
    {
        double[] offsets = [4, -4, 3, -3, 2, -2]; // in any order
        Volume[] spectrum = [.. offsets.Select(o => Image(_ => 700 + (10 * o)))];
        Volume s0 = Image(_ => 1000), shifted = Image(_ => 0.25);
        Assert.Equal(100 * (665 - 735) / 1000.0, ParameterMap.TransferAsymmetry(spectrum, offsets, s0, 3.5).Values[0], 1e-4);
        Assert.Equal(100 * ((700 + (10 * (0.25 - 3.5))) - (700 + (10 * (0.25 + 3.5)))) / 1000.0, ParameterMap.TransferAsymmetry(spectrum, offsets, s0, 3.5, shifted).Values[0], 1e-4);
        Assert.True(float.IsNaN(ParameterMap.TransferAsymmetry(spectrum, offsets, s0, 3.9, shifted).Values[0])); // 4.15 ppm was not measured
        Assert.Throws<VolumeException>(() => ParameterMap.TransferAsymmetry(spectrum, offsets, s0, 5));
    }

    [Fact]
    public void A_ratio_of_areas_is_that_of_trapezoids()
    {
        double[] times = [0, 2, 6];
        Volume map = ParameterMap.AreaRatio([Image(_ => 0), Image(_ => 4), Image(_ => 2)], [Image(_ => 10), Image(_ => 6), Image(i => i == 0 ? -50 : 2)], times);
        Assert.Equal((4 + 12) / (16.0 + 16), map.Values[1], 1e-6);
        Assert.True(float.IsNaN(map.Values[0])); // no substrate there
        Assert.Throws<VolumeException>(() => ParameterMap.AreaRatio([Image(_ => 1), Image(_ => 1)], [Image(_ => 1), Image(_ => 1)], [3, 3]));
        Assert.Throws<VolumeException>(() => ParameterMap.ApparentDiffusion([Image(_ => 1)], [0, 100]));
    }

    [Fact]
    public void A_file_is_read_back_with_its_place_in_the_patient()
    {
        Volume image = Image(i => i - 2.5);
        Volume back = NiftiReader.Read(NiftiWriter.Write(image));
        Assert.Equal(image.Values, back.Values);
        Assert.True(back.Geometry.Matches(image.Geometry), $"{back.Geometry.Origin} {back.Geometry.DirectionX}");
    }

    private static Volume Image(Func<int, double> value) => new(Grid, [.. Enumerable.Range(0, Grid.Count).Select(i => (float)value(i))]);
}
