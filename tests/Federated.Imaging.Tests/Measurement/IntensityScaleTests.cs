using System.Text;
using Federated.Imaging.Measurement;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Measurement;

/// <summary>Intensities of magnetic resonance under a protocol: part of every feature's name and of the protocol's identity.</summary>
public class IntensityScaleTests
{
    private const string Landmarks = "[0,10,20,30,40,50,60,70,80,90,100]";

    [Theory]
    [InlineData("", "mr_stat_mean_whole")]
    [InlineData("\"intensity\":{\"scale\":\"z-score\"},", "mr_stat_mean_whole_zscore")]
    [InlineData("\"intensity\":{\"scale\":\"white-stripe\"},", "mr_stat_mean_whole_whitestripe")]
    [InlineData("\"intensity\":{\"landmarks\":" + Landmarks + ",\"scale\":\"nyul\"},", "mr_stat_mean_whole_nyul")]
    public void The_scale_stands_in_every_name(string intensity, string name) =>
        Assert.Contains(Protocol(intensity).Features, f => f.Replace("_whole", "", StringComparison.Ordinal) == name.Replace("_whole", "", StringComparison.Ordinal));

    [Fact]
    public void What_a_scanner_multiplies_by_does_not_reach_a_feature()
    {
        var grid = new VolumeGeometry(12, 12, 12, new Point3(1, 1, 1), new Point3(0, 0, 0), new Point3(1, 0, 0), new Point3(0, 1, 0), new Point3(0, 0, 1));
        var random = new Random(11);
        float[] values = [.. Enumerable.Range(0, grid.Count).Select(i => (float)((i % 3 == 0 ? 10 : 500) + (100 * random.NextDouble())))];
        var region = new RegionMask(grid, [.. Enumerable.Range(0, grid.Count).Select(i => i is > 400 and < 900)]);
        MeasurementProtocol protocol = Protocol("\"intensity\":{\"scale\":\"z-score\"},");
        double[] one = ScanMeasurement.Of(new Volume(grid, values), [region], protocol).Values, other = ScanMeasurement.Of(new Volume(grid, [.. values.Select(v => (7 * v) + 30)]), [region], protocol).Values;
        Assert.NotEqual(Protocol("").Digest, protocol.Digest);
        for (int i = 0; i < one.Length; i++) Assert.Equal(one[i], other[i], 1e-3 * Math.Max(1, Math.Abs(one[i])));
    }

    [Theory]
    [InlineData("\"intensity\":{\"scale\":\"nyul\"},", "MR", "landmarks")]
    [InlineData("\"intensity\":{\"landmarks\":[1,2],\"scale\":\"nyul\"},", "MR", "11 landmarks")]
    [InlineData("\"intensity\":{\"landmarks\":" + Landmarks + ",\"scale\":\"z-score\"},", "MR", "remove them")]
    [InlineData("\"intensity\":{\"scale\":\"z-score\"},", "CT", "units of its own")]
    [InlineData("\"intensity\":{\"scale\":\"tan\"},", "MR", "unknown")]
    public void What_does_not_go_together_is_refused(string intensity, string modality, string words) =>
        Assert.Contains(words, Assert.Throws<MeasurementException>(() => Protocol(intensity, modality)).Message, StringComparison.Ordinal);

    private static MeasurementProtocol Protocol(string intensity, string modality = "MR") => MeasurementProtocol.Read(Encoding.UTF8.GetBytes(
        "{\"definitions\":1,\"filter\":{\"fwhm\":0}," + intensity + "\"measures\":[],\"modality\":\"" + modality + "\",\"radiomics\":[{\"aggregations\":[\"3d-averaged\"],\"discretisation\":{\"bins\":32},"
        + "\"families\":[\"statistics\"],\"interpolation\":\"linear\",\"round\":false}],\"region\":{\"lesions\":\"total\",\"minimum-volume\":0,\"name\":\"*\",\"source\":\"nifti\"},"
        + "\"uptake\":{\"normalization\":\"body-weight\",\"strict\":false}}"));
}
