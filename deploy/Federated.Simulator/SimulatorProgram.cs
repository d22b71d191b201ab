using System.CommandLine;
using System.Net;
using Federated.Analyses.Study;
using Federated.Analyses.Tables;
using Federated.Simulator.Consortium;
using Federated.Simulator.Demo;
using Federated.Simulator.Hospitals;

namespace Federated.Simulator;

/// <summary>The command line: what is asked becomes a <see cref="TableRequest"/>, what went wrong becomes one line and a number.</summary>
public static class SimulatorProgram
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A defect of ours.</summary>
    public const int Defect = 1;

    /// <summary>Bad usage or input: what, where, how to mend.</summary>
    public const int BadInput = 2;

    /// <summary>Refused by the data or by a policy.</summary>
    public const int Refused = 3;

    /// <summary>Runs a command line.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        RootCommand root = Build(output, error);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"{parsed.Errors[0].Message} See federated-simulator --help.");
            return BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancellation);
        }
        catch (StudyFileInvalidException invalid)
        {
            foreach (StudyFileError problem in invalid.Errors) await error.WriteLineAsync(problem.ToString());
            return BadInput;
        }
        catch (Exception bad) when (bad is TableInvalidException or InputException)
        {
            await error.WriteLineAsync(bad.Message);
            return BadInput;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"{unreadable.Message} Check the path, its permissions and the space on the disk.");
            return BadInput;
        }
        catch (Federated.SiteAgent.Host.SiteErrorException archive)
        {
            await error.WriteLineAsync($"{archive.Code}: {archive.Message}");
            return (int)archive.Exit;
        }
        catch (Federated.Coordinator.OperatorErrorException refused)
        {
            await error.WriteLineAsync($"{refused.Code}: {refused.Message}");
            return Refused;
        }
        catch (StudyStoppedException stopped)
        {
            await error.WriteLineAsync(stopped.Message);
            return Refused;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await error.WriteLineAsync("Stopped before the study ended; nothing was written.");
            return BadInput;
        }
        catch (Exception defect)
        {
            await error.WriteLineAsync($"A defect of ours, please report it: {defect}");
            return Defect;
        }
    }

    private static RootCommand Build(TextWriter output, TextWriter error)
    {
        var outFolder = new Option<DirectoryInfo>("--out") { Description = "Folder for the results; created if absent.", DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("out", "demo")), Recursive = false };
        var seed = new Option<int>("--seed") { Description = "Drives everything that is drawn at random.", DefaultValueFactory = _ => 1 };
        var transport = new Option<string>("--transport") { Description = "grpc: real servers and certificates on loopback; memory: the same code without a network.", DefaultValueFactory = _ => "grpc" };
        transport.AcceptOnlyFromAmong("grpc", "memory");
        var json = new Option<bool>("--json") { Description = "Print summary.json instead of a table." };

        Option<string?> pages = Pages();
        var root = new RootCommand(
            """
            Whole consortia on one machine: the real coordinator and the real agents.

            Without a command it runs the demonstration: five hospitals made of physics calibrate, filter, measure and harmonize nine scanners.

            Examples:
              federated-simulator
              federated-simulator --out out/demo --seed 7
              federated-simulator --pages 127.0.0.1:8480
              federated-simulator table --features F.csv --cohort C.csv --study S.yaml --out out/study
            """);
        root.Options.Add(outFolder);
        root.Options.Add(seed);
        root.Options.Add(transport);
        Option<string> size = Size("full");
        root.Options.Add(size);
        root.Options.Add(json);
        root.Options.Add(pages);
        root.SetAction((parsed, cancellation) => DemoCommand.RunAsync(
            parsed.GetValue(outFolder)!.FullName, parsed.GetValue(seed), ConsortiumSize.Named(parsed.GetValue(size)!), parsed.GetValue(transport)!, ReadPages(parsed.GetValue(pages), parsed.GetValue(transport)!), parsed.GetValue(json), output, error, cancellation));
        root.Subcommands.Add(BuildTable(output, error, json));
        root.Subcommands.Add(BuildHospitals(output, error, json));
        root.Subcommands.Add(BuildAdjust(output, json));
        return root;
    }

    private static Option<string?> Pages() => new("--pages") { Description = "Show the coordinator's pages there, such as 127.0.0.1:8480, during the study and after it until Ctrl-C." };

    private static IPEndPoint? ReadPages(string? text, string transport) => text is null ? null
        : transport is not "grpc" ? throw new InputException("--pages: a coordinator in memory has none; use --transport grpc.")
        : text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out IPEndPoint? address) ? address
        : throw new InputException($"--pages: '{Federated.Analyses.PlainText.Shown(text)}' is not an address and a port; write for instance 127.0.0.1:8480.");

    private static Option<string> Size(string usual)
    {
        var size = new Option<string>("--size") { Description = "full: 354 patients and five months of phantoms; small: 113 patients and fifteen weeks.", DefaultValueFactory = _ => usual };
        size.AcceptOnlyFromAmong("small", "full");
        return size;
    }

    private static Command BuildHospitals(TextWriter output, TextWriter error, Option<bool> json)
    {
        var directory = new Option<DirectoryInfo>("--directory") { Description = "Folder for the hospitals; created if absent, and empty.", Required = true };
        var seed = new Option<int>("--seed") { Description = "Drives everything that is drawn at random: the same seed, the same bytes.", DefaultValueFactory = _ => 1 };
        Option<string> size = Size("small");
        var orthanc = new Option<string?>("--orthanc") { Description = $"Send everything to this Orthanc too, by STOW-RS, for instance http://user@localhost:8042; its password is read from {ArchiveSender.PasswordVariable}." };
        var hospitals = new Command("hospitals", "Five hospitals with nine scanners made of physics, as DICOM folders with a known truth. Example: federated-simulator hospitals --directory out/hospitals --seed 7")
        {
            directory, seed, size, orthanc, json,
        };
        hospitals.SetAction((parsed, cancellation) => HospitalsCommand.RunAsync(
            parsed.GetValue(directory)!.FullName, parsed.GetValue(seed), ConsortiumSize.Named(parsed.GetValue(size)!), parsed.GetValue(orthanc), parsed.GetValue(json), output,
            ReferenceEquals(error, Console.Error) ? Progress.OnStandardError(TimeProvider.System) : Progress.Silent, cancellation));
        return hospitals;
    }

    private static Command BuildAdjust(TextWriter output, Option<bool> json)
    {
        var table = new Option<FileInfo>("--table") { Description = "CSV with a header.", Required = true };
        var column = new Option<string>("--column") { Description = "Column of p-values; NA or empty = missing.", DefaultValueFactory = _ => "p" };
        var methods = new Option<string[]>("--methods") { Description = $"Any of {string.Join(", ", AdjustCommand.Methods)}, separated by commas.", DefaultValueFactory = _ => [.. AdjustCommand.Methods] };
        var into = new Option<FileInfo?>("--out") { Description = "Where to write the table with a column for every method." };
        var adjust = new Command("adjust", "P-values of a table corrected for their number, as R's p.adjust. Example: federated-simulator adjust --table analyses/hunt.csv --column p --methods BH,holm --out corrected.csv")
        {
            table, column, methods, into, json,
        };
        adjust.SetAction((parsed, cancellation) => AdjustCommand.RunAsync(
            parsed.GetValue(table)!.FullName, parsed.GetValue(column)!, parsed.GetValue(methods)!, parsed.GetValue(into)?.FullName, parsed.GetValue(json), output, cancellation));
        return adjust;
    }

    private static Command BuildTable(TextWriter output, TextWriter error, Option<bool> json)
    {
        var features = new Option<FileInfo?>("--features") { Description = "CSV: first column row id, then features; empty or NA = missing. May be left out when the cohort table holds the features." };
        var cohort = new Option<FileInfo>("--cohort") { Description = "CSV: first column row id, then the columns that the study names.", Required = true };
        var study = new Option<FileInfo>("--study") { Description = "The study file.", Required = true };
        var outFolder = new Option<DirectoryInfo>("--out") { Description = "Folder for the results; created if absent.", Required = true };
        var transport = new Option<string>("--transport") { Description = "grpc: real servers and certificates on loopback; memory: the same code without a network.", DefaultValueFactory = _ => "grpc" };
        transport.AcceptOnlyFromAmong("grpc", "memory");
        var policy = new Option<string?>("--policy") { Description = "The officers' limits at every site: a file, or `permissive` to waive them all, the plan's own minimum included. Default: the plan's minimum." };
        var seed = new Option<int>("--seed") { Description = "Drives everything that is drawn at random.", DefaultValueFactory = _ => 1 };
        var faults = new Option<int?>("--faults") { Description = "Run in memory with lost, repeated, late and damaged messages and crashes drawn from this seed; the results are the same bits." };
        var drop = new Option<string[]>("--drop") { Description = "SITE@STEP or SITE@STEP:ROUND, repeatable: run in memory; the hospital does not answer this step of the masking (keys, shares, masked, consistency, unmasking), from this round on." };
        Option<string?> pages = Pages();
        var table = new Command("table", "A study on tables of your own. Example: federated-simulator table --features F.csv --cohort C.csv --study S.yaml --out out/study")
        {
            features, cohort, study, outFolder, transport, policy, seed, faults, drop, pages, json,
        };
        table.SetAction((parsed, cancellation) => TableCommand.RunAsync(
            new TableRequest
            {
                Features = parsed.GetValue(features)?.FullName,
                Cohort = parsed.GetValue(cohort)!.FullName,
                Study = parsed.GetValue(study)!.FullName,
                Out = parsed.GetValue(outFolder)!.FullName,
                Transport = parsed.GetValue(transport)!,
                Policy = parsed.GetValue(policy),
                Seed = parsed.GetValue(seed),
                Faults = parsed.GetValue(faults),
                Drops = [.. parsed.GetValue(drop) ?? []],
                Json = parsed.GetValue(json),
                Pages = ReadPages(parsed.GetValue(pages), parsed.GetValue(transport)!),
            },
            output, ReferenceEquals(error, Console.Error) ? Progress.OnStandardError(TimeProvider.System) : Progress.Silent, error, cancellation));
        return table;
    }
}

/// <summary>An input that cannot be used: one line, what, where, how to mend.</summary>
public sealed class InputException(string message) : Exception(message);
