using System.Collections.Immutable;

namespace Federated.Analyses.Tables;

/// <summary>What is known of each scan, as text: one row per scan, columns by name. Empty and NA mean missing.</summary>
public sealed class CohortTable
{
    private readonly Dictionary<string, int> _columns;
    private readonly ImmutableArray<string[]> _values;

    /// <summary>A table over these columns.</summary>
    /// <param name="name">File name or other origin, for messages.</param>
    /// <param name="rowIds">n row ids, without duplicates.</param>
    /// <param name="columns">Column names, without duplicates.</param>
    /// <param name="values">One array of n cells per column; kept, and must not change afterwards.</param>
    /// <exception cref="TableInvalidException">An id or a name occurs twice.</exception>
    public CohortTable(string name, ImmutableArray<string> rowIds, ImmutableArray<string> columns, ImmutableArray<string[]> values)
    {
        if (values.Length != columns.Length || values.Any(v => v.Length != rowIds.Length))
            throw new ArgumentException("A cohort table has one array per column, and one cell per row in each.", nameof(values));
        TableKeys.RequireUnique(name, rowIds, columns);
        Name = name;
        RowIds = rowIds;
        Columns = columns;
        _values = values;
        _columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int c = 0; c < columns.Length; c++) _columns.Add(columns[c], c);
    }

    /// <summary>File name or other origin, for messages.</summary>
    public string Name { get; }

    /// <summary>Row ids, in the table's own order.</summary>
    public ImmutableArray<string> RowIds { get; }

    /// <summary>Column names, in the table's own order.</summary>
    public ImmutableArray<string> Columns { get; }

    /// <summary>Rows.</summary>
    public int Rows => RowIds.Length;

    /// <summary>Whether there is a column of that name.</summary>
    public bool Has(string column) => _columns.ContainsKey(column);

    /// <summary>The cells of a column, one per row.</summary>
    /// <param name="column">Its name.</param>
    /// <param name="use">What the study needs it for: part of the message.</param>
    /// <exception cref="TableInvalidException">There is no such column.</exception>
    public ReadOnlySpan<string> Column(string column, string use) =>
        _columns.TryGetValue(column, out int c) ? _values[c] : throw TableKeys.UnknownColumn(Name, column, use, Columns);

    /// <summary>The table of these rows, in this order.</summary>
    public CohortTable Take(ReadOnlySpan<int> rows)
    {
        int[] chosen = rows.ToArray();
        return new CohortTable(
            Name, [.. chosen.Select(r => RowIds[r])], Columns, [.. _values.Select(column => Array.ConvertAll(chosen, r => column[r]))]);
    }
}
