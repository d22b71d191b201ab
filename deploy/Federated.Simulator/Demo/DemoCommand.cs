using System.Diagnostics;
using System.Globalization;
using System.Net;
using Federated.Simulator.Hospitals;
using Federated.SiteAgent.Host.Archives;

namespace Federated.Simulator.Demo;

/// <summary>The demonstration: hospitals made of physics, whose DICOM files go the way of any hospital's: phantoms, filters, features, a federated study.</summary>
public static class DemoCommand
{
    /// <summary>Runs it; returns the exit code.</summary>
    public static async Task<int> RunAsync(string folder, int seed, ConsortiumSize size, string transport, IPEndPoint? pages, bool json, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        Progress progress = ReferenceEquals(error, Console.Error) ? Progress.OnStandardError(TimeProvider.System) : Progress.Silent;
        long start = Stopwatch.GetTimestamp();
        string hospitals = Path.Combine(folder, "hospitals"), inputs = Directory.CreateDirectory(Path.Combine(folder, "input")).FullName;
        ConsortiumPlan plan = HospitalsCommand.Make(hospitals, seed, size, progress, cancellation);
        progress.Say(Line($"five hospitals scanned {plan.Scans.Count} patients, {size.Travellers} travellers nine times and {plan.Phantoms.Count} phantoms, seed {seed}; DICOM in {hospitals}"));

        StoredImages opener = new(new GdcmTranscoder(TimeProvider.System));
        IReadOnlyList<ScannerCalibration> calibrations =
            await ScannerCalibration.ReadAsync(plan, hospitals, opener, (done, all) => progress.Working($"phantom {done} of {all}"), cancellation);
        foreach (ScannerCalibration c in calibrations)
            progress.Say(Line($"{c.Scanner.Label}: shows {c.Factors[0].Factor:0.00} of the activity, resolution {c.Filters[0].Report.FwhmMillimetres:0.0} mm; {ScannerCalibration.Standard.Standard} by a filter of {c.Filters[0].Filter.FwhmMillimetres:0.00} mm"));

        MeasuredScans scans = await MeasuredScans.ReadAsync(plan, hospitals, calibrations, opener, (done, all) => progress.Working($"measured {done} of {all}"), cancellation);
        foreach ((PlannedScan scan, string reason) in scans.Refused) progress.Say($"{scan.Site} {scan.RowId} refused: {reason}");
        progress.Say($"{scans.Measured.Count} scans measured, {scans.Refused.Count} refused");

        DemoStudy.Write(plan, scans, inputs);
        var request = new TableRequest
        {
            Features = Path.Combine(inputs, "features.csv"),
            Cohort = Path.Combine(inputs, "cohort.csv"),
            Study = Path.Combine(inputs, "study.yaml"),
            Out = folder,
            Transport = transport,
            Seed = seed,
            Json = json,
            Pages = pages,
            Then = ConcludeAsync,
        };
        return await TableCommand.RunAsync(request, output, progress, error, cancellation);

        async Task ConcludeAsync()
        {
            var findings = DemoFindings.Of(plan, calibrations, scans, DemoStudy.Harmonized(folder));
            findings.Write(folder, calibrations, scans);
            if (json) return;
            findings.Print(output);
            using var process = Process.GetCurrentProcess();
            await output.WriteLineAsync(Line($"{Stopwatch.GetElapsedTime(start).TotalSeconds:0} s, {process.PeakWorkingSet64 / 1048576.0:0} MB at most, {Environment.ProcessorCount} cores."));
        }
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
