using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Exports;
using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>ledger: the record of everything that left, as a file that anybody can check; and the check.</summary>
internal static class LedgerCommands
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static Command Create(SharedOptions shared)
    {
        var command = new Command("ledger", "The record of everything that was asked, left, or was refused: checked, and handed to auditors.");
        command.Add(Verify(shared));
        command.Add(Export(shared));
        command.Add(LedgerReportCommands.Register(shared));
        command.Add(LedgerReportCommands.Disclosures(shared));
        command.Add(LedgerReportCommands.Crate(shared));
        return command;
    }

    private static Command Verify(SharedOptions shared)
    {
        var file = new Argument<string?>("FILE") { Description = "An exported ledger, of any site or coordinator; absent: this site's own.", Arity = ArgumentArity.ZeroOrOne };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "The SHA-256 of the ledger's key, or its first 16 digits or more, as its owner told you.", HelpName = "HEX" };
        var command = new Command(
            "verify",
            """
            Check a ledger: every entry, every signed checkpoint, and that the last one covers everything. Names the entry that was changed. Needs no network, no database and no
            membership: it runs on any machine.

            Examples:
              federated-site ledger verify                                   (this site's own)
              federated-site ledger verify north.ledger --fingerprint 3fa9c1d290ab12cd
            """) { file, fingerprint };
        shared.SetAction(command, async (parsed, session, page, _) =>
        {
            string? path = parsed.GetValue(file);
            LedgerVerdict verdict;
            if (path is null)
            {
                verdict = LedgerVerifier.Verify(new StringReader(await WrittenAsync(session)), session.Recorder.Key);
            }
            else
            {
                using StreamReader reader = Open(path);
                verdict = LedgerVerifier.Verify(reader);
            }

            string? expected = parsed.GetValue(fingerprint)?.Trim().ToLowerInvariant();
            if (expected is not null && (expected.Length < 16 || verdict.Key?.Fingerprint.StartsWith(expected, StringComparison.Ordinal) != true))
            {
                throw new SiteErrorException(
                    "E3601", ExitCode.Refused, $"The ledger is signed with the key {verdict.Key?.Fingerprint ?? "(none readable)"}, not with {Analyses.PlainText.Shown(expected)}; give 16 digits or more, and ask its owner on a number you knew before");
            }

            foreach (string line in verdict.Lines()) page.Line(line);
            page.Json(verdict.Document());
            if (verdict.Holds) return ExitCode.Done;
            throw new SiteErrorException("E3602", ExitCode.Refused, $"{path ?? "this site's ledger"}: {verdict.Faults[0].Message}");
        });
        return command;
    }

    private static Command Export(SharedOptions shared)
    {
        var to = new Option<string>("--to") { Description = "File to write; it must not exist.", HelpName = "FILE", Required = true };
        var command = new Command(
            "export",
            "The whole ledger as a text file, one JSON object a line: readable with any editor, checked with `ledger verify` on any machine.\n\nExample:\n  federated-site ledger export --to north.ledger") { to };
        shared.SetAction(command, async (parsed, session, page, _) =>
        {
            string file = parsed.GetValue(to)!;
            if (File.Exists(file)) throw new SiteErrorException("E3201", ExitCode.Input, $"{file}: exists already; choose another name");
            byte[] bytes = Utf8.GetBytes(await WrittenAsync(session));
            PrivateFiles.Replace(file, bytes);
            NoteKey key = session.Recorder.Key;
            page.Line($"{session.Store.Ledger.Size} entries written to {file}, signed by {key.Name}.");
            page.Line($"Tell the auditor this fingerprint by another way: {key.Fingerprint}");
            page.Line($"They check it with: federated-site ledger verify {Path.GetFileName(file)} --fingerprint {key.Fingerprint[..16]}");
            page.Json(new { File = file, Entries = session.Store.Ledger.Size, Origin = key.Name, Key = key.ToString(), key.Fingerprint });
            return ExitCode.Done;
        });
        return command;
    }

    public static async Task<string> WrittenAsync(SiteSession session)
    {
        ImmutableArray<SignedNote> checkpoints = session.Recorder.Checkpoints();
        if (checkpoints.IsEmpty) throw new SiteErrorException("E3603", ExitCode.Input, "The ledger is empty: nothing arrived, left or was refused so far");
        using var writer = new StringWriter();
        long covered = Checkpoint.TryParse(checkpoints[^1].Text, out Checkpoint? last) ? (long)last.Size : 0;
        await LedgerExport.WriteAsync(writer, session.Recorder.Key, session.Store.Ledger.Entries().Take((int)covered), covered, checkpoints);
        return writer.ToString();
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, Utf8, detectEncodingFromByteOrderMarks: false);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SiteErrorException("E3201", ExitCode.Input, $"{path}: cannot be read ({unreadable.Message.TrimEnd('.')}); check its name and permissions", unreadable);
        }
    }
}
