using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Analyses.Study;

namespace Federated.Coordinator.Studies;

/// <summary>Which analyses cannot be done without which.</summary>
public static class AnalysisDependencies
{
    /// <summary>Id and kind of the opening step of every study.</summary>
    public const string Survey = "survey";

    private const string Combat = "combat";
    private const string Harmonized = "harmonized";

    /// <summary>
    /// The survey, on which all depend, and the plan's analyses in their order. An analysis that speaks of `harmonized` features anywhere in its options depends on
    /// every `combat` before it.
    /// </summary>
    public static ImmutableArray<PlannedAnalysis> Order(StudyPlan plan)
    {
        var planned = ImmutableArray.CreateBuilder<PlannedAnalysis>();
        planned.Add(new PlannedAnalysis(Survey, Survey, []));
        foreach (AnalysisSpecification analysis in plan.Analyses)
        {
            if (string.Equals(analysis.Id, Survey, StringComparison.Ordinal)) continue;
            IEnumerable<string> harmonizers = Mentions(analysis.Options)
                ? planned.Where(a => string.Equals(a.Kind, Combat, StringComparison.Ordinal)).Select(a => a.Id)
                : [];
            planned.Add(new PlannedAnalysis(analysis.Id, analysis.Kind, [Survey, .. harmonizers]));
        }

        return planned.ToImmutable();
    }

    private static bool Mentions(JsonNode? node) => node switch
    {
        JsonObject o => o.Any(p => Mentions(p.Value)),
        JsonArray a => a.Any(Mentions),
        JsonValue v => v.GetValueKind() == JsonValueKind.String && string.Equals(v.GetValue<string>(), Harmonized, StringComparison.Ordinal),
        _ => false,
    };
}
