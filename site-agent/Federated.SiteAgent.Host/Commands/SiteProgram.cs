using System.CommandLine;
using Federated.Analyses.Tables;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Store;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The command line of federated-site: its tree, and what each kind of failure ends with.</summary>
public static class SiteProgram
{
    private const string About =
        """
        The hospital's side of a consortium: keeps the hospital's tables, shows its officer what a study asks for, and answers what the officer approved.
        Images and rows stay here; only declared sums and reports leave, each through one gate.

        Examples:
          federated-site join --token-file invitation.txt --coordinator coordinator.example.org:7443 --data /var/lib/federated-site
          federated-site archive fetch pacs --modality PT --study-date 20260101-20260630
          federated-site features import features.csv
          federated-site cohort import cohort.csv
          federated-site study show fdg-lymphoma
          federated-site study approve fdg-lymphoma --digest 3fa9c1d2
          federated-site serve
          federated-site outbox list --since 7d     (what left last week, to whom, why, approved by whom)
          federated-site ledger verify
          federated-site score --model models/net.onnx --table new-patients.csv
        """;

    /// <summary>Runs one command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, SiteConsole console, TimeProvider time, CancellationToken cancellation)
    {
        var shared = new SharedOptions(console, time);
        RootCommand root = Tree(shared);
        ParseResult parsed = root.Parse(arguments);
        bool json = parsed.GetValue(shared.Json);
        if (parsed.Errors.Count > 0)
            return Fail(console, json, "E3000", ExitCode.Input, $"{parsed.Errors[0].Message.TrimEnd('.')}; see federated-site --help");
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = console.Out, Error = console.Error, EnableDefaultExceptionHandler = false }, cancellation);
        }
        catch (SiteErrorException error)
        {
            return Fail(console, json, error.Code, error.Exit, error.Message);
        }
        catch (TableInvalidException table)
        {
            return Fail(console, json, table.Code, ExitCode.Input, table.Message);
        }
        catch (CoordinatorRefusedException refused)
        {
            return Fail(console, json, "E3104", ExitCode.Refused, $"{RefusalMeaning.Of(refused.Code)}.");
        }
        catch (CoordinatorUnreachableException unreachable)
        {
            return Fail(console, json, "E3101", ExitCode.Unreachable, $"{unreachable.Message} Run: federated-site doctor");
        }
        catch (SiteStoreException store)
        {
            return Fail(console, json, "E3301", ExitCode.Input, store.Message);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Fail(console, json, "E3010", ExitCode.Input, "Stopped before the end; whatever was done so far stands, and the command can be run again.");
        }
        catch (Exception defect)
        {
            return Fail(console, json, "E3999", ExitCode.Defect, $"A defect of this program: {defect.GetType().Name} in {defect.TargetSite?.DeclaringType?.Name}; please report it with: federated-site --version");
        }
    }

    /// <summary>The tree of commands, as `--help` shows it.</summary>
    internal static RootCommand Tree(SharedOptions shared)
    {
        var root = new RootCommand(About);
        shared.AddTo(root);
        root.Add(JoinCommand.Create(shared));
        root.Add(ServeCommand.Create(shared));
        root.Add(DoctorCommand.Create(shared));
        root.Add(ArchiveCommands.Create(shared));
        root.Add(TableCommands.Features(shared));
        root.Add(TableCommands.Cohort(shared));
        root.Add(ResponseCommands.Create(shared));
        root.Add(PhantomCommands.Create(shared));
        root.Add(ImageCommands.Create(shared));
        root.Add(ScoreCommand.Create(shared));
        root.Add(StudyCommands.Create(shared));
        root.Add(OutboxCommands.Create(shared));
        root.Add(LedgerCommands.Create(shared));
        return root;
    }

    private static int Fail(SiteConsole console, bool json, string code, ExitCode exit, string message)
    {
        console.Error.WriteLine(json ? Page.Document(new { Error = code, Message = message, ExitCode = (int)exit }) : $"{code}: {message}");
        return (int)exit;
    }
}
