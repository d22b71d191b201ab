using System.Text.Json;
using CsCheck;
using Federated.SiteAgent.Host.Storage;

namespace Federated.SiteAgent.Host.Tests.Storage;

/// <summary>Stored rows give, column by column, what the whole array of texts gives.</summary>
public class CohortCellsTests
{
    private const int Columns = 6;

    [Fact]
    public void The_columns_read_are_those_of_the_whole_row() => Gen.Select(Gen.String.Array[0, Columns].Array[1, 5], Gen.Bool.Array[Columns]).Sample((rows, wanted) =>
    {
        int[] read = [.. Enumerable.Range(0, Columns).Where(c => wanted[c])];
        string[][] values = [.. wanted.Select(_ => Enumerable.Repeat("", rows.Length).ToArray())];
        for (int row = 0; row < rows.Length; row++)
        {
            byte[] stored = JsonSerializer.SerializeToUtf8Bytes(rows[row]);
            CohortCells.Read(stored, read, values, row);
            string[] whole = JsonSerializer.Deserialize<string[]>(stored)!;
            for (int c = 0; c < Columns; c++) Assert.Equal(wanted[c] && c < whole.Length ? whole[c] : "", values[c][row]);
        }
    });
}
