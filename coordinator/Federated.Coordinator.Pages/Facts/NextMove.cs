using Federated.Coordinator.Studies;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>Who must act next in a study, in one sentence.</summary>
/// <param name="Who">Person or hospital; empty = nobody.</param>
/// <param name="Sentence">What is to be done, or what is waited for.</param>
/// <param name="Calls">Whether somebody has to do something for the study to go on.</param>
public sealed record NextMove(string Who, string Sentence, bool Calls)
{
    private const int MostNamed = 4;

    /// <summary>Of a study.</summary>
    public static NextMove Of(Study study)
    {
        string[] waiting = [.. study.Invited.Where(s => study.ApprovalOf(s) == SiteApproval.Waiting)];
        int approved = study.Approving.Count(), quorum = study.Created.QuorumSites;
        switch (study.State)
        {
            case StudyState.Draft:
                return new NextMove("Administrator", $"The administrator shows the study to the hospitals: federated-coordinator study open {study.Created.Id}.", true);
            case StudyState.Open when waiting.Length > 0:
                return new NextMove(Names(waiting), $"{Names(waiting)} {(waiting.Length == 1 ? "reads" : "read")} the manifest and {(waiting.Length == 1 ? "decides" : "decide")}; {approved} of {study.Invited.Count} said yes, {quorum} are needed.", true);
            case StudyState.Open when approved < quorum:
                return new NextMove("Administrator", $"All hospitals have spoken and {approved} said yes, but {quorum} are needed: the administrator opens a study with a lower quorum, or wins another hospital.", true);
            case StudyState.Open:
                return new NextMove("", $"{approved} hospitals said yes: the study starts by itself.", false);
            case StudyState.Paused:
                return new NextMove("Administrator", $"Paused: {study.Pause!.Value.Reason.TrimEnd('.')}. The administrator mends the cause and resumes.", true);
            case StudyState.Running when study.Current is { } round:
                string[] outstanding = [.. round.Outstanding];
                return outstanding.Length == 0
                    ? new NextMove("", $"All answers to {round.Request.Analysis}/{round.Request.Step} are in: the coordinator adds them up.", false)
                    : new NextMove("", $"The agent{(outstanding.Length == 1 ? "" : "s")} of {Names(outstanding)} {(outstanding.Length == 1 ? "computes" : "compute")} {round.Request.Analysis}/{round.Request.Step}, until {round.Deadline:yyyy-MM-dd HH:mm} UTC at the latest.", false);
            case StudyState.Running:
                return new NextMove("", study.NextAnalysis is { } next ? $"The coordinator opens the next round, of {next.Id}." : "The coordinator closes the last analysis.", false);
            case StudyState.Released:
                int refused = study.Outcomes.Values.Count(o => o.IsRefused);
                return new NextMove("Statistician", refused == 0 ? "The statistician reads the results." : $"The statistician reads the results; {refused} of {study.Outcomes.Count} analyses were refused, with reasons.", true);
            default:
                return new NextMove("", "Nobody: the study is over.", false);
        }
    }

    private static string Names(string[] sites) => sites.Length <= MostNamed ? string.Join(" and ", Lead(sites)) : $"{string.Join(", ", sites.Take(MostNamed - 1))} and {sites.Length - MostNamed + 1} more";

    private static string[] Lead(string[] sites) => sites.Length < 2 ? sites : [string.Join(", ", sites[..^1]), sites[^1]];
}
