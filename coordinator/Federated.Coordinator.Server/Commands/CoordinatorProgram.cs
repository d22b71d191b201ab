using System.CommandLine;
using Federated.Analyses.Study;

namespace Federated.Coordinator.Server.Commands;

/// <summary>The command line of federated-coordinator: its tree, and what each kind of failure ends with.</summary>
public static class CoordinatorProgram
{
    private const string About =
        """
        The consortium's side: keeps the roster and the studies, asks the hospitals for declared sums, adds them up. It never sees an image or a row.

        Examples:
          federated-coordinator init --data /var/lib/federated-coordinator --name "PET consortium"
          federated-coordinator serve --listen 0.0.0.0:8443 --host coordinator.example.org
          federated-coordinator invite hospital-a > invitation.txt
          federated-coordinator study create study.yaml
          federated-coordinator study open fdg-lymphoma --sites hospital-a,hospital-b,hospital-c
          federated-coordinator study show fdg-lymphoma
          federated-coordinator study export fdg-lymphoma --out results
          federated-coordinator ledger verify

        FEDERATED_COORDINATOR_DATA names the data directory once for all. Commands work while the server runs; it notices.
        """;

    /// <summary>Runs one command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, CommandConsole console, TimeProvider time, CancellationToken cancellation)
    {
        var context = new CommandContext(console, time);
        ParseResult parsed = Tree(context).Parse(arguments);
        bool json = parsed.GetValue(context.Json);
        if (parsed.Errors.Count > 0)
            return Fail(console, json, "E1000", ExitCode.Input, $"{parsed.Errors[0].Message.TrimEnd('.')}: see federated-coordinator --help.");
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false }, cancellation);
        }
        catch (OperatorErrorException e)
        {
            return Fail(console, json, e.Code, e.Code is "E1003" or "E1005" or "E1007" or "E1401" or "E1402" ? ExitCode.Refused : ExitCode.Input, e.Message);
        }
        catch (StudyFileInvalidException e)
        {
            foreach (StudyFileError error in e.Errors) Fail(console, json, error.Code, ExitCode.Input, error.ToString());
            return (int)ExitCode.Input;
        }
        catch (PlanInvalidException e)
        {
            return Fail(console, json, e.Code, ExitCode.Input, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(console, json, "E1109", ExitCode.Input, $"{e.Message} Check the path, its permissions and the space on the disk.");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Fail(console, json, "E1112", ExitCode.Input, "Stopped before the end; what was done stands, and the command can be run again.");
        }
        catch (Exception e)
        {
            return Fail(console, json, "E1999", ExitCode.Defect, $"A defect of this program, please report it: {e}");
        }
    }

    /// <summary>The tree of commands, as `--help` shows it.</summary>
    internal static RootCommand Tree(CommandContext context)
    {
        var root = new RootCommand(About) { context.Data, context.Json };
        root.Add(ServerCommands.Init(context));
        root.Add(ServerCommands.Serve(context));
        root.Add(DoctorCommand.Create(context));
        root.Add(SiteCommands.Invite(context));
        root.Add(StudyCommands.Create(context));
        root.Add(SiteCommands.Create(context));
        root.Add(LedgerCommands.Create(context));
        root.Add(AccountCommands.Create(context));
        return root;
    }

    private static int Fail(CommandConsole console, bool json, string code, ExitCode exit, string message)
    {
        console.Error.WriteLine(json ? CommandContext.Document(new { Error = code, Message = message, ExitCode = (int)exit }) : $"{code}: {message}");
        return (int)exit;
    }
}
