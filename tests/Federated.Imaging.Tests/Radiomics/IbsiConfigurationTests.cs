using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>Configurations A to E of the IBSI reference manual on the CT phantom, which is for non-commercial use and stays outside the project.</summary>
public class IbsiConfigurationTests
{
    private static readonly Dictionary<string, ExtractionSettings> Configurations = new(StringComparer.Ordinal)
    {
        ["A"] = new()
        {
            Resegmentation = new() { Lower = -500, Upper = 400 },
            Discretisation = new Discretisation.FixedBinSize(25),
            IntensityVolumeHistogram = new Discretisation.None(),
        },
        ["B"] = new()
        {
            Interpolation = new(2, 2, null) { RoundIntensities = true },
            Resegmentation = new() { Lower = -500, Upper = 400 },
            Discretisation = new Discretisation.FixedBinNumber(32),
            IntensityVolumeHistogram = new Discretisation.None(),
        },
        ["C"] = new()
        {
            Interpolation = new(2, 2, 2) { RoundIntensities = true },
            Resegmentation = new() { Lower = -1000, Upper = 400 },
            Discretisation = new Discretisation.FixedBinSize(25),
            IntensityVolumeHistogram = new Discretisation.FixedBinSize(2.5),
        },
        ["D"] = new()
        {
            Interpolation = new(2, 2, 2) { RoundIntensities = true },
            Resegmentation = new() { OutlierDeviations = 3 },
            Discretisation = new Discretisation.FixedBinNumber(32),
            IntensityVolumeHistogram = new Discretisation.None(),
        },
        ["E"] = new()
        {
            Interpolation = new(2, 2, 2) { Image = Interpolator.CubicSpline, RoundIntensities = true },
            Resegmentation = new() { Lower = -1000, Upper = 400, OutlierDeviations = 3 },
            Discretisation = new Discretisation.FixedBinNumber(32),
            IntensityVolumeHistogram = new Discretisation.FixedBinNumber(1000),
        },
    };

    [Theory]
    [InlineData("A", 346)]
    [InlineData("B", 346)]
    [InlineData("C", 209)]
    [InlineData("D", 210)]
    [InlineData("E", 210)]
    public void All_values_are_those_of_the_standard(string configuration, int values)
    {
        string folder = Path.Combine("imaging", "ibsi", "ct_phantom_CC-BY-NC-3.0");
        TestImage phantom = TestImage.FromNifti(References.Outside(Path.Combine(folder, "phantom.nii.gz")), References.Outside(Path.Combine(folder, "mask.nii.gz")));
        // The manual asks for whole Hounsfield units before anything else.
        float[] rounded = Array.ConvertAll(phantom.Values, MathF.Round);
        StandardisedValue[] expected = StandardisedValue.Of(configuration);
        Assert.Equal(values, expected.Length);
        TextureAggregations within = configuration is "A" or "B" ? TextureAggregations.WithinSlices : TextureAggregations.InSpace;
        FeatureSet features = (phantom with { Values = rounded }).Measure(Configurations[configuration], new FeatureSelection(FeatureFamilies.All, within));
        Assert.Empty(StandardisedValue.Missed(expected, features));
    }
}
