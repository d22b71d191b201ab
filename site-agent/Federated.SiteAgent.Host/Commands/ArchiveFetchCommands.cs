using System.CommandLine;
using System.Globalization;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>archive fetch and archive import: objects into images/ of the data directory.</summary>
internal static class ArchiveFetchCommands
{
    private const int ReasonsForPeople = 10;

    public static Command Fetch(SharedOptions shared)
    {
        var name = new Argument<string>("NAME") { Description = "The archive." };
        var everything = new Option<bool>("--all") { Description = "Fetch without any condition." };
        var filters = new SeriesFilters();
        var command = new Command(
            "fetch",
            """
            Fetch series into images/ of the data directory. Only what is missing is fetched: an interrupted fetch is run again and goes on where it ended. An object that
            cannot be read is reported and left out.

            Examples:
              federated-site archive fetch pacs --modality PT --study-date 20260101-20260630
              federated-site archive fetch pacs --series 1.2.840.113619.2.55.3.604688
              federated-site archive fetch export --all --json
            """)
        { name, everything };
        filters.AddTo(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            if (filters.Query(parsed).IsEverything && !parsed.GetValue(everything)) throw ArchiveCommands.Usage("say what to fetch, for instance --modality PT, or --all");
            ArchiveEntry entry = new ArchiveRegister(session.Directory).Find(parsed.GetValue(name)!);
            using IArchive archive = ArchiveCommands.Door(shared, session).Open(entry);
            return await RunAsync(shared, session, page, archive, filters, parsed, cancellation);
        });
        return command;
    }

    public static Command Import(SharedOptions shared)
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder with DICOM files at any depth." };
        var filters = new SeriesFilters();
        var command = new Command(
            "import",
            """
            Copy DICOM files from a folder into images/ of the data directory. DICOMDIR is ignored; files that are not DICOM are reported and left out.

            Examples:
              federated-site archive import /media/cdrom
              federated-site archive import export --modality PT
            """)
        { folder };
        filters.AddTo(command);
        shared.SetAction(command, async (parsed, session, page, cancellation) =>
        {
            using var archive = new FolderArchive(Path.GetFullPath(parsed.GetValue(folder)!));
            return await RunAsync(shared, session, page, archive, filters, parsed, cancellation);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        SharedOptions shared, SiteSession session, Page page, IArchive archive, SeriesFilters filters, ParseResult parsed, CancellationToken cancellation)
    {
        (List<SeriesSummary> found, bool more) = await filters.FindAsync(archive, parsed, cancellation);
        IReadOnlyList<SkippedFile> files = archive is FolderArchive folder ? folder.Skipped : [];
        var store = new ImageStore(session.Directory);
        var progress = new FetchProgress(shared.Console, shared.Time, page.IsJson && !shared.Console.IsTerminal, found.Count);
        var fetch = new SeriesFetch(archive, store, new GdcmTranscoder(shared.Time), shared.Time);
        long start = shared.Time.GetTimestamp();
        List<SeriesOutcome> outcomes = [];
        try
        {
            foreach (SeriesSummary series in found)
            {
                progress.Next();
                outcomes.Add(await fetch.FetchAsync(series, progress, cancellation));
            }
        }
        finally
        {
            progress.End();
        }

        double seconds = shared.Time.GetElapsedTime(start).TotalSeconds;
        Report(page, outcomes, files, store, seconds, more);
        return Verdict(found.Count, outcomes);
    }

    // What is missing may come with the next run, so that programs must be able to see it; an unreadable object will not.
    private static ExitCode Verdict(int series, List<SeriesOutcome> outcomes)
    {
        if (series == 0) throw new SiteErrorException("E3412", ExitCode.Input, "No series meets the conditions; federated-site archive query shows what is there");
        if (outcomes.FirstOrDefault(o => o.Failure is not null)?.Failure is { } failure) throw failure;
        int missing = outcomes.Sum(o => o.Missing.Length);
        if (missing > 0) throw new SiteErrorException("E3411", ExitCode.Unreachable, $"{missing} objects that the archive lists were not handed over; run the command again, and see the archive's log");
        bool nothing = outcomes.All(o => o.Fetched == 0 && o.AlreadyHere == 0);
        return nothing ? throw new SiteErrorException("E3411", ExitCode.Input, "Not one object could be used; the reasons are listed above") : ExitCode.Done;
    }

    private static void Report(Page page, List<SeriesOutcome> outcomes, IReadOnlyList<SkippedFile> files, ImageStore store, double seconds, bool more)
    {
        int objects = outcomes.Sum(o => o.Objects), fetched = outcomes.Sum(o => o.Fetched), here = outcomes.Sum(o => o.AlreadyHere), missing = outcomes.Sum(o => o.Missing.Length);
        SkippedObject[] skipped = [.. outcomes.SelectMany(o => o.Skipped)];
        long bytes = outcomes.Sum(o => o.Bytes);
        page.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcomes.Count} series, {objects} objects: {fetched} fetched ({bytes / 1e6:0.0} MB in {seconds:0.0} s), {here} here already, {skipped.Length} left out, {missing} missing."));
        if (more) page.Line("There are more series; raise --limit.");
        Reasons(page, "Left out", skipped.Select(s => s.Reason));
        Reasons(page, "Files that were not used", files.Select(f => f.Reason));
        foreach (var syntax in outcomes.SelectMany(o => o.StillCompressed).GroupBy(s => s.Key, StringComparer.Ordinal))
            page.Line($"{syntax.Sum(s => s.Value)} objects are compressed as {syntax.Key}; to measure them, install the package libgdcm-tools, which holds gdcmconv.");
        if (fetched + here > 0) page.Line($"They are in {store.Root}.");
        page.Json(new
        {
            Series = outcomes.Select(o => new
            {
                o.Series.Study,
                o.Series.Series,
                Folder = store.Folder(o.Series.Series),
                o.Objects,
                o.Fetched,
                o.AlreadyHere,
                o.Bytes,
                o.Skipped,
                o.Missing,
                o.StillCompressed,
                Failure = o.Failure is { } f ? new { f.Code, f.Message } : null,
            }),
            FilesLeftOut = files,
            Objects = objects,
            Fetched = fetched,
            AlreadyHere = here,
            LeftOut = skipped.Length,
            Missing = missing,
            Bytes = bytes,
            Seconds = seconds,
            More = more,
        });
    }

    private static void Reasons(Page page, string title, IEnumerable<string> reasons)
    {
        var counted = reasons.GroupBy(r => r, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).ToArray();
        if (counted.Length == 0) return;
        page.Line($"{title}:");
        foreach (var reason in counted.Take(ReasonsForPeople)) page.Line($"  {reason.Count()} x {Federated.Analyses.PlainText.Shown(reason.Key, 400)}");
        if (counted.Length > ReasonsForPeople) page.Line($"  and {counted.Length - ReasonsForPeople} other reasons; --json lists every one");
    }
}
