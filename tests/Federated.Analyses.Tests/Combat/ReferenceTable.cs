using System.Globalization;

namespace Federated.Analyses.Tests.Combat;

/// <summary>A CSV file of the reference: first column row id, cells as words.</summary>
public sealed record ReferenceTable(string[] Columns, string[] Ids, string[][] Cells)
{
    public static ReferenceTable Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        string[][] cells = [.. lines.Skip(1).Select(Split)];
        return new ReferenceTable([.. Split(lines[0]).Skip(1)], [.. cells.Select(c => c[0])], [.. cells.Select(c => c[1..])]);
    }

    public int Column(string name) => Array.IndexOf(Columns, name);

    public double Number(int row, int column) => Parse(Cells[row][column]);

    /// <summary>Cells of a line; a cell in quotes may hold commas.</summary>
    private static string[] Split(string line)
    {
        var cells = new List<string>();
        for (int start = 0; start <= line.Length;)
        {
            bool quoted = start < line.Length && line[start] == '"';
            int end = quoted ? line.IndexOf('"', start + 1) + 1 : line.IndexOf(',', start);
            if (end <= 0) end = line.Length;
            cells.Add(quoted ? line[(start + 1)..(end - 1)] : line[start..end]);
            start = end + 1;
        }

        return [.. cells];
    }

    public static double Parse(string cell) =>
        cell is "NA" or "NaN" or "" ? double.NaN : double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture);
}

/// <summary>Where reference cases are found.</summary>
public static class ReferenceFolder
{
    /// <summary>Copied into the repository.</summary>
    public static string Own { get; } = Path.Combine(Checkout.Reference, "harmonization");

    /// <summary>A folder beside the repository, for cases that may not be copied; FEDERATED_REFERENCE overrides.</summary>
    public static string Outside { get; } = Path.Combine(Checkout.OutsideReference ?? "../shared/reference", "harmonization");
}
