using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Tests.Combat;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Variability;

/// <summary>A few rows of two features, x and y, written out in a test; every scanner is a site of its own.</summary>
public sealed class Rows(params (string Scanner, double X, double Y)[] rows)
{
    public IReadOnlyList<(string Scanner, double X, double Y)> Values => rows;

    public static StudyPlan Plan(params string[] features) => new()
    {
        Id = "rows",
        Title = "Rows",
        Scanners = ["a", "b", "c"],
        Features = [.. features],
        Analyses = [new AnalysisSpecification(VariabilityRun.Id, "variability", new JsonObject { ["of"] = new JsonArray("raw") })],
    };

    public Consortium Consortium(StudyPlan plan) => ReferenceCase.Consortium(
        plan, rows.Select((r, i) => new Scan($"r{i:00}", plan.Scanners.IndexOf(r.Scanner), r.Scanner, [], [r.X, r.Y], true)), s => s.Site);

    public VariabilityRun Run(FeatureScale scale = FeatureScale.Identity) => VariabilityRun.Of(Consortium(Plan("x", "y") with { Scale = scale }));
}
