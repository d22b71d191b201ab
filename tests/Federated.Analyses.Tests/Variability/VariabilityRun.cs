using System.Text.Json.Nodes;
using Federated.Analyses.Study;
using Federated.Analyses.Tests.Exchange;

namespace Federated.Analyses.Tests.Variability;

/// <summary>The outcome of a variability analysis, by feature, stage and column.</summary>
public sealed class VariabilityRun
{
    public const string Id = "spread";

    private VariabilityRun(AnalysisResult result, Consortium consortium)
    {
        Result = result;
        Consortium = consortium;
    }

    public AnalysisResult Result { get; }

    public Consortium Consortium { get; }

    public static StudyPlan RawOnly(StudyPlan plan) => With(plan, new JsonObject { ["of"] = new JsonArray("raw") });

    public static StudyPlan With(StudyPlan plan, JsonObject options) =>
        plan with { Analyses = [.. plan.Analyses.Where(a => a.Kind is not "variability"), new AnalysisSpecification(Id, "variability", options)] };

    public static VariabilityRun Of(Consortium consortium) => new(consortium.Run(Id), consortium);

    public object? Cell(string feature, string stage, string column)
    {
        ResultTable table = Result.Tables[0];
        int index = table.Columns.IndexOf(column);
        Assert.InRange(index, 0, table.Columns.Length);
        return table.Rows.Single(r => string.Equals((string)r[0]!, feature, StringComparison.Ordinal) && string.Equals((string)r[1]!, stage, StringComparison.Ordinal))[index];
    }

    public double Number(string feature, string stage, string column) => Assert.IsType<double>(Cell(feature, stage, column));

    /// <summary>Every number and word of the result, to compare runs bit by bit.</summary>
    public string Bits() => Result.Document["features"]!.ToJsonString() + Result.Document["bands"]!.ToJsonString();
}
