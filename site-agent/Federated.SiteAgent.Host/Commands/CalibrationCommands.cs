using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Federated.Analyses;
using Federated.Imaging.Phantoms;
using Federated.Imaging.Phantoms.Calibrations;
using Federated.SiteAgent.Host.Phantoms;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>phantom calibrate, list, chart: what phantoms settled over time. Nothing of it leaves.</summary>
internal static class CalibrationCommands
{
    private const int ChartWidth = 41;

    public static Command Calibrate(SharedOptions shared, PhantomInput input)
    {
        var days = new Option<int>("--valid-days") { Description = "How many days it is valid, its first counted.", DefaultValueFactory = _ => 100, HelpName = "DAYS" };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 3660) result.AddError("--valid-days is a number from 1 to 3660");
        });
        var command = new Command("calibrate",
            """
            Analyses a phantom and keeps what it settles: factor, filters, recoveries and noise of the scanner with this reconstruction and software, valid from the day of the scan. Signed
            with this site's key; a later phantom takes its place, and nothing is ever changed.

            Example:
              federated-site phantom calibrate /srv/phantoms/2026-11-02 --background 2150 --spheres 20800
            """)
        { days };
        input.AddTo(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            (PhantomScan scan, PhantomReport report, FilterScan[] filters) = await input.ReadAsync(parsed, shared, cancellation);
            if (!DateOnly.TryParseExact(scan.Date, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly from))
                throw new SiteErrorException("E3706", ExitCode.Input, "the phantom's series does not say on which day it was scanned, so nobody can tell from when it is valid: export it with its dates");
            var nema = report as NemaReport;
            Calibration kept = session.Calibrations.Add(
                new Calibration(
                    0, new ScannerSetting(scan.Scanner, scan.Reconstruction, scan.Software), from, from.AddDays(parsed.GetValue(days) - 1), report.CalibrationFactor, report.Background.CoefficientOfVariation,
                    nema?.FwhmMillimetres, nema is null ? [] : [.. nema.Spheres.Select(s => s.Mean)],
                    [.. filters.Select(f => new StandardFilter(f.Bands.Standard, PhantomPage.Chosen(f) is { IsWithin: true } chosen ? chosen.FwhmMillimetres : null))], scan.Series),
                session.Credentials.Identity, session.Time.GetUtcNow());
            page.Line($"calibration {kept.Version}: {PlainText.Shown(kept.Setting.Scanner)}, {PlainText.Shown(kept.Setting.Reconstruction)}, software {PlainText.Shown(kept.Setting.Software)}, valid {kept.From:yyyy-MM-dd} to {kept.To:yyyy-MM-dd}");
            page.Line($"factor {Number(kept.Factor)}, noise {100 * kept.Noise:0.0} %, {string.Join(", ", kept.Filters.Select(f => $"{f.Standard} {(f.FwhmMillimetres is { } w ? $"by a filter of {Number(w)} mm" : "out of reach")}"))}");
            page.Json(Document(kept));
            return ExitCode.Done;
        });
        return command;
    }

    public static Command List(SharedOptions shared)
    {
        var on = new Option<string?>("--on") { Description = "Only what a patient scanned on this day would take, per scanner and reconstruction.", HelpName = "YYYY-MM-DD" };
        var command = new Command("list",
            """
            Every calibration kept here, its signature checked.

            Examples:
              federated-site phantom list
              federated-site phantom list --on 2026-11-20
            """) { on };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            ImmutableArray<Calibration> all = session.Calibrations.All(session.Credentials.Identity);
            (Calibration Calibration, string State)[] shown = parsed.GetValue(on) is { } text
                ? [.. all.Select(c => c.Setting).Distinct().Select(setting => CalibrationChoice.Of(all, setting, ReadDay(text))).Where(c => c.Calibration is not null).Select(c => (c.Calibration!, Word(c.Flag))).Distinct()]
                : [.. all.Select(c => (c, ""))];
            page.Table(
                ["version", "scanner", "reconstruction", "software", "valid", "factor", "noise", "filters", ""],
                shown.Select(c => (string[])
                [
                    c.Calibration.Version.ToString(CultureInfo.InvariantCulture), PlainText.Shown(c.Calibration.Setting.Scanner), PlainText.Shown(c.Calibration.Setting.Reconstruction), PlainText.Shown(c.Calibration.Setting.Software),
                    $"{c.Calibration.From:yyyy-MM-dd} to {c.Calibration.To:yyyy-MM-dd}", Number(c.Calibration.Factor), $"{100 * c.Calibration.Noise:0.0} %",
                    string.Join(", ", c.Calibration.Filters.Select(f => $"{f.Standard} {(f.FwhmMillimetres is { } w ? $"{Number(w)} mm" : "out of reach")}")), c.State,
                ]));
            if (shown.Length == 0) page.Line("None yet: federated-site phantom calibrate FOLDER keeps the first.");
            page.Json(shown.Select(c => new { Calibration = Document(c.Calibration), State = c.State.Length > 0 ? c.State : null }));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    public static Command Chart(SharedOptions shared)
    {
        var command = new Command("chart",
            """
            Control charts over time of factor, noise and the smallest sphere's recovery of every scanner and reconstruction: points beyond 3.5 deviations, a moving average beyond 3.3, a
            cumulative sum beyond 7. Exit code 3 when the newest scan of any raises an alarm.

            Example:
              federated-site phantom chart
            """);
        shared.SetAction(command, (_, session, page, _) =>
        {
            ImmutableArray<Calibration> all = session.Calibrations.All(session.Credentials.Identity);
            bool alarmed = false;
            var documents = new List<object>();
            foreach (IGrouping<(string, string), Calibration> scanner in all.GroupBy(c => (c.Setting.Scanner, c.Setting.Reconstruction)))
            {
                Calibration[] series = [.. scanner.OrderBy(c => c.From).ThenBy(c => c.Version)];
                foreach ((string what, ControlChart chart, Func<Calibration, double?> value) in (ReadOnlySpan<(string, ControlChart, Func<Calibration, double?>)>)
                    [("calibration factor", ControlChart.Factors, c => c.Factor), ("noise", ControlChart.Recoveries, c => c.Noise), ("recovery of the smallest sphere", ControlChart.Recoveries, c => c.Recoveries.IsEmpty ? null : c.Recoveries[^1])])
                {
                    (DateOnly Day, double Value)[] points = [.. series.Where(c => value(c) is > 0).Select(c => (c.From, value(c)!.Value))];
                    if (points.Length == 0) continue;
                    double[] values = [.. points.Select(p => p.Value)];
                    IReadOnlyList<ChartAlarm> alarms = chart.Alarms(values);
                    alarmed |= alarms.Count > 0 && alarms[^1].Index == values.Length - 1;
                    Draw(page, $"{PlainText.Shown(scanner.Key.Item1)}, {PlainText.Shown(scanner.Key.Item2)}: {what}", chart, points, alarms);
                    documents.Add(new
                    {
                        Scanner = scanner.Key.Item1,
                        Reconstruction = scanner.Key.Item2,
                        Quantity = what,
                        Points = points.Select(p => new { p.Day, p.Value }),
                        Average = chart.MovingAverage(values),
                        Alarms = alarms.Select(a => new { points[a.Index].Day, Rule = Word(a.Rule), a.Deviations }),
                    });
                }
            }

            if (all.IsEmpty) page.Line("None yet: federated-site phantom calibrate FOLDER keeps the first.");
            page.Json(documents);
            return Task.FromResult(alarmed ? ExitCode.Refused : ExitCode.Done);
        });
        return command;
    }

    private static void Draw(Page page, string title, ControlChart chart, (DateOnly Day, double Value)[] points, IReadOnlyList<ChartAlarm> alarms)
    {
        double[] values = [.. points.Select(p => p.Value)];
        page.Line();
        page.Line(title);
        if (chart.Level(values) is not { } level)
        {
            page.Line($"  {points.Length} of {chart.Baseline} scans of the baseline: {string.Join(", ", values.Select(v => Number(v)))}");
            return;
        }

        page.Line($"  baseline {Number(level.Mean)}, scatter {100 * level.Scatter:0.0} %; the line spans 4 deviations either way, | is the baseline, ~ the moving average");
        double[] average = chart.MovingAverage(values);
        for (int i = 0; i < points.Length; i++)
        {
            char[] line = [.. Enumerable.Repeat('·', ChartWidth)];
            line[ChartWidth / 2] = '|';
            if (i >= chart.Baseline) line[Place((average[i] - 1) / level.Scatter)] = '~';
            line[Place(((values[i] / level.Mean) - 1) / level.Scatter)] = 'o';
            ChartAlarm? alarm = alarms.FirstOrDefault(a => a.Index == i);
            page.Line($"  {points[i].Day:yyyy-MM-dd} {new string(line)} {Number(values[i])}{(alarm is null ? "" : $"  ALARM: {Word(alarm.Rule)}, {alarm.Deviations:0.0} deviations")}");
        }
    }

    private static int Place(double deviations) => Math.Clamp((int)Math.Round((ChartWidth / 2) * (1 + (deviations / 4))), 0, ChartWidth - 1);

    private static string Word(ChartRule rule) => rule switch { ChartRule.Shewhart => "one point far out (Shewhart)", ChartRule.MovingAverage => "moving average (EWMA)", _ => "cumulative sum (CUSUM)" };

    private static string Word(CalibrationFlag flag) => flag switch { CalibrationFlag.Valid => "valid", CalibrationFlag.Expired => "EXPIRED", CalibrationFlag.SoftwareChanged => "SOFTWARE CHANGED", _ => "MISSING" };

    private static DateOnly ReadDay(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day) ? day
        : throw new SiteErrorException("E3706", ExitCode.Input, $"--on: '{PlainText.Shown(text)}' is no day; write for instance 2026-11-20");

    private static string Number(double? value) => value?.ToString("0.###", CultureInfo.InvariantCulture) ?? "not stated";

    private static object Document(Calibration c) => new
    {
        c.Version,
        c.Setting.Scanner,
        c.Setting.Reconstruction,
        c.Setting.Software,
        c.From,
        c.To,
        c.Factor,
        c.Noise,
        c.FwhmMillimetres,
        c.Recoveries,
        Filters = c.Filters.Select(f => new { f.Standard, f.FwhmMillimetres }),
        c.Series,
    };
}
