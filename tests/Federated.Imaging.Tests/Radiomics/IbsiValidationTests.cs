using System.Globalization;
using System.IO.Compression;
using Federated.Imaging.Radiomics;

namespace Federated.Imaging.Tests.Radiomics;

/// <summary>Patients with soft-tissue sarcoma from IBSI's validation phase: values on which many teams agree, outside the project because of their size and licence.</summary>
public class IbsiValidationTests
{
    private static readonly Dictionary<string, ExtractionSettings> Modalities = new(StringComparer.Ordinal)
    {
        ["PET"] = new()
        {
            Interpolation = new(3, 3, 3) { Image = Interpolator.CubicSpline },
            Resegmentation = new() { Lower = 0 },
            Discretisation = new Discretisation.FixedBinSize(0.25),
            IntensityVolumeHistogram = new Discretisation.FixedBinSize(0.1),
        },
        ["CT"] = new()
        {
            Interpolation = new(1, 1, 1) { Image = Interpolator.CubicSpline, RoundIntensities = true },
            Resegmentation = new() { Lower = -200, Upper = 200 },
            Discretisation = new Discretisation.FixedBinSize(10),
            IntensityVolumeHistogram = new Discretisation.None(),
        },
        ["MR_T1"] = new()
        {
            Interpolation = new(1, 1, 1) { Image = Interpolator.CubicSpline },
            Resegmentation = new() { Lower = 0 },
            Discretisation = new Discretisation.FixedBinSize(10),
            IntensityVolumeHistogram = new Discretisation.FixedBinSize(1),
        },
    };

    [Theory]
    [InlineData("PET", "STS_001")]
    [InlineData("PET", "STS_002")]
    [InlineData("CT", "STS_002")]
    [InlineData("MR_T1", "STS_002")]
    public void Strongly_agreed_values_deviate_by_half_a_per_cent_at_most(string modality, string patient)
    {
        string folder = Path.Combine("imaging", "ibsi", "validation_STS", patient);
        TestImage image = TestImage.FromNifti(References.Outside(Path.Combine(folder, modality + "_image.nii.gz")), References.Outside(Path.Combine(folder, modality + "_mask.nii.gz")));
        FeatureSet features = image.Measure(Modalities[modality], new FeatureSelection(FeatureFamilies.All, TextureAggregations.InSpace));
        int compared = 0;
        List<string> apart = [];
        foreach (string[] row in Agreed().Where(f => (f[0], f[1]) == (modality, patient) && features.Contains(f[2])))
        {
            double agreed = double.Parse(row[4], CultureInfo.InvariantCulture);
            compared++;
            if (!(Math.Abs(features[row[2]] - agreed) <= 0.005 * Math.Abs(agreed))) apart.Add($"{modality} {patient} {row[2]}: {features[row[2]]:R} instead of {agreed:R} ({row[5]} of {row[3]} teams)");
        }

        Assert.True(compared > 100, $"{compared} values compared");
        Assert.True(apart.Count == 0, $"{apart.Count} of {compared}:\n" + string.Join('\n', apart));
    }

    private static IEnumerable<string[]> Agreed()
    {
        using StreamReader table = new(new GZipStream(File.OpenRead(References.Outside(Path.Combine("imaging", "ibsi", "ibsi1_validation_STS_consensus.csv.gz"))), CompressionMode.Decompress));
        while (table.ReadLine() is { } line)
        {
            string[] fields = line.Split(',');
            if (fields[6].Trim() is "True") yield return fields;
        }
    }
}
