using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Federated.Ledger.Entries;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Membership;
using Federated.SiteAgent.Ledgers;
using Federated.SiteAgent.Ledgers.Reports;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>ledger register, disclosures and crate: what left, in the forms that the law and auditors ask for.</summary>
internal static class LedgerReportCommands
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly JsonSerializerOptions DetailsFormat = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public static Command Register(SharedOptions shared) => Table(
        shared, "register", "The record of processing activities of GDPR article 30, one row per study and plan.", "processing",
        (found, details, _) => Registers.Processing(found, details));

    public static Command Disclosures(SharedOptions shared) => Table(
        shared, "disclosures", "The accounting of disclosures of HIPAA (45 CFR 164.528), one row per sum or report that left.", "disclosures",
        (found, details, range) => Registers.Disclosures(found, details, range.ToString()));

    public static Command Crate(SharedOptions shared)
    {
        var study = new Argument<string>("STUDY") { Description = "The study's id." };
        var to = new Option<string>("--to") { Description = "Folder to make; it must not exist.", HelpName = "DIR", Required = true };
        var command = new Command(
            "crate", "A study's disclosures, approvals and checks as a Five Safes RO-Crate, with the whole signed ledger beside them.\n\nExample:\n  federated-site ledger crate fdg-lymphoma --to fdg-crate") { study, to };
        shared.SetAction(command, async (parsed, session, page, _) =>
        {
            string id = parsed.GetValue(study)!, folder = parsed.GetValue(to)!;
            if (Path.Exists(folder)) throw new SiteErrorException("E3201", ExitCode.Input, $"{folder}: exists already; choose another name");
            LedgerEntry[] entries = [.. session.Store.Ledger.Entries()];
            ImmutableArray<Disclosure> found = [.. Disclosure.Of(entries, _ => true).Where(d => d.Study == id)];
            if (found.IsEmpty) throw new SiteErrorException("E3206", ExitCode.Input, $"Nothing left for the study {Analyses.PlainText.Shown(id)}; see federated-site outbox list");
            RegisterDetails details = Details(session.Directory);
            ReportTable table = Registers.Disclosures(found, details, "since the beginning");
            CrateFile[] files =
            [
                new("disclosures.csv", "text/csv", "Accounting of disclosures", Utf8.GetBytes(table.ToCsv())),
                new("disclosures.html", "text/html", "Accounting of disclosures, to print", Utf8.GetBytes(table.ToHtml(session.Time.GetUtcNow()))),
                new("site.ledger", "application/x-ndjson", "The site's whole ledger: check it with federated-site ledger verify site.ledger", Utf8.GetBytes(await LedgerCommands.WrittenAsync(session))),
            ];
            byte[] metadata = FiveSafesCrate.Metadata(
                found, entries.Where(e => e.Kind == EntryKinds.Decline && e.Fields.FindText("study") == id), files, details, AgentVersion.Agent.ToString(3), session.Time.GetUtcNow());
            PrivateFiles.CreateDirectory(folder);
            foreach (CrateFile file in files) PrivateFiles.Replace(Path.Combine(folder, file.Name), file.Bytes.Span);
            PrivateFiles.Replace(Path.Combine(folder, "ro-crate-metadata.json"), metadata);
            page.Line($"{found.Length} disclosures of {id} written to {folder}.");
            page.Json(new { Folder = folder, Disclosures = found.Length, Files = files.Select(f => f.Name).Append("ro-crate-metadata.json") });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Table(SharedOptions shared, string name, string about, string file, Func<ImmutableArray<Disclosure>, RegisterDetails, TimeRange, ReportTable> make)
    {
        var to = new Option<string>("--to") { Description = "File to write, .csv or .html (to print); it must not exist.", HelpName = "FILE", Required = true };
        var command = new Command(
            name, $"{about}\n\nExamples:\n  federated-site ledger {name} --to {file}.csv\n  federated-site ledger {name} --since 2026-01-01 --until 2026-12-31 --to {file}.html") { to };
        TimeRangeOptions time = TimeRangeOptions.AddTo(command);
        shared.SetAction(command, (parsed, session, page, _) =>
        {
            string path = parsed.GetValue(to)!;
            bool html = path.EndsWith(".html", StringComparison.OrdinalIgnoreCase);
            if (!html && !path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)) throw new SiteErrorException("E3000", ExitCode.Input, $"--to {path}: end the name in .csv or .html");
            if (File.Exists(path)) throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: exists already; choose another name");
            TimeRange range = time.Range(parsed, session.Time);
            ReportTable table = make(Disclosure.Of(session.Store.Ledger.Entries(), range.Holds), Details(session.Directory), range);
            PrivateFiles.Replace(path, Utf8.GetBytes(html ? table.ToHtml(session.Time.GetUtcNow()) : table.ToCsv()));
            page.Line($"{table.Rows.Length} rows written to {path}, {range}.");
            page.Json(new { File = path, Rows = table.Rows.Length });
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static RegisterDetails Details(string directory)
    {
        string path = Path.Combine(directory, "register.json");
        if (PrivateFiles.Read(path) is not { } bytes) return new RegisterDetails();
        try
        {
            return JsonSerializer.Deserialize<RegisterDetails>(bytes, DetailsFormat) ?? new RegisterDetails();
        }
        catch (JsonException wrong)
        {
            throw new SiteErrorException("E3604", ExitCode.Input, $"{path}: cannot be used ({wrong.Message}); the README lists its keys", wrong);
        }
    }
}
