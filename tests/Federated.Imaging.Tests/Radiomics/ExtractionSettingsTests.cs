using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>Settings as part of a feature's identity, and what is refused.</summary>
public class ExtractionSettingsTests
{
    private static readonly ExtractionSettings Pet = new()
    {
        Interpolation = new(3, 3, 3),
        Resegmentation = new() { Lower = 0 },
        Discretisation = new Discretisation.FixedBinSize(0.25),
        IntensityVolumeHistogram = new Discretisation.FixedBinSize(0.1),
    };

    public static TheoryData<ExtractionSettings> Others =>
    [
        Pet with { Interpolation = null },
        Pet with { Interpolation = new(3, 3, null) },
        Pet with { Interpolation = new(3, 3, 3.0000001) },
        Pet with { Interpolation = new(3, 3, 3) { Image = Interpolator.CubicSpline } },
        Pet with { Interpolation = new(3, 3, 3) { Mask = Interpolator.Nearest } },
        Pet with { Interpolation = new(3, 3, 3) { RoundIntensities = true } },
        Pet with { Resegmentation = new() },
        Pet with { Resegmentation = new() { Upper = 0 } },
        Pet with { Resegmentation = new() { Lower = 0, OutlierDeviations = 3 } },
        Pet with { Discretisation = new Discretisation.FixedBinNumber(32) },
        Pet with { Discretisation = new Discretisation.FixedBinSize(0.5) },
        Pet with { IntensityVolumeHistogram = new Discretisation.None() },
    ];

    [Fact]
    public void The_canonical_text_is_kept_for_good()
    {
        // A change here makes every earlier feature a stranger: only together with DefinitionsVersion.
        Assert.Equal(
            "radiomics definitions=1 standard=IBSI-1 percentiles=linear\n" +
            "interpolation spacing=3,3,3 image=linear mask=linear threshold=0.5 grid=centres-aligned rounding=none\n" +
            "resegmentation lower=0 upper=none outliers=none\n" +
            "discretisation fixed-bin-size 0.25\n" +
            "intensity-volume-histogram fixed-bin-size 0.1\n",
            Pet.CanonicalText);
        Assert.Equal(64, Pet.Digest.Length);
    }

    [Fact]
    public void Equal_settings_have_one_digest() =>
        Assert.Equal(Pet.Digest, (Pet with { Interpolation = new(3.0, 3, 3), Resegmentation = new() { Lower = -0.0 } }).Digest);

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Any_other_setting_is_another_feature(ExtractionSettings other) => Assert.NotEqual(Pet.Digest, other.Digest, StringComparer.Ordinal);

    [Fact]
    public void The_selection_changes_no_value()
    {
        ExtractionSettings settings = new() { Discretisation = new Discretisation.FixedBinNumber(4), IntensityVolumeHistogram = new Discretisation.None() };
        FeatureSet all = TestImage.DigitalPhantom().Measure(settings), some = TestImage.DigitalPhantom().Measure(settings, new(FeatureFamilies.DistanceZone | FeatureFamilies.RunLength, TextureAggregations.PlanesMerged));
        Assert.Equal(32, some.Values.Count);
        Assert.All(some.Values, v => Assert.Equal(all[v.Tag], v.Value));
        Assert.StartsWith("rlm_sre_2_5D_comb@", some.Identity("rlm_sre_2_5D_comb"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_in_one_line()
    {
        TestImage phantom = TestImage.DigitalPhantom();
        ExtractionSettings plain = new() { Discretisation = new Discretisation.FixedBinNumber(4), IntensityVolumeHistogram = new Discretisation.None() };
        Refused("no voxel", phantom with { Region = new bool[80] }, plain);
        Refused("re-segmentation limits", phantom, plain with { Resegmentation = new() { Lower = 100 } });
        Refused("empty or not finite", phantom, plain with { Resegmentation = new() { Lower = 2, Upper = 1 } });
        Refused("not a finite number", phantom with { Values = [.. Enumerable.Repeat(float.NaN, 80)] }, plain);
        Refused("whole-number intensities", phantom with { Values = [.. phantom.Values.Select(v => v + 0.5f)] }, plain);
        Refused("do not fit the grid", phantom with { Values = new float[3] }, plain);
        Refused("spacing", phantom with { Grid = phantom.Grid with { SpacingZ = 0 } }, plain);
        Refused("grey levels", phantom, plain with { Discretisation = new Discretisation.FixedBinSize(1e-6) });
        Refused("histogram would have", phantom, plain with { IntensityVolumeHistogram = new Discretisation.FixedBinSize(1e-9) });
        Assert.Contains("bins", Assert.Throws<RadiomicsException>(() => new Discretisation.FixedBinNumber(1)).Message, StringComparison.Ordinal);

        static void Refused(string words, TestImage image, ExtractionSettings settings)
        {
            string message = Assert.Throws<RadiomicsException>(() => image.Measure(settings)).Message;
            Assert.Contains(words, message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
    }
}
