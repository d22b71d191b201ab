using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Tables;
using Federated.Imaging.Response;

namespace Federated.SiteAgent.Host.Responses;

/// <summary>Two scans of a patient, and what a reader saw in the second.</summary>
/// <param name="Patient">First column of the list.</param>
/// <param name="Baseline">Row id of the scan before therapy; empty where none is needed.</param>
/// <param name="FollowUp">Row id of the scan after.</param>
/// <param name="Reader">What was seen.</param>
public sealed record ScanPair(string Patient, string Baseline, string FollowUp, ReaderFindings Reader);

/// <summary>
/// The hospital's list of pairs: a CSV table whose first column names the patient. Columns: baseline and follow-up (row ids of scans); new-lesions, resolved, progression and liver-diseased (yes
/// or no) and cycles where they are known. Others are not looked at.
/// </summary>
public static class ScanPairs
{
    /// <summary>The pairs of a list, in its order.</summary>
    /// <exception cref="SiteErrorException">E3506: a column is missing, or a cell is not one of its words.</exception>
    public static ImmutableArray<ScanPair> Of(CohortTable list, bool needsBaseline)
    {
        foreach (string column in needsBaseline ? (string[])["baseline", "follow-up"] : ["follow-up"])
        {
            if (!list.Has(column))
                throw new SiteErrorException("E3506", ExitCode.Input, $"{list.Name}: no column '{column}'; add one with the row id of that scan of each patient");
        }
        return
        [
            .. list.RowIds.Select((id, row) => new ScanPair(
                id, Cell(list, "baseline", row), Cell(list, "follow-up", row),
                new ReaderFindings(Word(list, "new-lesions", row), Word(list, "resolved", row), Word(list, "progression", row), Word(list, "liver-diseased", row), Count(list, "cycles", row)))),
        ];
    }

    private static string Cell(CohortTable list, string column, int row)
    {
        if (!list.Has(column)) return "";
        string cell = list.Column(column, "a list of pairs")[row];
        return DecimalText.IsMissing(cell) ? "" : cell.Trim();
    }

    private static bool? Word(CohortTable list, string column, int row) => Cell(list, column, row) switch
    {
        "" => null,
        "yes" => true,
        "no" => false,
        { } other => throw new SiteErrorException("E3506", ExitCode.Input, $"{list.Name}, row id {PlainText.Shown(list.RowIds[row])}: {column} is '{PlainText.Shown(other)}'; write yes, no, or nothing"),
    };

    private static int? Count(CohortTable list, string column, int row)
    {
        string cell = Cell(list, column, row);
        if (cell.Length == 0) return null;
        return int.TryParse(cell, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 100 ? count
            : throw new SiteErrorException("E3506", ExitCode.Input, $"{list.Name}, row id {PlainText.Shown(list.RowIds[row])}: {column} is '{PlainText.Shown(cell)}'; write a whole number from 1 to 100, or nothing");
    }
}
