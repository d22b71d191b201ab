using Federated.Imaging.Dicom;
using Federated.Imaging.Phantoms;
using Federated.Imaging.Tests.Dicom;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Phantoms;

/// <summary>A real NEMA scan against what pynemaiqpet (MIT) reads in it; nobody shows this program where the phantom is.</summary>
public class RealPhantomTests
{
    private static readonly Lazy<(Volume Image, NemaReport Report)> Scan = new(() =>
    {
        Volume image = SliceStack.From(ImagingReference.Archive("dicom/visible/nema_pet_recon_1.tar.xz").Values.Select(bytes => DicomFile.Open(bytes))).Read();
        return (image, Assert.IsType<NemaReport>(PhantomAnalysis.Of(image)));
    });

    [Theory]
    [InlineData("0")]
    [InlineData("3")]
    [InlineData("5")]
    [InlineData("7")]
    public void Recoveries_agree_within_two_percent_behind_every_filter(string fwhm)
    {
        List<Dictionary<string, string>> expected = [.. ImagingReference.Csv(ImagingReference.Require("phantom/pynemaiqpet_results.csv")).Where(row => row["post_fwhm_mm"] == fwhm)];
        Assert.Equal(6, expected.Count);
        IReadOnlyList<SphereRecovery> curve = HarmonizingFilter.Curve(Scan.Value.Image, Scan.Value.Report, double.Parse(fwhm));
        for (int sphere = 0; sphere < 6; sphere++)
        {
            double mean = double.Parse(expected[sphere]["RC_a50"]), max = double.Parse(expected[sphere]["RC_max"]);
            Assert.Equal(mean, curve[sphere].Mean, 0.02 * mean);
            Assert.Equal(max, curve[sphere].Max, 0.02 * max);
        }
    }

    [Fact]
    public void The_filter_for_EARL_1_is_seven_millimetres()
    {
        FilterStep chosen = HarmonizingFilter.Scan(Scan.Value.Image, Scan.Value.Report, RecoveryBands.Earl1).Choose();
        Assert.InRange(chosen.FwhmMillimetres, 6.5, 7.5);
        Assert.True(chosen.IsWithin);
    }

    [Fact]
    public void The_filter_for_EARL_2_lies_between_the_steps_of_the_outside_scan()
    {
        // Steps of half a millimetre find no filter that holds every sphere (3.0: the 10 mm sphere too high, 3.5: the 17 mm sphere too low); steps of a quarter do.
        FilterScan scan = HarmonizingFilter.Scan(Scan.Value.Image, Scan.Value.Report, RecoveryBands.Earl2);
        Assert.Equal(3.25, scan.Choose().FwhmMillimetres);
        Assert.All(scan.Steps.Where(step => step.FwhmMillimetres is 3 or 3.5), step => Assert.False(step.IsWithin));
    }

    [Fact]
    public void Level_and_noise_agree_and_the_lung_insert_is_cold()
    {
        NemaReport report = Scan.Value.Report;
        Assert.Equal(16_798.5, report.FittedSignal, 0.02 * 16_798.5);
        Assert.Equal(1686.8, report.Background.Mean, 0.02 * 1686.8);
        Assert.Equal(0.35, report.Background.CoefficientOfVariation, 0.035);
        Assert.InRange(report.LungResidualPercent!.Value, 0, 10);
        Assert.Null(report.CalibrationFactor);
    }

    [Theory]
    [InlineData(0, 1, 2, false)]
    [InlineData(2, 0, 1, true)]
    [InlineData(1, 2, 0, false)]
    public void Turned_and_mirrored_images_of_it_have_the_same_curve(int first, int second, int third, bool flip)
    {
        (Volume image, NemaReport report) = Scan.Value;
        NemaReport turned = Assert.IsType<NemaReport>(PhantomAnalysis.Of(Permuted(image, [first, second, third], flip)));
        for (int sphere = 0; sphere < 6; sphere++) Assert.Equal(report.Spheres[sphere].Mean, turned.Spheres[sphere].Mean, 0.01);
        Assert.Equal(report.FwhmMillimetres, turned.FwhmMillimetres, 0.05);
    }

    // The same voxels in another order, at places that have nothing to do with the first.
    private static Volume Permuted(Volume image, int[] order, bool flip)
    {
        VolumeGeometry grid = image.Geometry;
        int[] counts = [grid.CountX, grid.CountY, grid.CountZ];
        double[] spacing = [grid.Spacing.X, grid.Spacing.Y, grid.Spacing.Z];
        VolumeGeometry turned = new(
            counts[order[0]], counts[order[1]], counts[order[2]], new Point3(spacing[order[0]], spacing[order[1]], spacing[order[2]]), new Point3(100, 200, 300), new Point3(0, 1, 0), new Point3(0, 0, 1),
            new Point3(1, 0, 0));
        float[] values = new float[turned.Count];
        int[] at = new int[3];
        for (int z = 0; z < turned.CountZ; z++)
        {
            for (int y = 0; y < turned.CountY; y++)
            {
                for (int x = 0; x < turned.CountX; x++)
                {
                    at[order[0]] = flip ? turned.CountX - 1 - x : x;
                    at[order[1]] = y;
                    at[order[2]] = z;
                    values[turned.Index(x, y, z)] = image[at[0], at[1], at[2]];
                }
            }
        }
        return new Volume(turned, values);
    }
}
