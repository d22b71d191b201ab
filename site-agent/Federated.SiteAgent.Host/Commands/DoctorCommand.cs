using System.CommandLine;
using Federated.SiteAgent.Host.Archives;
using Federated.SiteAgent.Host.Connection;
using Federated.SiteAgent.Host.Diagnosis;
using Federated.SiteAgent.Host.Membership;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>doctor: names the blocked hop.</summary>
internal static class DoctorCommand
{
    private const string About =
        """
        Check the way from this computer to the coordinator, hop by hop, and to each archive, and name what is wrong and how to mend it.
        Ends with 0 when all is well, otherwise with the exit code of the first failure.

        Examples:
          federated-site doctor
          federated-site doctor --grpc-web --json
        """;

    public static Command Create(SharedOptions shared)
    {
        var command = new Command("doctor", About);
        shared.SetAction(command, async (_, session, page, cancellation) =>
        {
            CoordinatorPath? path = SiteCredentials.Exist(session.Directory) ? Joined(session) : null;
            IReadOnlyList<Finding> findings = await new Doctor(session.Directory, path, session.Time).ExamineAsync(cancellation);
            var register = new ArchiveRegister(session.Directory);
            IReadOnlyList<Finding> archives = await new ArchiveExamination(register, ArchiveCommands.Door(shared, session)).ExamineAsync(cancellation);
            findings = [.. findings.SkipLast(1), .. archives, findings[^1]]; // versions stand last
            int width = findings.Max(f => f.Check.Length);
            foreach (Finding f in findings)
            {
                page.Line($"{Mark(f.Outcome)} {f.Check.PadRight(width)}  {f.Message}");
                if (f.Mend.Length > 0 || f.Code.Length > 0) page.Line($"        {"".PadRight(width)}  {(f.Code.Length > 0 ? f.Code + ": " : "")}{(f.Mend.Length > 0 ? f.Mend : "see the README")}");
            }

            page.Json(new { Findings = findings.Select(f => new { f.Check, Outcome = f.Outcome.ToString().ToLowerInvariant(), f.Message, f.Mend, f.Code }) });
            return findings.FirstOrDefault(f => f.Outcome == Outcome.Failed)?.Exit ?? ExitCode.Done;
        });
        return command;
    }

    // Damaged files are the doctor's to report.
    private static CoordinatorPath? Joined(SiteSession session)
    {
        try
        {
            return session.Path;
        }
        catch (SiteErrorException error) when (error.Code is "E3005")
        {
            return null;
        }
    }

    private static string Mark(Outcome outcome) => outcome switch
    {
        Outcome.Ok => "ok     ",
        Outcome.Warning => "warning",
        Outcome.Failed => "FAILED ",
        _ => "-      ",
    };
}
