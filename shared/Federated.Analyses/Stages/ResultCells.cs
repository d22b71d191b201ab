using System.Text.Json.Nodes;

namespace Federated.Analyses.Stages;

/// <summary>Cells of a result, the same in its document and in its tables: a word, a count, a number, or nothing.</summary>
internal static class ResultCells
{
    /// <summary>The number, or nothing where the data do not define it.</summary>
    public static double? Defined(double value) => double.IsFinite(value) ? value : null;

    /// <summary>The cell in a document.</summary>
    public static JsonValue? Node(object? cell) => cell switch
    {
        null => null,
        string text => JsonValue.Create(text),
        long count => JsonValue.Create(count),
        double value => JsonValue.Create(value),
        _ => throw new ArgumentException($"A cell is a word or a number, not {cell.GetType().Name}.", nameof(cell)),
    };

    /// <summary>A row of cells under these names.</summary>
    public static JsonObject Row(IReadOnlyList<string> names, IReadOnlyList<object?> cells)
    {
        var row = new JsonObject();
        for (int c = 0; c < names.Count; c++) row.Add(names[c], Node(cells[c]));
        return row;
    }
}
