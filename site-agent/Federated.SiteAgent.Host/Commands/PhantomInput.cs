using System.CommandLine;
using Federated.Imaging.Phantoms;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Phantoms;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The options by which commands name a phantom and its filling, and the analysis that they share.</summary>
internal sealed class PhantomInput
{
    private readonly Argument<string> _folder = new("FOLDER") { Description = "Folder with the DICOM files of the phantom's PET series." };
    private readonly Option<string?> _series = new("--series") { Description = "SeriesInstanceUID, where the folder holds several PET series.", HelpName = "UID" };
    private readonly Option<double?> _background = Activity("--background", "What was filled into the body, in the image's unit (Bq/ml), decayed to the scan; without it no calibration factor is made up.");
    private readonly Option<double?> _spheres = Activity("--spheres", "What was filled into the spheres, likewise; without it the largest sphere says the level.");

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_series);
        command.Add(_background);
        command.Add(_spheres);
    }

    /// <summary>Reads and analyses the phantom.</summary>
    /// <exception cref="SiteErrorException">E3701 to E3703.</exception>
    public async Task<(PhantomScan Scan, PhantomReport Report, FilterScan[] Filters)> ReadAsync(ParseResult parsed, SharedOptions shared, CancellationToken cancellation)
    {
        PhantomScan scan = await PhantomScan.ReadAsync(parsed.GetValue(_folder)!, parsed.GetValue(_series), new StoredImages(new GdcmTranscoder(shared.Time)), cancellation);
        (PhantomReport report, FilterScan[] filters) = Analysed(scan, Stated(parsed.GetValue(_background), parsed.GetValue(_spheres), scan.Units));
        return (scan, report, filters);
    }

    private static Option<double?> Activity(string name, string description) => new(name) { Description = description, HelpName = "BQ/ML" };

    private static PhantomActivity? Stated(double? background, double? spheres, string units)
    {
        if (background is not { } body) return spheres is null ? null : throw new SiteErrorException("E3702", ExitCode.Input, "--spheres needs --background: state both, decayed to the scan");
        if (units is not "BQML")
            throw new SiteErrorException("E3702", ExitCode.Input, $"the series is in {(units.Length > 0 ? units : "no stated unit")}, so a filling in Bq/ml cannot be compared with it: export it in BQML, or leave --background away");
        return new PhantomActivity(body, spheres);
    }

    private static (PhantomReport Report, FilterScan[] Filters) Analysed(PhantomScan scan, PhantomActivity? stated)
    {
        try
        {
            PhantomReport report = PhantomAnalysis.Of(scan.Image, stated);
            return (report, report is NemaReport nema ? [.. ((RecoveryBands[])[RecoveryBands.Earl1, RecoveryBands.Earl2]).Select(bands => HarmonizingFilter.Scan(scan.Image, nema, bands))] : []);
        }
        catch (PhantomException refused)
        {
            throw new SiteErrorException(refused.Reason == PhantomRefusal.ActivityMissing ? "E3702" : "E3703", ExitCode.Input, refused.Message, refused);
        }
    }
}
