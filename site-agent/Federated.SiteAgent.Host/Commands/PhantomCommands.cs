using System.CommandLine;
using System.Globalization;
using Federated.Imaging.Phantoms;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Phantoms;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>phantom: what a scanner's own phantom scans say about it.</summary>
internal static class PhantomCommands
{
    public static Command Create(SharedOptions shared) => new("phantom", "What a scanner's own phantom scans say about it.") { Analyse(shared, new PhantomInput()), CalibrationCommands.Calibrate(shared, new PhantomInput()), CalibrationCommands.List(shared), CalibrationCommands.Chart(shared) };

    private static Command Analyse(SharedOptions shared, PhantomInput input)
    {
        var target = new Option<string?>("--target") { Description = "Standard the scanner has to meet: the command ends with 3 when no filter brings it there.", HelpName = "earl1|earl2" };
        target.AcceptOnlyFromAmong("earl1", "earl2");
        var page = new Option<string?>("--page") { Description = "Write a page to look at: slices with the spheres outlined, the recovery curve in its band.", HelpName = "FILE.html" };
        var command = new Command(
            "analyse",
            """
            Finds a NEMA image-quality phantom or a uniform cylinder in a PET series, in any orientation and without a click: cross-calibration factor, recovery coefficients of
            the six spheres, noise, resolution, the verdict against EARL 1 and EARL 2, and the Gaussian filter that brings the scanner into each.

            Examples:
              federated-site phantom analyse /srv/phantoms/2026-11-02 --background 2150 --spheres 20800
              federated-site phantom analyse /srv/phantoms/2026-11-02 --target earl1 --page phantom.html
            """)
        { target, page };
        input.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var output = new Page(shared.Console, parsed.GetValue(shared.Json));
            (PhantomScan scan, PhantomReport report, FilterScan[] filters) = await input.ReadAsync(parsed, shared, cancellation);
            if (parsed.GetValue(page) is { } file) WritePage(file, PhantomPage.Write(scan, report, filters));
            Show(output, scan, report, filters);
            return (int)Verdict(parsed.GetValue(target), report, filters);
        });
        return command;
    }

    private static void WritePage(string file, string text)
    {
        try
        {
            File.WriteAllText(file, text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{file}: cannot be written ({failure.Message}); choose another place", failure);
        }
    }

    private static ExitCode Verdict(string? target, PhantomReport report, FilterScan[] filters)
    {
        if (target is null) return ExitCode.Done;
        FilterScan? asked = filters.FirstOrDefault(f => string.Equals(f.Bands.Standard, target, StringComparison.OrdinalIgnoreCase))
            ?? throw new SiteErrorException("E3704", ExitCode.Refused, "a uniform cylinder has no spheres to hold against a standard: scan an image-quality phantom");
        try
        {
            asked.Choose();
            return ExitCode.Done;
        }
        catch (PhantomException unreachable)
        {
            throw new SiteErrorException("E3704", ExitCode.Refused, unreachable.Message, unreachable);
        }
    }

    private static void Show(Page page, PhantomScan scan, PhantomReport report, FilterScan[] filters)
    {
        page.Line($"{(report is NemaReport ? "NEMA image-quality phantom" : "uniform cylinder")}: {scan.Scanner}, {scan.Date}, software {scan.Software}, reconstruction {scan.Reconstruction}");
        foreach (SkippedFile skipped in scan.Skipped) page.Line($"left out: {skipped.File}: {skipped.Reason}");
        page.Line();
        page.Table(["what", "value"], PhantomFacts.Of(report).Select(f => (string[])[f.Name, f.Value]));
        if (report is NemaReport nema)
        {
            page.Line();
            page.Table(
                ["sphere", "RCmean(A50)", .. filters.Select(f => f.Bands.Standard), "RCmax", .. filters.Select(f => f.Bands.Standard), "RCpeak", "contrast"],
                nema.Spheres.Select(s => (string[])
                [
                    Text($"{s.DiameterMillimetres} mm"), Text($"{s.Mean:0.000}"), .. filters.Select(f => Band(f, s, RecoveryMetric.Mean)), Text($"{s.Max:0.000}"), .. filters.Select(f => Band(f, s, RecoveryMetric.Max)),
                    Text($"{s.Peak:0.000}"), Text($"{s.HotContrastPercent:0.0} %"),
                ]));
            page.Line();
            foreach (FilterScan filter in filters) page.Line(Words(filter));
        }

        page.Json(new
        {
            Phantom = report is NemaReport ? "nema-image-quality" : "uniform-cylinder",
            scan.Series,
            scan.Date,
            scan.Scanner,
            scan.Software,
            scan.Reconstruction,
            scan.Units,
            report.CalibrationFactor,
            Background = new { report.Background.Mean, report.Background.CoefficientOfVariation, report.Background.Millilitres },
            Nema = report is NemaReport n ? new
            {
                n.FwhmMillimetres,
                n.SphereLevel,
                n.IsLevelStated,
                n.LungResidualPercent,
                Spheres = n.Spheres.Select(s => new { s.DiameterMillimetres, Centre = new[] { s.Centre.X, s.Centre.Y, s.Centre.Z }, RcMeanA50 = s.Mean, RcMax = s.Max, RcPeak = s.Peak, s.HotContrastPercent }),
                Filters = filters.Select(f => new
                {
                    f.Bands.Standard,
                    Reachable = PhantomPage.Chosen(f).IsWithin,
                    PhantomPage.Chosen(f).FwhmMillimetres,
                    Curves = f.Steps.Select(step => new { step.FwhmMillimetres, step.IsWithin, step.Distance, RcMeanA50 = step.Spheres.Select(s => s.Mean), RcMax = step.Spheres.Select(s => s.Max), RcPeak = step.Spheres.Select(s => s.Peak) }),
                }),
            } : null,
            Uniform = report is UniformReport u ? new { u.RadiusMillimetres, u.LengthMillimetres, u.LargestSliceDeviationPercent } : null,
            Skipped = scan.Skipped.Select(s => new { s.File, s.Reason }),
        });
    }

    private static string Band(FilterScan filter, SphereRecovery sphere, RecoveryMetric metric)
    {
        BandCheck? check = filter.Steps[0].Checks.FirstOrDefault(c => c.Band.Metric == metric && c.Band.DiameterMillimetres == sphere.DiameterMillimetres);
        return check is null ? "" : Text($"{(check.IsWithin ? "in" : check.Value < check.Band.Minimum ? "below" : "above")} {check.Band.Minimum:0.00}-{check.Band.Maximum:0.00}");
    }

    private static string Words(FilterScan filter)
    {
        FilterStep step = PhantomPage.Chosen(filter);
        return Text($"{filter.Bands.Standard}: {(step.IsWithin ? step.FwhmMillimetres == 0 ? "no filter is needed" : Text($"a Gaussian filter of {step.FwhmMillimetres:0.##} mm harmonizes this scanner") : Text($"out of reach; the nearest filter, {step.FwhmMillimetres:0.##} mm, leaves {string.Join(", ", step.Checks.Where(c => !c.IsWithin))}"))}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
