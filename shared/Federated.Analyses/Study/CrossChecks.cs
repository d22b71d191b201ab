using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Federated.Analyses.Noise;
using Federated.Analyses.Study.Documents;
using Federated.Analyses.Study.Shapes;
using Federated.Analyses.Survey;

namespace Federated.Analyses.Study;

/// <summary>What must agree between the parts of a study file or plan, once each part fits its shape.</summary>
internal static class CrossChecks
{
    /// <summary>Ids and names occur once; what an analysis refers to exists.</summary>
    public static void Names(MapNode root, JsonObject document, ShapeReading reading)
    {
        JsonArray covariates = document["covariates"]!.AsArray();
        var covariateTypes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int c = 0; c < covariates.Count; c++)
        {
            var node = (MapNode)((ListNode)root.Find("covariates")!).Items[c];
            string name = (string)covariates[c]!["name"]!;
            string type = (string)covariates[c]!["type"]!;
            if (!covariateTypes.TryAdd(name, type)) reading.Error("E2006", node.Find("name")!, $"covariate '{PlainText.Shown(name)}' occurs twice; remove one");
            if (type is "continuous" && covariates[c]!["levels"] is not null)
                reading.Error("E2005", node.Find("levels")!, $"covariate '{PlainText.Shown(name)}' is continuous and has no levels; remove them, or write type: categorical");
        }

        JsonArray analyses = document["analyses"]!.AsArray();
        var ids = new HashSet<string>(StringComparer.Ordinal) { SurveyAnalysis.Name };
        for (int a = 0; a < analyses.Count; a++)
        {
            string id = (string)analyses[a]!["id"]!;
            if (ids.Add(id)) continue;
            DocumentNode node = ((MapNode)((ListNode)root.Find("analyses")!).Items[a]).Find("id")!;
            reading.Error("E2006", node, id is SurveyAnalysis.Name
                ? "the id 'survey' is that of the opening step of every study; choose another"
                : $"the id '{id}' occurs twice; every analysis needs one of its own");
        }

        foreach (Mention mention in reading.Mentions)
        {
            if (mention.Kind == NameOf.ContinuousCovariate)
                Require(mention, [.. covariateTypes.Where(c => c.Value is "continuous").Select(c => c.Key)], "a continuous covariate", reading);
            if (mention.Kind == NameOf.EarlierCombat)
            {
                Require(
                    mention, [.. analyses.Take(mention.Analysis).Where(a => (string)a!["kind"]! is "combat").Select(a => (string)a!["id"]!)],
                    "the id of an earlier analysis of kind combat", reading);
            }
        }
    }

    /// <summary>Scanners that analyses refer to exist.</summary>
    public static void Scanners(ImmutableArray<string> scanners, ShapeReading reading)
    {
        foreach (Mention mention in reading.Mentions)
            if (mention.Kind == NameOf.Scanner) Require(mention, scanners, "a scanner of the study", reading);
    }

    /// <summary>Every analysis can say what it would ask for under this plan.</summary>
    public static void Declarations(StudyPlan plan, IReadOnlyList<IAnalysis> catalogue, MapNode root, ShapeReading reading)
    {
        for (int a = 0; a < plan.Analyses.Length; a++)
        {
            try
            {
                IReadOnlyList<StepDeclaration> steps = catalogue.First(k => string.Equals(k.Kind, plan.Analyses[a].Kind, StringComparison.Ordinal)).Declare(plan, plan.Analyses[a]);
                NoiseRules.Check(plan, plan.Analyses[a], steps);
            }
            catch (AnalysisRefusedException refused)
            {
                reading.Error(refused.Code, ((ListNode)root.Find("analyses")!).Items[a], refused.Message);
            }
        }
    }

    private static void Require(Mention mention, ImmutableArray<string> names, string what, ShapeReading reading)
    {
        if (names.Contains(mention.Name, StringComparer.Ordinal)) return;
        string mend = PlainText.Nearest(mention.Name, names) is { } near ? $"did you mean '{PlainText.Shown(near)}'?"
            : names.Length == 0 ? "there is none"
            : $"write one of {string.Join(", ", names.Take(8).Select(n => PlainText.Shown(n)))}{(names.Length > 8 ? ", ..." : "")}";
        reading.Error("E2009", mention.At, $"{mention.Label} '{PlainText.Shown(mention.Name)}' is not {what}; {mend}");
    }
}
