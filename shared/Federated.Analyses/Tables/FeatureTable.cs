using System.Collections.Immutable;
using Federated.Analyses.Exchange;

namespace Federated.Analyses.Tables;

/// <summary>Features as measured: one row per scan, one column per feature, NaN = missing. Rows may be a choice out of a shared array.</summary>
public sealed class FeatureTable
{
    private readonly double[] _values;
    private readonly int[]? _chosen;

    /// <summary>A table over <paramref name="values"/>, which is kept and must not change afterwards.</summary>
    /// <param name="name">File name or other origin, for messages.</param>
    /// <param name="rowIds">n row ids, without duplicates.</param>
    /// <param name="features">p feature names, without duplicates.</param>
    /// <param name="values">Row-major n x p.</param>
    /// <exception cref="TableInvalidException">An id or a name occurs twice.</exception>
    public FeatureTable(string name, ImmutableArray<string> rowIds, ImmutableArray<string> features, double[] values)
        : this(name, rowIds, features, values, null)
    {
        if (values.LongLength != (long)rowIds.Length * features.Length)
            throw new ArgumentException($"{rowIds.Length} x {features.Length} values are needed, not {values.LongLength}.", nameof(values));
        TableKeys.RequireUnique(name, rowIds, features);
    }

    /// <summary>Digest of the measurement section under which every value was measured; null = nobody knows, as with tables from elsewhere.</summary>
    public string? MeasuredUnder { get; init; }

    /// <summary>Rows without values that were meant to have some, and why they have none.</summary>
    public ImmutableDictionary<string, ExclusionReason> LeftOut { get; init; } = ImmutableDictionary<string, ExclusionReason>.Empty;

    private FeatureTable(string name, ImmutableArray<string> rowIds, ImmutableArray<string> features, double[] values, int[]? chosen)
    {
        Name = name;
        RowIds = rowIds;
        Features = features;
        _values = values;
        _chosen = chosen;
    }

    /// <summary>File name or other origin, for messages.</summary>
    public string Name { get; }

    /// <summary>Row ids, in the table's own order.</summary>
    public ImmutableArray<string> RowIds { get; }

    /// <summary>Feature names, in the table's own order.</summary>
    public ImmutableArray<string> Features { get; }

    /// <summary>Rows.</summary>
    public int Rows => RowIds.Length;

    /// <summary>The p values of a row.</summary>
    public ReadOnlySpan<double> Row(int row) =>
        _values.AsSpan(checked((_chosen is null ? row : _chosen[row]) * Features.Length), Features.Length);

    /// <summary>The table of these rows, in this order, over the same array: nothing is copied.</summary>
    public FeatureTable Take(ReadOnlySpan<int> rows)
    {
        int[] chosen = new int[rows.Length];
        var ids = ImmutableArray.CreateBuilder<string>(rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            ids.Add(RowIds[rows[i]]);
            chosen[i] = _chosen is null ? rows[i] : _chosen[rows[i]];
        }

        return new FeatureTable(Name, ids.MoveToImmutable(), Features, _values, chosen) { MeasuredUnder = MeasuredUnder, LeftOut = LeftOut };
    }
}
