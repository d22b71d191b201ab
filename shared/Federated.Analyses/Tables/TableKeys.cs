using System.Collections.Immutable;

namespace Federated.Analyses.Tables;

/// <summary>What row ids and column names must satisfy, and what is said when they do not.</summary>
internal static class TableKeys
{
    public static void RequireUnique(string table, ImmutableArray<string> rowIds, ImmutableArray<string> columns)
    {
        var seen = new HashSet<string>(rowIds.Length, StringComparer.Ordinal);
        foreach (string id in rowIds)
            if (!seen.Add(id)) throw new TableInvalidException("E2205", $"{table}: row id '{PlainText.Shown(id)}' occurs twice; every row needs an id of its own");
        seen.Clear();
        foreach (string column in columns)
        {
            if (!seen.Add(column))
                throw new TableInvalidException("E2205", $"{table}: column '{PlainText.Shown(column)}' occurs twice; every column needs a name of its own");
        }
    }

    public static TableInvalidException MeasuredOtherwise(FeatureTable features, string asked) => new(
        "E2208",
        $"{features.Name}: measured under {(features.MeasuredUnder is { } other ? $"protocol {other[..12]}" : "no stated protocol")}, and the study asks for protocol {asked[..12]}; "
        + "measure with: federated-site features extract --plan STUDY --cohort LIST.csv");

    public static TableInvalidException UnknownColumn(string table, string column, string use, ImmutableArray<string> columns)
    {
        string nearest = PlainText.Nearest(column, columns) is { } near ? $"did you mean '{PlainText.Shown(near)}'?" : "add the column, or name another in the study";
        return new TableInvalidException("E2207", $"{table}: no column '{PlainText.Shown(column)}', which the study needs as {use}; {nearest}");
    }
}
