using System.CommandLine;
using Federated.Analyses;
using Federated.SiteAgent.Gate;
using Federated.SiteAgent.Host.Storage;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Tables;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>features and cohort: the hospital's own tables.</summary>
internal static class TableCommands
{
    private const int LevelsForPeople = 12;
    private const int LevelsForPrograms = 1000;

    public static Command Features(SharedOptions shared)
    {
        var command = new Command("features", "The feature table: one row per scan, one column per feature.");
        command.Add(Import(
            shared,
            """
            Add and update rows of features from a CSV file, all of them or none. First column: row id. Empty or NA: missing.

            Examples:
              federated-site features import features.csv
              federated-site features import features.csv --replace
            """,
            (session, stream, file, replace) => session.Tables.Import(CsvTable.ReadFeatures(stream, file), replace)));
        command.Add(ExtractCommand.Create(shared));
        command.Add(ConformanceCommand.Create(shared));
        command.Add(FeatureCommands.Names(shared));
        command.Add(FeatureCommands.Show(shared));
        return command;
    }

    public static Command Cohort(SharedOptions shared)
    {
        var command = new Command("cohort", "The cohort table: one row per scan, with scanner, covariates and outcomes.");
        command.Add(Import(
            shared,
            """
            Add and update rows of the cohort from a CSV file, all of them or none. First column: row id, as in the feature table.

            Examples:
              federated-site cohort import cohort.csv
              federated-site cohort import outcomes.csv        (adds columns to the rows that are there)
            """,
            (session, stream, file, replace) => session.Tables.Import(CsvTable.ReadCohort(stream, file), replace)));
        var show = new Command("show", "Columns, levels and counts: the vocabulary an officer may send to the statistician. It goes nowhere by itself.");
        shared.SetAction(show, (_, session, page, _) =>
        {
            (long rows, var columns) = session.Tables.Cohort(page.IsJson ? LevelsForPrograms : LevelsForPeople);
            page.Line($"{rows} rows, {columns.Length} columns");
            foreach (ColumnSummary column in columns) page.Line($"  {PlainText.Shown(column.Name)}: {Describe(column, rows)}");
            page.Json(new
            {
                Rows = rows,
                Columns = columns.Select(c => new
                {
                    c.Name,
                    c.Missing,
                    c.Numeric,
                    c.Distinct,
                    Levels = Identifies(c, rows) ? null : c.Levels.Select(l => new { l.Level, l.Rows }).ToArray(),
                }),
            });
            return Task.FromResult(ExitCode.Done);
        });
        command.Add(show);
        return command;
    }

    private static Command Import(SharedOptions shared, string about, Func<SiteSession, Stream, string, bool, ImportSummary> import)
    {
        var file = new Argument<string>("FILE") { Description = "CSV, UTF-8, a header row, commas between the cells." };
        var replace = new Option<bool>("--replace") { Description = "Forget all rows and columns that were imported before." };
        var whileRunning = new Option<bool>("--while-running") { Description = "Import although a study is under way, whose rounds would then see two tables." };
        var command = new Command("import", about) { file, replace, whileRunning };
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            string path = parsed.GetValue(file)!;
            if (!parsed.GetValue(whileRunning)) RequireNoStudyUnderWay(session.Store);
            using Stream stream = Open(path);
            ImportSummary done = import(session, stream, Path.GetFileName(path), parsed.GetValue(replace));
            page.Line($"{done.Added} rows added, {done.Updated} updated; the table now has {done.Rows} rows and {done.Columns} columns.");
            page.Json(done);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    internal static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: cannot be read ({failure.Message}); check the name and the permissions", failure);
        }
    }

    /// <summary>A study that was answered in part must see the same rows to its end.</summary>
    internal static void RequireNoStudyUnderWay(SqliteSiteStore store)
    {
        var answered = store.Outbox().Where(o => o.Entry.Payload is not null).Select(o => (o.Entry.Task.Study, o.Entry.Plan)).ToHashSet();
        StudyNotice? running = store.Studies().Studies.FirstOrDefault(s => s.State is StudyState.Running or StudyState.Paused
            && answered.Contains((s.Uid, s.Plan)) && store.FindDecision(s.Uid, s.Plan) is { Verdict: OfficerVerdict.Approved });
        if (running is null) return;
        throw new SiteErrorException("E3205", ExitCode.Refused, $"The study {running.Id} is under way, and its rounds must see the same rows to the end; wait until it is released, withdraw from it, or add --while-running");
    }

    private static string Describe(ColumnSummary column, long rows)
    {
        string missing = column.Missing == 0 ? "" : $", {column.Missing} missing";
        if (Identifies(column, rows)) return $"{column.Distinct} different values{missing} (not listed: nearly every row has its own)";
        if (column.Numeric && column.Distinct > LevelsForPeople) return $"numbers{missing}";
        string more = column.Distinct > column.Levels.Length ? $", and {column.Distinct - column.Levels.Length} more" : "";
        return string.Join(", ", column.Levels.Select(l => $"{PlainText.Shown(l.Level)} ({l.Rows})")) + more + missing;
    }

    // A column in which most rows have a value of their own names patients rather than groups.
    private static bool Identifies(ColumnSummary column, long rows) => !column.Numeric && column.Distinct > 20 && column.Distinct * 2 > rows - column.Missing;
}
