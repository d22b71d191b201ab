using System.Collections.Immutable;
using System.CommandLine;
using System.Security.Cryptography;
using Federated.Analyses.Study;
using Federated.Coordinator.Service;
using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Server.Commands;

/// <summary>`study`.</summary>
internal static class StudyCommands
{
    private const long LargestStudyFile = 1 << 20;

    public static Command Create(CommandContext context) => new("study", "What is asked of the hospitals.")
    {
        Draft(context),
        Open(context),
        Operate(context, "start", "Starts an open study with the hospitals that have approved so far. Without this it starts when every hospital has spoken and the quorum said yes.",
            (studies, id, cancellation) => studies.StartAsync(id, cancellation)),
        Show(context),
        List(context),
        Pause(context),
        Operate(context, "resume", "Goes on with a paused study. After a lost quorum it starts over with every hospital that has approved by now.",
            (studies, id, cancellation) => studies.ResumeAsync(id, cancellation)),
        Operate(context, "close", "Ends a study for good.", (studies, id, cancellation) => studies.CloseAsync(id, cancellation)),
        Export(context),
    };

    private static Command Draft(CommandContext context)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "study.yaml" };
        var command = new Command("create",
            """
            Makes a draft of a study file. No hospital sees it until `study open`.

            Example:
              federated-coordinator study create study.yaml
            """) { file };
        context.OnStudies(command, async (parsed, studies, cancellation) =>
        {
            FileInfo source = parsed.GetValue(file)!;
            if (source.Exists && source.Length > LargestStudyFile)
                throw new OperatorErrorException("E1109", $"{source.Name} has more than 1 MiB: that is no study file.");
            StudyPlan plan = StudyFile.Read(await File.ReadAllTextAsync(source.FullName, cancellation), source.Name).Complete();
            Study study = await studies.CreateAsync(StudyUid.From(RandomNumberGenerator.GetBytes(StudyUid.Bytes)), PlanDocument.Write(plan), cancellation);
            var manifest = Manifest.For(plan);
            context.Print(parsed,
                new { Study = study.Created.Id, Uid = study.Uid.Hex, State = study.State.ToString(), Plan = study.Plan.Hex, Manifest = manifest.Digest },
                $"{study.Created.Id} is a draft: {plan.Scanners.Length} scanners, {plan.Features.Length} features, {plan.Analyses.Length} analyses",
                $"plan      SHA-256 {study.Plan}",
                $"manifest  SHA-256 {manifest.Digest}",
                $"Next: federated-coordinator study open {study.Created.Id}");
        });
        return command;
    }

    private static Command Open(CommandContext context)
    {
        Argument<string> id = Id();
        var sites = new Option<string[]>("--sites")
        {
            Description = "Hospitals that are asked, separated by commas; all members if absent.",
            HelpName = "SITE,SITE",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("open",
            """
            Shows a draft to the hospitals, whose officers are asked. It starts by itself when every one of them has said yes or no and the quorum said yes; `study start` starts it earlier.

            Example:
              federated-coordinator study open fdg-lymphoma --sites hospital-a,hospital-b,hospital-c
            """) { id, sites };
        context.OnStudies(command, async (parsed, studies, cancellation) =>
        {
            string[] named = [.. parsed.GetValue(sites)!.SelectMany(s => s.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
            Print(context, parsed, await studies.OpenAsync(parsed.GetValue(id)!, named, cancellation));
        });
        return command;
    }

    private static Command Pause(CommandContext context)
    {
        Argument<string> id = Id();
        var reason = new Option<string>("--reason") { Description = "One line, kept with the study.", DefaultValueFactory = _ => "paused by the operator", HelpName = "TEXT" };
        var command = new Command("pause",
            """
            Asks nothing more of any hospital until `study resume`.

            Example:
              federated-coordinator study pause fdg-lymphoma --reason "hospital-b replaces its archive"
            """) { id, reason };
        context.OnStudies(command, async (parsed, studies, cancellation) =>
        {
            string why = Analyses.PlainText.Shown(parsed.GetValue(reason)!, 200);
            Print(context, parsed, await studies.PauseAsync(parsed.GetValue(id)!, why, cancellation));
        });
        return command;
    }

    private static Command Operate(CommandContext context, string verb, string about, Func<StudyService, string, CancellationToken, Task<Study>> operation)
    {
        Argument<string> id = Id();
        var command = new Command(verb,
            $"""
            {about}

            Example:
              federated-coordinator study {verb} fdg-lymphoma
            """) { id };
        context.OnStudies(command, async (parsed, studies, cancellation) => Print(context, parsed, await operation(studies, parsed.GetValue(id)!, cancellation)));
        return command;
    }

    private static Command List(CommandContext context)
    {
        var command = new Command("list",
            """
            Lists all studies.

            Example:
              federated-coordinator study list --json
            """);
        context.OnStudies(command, async (parsed, studies, cancellation) =>
        {
            ImmutableArray<Study> all = await studies.ListAsync(cancellation);
            context.PrintTable(parsed, ["study", "state", "approved", "quorum", "round", "title"], all.Select(s => new[]
            {
                s.Created.Id, s.State.ToString().ToLowerInvariant(), $"{s.Approving.Count()} of {s.Invited.Count}", s.Created.QuorumSites.ToString(),
                s.Current is { } round ? $"{round.Number}.{round.Attempt} {round.Request.Analysis}/{round.Request.Step}" : "", s.Created.Title,
            }));
            context.Print(parsed, all.Select(StudyView.Brief));
        });
        return command;
    }

    private static Command Show(CommandContext context)
    {
        Argument<string> id = Id();
        var manifest = new Option<bool>("--manifest") { Description = "Print what the officers are shown, instead." };
        var command = new Command("show",
            """
            Shows where a study stands: who has approved, which rounds were taken, who was left out and why, how each analysis ended.

            Examples:
              federated-coordinator study show fdg-lymphoma
              federated-coordinator study show fdg-lymphoma --manifest
            """) { id, manifest };
        context.OnStudies(command, async (parsed, studies, cancellation) =>
        {
            Study study = await studies.FindAsync(parsed.GetValue(id)!, cancellation);
            if (parsed.GetValue(manifest))
            {
                (StudyPlan plan, _) = await studies.PlanAsync(study.Created.Id, cancellation);
                var shown = Manifest.For(plan);
                context.Print(parsed, System.Text.Json.Nodes.JsonNode.Parse(shown.Json)!, shown.Text);
                return;
            }

            context.Print(parsed, StudyView.Full(study), [.. StudyView.Lines(study)]);
            context.PrintTable(parsed, ["site", "approval", "part"], StudyView.Sites(study));
            if (study.Rounds.Count > 0) context.PrintTable(parsed, ["round", "step", "state", "answered", "waits for"], StudyView.Rounds(study));
            if (study.Outcomes.Count > 0) context.PrintTable(parsed, ["analysis", "outcome"], StudyView.Outcomes(study));
        });
        return command;
    }

    private static Command Export(CommandContext context)
    {
        Argument<string> id = Id();
        var target = new Option<DirectoryInfo>("--out") { Description = "Folder for the results; created if absent.", HelpName = "DIR", Required = true };
        var command = new Command("export",
            """
            Writes a released study's results: report.html (methods and results, to read and to print), analyses/ID.json and .csv, the plan, the manifest, and who approved them.

            Example:
              federated-coordinator study export fdg-lymphoma --out results
            """) { id, target };
        context.OnStudies(command, async (parsed, studies, cancellation) =>
        {
            string folder = parsed.GetValue(target)!.FullName;
            ImmutableArray<string> files = await StudyExport.WriteAsync(studies, parsed.GetValue(id)!, folder, cancellation);
            context.Print(parsed, new { Folder = folder, Files = files }, $"{files.Length} files in {folder}");
        });
        return command;
    }

    private static Argument<string> Id() => new("STUDY") { Description = "The study's id." };

    private static void Print(CommandContext context, ParseResult parsed, Study study) => context.Print(parsed, StudyView.Brief(study), [.. StudyView.Lines(study)]);
}
