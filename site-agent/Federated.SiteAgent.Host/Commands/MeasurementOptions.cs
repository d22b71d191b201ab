using System.Collections.Immutable;
using System.CommandLine;
using Federated.Analyses.Study;
using Federated.Imaging.Measurement;
using Federated.SiteAgent.Host.Extraction;
using Federated.SiteAgent.Link;
using Federated.SiteAgent.Rounds;
using Federated.SiteAgent.Tables;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>Options of the commands that measure: which protocol, which scans, which images.</summary>
internal sealed class MeasurementOptions
{
    public Option<string> Plan { get; } = new("--plan") { Description = "A study file, or the id of a study shown to this site.", HelpName = "STUDY|FILE", Required = true };

    public Option<string> List { get; } = new("--cohort")
    {
        Description = "CSV with one row per scan: row id first, then series (UID, folder or NIfTI file); region (UID or file), roi (names apart by |) and glucose (mmol/l) where needed.",
        HelpName = "LIST",
        Required = true,
    };

    public Option<string?> Images { get; } = new("--images") { Description = "Folder tree of the images (default: images in the data directory).", HelpName = "FOLDER" };

    public void AddTo(Command command)
    {
        command.Add(Plan);
        command.Add(List);
        command.Add(Images);
    }

    public MeasurementProtocol Protocol(ParseResult parsed, SiteSession session) => Protocol(parsed.GetValue(Plan)!, session);

    /// <summary>The protocol of a study file, or of a study whose plan was read here.</summary>
    public static MeasurementProtocol Protocol(string plan, SiteSession session)
    {
        if (File.Exists(plan)) return ProtocolSource.Of(ProtocolSource.OfFile(plan), Path.GetFileName(plan));
        StudyNotice study = StudyFinder.Find(session.Store, plan);
        byte[] bytes = session.Store.FindPlan(study.Plan)
            ?? throw new SiteErrorException("E3202", ExitCode.Input, $"The plan of {study.Id} was not read here yet; read it with: federated-site study show {study.Id}");
        try
        {
            return ProtocolSource.Of(AgentVocabulary.Standard.ReadPlan(bytes).Measurement, study.Id);
        }
        catch (PlanInvalidException unreadable)
        {
            throw new SiteErrorException("E3204", ExitCode.Input, $"This release cannot read the plan of {study.Id} ({unreadable.Message}); update federated-site, or tell the coordinator's operator", unreadable);
        }
    }

    public ImmutableArray<ListedScan> Scans(ParseResult parsed)
    {
        string path = parsed.GetValue(List)!;
        using FileStream stream = TableCommands.Open(path);
        return ScanList.Of(CsvTable.ReadCohort(stream, Path.GetFileName(path)));
    }

    public ImageLibrary Library(ParseResult parsed, SiteSession session)
    {
        string root = Path.GetFullPath(parsed.GetValue(Images) ?? Path.Combine(session.Directory, "images"));
        return Directory.Exists(root) ? new ImageLibrary(root)
            : throw new SiteErrorException("E3504", ExitCode.Input, $"{root}: no such folder of images; fetch the series first, or name another with --images");
    }
}
