using System.Text.Json;

namespace Federated.SiteAgent.Host.Storage;

/// <summary>A stored row of the cohort: a JSON array of texts in the order of the columns; a short row has empty cells after its end.</summary>
internal static class CohortCells
{
    /// <summary>
    /// Reads the cells of some columns and passes over the others: a table of many columns costs what the plan's columns cost. A cell that says what the row before
    /// said shares its text.
    /// </summary>
    /// <param name="stored">UTF-8.</param>
    /// <param name="columns">Positions of the columns to read, ascending.</param>
    /// <param name="values">Per column, its cells by row.</param>
    /// <param name="row">The row to fill.</param>
    public static void Read(ReadOnlySpan<byte> stored, ReadOnlySpan<int> columns, string[][] values, int row)
    {
        var cells = new Utf8JsonReader(stored);
        cells.Read();
        int next = 0;
        for (int column = 0; next < columns.Length && cells.Read() && cells.TokenType != JsonTokenType.EndArray; column++)
        {
            if (columns[next] != column) continue;
            string[] cellsOfColumn = values[column];
            cellsOfColumn[row] = row > 0 && cells.ValueTextEquals(cellsOfColumn[row - 1]) ? cellsOfColumn[row - 1] : cells.GetString() ?? "";
            next++;
        }
    }
}
