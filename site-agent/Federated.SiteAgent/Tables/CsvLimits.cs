namespace Federated.SiteAgent.Tables;

/// <summary>What a table may measure at most. Each limit is checked before the memory it bounds is asked for.</summary>
public sealed record CsvLimits
{
    /// <summary>The limits that hold unless a caller narrows them.</summary>
    public static CsvLimits Default { get; } = new();

    /// <summary>Bytes in a row, line break included: 64 MiB.</summary>
    public long RowBytes { get; init; } = 64L << 20;

    /// <summary>Bytes in a cell: 64 KiB.</summary>
    public int CellBytes { get; init; } = 64 << 10;

    /// <summary>Columns, the row ids among them.</summary>
    public int Columns { get; init; } = 200_000;

    /// <summary>Rows, the header not counted.</summary>
    public int Rows { get; init; } = 10_000_000;
}
