using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Study.Documents;

namespace Federated.Analyses.Study.Shapes;

/// <summary>One entry of <c>analyses</c>: an id, a kind, and the keys of that kind.</summary>
/// <param name="Catalogue">The kinds there are.</param>
internal sealed record AnalysisShape(IReadOnlyList<IAnalysis> Catalogue) : ValueShape
{
    // Kinds of study.yaml that a later version may add to the catalogue: known, so that the answer is not "unknown".
    private static readonly ImmutableArray<string> Foreseen =
    [
        "combat", "describe", "variability", "linear", "logistic", "poisson", "cox", "kaplan-meier", "log-rank", "random-intercept", "repeatability", "roc-auc", "wilcoxon", "screen", "train", "phantoms",
    ];

    public override string Expected => "keys with values: { id: .., kind: .., and the keys of that kind }";

    private IEnumerable<IAnalysis> Kinds => Catalogue.Where(a => !string.Equals(a.Kind, Survey.SurveyAnalysis.Name, StringComparison.Ordinal));

    internal override JsonNode? Read(DocumentNode node, string label, ShapeReading reading)
    {
        reading.Analysis++;
        if (node is not MapNode map)
        {
            reading.Mismatch(node, label, this);
            return null;
        }

        if (map.Find("kind") is not ScalarNode { IsNull: false } kind)
        {
            reading.Error("E2003", node, $"{label} has no kind; write kind: {Names()}");
            return null;
        }

        if (Kinds.FirstOrDefault(a => string.Equals(a.Kind, kind.Text, StringComparison.Ordinal)) is { } analysis) return Entry(analysis).Read(node, label, reading);
        if (Foreseen.Contains(kind.Text, StringComparer.Ordinal))
            reading.Error("E2007", kind, $"kind {kind.Found} is not available in this version; remove the analysis, or use {Names()}");
        else if (PlainText.Nearest(kind.Text, Kinds.Select(a => a.Kind).Concat(Foreseen)) is { } near)
            reading.Error("E2005", kind, $"kind {kind.Found} is unknown; did you mean '{near}'?");
        else
            reading.Error("E2005", kind, $"kind {kind.Found} is unknown; write {Names()}");
        return null;
    }

    /// <summary>The keys of an entry of that kind.</summary>
    public static ObjectShape Entry(IAnalysis analysis) => new(
    [
        new OptionKey("id", new IdShape(), "Name of this analysis: results are written under it.") { Required = true },
        new OptionKey("kind", new ChoiceShape(analysis.Kind), "What is computed.") { Required = true },
        .. analysis.Options,
    ]);

    internal override JsonObject Schema() => new() { ["oneOf"] = new JsonArray([.. Kinds.Select(a => (JsonNode)Entry(a).Schema())]) };

    private string Names() => new ChoiceShape([.. Kinds.Select(a => a.Kind)]).Expected;
}
