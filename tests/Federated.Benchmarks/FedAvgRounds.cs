using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;

namespace Federated.Benchmarks;

/// <summary>Federated averaging of so many parameters with trivial local training: what is measured is the exchange, not the learning.</summary>
internal sealed class FedAvgRounds(int parameters, int rounds) : IAnalysis
{
    public const string KindName = "fedavg";

    public string Kind => KindName;

    public static StudyPlan Plan(int sites, Aggregation aggregation) => VectorSum.Plan("bench", sites, aggregation) with
    {
        Analyses = [new AnalysisSpecification("average", KindName, [])],
    };

    public IAnalysis? Find(string kind) => kind is KindName ? this : kind is SurveyAnalysis.Name ? new SurveyAnalysis() : null;

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) =>
        [new StepDeclaration("round", ExchangeKind.Sum, "One round of training.", [new DeclaredItem("change", [parameters], "Change of every parameter.")])];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        double[] model = new double[parameters];
        for (int i = 0; i < rounds; i++)
        {
            var round = new SumStep("round", Broadcast.Of(Tensor.Vector("model", model)), Layout());
            yield return round;
            double[] change = round.Sum.Block("change");
            for (int j = 0; j < parameters; j++) model[j] += change[j] / context.Sites;
        }

        yield return new ConclusionStep(new AnalysisResult([], []));
    }

    // Trivial local training: every parameter takes a tenth of the way to a target.
    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast)
    {
        double[] model = broadcast.Require("model", parameters);
        double[] change = new double[parameters];
        for (int j = 0; j < parameters; j++) change[j] = (((j % 1000) * 0.001) - model[j]) * 0.1;
        var sum = new SumVector(Layout());
        sum.Add("change", change);
        return new SiteAnswer { Sum = sum };
    }

    private SumLayout Layout() => new(SumBlock.Counts("change", parameters));
}
