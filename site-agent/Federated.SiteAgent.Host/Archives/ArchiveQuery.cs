using System.Globalization;
using System.IO.Enumeration;

namespace Federated.SiteAgent.Host.Archives;

/// <summary>What is looked for: every condition that is set must hold. Text may hold the wildcards '*' and '?'.</summary>
public sealed record ArchiveQuery
{
    /// <summary>Everything.</summary>
    public static ArchiveQuery Everything { get; } = new();

    /// <summary>PatientID (0010,0020).</summary>
    public string? Patient { get; init; }

    /// <summary>StudyDate (0008,0020): YYYYMMDD, or a range YYYYMMDD-YYYYMMDD with either end left open.</summary>
    public string? StudyDate { get; init; }

    /// <summary>Modality (0008,0060).</summary>
    public string? Modality { get; init; }

    /// <summary>AccessionNumber (0008,0050).</summary>
    public string? Accession { get; init; }

    /// <summary>SeriesDescription (0008,103E).</summary>
    public string? Description { get; init; }

    /// <summary>StudyInstanceUID (0020,000D).</summary>
    public string? Study { get; init; }

    /// <summary>SeriesInstanceUID (0020,000E).</summary>
    public string? Series { get; init; }

    /// <summary>True when no condition is set.</summary>
    public bool IsEverything => this == Everything;

    /// <summary>The conditions as attributes of QIDO-RS and C-FIND: keyword and value.</summary>
    public IEnumerable<(string Keyword, string Value)> Conditions()
    {
        (string Keyword, string? Value)[] all =
        [
            ("PatientID", Patient), ("StudyDate", StudyDate), ("Modality", Modality), ("AccessionNumber", Accession), ("SeriesDescription", Description),
            ("StudyInstanceUID", Study), ("SeriesInstanceUID", Series),
        ];
        return all.Where(c => c.Value is not null).Select(c => (c.Keyword, c.Value!));
    }

    /// <summary>Whether a series meets every condition, as far as the series states the attribute.</summary>
    public bool Matches(SeriesSummary series) =>
        Like(Patient, series.Patient) && InRange(series.StudyDate) && Like(Modality, series.Modality) && Like(Accession, series.Accession)
        && Like(Description, series.Description) && Same(Study, series.Study) && Same(Series, series.Series);

    /// <summary>
    /// Whether an archive's answer can be meant: some archives ignore a condition they do not know and answer with everything. Only what all archives match alike
    /// is looked at: identifiers, modality and date, and what <see cref="InAddress"/> had to widen.
    /// </summary>
    public bool CouldMean(SeriesSummary series) =>
        Widened(Patient, series.Patient) && Widened(Accession, series.Accession) && Widened(Description, series.Description) && Same(Study, series.Study) && Same(Series, series.Series) && (series.Modality.Length == 0 || Like(Modality, series.Modality)) && (series.StudyDate.Length == 0 || InRange(series.StudyDate));

    /// <summary>
    /// A value as part of a QIDO-RS address. Orthanc's plugin takes %20 and %2A literally, so that nothing is escaped: '*' and '?' may stand there as they are
    /// (RFC 3986, 3.4), and wildcards stand for every character that may not. <see cref="CouldMean"/> then leaves out what was not meant.
    /// </summary>
    public static string InAddress(string value) => string.Concat(value.Select(c => IsPlain(c) ? c : char.IsAscii(c) ? '?' : '*'));

    /// <summary>Reads a day or a range of days.</summary>
    /// <exception cref="SiteErrorException">E3000.</exception>
    public static string ParseDate(string text)
    {
        string[] ends = text.Split('-');
        bool sound = ends.Length is 1 or 2 && ends.Any(e => e.Length > 0)
            && ends.All(e => e.Length == 0 || DateOnly.TryParseExact(e, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
        return sound ? text : throw new SiteErrorException("E3000", ExitCode.Input, $"'{Analyses.PlainText.Shown(text)}' is not a date; write YYYYMMDD, YYYYMMDD-YYYYMMDD, YYYYMMDD- or -YYYYMMDD");
    }

    private static bool Like(string? pattern, string value) => pattern is null || FileSystemName.MatchesSimpleExpression(pattern.Replace(@"\", @"\\", StringComparison.Ordinal), value);

    private static bool Widened(string? pattern, string value) => pattern is null || pattern.All(IsPlain) || Like(pattern, value);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '*' or '?';

    private static bool Same(string? wanted, string value) => wanted is null || string.Equals(wanted, value, StringComparison.Ordinal);

    private bool InRange(string date)
    {
        if (StudyDate is null) return true;
        string[] ends = StudyDate.Split('-');
        (string from, string to) = ends.Length == 1 ? (ends[0], ends[0]) : (ends[0], ends[1]);
        return date.Length == 8 && (from.Length == 0 || string.CompareOrdinal(date, from) >= 0) && (to.Length == 0 || string.CompareOrdinal(date, to) <= 0);
    }
}

/// <summary>A series as an archive lists it. Text is the archive's and may name patients: it stays on this computer.</summary>
/// <param name="Study">StudyInstanceUID.</param>
/// <param name="Series">SeriesInstanceUID.</param>
public sealed record SeriesSummary(string Study, string Series)
{
    /// <summary>PatientID; empty when not stated, as with every text here.</summary>
    public string Patient { get; init; } = "";

    /// <summary>StudyDate, YYYYMMDD.</summary>
    public string StudyDate { get; init; } = "";

    /// <summary>AccessionNumber.</summary>
    public string Accession { get; init; } = "";

    /// <summary>Modality.</summary>
    public string Modality { get; init; } = "";

    /// <summary>SeriesDescription.</summary>
    public string Description { get; init; } = "";

    /// <summary>StudyDescription.</summary>
    public string StudyDescription { get; init; } = "";

    /// <summary>NumberOfSeriesRelatedInstances; null when not stated.</summary>
    public int? Instances { get; init; }
}
