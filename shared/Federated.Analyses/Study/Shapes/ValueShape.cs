using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Study.Shapes;

/// <summary>
/// What a value may be: read by, described to people by, and published in the JSON schema from this one declaration.
/// </summary>
public abstract record ValueShape
{
    private protected ValueShape()
    {
    }

    /// <summary>What to write, as it follows "write": "a whole number from 1 to 10".</summary>
    public abstract string Expected { get; }

    /// <summary>The value in canonical form; null, and an error noted, when the node does not fit.</summary>
    internal abstract JsonNode? Read(DocumentNode node, string label, ShapeReading reading);

    /// <summary>JSON schema, draft 2020-12.</summary>
    internal abstract JsonObject Schema();
}

/// <summary>One key of study.yaml or of an analysis: its name, what it may hold, what it means.</summary>
/// <param name="Name">The key.</param>
/// <param name="Shape">What it may hold.</param>
/// <param name="Description">One sentence for people, in the JSON schema and in messages.</param>
public sealed record OptionKey(string Name, ValueShape Shape, string Description)
{
    /// <summary>Whether it must be there. An optional key may also be written as null.</summary>
    public bool Required { get; init; }

    /// <summary>Canonical value when it is absent; null = it stays absent.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Not null: the key is known, but not available in this version; what is said when it is used.</summary>
    public string? NotAvailable { get; init; }
}
