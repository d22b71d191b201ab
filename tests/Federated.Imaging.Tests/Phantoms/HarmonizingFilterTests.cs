using Federated.Imaging.Phantoms;
using Federated.Imaging.Volumes;

namespace Federated.Imaging.Tests.Phantoms;

public class HarmonizingFilterTests
{
    [Fact]
    public void Scanners_of_different_resolution_are_brought_to_one_curve()
    {
        List<FilterStep> chosen = [];
        double[] widths = [4.5, 5.5, 6.5];
        foreach (double fwhm in widths)
        {
            Volume image = TestPhantoms.Image(fwhm, 0.03, spacing: 3);
            NemaReport report = (NemaReport)PhantomAnalysis.Of(image, TestPhantoms.Filling);
            chosen.Add(HarmonizingFilter.Scan(image, report, RecoveryBands.Earl1).Choose());
            Assert.True(chosen[^1].IsWithin);
        }
        for (int i = 0; i < 3; i++)
        {
            // What a filter adds in square makes up for the better resolution, up to the step of the scan.
            Assert.Equal(Math.Sqrt(widths[0] * widths[0] + chosen[0].FwhmMillimetres * chosen[0].FwhmMillimetres), Math.Sqrt(widths[i] * widths[i] + chosen[i].FwhmMillimetres * chosen[i].FwhmMillimetres), 0.5);
            for (int sphere = 0; sphere < 6; sphere++) Assert.Equal(chosen[0].Spheres[sphere].Mean, chosen[i].Spheres[sphere].Mean, 0.03);
        }
    }

    [Fact]
    public void No_filter_is_an_answer()
    {
        Volume image = TestPhantoms.Image(6);
        NemaReport report = (NemaReport)PhantomAnalysis.Of(image, TestPhantoms.Filling);
        RecoveryBands own = new("own", [.. report.Spheres.Select(sphere => new RecoveryBand(RecoveryMetric.Peak, sphere.DiameterMillimetres, sphere.Peak - 0.01, sphere.Peak + 0.01, "this scanner"))]);
        Assert.Equal(0, HarmonizingFilter.Scan(image, report, own).Choose().FwhmMillimetres);
    }

    [Fact]
    public void A_scanner_too_coarse_for_the_target_is_refused_with_the_spheres_that_fail()
    {
        Volume image = TestPhantoms.Image(11);
        NemaReport report = (NemaReport)PhantomAnalysis.Of(image, TestPhantoms.Filling);
        PhantomException refusal = Assert.Throws<PhantomException>(() => HarmonizingFilter.Scan(image, report, RecoveryBands.Earl2).Choose());
        Assert.Equal(PhantomRefusal.TargetOutOfReach, refusal.Reason);
        Assert.Contains("EARL2", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("10 mm RCmean", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("outside 0.39-0.61", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_of_a_band_belong_to_it()
    {
        RecoveryBand band = RecoveryBands.Earl1.Bands[0];
        Assert.Equal((RecoveryMetric.Mean, 37d, 0.76, 0.89), (band.Metric, band.DiameterMillimetres, band.Minimum, band.Maximum));
        Assert.True(new BandCheck(band, 0.76).IsWithin);
        Assert.True(new BandCheck(band, 0.89).IsWithin);
        Assert.False(new BandCheck(band, 0.8901).IsWithin);
    }

    [Fact]
    public void The_published_bands_are_those_of_the_reference()
    {
        string path = Dicom.ImagingReference.Require("phantom/earl_bands.csv");
        List<Dictionary<string, string>> rows = [.. Dicom.ImagingReference.Csv(path).Where(row => row["standard"].StartsWith("EARL", StringComparison.Ordinal) && row["min"].Length > 0)];
        Assert.Equal(24, rows.Count);
        foreach (Dictionary<string, string> row in rows)
        {
            RecoveryBands standard = row["standard"] is "EARL1" ? RecoveryBands.Earl1 : RecoveryBands.Earl2;
            RecoveryMetric metric = row["metric"] is "RCmax" ? RecoveryMetric.Max : RecoveryMetric.Mean;
            RecoveryBand band = standard.Bands.Single(b => b.Metric == metric && b.DiameterMillimetres == double.Parse(row["sphere_mm"]));
            Assert.Equal((double.Parse(row["min"]), double.Parse(row["max"])), (band.Minimum, band.Maximum));
        }
    }

    [Theory]
    [InlineData("standard,metric,sphere_mm,minimum,maximum,source\n", "no rows")]
    [InlineData("h\nEARL2,RCpeak,11,0.5,0.9,x", "line 2")]
    [InlineData("h\nEARL2,RCpeek,10,0.5,0.9,x", "line 2")]
    [InlineData("h\nEARL2,RCpeak,10,0.9,0.5,x", "line 2")]
    [InlineData("h\nEARL2,RCpeak,10,0.5,0.9,x\nEARL2,RCpeak,10,0.5,0.8,x", "twice")]
    public void A_table_that_is_none_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => RecoveryBands.Parse(text)).Message, StringComparison.Ordinal);
}
