using System.Text.Json.Nodes;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;

namespace Federated.Coordinator.Tests.Kit;

/// <summary>The real survey and a few small analyses that show one habit each.</summary>
public static class TestAnalyses
{
    public static IAnalysis? Find(string kind) => kind switch
    {
        "mean" => new MeanAnalysis(),
        "combat" => new MeanAnalysis { Kind = "combat" },
        "reporting" => new ReportingAnalysis(),
        "refusing" => new RefusingAnalysis { Kind = "refusing" },
        "defective" => new DefectiveAnalysis(),
        _ => AnalysisCatalogue.Find(kind),
    };
}

/// <summary>Mean and variance of the first feature in two rounds; the second depends on the first.</summary>
public sealed class MeanAnalysis : IAnalysis
{
    public string Kind { get; init; } = "mean";

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) =>
        [new("total", ExchangeKind.Sum, "Mean.", []), new("squares", ExchangeKind.Sum, "Variance.", [])];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        Assert.NotNull(context.Survey);
        var total = new SumStep("total", Broadcast.Empty, new SumLayout(SumBlock.Counts("n"), SumBlock.Counts("y")));
        yield return total;
        double n = total.Sum["n", 0], mean = total.Sum["y", 0] / n;
        var squares = new SumStep("squares", Broadcast.Of(Tensor.Scalar("mean", mean)), new SumLayout(SumBlock.Counts("q")));
        yield return squares;
        yield return new ConclusionStep(new AnalysisResult(
            new JsonObject { ["n"] = n, ["mean"] = mean, ["variance"] = squares.Sum["q", 0] / n, ["sites_seen"] = context.Sites },
            [new ResultTable("mean", ["feature", "mean"], [["f", mean], ["absent", double.NaN]])]));
    }

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        double[] y = context.Table.Features;
        SumVector sum;
        if (string.Equals(step, "total", StringComparison.Ordinal))
        {
            sum = new SumVector(new SumLayout(SumBlock.Counts("n"), SumBlock.Counts("y")));
            sum.Add("n", 0, y.Length);
            foreach (double value in y) sum.Add("y", 0, value);
        }
        else
        {
            double mean = broadcast.Require("mean")[0];
            sum = new SumVector(new SumLayout(SumBlock.Counts("q")));
            foreach (double value in y) sum.Add("q", 0, (value - mean) * (value - mean));
        }

        return new SiteAnswer { Sum = sum };
    }
}

/// <summary>One report per hospital.</summary>
public sealed class ReportingAnalysis : IAnalysis
{
    public string Kind => "reporting";

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) => [new("rows", ExchangeKind.Report, "Rows.", [])];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        var rows = new ReportStep("rows", Broadcast.Empty);
        yield return rows;
        var used = new JsonObject();
        foreach ((string site, Report report) in rows.Reports) used[site] = report.Rows.Used;
        yield return new ConclusionStep(new AnalysisResult(new JsonObject { ["used"] = used }, []));
    }

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => new()
    {
        Report = new Report(new EffectiveRows(context.Table.Rows, context.Table.Excluded), []),
    };
}

/// <summary>Refuses once it has seen the first sum.</summary>
public sealed class RefusingAnalysis : IAnalysis
{
    public required string Kind { get; init; }

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) => [new("total", ExchangeKind.Sum, "Mean.", [])];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        yield return new SumStep("total", Broadcast.Empty, new SumLayout(SumBlock.Counts("n"), SumBlock.Counts("y")));
        throw new AnalysisRefusedException("E2999", "The test data do not allow it: use others.");
    }

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => new MeanAnalysis().Answer(context, step, broadcast);
}

/// <summary>Divides by a table that is not there.</summary>
public sealed class DefectiveAnalysis : IAnalysis
{
    public string Kind => "defective";

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) => [];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        if (context.Sites > 0) throw new KeyNotFoundException("secret detail");
        yield break;
    }

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => new MeanAnalysis().Answer(context, step, broadcast);
}
