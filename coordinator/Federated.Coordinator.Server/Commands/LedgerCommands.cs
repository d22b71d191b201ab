using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Federated.Coordinator.Ledgers;
using Federated.Coordinator.Server.Hosting;
using Federated.Coordinator.Server.Identity;
using Federated.Ledger.Checkpoints;
using Federated.Ledger.Exports;

namespace Federated.Coordinator.Server.Commands;

/// <summary>`ledger`: the record of everything that happened to every study.</summary>
internal static class LedgerCommands
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static Command Create(CommandContext context) => new("ledger", "The record of everything that happened to every study, watched over by the hospitals.") { Verify(context), Export(context) };

    private static Command Verify(CommandContext context)
    {
        var file = new Argument<string?>("FILE") { Description = "An exported ledger, of this coordinator or of a hospital; absent: this coordinator's own.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("verify",
            """
            Checks a ledger: every entry, every signed checkpoint, and who cosigned. Names the entry that was changed. With FILE it needs no data directory and runs on any machine.

            Examples:
              federated-coordinator ledger verify
              federated-coordinator ledger verify north.ledger
            """) { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            LedgerVerdict verdict = parsed.GetValue(file) is { } path ? OfFile(path) : await OwnAsync(context, parsed, cancellation);
            context.Print(parsed, verdict.Document(), [.. verdict.Lines()]);
            if (verdict.Holds) return (int)ExitCode.Done;
            throw new OperatorErrorException("E1402", $"{parsed.GetValue(file) ?? "this coordinator's ledger"}: {verdict.Faults[0].Message}.");
        });
        return command;
    }

    private static Command Export(CommandContext context)
    {
        var to = new Option<string>("--to") { Description = "File to write; it must not exist.", HelpName = "FILE", Required = true };
        var command = new Command("export",
            """
            Writes the whole ledger as a text file, one JSON object a line, with the hospitals' cosignatures: anybody checks it with `ledger verify`.

            Example:
              federated-coordinator ledger export --to coordinator.ledger
            """) { to };
        command.SetAction(async (parsed, cancellation) =>
        {
            string path = parsed.GetValue(to)!;
            if (File.Exists(path)) throw new OperatorErrorException("E1403", $"{path}: exists already: choose another name.");
            using CoordinatorDirectory directory = CoordinatorDirectory.Open(context.DirectoryOf(parsed));
            LedgerService ledger = directory.Ledger();
            PrivateFiles.Write(path, Utf8.GetBytes(await WrittenAsync(ledger, cancellation)));
            context.Print(
                parsed, new { File = path, Entries = ledger.Size, Origin = ledger.Key.Name, ledger.Key.Fingerprint },
                $"{ledger.Size} entries written to {path}.", $"Tell the auditor this fingerprint by another way: {ledger.Key.Fingerprint}");
            return (int)ExitCode.Done;
        });
        return command;
    }

    private static LedgerVerdict OfFile(string path)
    {
        using var reader = new StreamReader(path, Utf8, detectEncodingFromByteOrderMarks: false);
        return LedgerVerifier.Verify(reader);
    }

    private static async Task<LedgerVerdict> OwnAsync(CommandContext context, ParseResult parsed, CancellationToken cancellation)
    {
        using CoordinatorDirectory directory = CoordinatorDirectory.Open(context.DirectoryOf(parsed));
        LedgerService ledger = directory.Ledger();
        return LedgerVerifier.Verify(new StringReader(await WrittenAsync(ledger, cancellation)), ledger.Key, await ledger.WitnessesAsync(cancellation));
    }

    private static async Task<string> WrittenAsync(LedgerService ledger, CancellationToken cancellation)
    {
        await ledger.RefreshAsync(cancellation);
        ImmutableArray<SignedNote> checkpoints = ledger.Checkpoints();
        if (checkpoints is not [.., var newest] || !Checkpoint.TryParse(newest.Text, out Checkpoint? last)) throw new OperatorErrorException("E1404", "The ledger is empty: nothing happened to any study so far.");
        using var writer = new StringWriter();
        await LedgerExport.WriteAsync(writer, ledger.Key, ledger.Entries().Take((int)last.Size), (long)last.Size, checkpoints);
        return writer.ToString();
    }
}
