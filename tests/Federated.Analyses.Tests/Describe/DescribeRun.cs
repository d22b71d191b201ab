using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Tests.Combat;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Describe;

/// <summary>A description, and the pooled values that it should describe.</summary>
public sealed class DescribeRun
{
    public const string Id = "table-one";
    public const string Suppressed = "suppressed";

    public DescribeRun(Consortium consortium)
    {
        Consortium = consortium;
        Result = consortium.Run(Id);
    }

    public Consortium Consortium { get; }

    public AnalysisResult Result { get; }

    /// <summary>The plan with a description under these options, of raw values if they do not say otherwise.</summary>
    public static StudyPlan With(StudyPlan plan, string options = "{}", int? minimum = null)
    {
        JsonObject read = JsonNode.Parse(options)!.AsObject();
        if (!read.ContainsKey("of")) read["of"] = new JsonArray("raw");
        return plan with
        {
            Analyses = [.. plan.Analyses.Where(a => a.Kind is not "describe"), new AnalysisSpecification(Id, "describe", read)],
            Privacy = plan.Privacy with { MinimumRows = minimum },
        };
    }

    public static DescribeRun Of(StudyPlan plan, IEnumerable<Scan> scans, Func<Scan, string>? site = null) =>
        new(ReferenceCase.Consortium(plan, scans, site ?? (s => s.Site)));

    public JsonObject Feature(string name, string stage = "raw") => Result.Document["features"]!.AsArray().Select(f => f!.AsObject())
        .Single(f => string.Equals((string?)f["feature"], name, StringComparison.Ordinal) && string.Equals((string?)f["stage"], stage, StringComparison.Ordinal));

    /// <summary>Values of a feature at all sites, ascending, without missing ones.</summary>
    public static double[] Pooled(StudyPlan plan, IEnumerable<Scan> scans, string feature) =>
        [.. scans.Select(s => s.Features[plan.Features.IndexOf(feature)]).Where(y => !double.IsNaN(y)).Order()];

    public string Bits() => Result.Document.ToJsonString();
}
