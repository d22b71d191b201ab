using System.Globalization;
using System.Text.Json.Nodes;
using Federated.SiteAgent.Host.Tests.Support;

namespace Federated.SiteAgent.Host.Tests.Commands;

/// <summary>phantom analyse, on scanners whose truth is known, written as DICOM.</summary>
public sealed class PhantomCommandTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private CommandLine Commands => new(_directory);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_scan_says_factor_resolution_recoveries_and_the_filter_it_needs()
    {
        string folder = Write(6, 1.05);
        string page = _directory.File("phantom.html");
        CommandOutcome text = await Commands.DoAsync("phantom", "analyse", folder, "--background", "2000", "--spheres", "20000", "--page", page);
        Assert.Contains("NEMA image-quality phantom: Synthetic Model 1, 20261102, software 4.1, reconstruction PSF+TOF 3i21s", text.Out, StringComparison.Ordinal);
        Assert.Contains("EARL1: a Gaussian filter of", text.Out, StringComparison.Ordinal);

        JsonNode json = (await Commands.DoAsync("phantom", "analyse", folder, "--background", "2000", "--spheres", "20000", "--json")).Json;
        Assert.Equal(1.05, (double)json["calibration_factor"]!, 0.01);
        JsonNode nema = json["nema"]!;
        Assert.Equal(6, (double)nema["fwhm_millimetres"]!, 0.3);
        Assert.Equal([37d, 28, 22, 17, 13, 10], nema["spheres"]!.AsArray().Select(s => (double)s!["diameter_millimetres"]!));
        JsonNode earl1 = nema["filters"]![0]!;
        Assert.True((bool)earl1["reachable"]!);
        JsonNode chosen = earl1["curves"]!.AsArray().Single(c => (double)c!["fwhm_millimetres"]! == (double)earl1["fwhm_millimetres"]!)!;
        Assert.True((bool)chosen["is_within"]!);

        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Equal(6, html[..html.IndexOf("along the body", StringComparison.Ordinal)].Split("class=\"outline\"").Length - 1);
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal); // needs nothing beside itself
    }

    [Fact]
    public async Task A_target_out_of_reach_is_refused_with_the_spheres_that_fail()
    {
        CommandOutcome refused = await Commands.RunAsync("phantom", "analyse", Write(11, 1), "--target", "earl2");
        Assert.Equal(3, refused.Exit);
        Assert.StartsWith("E3704: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("10 mm RCmean", refused.Error, StringComparison.Ordinal);
        Assert.Contains("EARL2: out of reach", refused.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_analysed_is_one_line()
    {
        string empty = _directory.File("empty");
        Directory.CreateDirectory(empty);
        await Refuses("E3701", "no such folder", "phantom", "analyse", _directory.File("nowhere"));
        await Refuses("E3701", "holds no PET images", "phantom", "analyse", empty);
        await Refuses("E3702", "--spheres needs --background", "phantom", "analyse", Write(6, 1, slices: 2), "--spheres", "20000");
        await Refuses("E3703", "", "phantom", "analyse", _directory.File("scan-6-2"));
        await Refuses("E3701", "holds 2 PET series: choose one with --series", "phantom", "analyse", Path.GetDirectoryName(Write(7, 1, slices: 2))!);
    }

    private async Task Refuses(string code, string message, params string[] arguments)
    {
        CommandOutcome outcome = await Commands.RunAsync(arguments);
        Assert.Equal(2, outcome.Exit);
        Assert.StartsWith(code + ": ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.Trim().Split('\n'));
    }

    private string Write(double fwhm, double factor, int slices = int.MaxValue) =>
        new PhantomSeries { FwhmMillimetres = fwhm, Factor = factor, Slices = slices }.Write(_directory.File(string.Create(CultureInfo.InvariantCulture, $"scan-{fwhm}-{slices}")));
}
