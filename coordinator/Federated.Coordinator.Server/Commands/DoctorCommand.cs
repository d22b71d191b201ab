using System.Collections.Immutable;
using System.CommandLine;
using Federated.Coordinator.Server.Diagnosis;
using Federated.Coordinator.Server.Hosting;

namespace Federated.Coordinator.Server.Commands;

/// <summary>`doctor`: what is wrong with this coordinator, and how to mend it.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("doctor",
            """
            Looks at what the coordinator stands on: data directory, database, disk, certificates, ledger, and whether a server is running. Changes nothing; works beside a running server.
            Ends with 0 when it can do its work, otherwise with 2.

            Examples:
              federated-coordinator doctor
              federated-coordinator doctor --json
            """);
        command.SetAction((parsed, _) =>
        {
            ImmutableArray<Finding> findings = Examine(context.DirectoryOf(parsed), context.Time);
            int width = findings.Max(f => f.Check.Length);
            IEnumerable<string> lines = findings.SelectMany(f => (string[])
            [
                $"{Mark(f.Outcome)} {f.Check.PadRight(width)}  {f.Message}",
                .. f.Mend.Length > 0 ? (string[])[$"        {"".PadRight(width)}  {(f.Code.Length > 0 ? f.Code + ": " : "")}{f.Mend}"] : [],
            ]);
            context.Print(parsed, new { Findings = findings.Select(f => new { f.Check, Outcome = f.Outcome.ToString().ToLowerInvariant(), f.Message, f.Mend, f.Code }) }, [.. lines]);
            return Task.FromResult((int)(findings.Any(f => f.Outcome == Outcome.Failed) ? ExitCode.Input : ExitCode.Done));
        });
        return command;
    }

    private static ImmutableArray<Finding> Examine(string path, TimeProvider time)
    {
        CoordinatorDirectory directory;
        try
        {
            directory = CoordinatorDirectory.Open(path);
        }
        catch (OperatorErrorException error)
        {
            return [new Finding("data directory", Outcome.Failed, error.Message, "see the README", error.Code)];
        }

        using (directory)
        {
            bool open = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherExecute)) != UnixFileMode.None;
            return
            [
                open ? new Finding("data directory", Outcome.Warning, $"{path} can be entered by every user of this computer", $"chmod 700 {path}") : new Finding("data directory", Outcome.Ok, path),
                .. new Examination(directory, directory.Ledger(), time).Look(),
                Serving(directory),
            ];
        }
    }

    private static Finding Serving(CoordinatorDirectory directory)
    {
        try
        {
            using IDisposable claim = directory.ClaimServing();
            return new Finding("server", Outcome.Warning, "no server is running over this directory: hospitals get no answer", "federated-coordinator serve");
        }
        catch (OperatorErrorException)
        {
            return new Finding("server", Outcome.Ok, "is running");
        }
    }

    private static string Mark(Outcome outcome) => outcome switch
    {
        Outcome.Ok => "ok     ",
        Outcome.Warning => "warning",
        _ => "FAILED ",
    };
}
