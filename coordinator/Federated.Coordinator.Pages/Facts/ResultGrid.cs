using System.Globalization;
using System.Text;

namespace Federated.Coordinator.Pages.Facts;

/// <summary>A table of a result, read back from its CSV.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="Columns">Header.</param>
/// <param name="Rows">Cells as text; NA = nothing.</param>
public sealed record ResultGrid(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Reads a CSV as results are written: RFC 4180, LF.</summary>
    public static ResultGrid Read(string name, string csv)
    {
        var rows = new List<IReadOnlyList<string>>();
        var cells = new List<string>();
        var cell = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < csv.Length; i++)
        {
            char c = csv[i];
            if (quoted && c == '"' && i + 1 < csv.Length && csv[i + 1] == '"') cell.Append(csv[++i]);
            else if (c == '"') quoted = !quoted;
            else if (quoted || (c != ',' && c != '\n')) cell.Append(c);
            else
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                rows.Add(cells);
                cells = [];
            }
        }

        return rows.Count == 0 ? new ResultGrid(name, [], []) : new ResultGrid(name, rows[0], rows[1..]);
    }

    /// <summary>The position of a column; -1 = there is none.</summary>
    public int Find(string column)
    {
        for (int i = 0; i < Columns.Count; i++)
            if (string.Equals(Columns[i], column, StringComparison.Ordinal)) return i;
        return -1;
    }

    /// <summary>Whether it has all of these.</summary>
    public bool Has(params ReadOnlySpan<string> columns)
    {
        foreach (string column in columns)
            if (Find(column) < 0) return false;
        return true;
    }

    /// <summary>A cell as a number; NaN where it is none.</summary>
    public double Number(int row, string column) => Number(Rows[row][Find(column)]);

    /// <summary>A cell's text as a number; NaN where it is none.</summary>
    public static double Number(string cell) => double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;

    /// <summary>A cell as people read it.</summary>
    public string Shown(int row, int column)
    {
        string cell = Rows[row][column];
        if (cell is "NA") return "–";
        double number = Number(cell);
        if (double.IsNaN(number)) return cell;
        return Columns[column] is "p" or "p_adjusted" || Columns[column].EndsWith("_p", StringComparison.Ordinal) ? Words.P(number)
            : number == Math.Round(number) && Math.Abs(number) < 1e9 ? number.ToString("F0", CultureInfo.InvariantCulture) : Words.Number(number);
    }
}
