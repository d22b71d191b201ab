namespace Federated.Analyses.Tables;

/// <summary>
/// A table cannot be used as it is: one line with the file, the row, the column and how to mend it. The line may quote a cell, so it is shown to the
/// table's owner only and never leaves the site.
/// </summary>
public sealed class TableInvalidException(string code, string message) : Exception(message)
{
    /// <summary>A numbered reason, E22xx, explained in the README of Federated.Analyses.</summary>
    public string Code { get; } = code;
}
