using System.Globalization;
using Federated.Simulator.Hospitals;
using Federated.Simulator.Output;
using Spectre.Console;

namespace Federated.Simulator.Demo;

/// <summary>A feature's between-scanner coefficient of variation on the travelling cohort, stage by stage.</summary>
/// <param name="Feature">Name.</param>
/// <param name="Raw">As measured.</param>
/// <param name="Calibrated">Behind calibration factors.</param>
/// <param name="Filtered">Behind factors and filters.</param>
/// <param name="Harmonized">Behind ComBat, which was fitted on other patients.</param>
public sealed record FeatureStages(string Feature, double Raw, double Calibrated, double Filtered, double Harmonized);

/// <summary>An alarm of a scanner's chart of factors.</summary>
/// <param name="Scanner">Whose.</param>
/// <param name="Date">Of the scan that raised it.</param>
/// <param name="WeeksAfterDrift">Weekly scans since the drift began; null when this scanner does not drift.</param>
public sealed record DriftFinding(string Scanner, DateTime Date, int? WeeksAfterDrift);

/// <summary>What the demonstration achieved, held against the truth.</summary>
/// <param name="Stages">A line per feature.</param>
/// <param name="Alarms">Scanners that drift, says their chart.</param>
/// <param name="RawEffect">Responder difference of SUVpeak as measured.</param>
/// <param name="HarmonizedEffect">The same behind the whole chain.</param>
/// <param name="TrueEffect">The same of the patients' true uptake.</param>
/// <param name="Refused">Broken studies that were refused, and how many there are.</param>
public sealed record DemoFindings(
    IReadOnlyList<FeatureStages> Stages, IReadOnlyList<DriftFinding> Alarms, ResponderEffect RawEffect, ResponderEffect HarmonizedEffect, ResponderEffect TrueEffect, (int Refused, int Broken, int Others) Refused)
{
    private const int Peak = 1;

    /// <summary>Compares what was measured with what is true.</summary>
    public static DemoFindings Of(ConsortiumPlan plan, IReadOnlyList<ScannerCalibration> calibrations, MeasuredScans scans, IReadOnlyDictionary<string, double[]> harmonized)
    {
        HashSet<string> travelling = [.. plan.Travelling.Select(t => t.RowId)];
        MeasuredScan[] travellers = [.. scans.Measured.Where(s => travelling.Contains(s.Scan.RowId))], patients = [.. scans.Measured.Where(s => !travelling.Contains(s.Scan.RowId))];
        FeatureStages[] stages =
        [
            .. DemoStudy.Features.Select((feature, f) => new FeatureStages(
                feature, Spread(s => s.Raw[f]), Spread(s => s.Calibrated[f]), Spread(s => s.Filtered[f]), Spread(s => harmonized[s.Scan.RowId][f]))),
        ];
        FactorChart chart = FactorChart.Usual;
        DriftFinding[] alarms =
        [
            .. calibrations.Select(c => (Calibration: c, Alarm: chart.FirstAlarm([.. c.Factors.Select(f => f.Factor)]))).Where(c => c.Alarm is not null)
                .Select(c => new DriftFinding(c.Calibration.Scanner.Label, c.Calibration.Factors[c.Alarm!.Value].From, c.Calibration.Scanner.DriftPerWeek > 0 ? c.Alarm.Value - plan.Size.DriftWeek : null)),
        ];
        return new DemoFindings(
            stages, alarms, ResponderEffect.Of(patients.Select(p => (p.Scan.Patient, p.Raw[Peak]))), ResponderEffect.Of(patients.Select(p => (p.Scan.Patient, harmonized[p.Scan.RowId][Peak]))),
            ResponderEffect.Of(patients.Select(p => (p.Scan.Patient, p.Scan.Patient.Lesions.Max(l => l.Uptake)))),
            (scans.Refused.Count(r => r.Scan.Broken is { } broken && r.Reason.Contains(broken.Reason, StringComparison.Ordinal)), plan.Scans.Count(s => s.Broken is not null), scans.Refused.Count(r => r.Scan.Broken is null)));

        double Spread(Func<MeasuredScan, double> value) => TravellingSpread.Of(travellers.Select(t => (t.Scan.Patient.Id, value(t))));
    }

    /// <summary>Writes the tables of the findings.</summary>
    public void Write(string folder, IReadOnlyList<ScannerCalibration> calibrations, MeasuredScans scans)
    {
        CsvFile.Write(Path.Combine(folder, "stages.csv"), ["feature", "raw", "calibrated", "filtered", "harmonized"], Stages.Select(s => (string[])[s.Feature, Text(s.Raw), Text(s.Calibrated), Text(s.Filtered), Text(s.Harmonized)]));
        CsvFile.Write(Path.Combine(folder, "calibrations.csv"), ["scanner", "from", "calibration_factor"], calibrations.SelectMany(c => c.Factors.Select(f => (string[])[c.Scanner.Label, Day(f.From), Text(f.Factor)])));
        CsvFile.Write(Path.Combine(folder, "filters.csv"), ["scanner", "from", "measured_fwhm_mm", "true_fwhm_mm", "filter_fwhm_mm"], calibrations.SelectMany(c => c.Filters.Select(f => (string[])
            [c.Scanner.Label, Day(f.From), Text(f.Report.FwhmMillimetres), Text(c.Scanner.FwhmMillimetres), Text(f.Filter.FwhmMillimetres)])));
        CsvFile.Write(Path.Combine(folder, "refused.csv"), ["patient", "site", "scanner", "reason"], scans.Refused.Select(r => (string[])[r.Scan.RowId, r.Scan.Site, r.Scan.Scanner.Label, r.Reason]));
    }

    /// <summary>Prints the closing table. Whether a bar is met is computed, not stated.</summary>
    public void Print(TextWriter output)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (!ReferenceEquals(output, Console.Out) || Console.IsOutputRedirected) console.Profile.Width = 140;
        Table table = new Table().Border(TableBorder.Simple).Title("Between-scanner coefficient of variation: the same patients on all nine scanners, used for no fit")
            .AddColumn("feature").AddColumn(new TableColumn("as measured").RightAligned()).AddColumn(new TableColumn("calibrated").RightAligned())
            .AddColumn(new TableColumn("+ filter").RightAligned()).AddColumn(new TableColumn("+ ComBat").RightAligned()).AddColumn("usable in the clinic (< 10 %)");
        foreach (FeatureStages s in Stages)
            table.AddRow(s.Feature, NumberFormat.Percent(s.Raw), NumberFormat.Percent(s.Calibrated), NumberFormat.Percent(s.Filtered), NumberFormat.Percent(s.Harmonized), s.Harmonized < 0.10 ? "yes" : "no");
        console.Write(table);
        console.WriteLine(Line($"Responders' SUVpeak differs by {Relative(HarmonizedEffect)} (t = {HarmonizedEffect.Statistic:0.0}); as measured {Relative(RawEffect)} (t = {RawEffect.Statistic:0.0}); in their true uptake {Relative(TrueEffect)}; in the model {Math.Exp(PatientModel.ResponderEffect) - 1:P1}."));
        console.WriteLine(Line($"Recovered / true effect (logarithms): {HarmonizedEffect.Effect / TrueEffect.Effect:0.000}; against the model's {HarmonizedEffect.Effect / PatientModel.ResponderEffect:0.000}. {HarmonizedEffect.Patients} patients."));
        foreach (DriftFinding alarm in Alarms)
            console.WriteLine(Line($"ALARM: the calibration of {alarm.Scanner} drifts, says its cylinder of {alarm.Date:yyyy-MM-dd} ({(alarm.WeeksAfterDrift is { } weeks ? $"true: weekly scan {weeks} since it began" : "false: this scanner is stable")})."));
        if (Alarms.Count == 0) console.WriteLine("No scanner raised an alarm.");
        console.WriteLine($"{Refused.Refused} of {Refused.Broken} broken studies refused for their reason, {Refused.Others} others refused.");
    }

    private static string Relative(ResponderEffect effect) => Line($"{Math.Exp(effect.Effect) - 1:P1}");

    private static string Day(DateTime moment) => moment.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
