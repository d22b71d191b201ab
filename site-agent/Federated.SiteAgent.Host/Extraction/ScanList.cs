using System.Collections.Immutable;
using Federated.Analyses.Tables;

namespace Federated.SiteAgent.Host.Extraction;

/// <summary>One scan to measure, as the hospital's list names it.</summary>
/// <param name="RowId">Row id, as in the cohort table.</param>
/// <param name="Series">SeriesInstanceUID, or a folder.</param>
/// <param name="Region">UID or file of the object that holds the region; empty: the only such object beside the images.</param>
/// <param name="Roi">Names or numbers of the lesions within it, apart by |; empty: those that the protocol names.</param>
/// <param name="Glucose">Blood glucose in mmol/l; null when unknown.</param>
public sealed record ListedScan(string RowId, string Series, string Region, string Roi, double? Glucose);

/// <summary>The hospital's list of scans: a CSV table whose first column is the row id. Columns: series; region, roi and glucose where needed. Others are not looked at.</summary>
public static class ScanList
{
    /// <summary>The scans of a list, in its order.</summary>
    /// <exception cref="SiteErrorException">E3503: it has no column of series.</exception>
    /// <exception cref="TableInvalidException">A glucose that is not a number.</exception>
    public static ImmutableArray<ListedScan> Of(CohortTable list)
    {
        if (!list.Has("series"))
            throw new SiteErrorException("E3503", ExitCode.Input, $"{list.Name}: no column 'series'; add one with the SeriesInstanceUID or the folder of each scan");
        string[] series = Column(list, "series"), region = Column(list, "region"), roi = Column(list, "roi"), glucose = Column(list, "glucose");
        return [.. list.RowIds.Select((id, row) => new ListedScan(id, series[row], region[row], roi[row], Glucose(list, id, glucose[row])))];
    }

    private static string[] Column(CohortTable list, string name) => list.Has(name)
        ? [.. list.Column(name, "a list of scans").ToArray().Select(cell => DecimalText.IsMissing(cell) ? "" : cell.Trim())]
        : [.. list.RowIds.Select(_ => "")];

    private static double? Glucose(CohortTable list, string id, string cell)
    {
        if (cell.Length == 0) return null;
        NumberOutcome outcome = DecimalText.Read(cell, out double value);
        return outcome == NumberOutcome.Number ? value : throw DecimalText.Refused($"{list.Name}, row id {Analyses.PlainText.Shown(id)}", "glucose", cell, outcome);
    }
}
