using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Federated.Analyses;

/// <summary>A table of a result: a header and rows of numbers or words, written as CSV.</summary>
public sealed record ResultTable(string Name, ImmutableArray<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows);

/// <summary>What an analysis found: a document for programs and people, and its tables. The first table is the one written beside the document.</summary>
/// <param name="Document">analyses/&lt;id&gt;.json without the parts that every analysis shares (plan digest, versions).</param>
/// <param name="Tables">Tables by name.</param>
public sealed record AnalysisResult(JsonObject Document, ImmutableArray<ResultTable> Tables)
{
    /// <summary>Set by the opening survey alone: what every later analysis is told of the whole consortium.</summary>
    public Survey.SurveyResult? Survey { get; init; }
}

/// <summary>
/// The analysis cannot be done on these data, and why: one line that names what is wrong and how to mend it. Not a defect: exit code 3 or a refused analysis.
/// </summary>
public sealed class AnalysisRefusedException(string code, string message) : Exception(message)
{
    /// <summary>A numbered reason, E2xxx, explained in the README of Federated.Analyses.</summary>
    public string Code { get; } = code;
}
