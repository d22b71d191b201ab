using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>The digital phantom of the IBSI reference manual: every standardised value of every family and aggregation.</summary>
public class IbsiDigitalPhantomTests
{
    private static readonly ExtractionSettings AsItIs = new() { Discretisation = new Discretisation.None(), IntensityVolumeHistogram = new Discretisation.None() };

    [Fact]
    public void All_482_values_are_those_of_the_standard()
    {
        StandardisedValue[] expected = StandardisedValue.Of("digital_phantom");
        Assert.Equal(482, expected.Length);
        Assert.Empty(StandardisedValue.Missed(expected, TestImage.DigitalPhantom().Measure(AsItIs)));
    }
}
