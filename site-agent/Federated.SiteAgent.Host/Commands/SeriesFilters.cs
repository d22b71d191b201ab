using System.CommandLine;
using Federated.SiteAgent.Host.Archives;

namespace Federated.SiteAgent.Host.Commands;

/// <summary>The options that choose series, alike in every command that does.</summary>
internal sealed class SeriesFilters
{
    private readonly Option<string?> _patient = new("--patient") { Description = "PatientID.", HelpName = "ID" };
    private readonly Option<string?> _date = new("--study-date") { Description = "YYYYMMDD, or a range YYYYMMDD-YYYYMMDD open at either end.", HelpName = "DATES" };
    private readonly Option<string?> _modality = new("--modality") { Description = "PT, CT, MR, RTSTRUCT, SEG, ...", HelpName = "CODE" };
    private readonly Option<string?> _accession = new("--accession") { Description = "AccessionNumber.", HelpName = "NUMBER" };
    private readonly Option<string?> _description = new("--description") { Description = "SeriesDescription.", HelpName = "TEXT" };
    private readonly Option<string?> _study = new("--study") { Description = "StudyInstanceUID.", HelpName = "UID" };
    private readonly Option<string?> _series = new("--series") { Description = "SeriesInstanceUID.", HelpName = "UID" };
    private readonly Option<int> _limit = new("--limit") { Description = "At most so many series.", DefaultValueFactory = _ => 1000, HelpName = "N" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_patient, _date, _modality, _accession, _description, _study, _series, _limit]) command.Add(option);
    }

    public ArchiveQuery Query(ParseResult parsed) => new()
    {
        Patient = Text(parsed, _patient),
        StudyDate = parsed.GetValue(_date) is { } date ? ArchiveQuery.ParseDate(date) : null,
        Modality = Text(parsed, _modality),
        Accession = Text(parsed, _accession),
        Description = Text(parsed, _description),
        Study = Uid(parsed, _study),
        Series = Uid(parsed, _series),
    };

    /// <summary>Series that meet the options, and whether there are more than the limit.</summary>
    public async Task<(List<SeriesSummary> Found, bool More)> FindAsync(IArchive archive, ParseResult parsed, CancellationToken cancellation)
    {
        int limit = parsed.GetValue(_limit);
        if (limit < 1) throw ArchiveCommands.Usage("--limit is a positive number");
        List<SeriesSummary> found = [];
        await foreach (SeriesSummary series in archive.QueryAsync(Query(parsed), cancellation))
        {
            if (found.Count == limit) return (found, true);
            found.Add(series);
        }

        return (found, false);
    }

    private static string? Text(ParseResult parsed, Option<string?> option)
    {
        string? text = parsed.GetValue(option);
        return text is null || (text.Length is > 0 and <= 256 && !text.Any(char.IsControl)) ? text : throw ArchiveCommands.Usage($"{option.Name} is 1 to 256 characters");
    }

    private static string? Uid(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } uid || ImageStore.IsSafe(uid) ? parsed.GetValue(option)
        : throw ArchiveCommands.Usage($"{option.Name} is a UID: digits and dots, at most 64");
}
