using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Extraction;
using Federated.SiteAgent.Host.Storage;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>features extract: from the hospital's images to its feature table.</summary>
internal static class ExtractCommand
{
    private const int ReasonsForPeople = 20;

    public static Command Create(SharedOptions shared)
    {
        var measurement = new MeasurementOptions();
        var workers = new Option<int>("--workers") { Description = "Scans measured at a time (default: the processor's cores).", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1024) result.AddError("--workers is a number from 1 to 1024");
        });
        var csv = new Option<string?>("--csv") { Description = "Write the measured features to this file as well.", HelpName = "OUT" };
        var sr = new Option<string?>("--sr") { Description = "Write each scan's measurements into this folder as a DICOM structured report (TID 1500) as well.", HelpName = "FOLDER" };
        var archive = new Option<string?>("--sr-to") { Description = "Send these reports to an archive of this hospital as well, by STOW-RS; needs --sr.", HelpName = "ARCHIVE" };
        var again = new Option<bool>("--again") { Description = "Measure scans again whose files have not changed." };
        var replace = new Option<bool>("--replace") { Description = "Forget rows under this protocol that the list does not name." };
        var whileRunning = new Option<bool>("--while-running") { Description = "Measure although a study is under way, whose rounds would then see two tables." };
        var command = new Command(
            "extract",
            """
            Measure the scans of a list as a study's measurement section says, and keep each result with its provenance. A row counts once it is in the store: stop at any moment and run
            the same command again. A scan that cannot be measured is reported and left out. Exit code 2: some could not be measured.

            Examples:
              federated-site features extract --plan study.yaml --cohort list.csv --images /srv/images
              federated-site features extract --plan fdg-lymphoma --cohort list.csv --workers 4 --csv features.csv
            """)
        { workers, csv, sr, archive, again, replace, whileRunning };
        measurement.AddTo(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            MeasurementProtocol protocol = measurement.Protocol(parsed, session);
            ImmutableArray<ListedScan> scans = measurement.Scans(parsed);
            ImageLibrary library = measurement.Library(parsed, session);
            if (!parsed.GetValue(whileRunning)) TableCommands.RequireNoStudyUnderWay(session.Store);
            string? output = parsed.GetValue(csv);
            ArchiveEntry? receiver = Receiver(parsed.GetValue(archive), parsed.GetValue(sr), session);
            page.Line($"{scans.Length} scans, {protocol.Features.Length} features, protocol {protocol.Digest[..12]}");
            var progress = new Progress(shared.Console, page, scans.Length, session.Time);
            var ended = new List<ScanDone>(scans.Length);
            ReportFolder? reports = parsed.GetValue(sr) is { } folder ? new ReportFolder(folder, protocol, session.Time) : null;
            bool all = parsed.GetValue(again);
            var options = new ExtractionOptions
            {
                Workers = parsed.GetValue(workers),
                Calibrations = protocol.Calibration is null ? SiteCalibrations.None : new SiteCalibrations(session.Calibrations.All(session.Credentials.Identity)),
                Again = scan => all || (reports is not null && !ImageLibrary.IsNifti(scan.Series) && session.Measured.Find(protocol.Digest, scan.RowId) is { Outcome: MeasuredOutcome.Measured } && !reports.Has(scan)),
            };
            try
            {
                await new ExtractionRun(protocol, library, new StoredImages(new GdcmTranscoder(session.Time)), session.Measured, options).RunAsync(
                    scans,
                    done =>
                    {
                        ended.Add(done);
                        session.Instruments?.Scanned(done.Row.Outcome, done.Kept);
                        progress.Show(done);
                    },
                    reports is null ? null : reports.Write, cancellation);
            }
            finally
            {
                progress.End();
            }

            int forgotten = parsed.GetValue(replace) ? session.Measured.Keep(protocol.Digest, scans.Select(s => s.RowId).ToHashSet(StringComparer.Ordinal)) : 0;
            ImmutableArray<MeasuredRow> rows = [.. scans.Select(s => session.Measured.Find(protocol.Digest, s.RowId)!)];
            if (output is not null) WriteCsv(output, protocol.Features, rows);
            int? sent = receiver is null ? null : await SendAsync(shared, session, receiver, reports!, scans, cancellation);
            return Summary(page, protocol, rows, ended, forgotten, sent);
        });
        return command;
    }

    private static ExitCode Summary(Page page, MeasurementProtocol protocol, ImmutableArray<MeasuredRow> rows, List<ScanDone> ended, int forgotten, int? sent)
    {
        MeasuredRow[] refused = [.. rows.Where(r => r.Outcome == MeasuredOutcome.Refused)];
        (string Check, int Rows)[] excluded = Checks(rows, MeasuredOutcome.Excluded), flagged = Checks(rows, MeasuredOutcome.Measured);
        int measured = rows.Count(r => r.Outcome == MeasuredOutcome.Measured);
        int left = rows.Count(r => r.Outcome == MeasuredOutcome.Excluded);
        int kept = ended.Count(d => d.Kept);
        page.Line();
        page.Table(
            ["outcome", "scans"],
            [
                ["measured", Count(measured)], .. flagged.Select(e => (string[])[$"  flagged: {e.Check}", Count(e.Rows)]), ["left out by the protocol", Count(left)], .. excluded.Select(e => (string[])[$"  {e.Check}", Count(e.Rows)]),
                ["not measurable", Count(refused.Length)], ["unchanged since an earlier run", Count(kept)], .. forgotten > 0 ? (string[][])[["forgotten", Count(forgotten)]] : [], .. sent is { } reports ? (string[][])[["reports sent", Count(reports)]] : [],
            ]);
        if (refused.Length > 0)
        {
            page.Line();
            page.Table(["not measurable", "why"], refused.Take(ReasonsForPeople).Select(r => (string[])[Analyses.PlainText.Shown(r.RowId), Analyses.PlainText.Shown(r.Reason, 400)]));
            if (refused.Length > ReasonsForPeople) page.Line($"... and {refused.Length - ReasonsForPeople} more: federated-site features show --protocol {protocol.Digest[..12]}");
        }

        page.Json(new
        {
            Protocol = protocol.Digest,
            protocol.Features,
            Measured = measured,
            Excluded = left,
            ExcludedBy = excluded.ToDictionary(e => e.Check, e => e.Rows, StringComparer.Ordinal),
            FlaggedBy = flagged.ToDictionary(e => e.Check, e => e.Rows, StringComparer.Ordinal),
            Refused = refused.Select(r => new { Row = r.RowId, r.Reason }),
            Unchanged = kept,
            Forgotten = forgotten,
            ReportsSent = sent,
        });
        return refused.Length == 0 ? ExitCode.Done : ExitCode.Input;
    }

    private static (string Check, int Rows)[] Checks(ImmutableArray<MeasuredRow> rows, MeasuredOutcome outcome) =>
    [
        .. rows.Where(r => r.Outcome == outcome && r.Reason.Length > 0).SelectMany(r => r.Reason.Split(',')).GroupBy(c => c, StringComparer.Ordinal).Select(g => (g.Key, g.Count())).OrderBy(g => g.Item1, StringComparer.Ordinal),
    ];

    private static ArchiveEntry? Receiver(string? name, string? folder, SiteSession session)
    {
        if (name is null) return null;
        if (folder is null) throw ArchiveCommands.Usage("--sr-to sends the reports of a folder; add --sr FOLDER");
        ArchiveEntry entry = new ArchiveRegister(session.Directory).Find(name);
        return entry.Kind != ArchiveKind.Folder ? entry : throw ArchiveCommands.Usage($"{entry.Name} is a folder; write the reports there with --sr");
    }

    private static async Task<int> SendAsync(SharedOptions shared, SiteSession session, ArchiveEntry receiver, ReportFolder reports, ImmutableArray<ListedScan> scans, CancellationToken cancellation)
    {
        using ArchiveHttp http = ArchiveCommands.Door(shared, session).Connect(receiver);
        (int sent, int refused) = await reports.SendAsync(new DicomWebClient(http, receiver.DicomWebRoot), scans, cancellation);
        return refused == 0 ? sent : throw new SiteErrorException("E3411", ExitCode.Refused, $"{refused} of {sent + refused} reports were not stored; the archive's log says why");
    }

    private static void WriteCsv(string path, ImmutableArray<string> features, ImmutableArray<MeasuredRow> rows)
    {
        var text = new StringBuilder("row");
        foreach (string feature in features) text.Append(',').Append(feature);
        text.Append('\n');
        foreach (MeasuredRow row in rows)
        {
            text.Append(row.RowId.AsSpan().ContainsAny(",\"") ? $"\"{row.RowId.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : row.RowId);
            for (int f = 0; f < features.Length; f++)
                text.Append(',').Append(row.Values is { } values && !double.IsNaN(values[f]) ? values[f].ToString("R", CultureInfo.InvariantCulture) : "NA");
            text.Append('\n');
        }

        try
        {
            File.WriteAllText(path, text.ToString());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: cannot be written ({failure.Message}); choose another place", failure);
        }
    }

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>One line that moves on a terminal; elsewhere a line per tenth of the list and per scan that was not measured.</summary>
    private sealed class Progress(SiteConsole console, Page page, int scans, TimeProvider time)
    {
        private readonly bool _moving = !page.IsJson && ReferenceEquals(console.Error, Console.Error) && !Console.IsErrorRedirected;
        private readonly long _started = time.GetTimestamp();
        private int _worked;

        public void Show(ScanDone done)
        {
            if (!done.Kept) _worked++;
            if (page.IsJson) return;
            if (done.Row.Outcome != MeasuredOutcome.Measured && !done.Kept)
                Line($"{Analyses.PlainText.Shown(done.Row.RowId)}: {(done.Row.Outcome == MeasuredOutcome.Excluded ? "left out: " : "")}{Analyses.PlainText.Shown(done.Row.Reason, 400)}");
            string left = _worked == 0 || done.Done == scans ? "" : $", about {Words(time.GetElapsedTime(_started) / _worked * (scans - done.Done))} left";
            if (_moving) console.Error.Write($"\r\u001b[K{done.Done} of {scans} scans{left}");
            else if (done.Done == scans || done.Done * 10L / scans != (done.Done - 1) * 10L / scans) page.Line($"{done.Done} of {scans} scans{left}");
        }

        public void End()
        {
            if (_moving) console.Error.Write("\r\u001b[K");
        }

        private void Line(string text)
        {
            if (_moving) console.Error.Write("\r\u001b[K");
            page.Line(text);
        }

        private static string Words(TimeSpan time) => time.TotalMinutes < 1 ? $"{time.TotalSeconds:0} s" : time.TotalHours < 1 ? $"{time.TotalMinutes:0} min" : $"{time.TotalHours:0.0} h";
    }
}
