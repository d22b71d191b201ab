using System.Collections.Immutable;
using Federated.Analyses;
using Federated.Analyses.Exchange;
using Federated.Analyses.Study;
using Federated.Analyses.Survey;
using Federated.Analyses.Tables;

namespace Federated.Benchmarks;

/// <summary>An analysis that asks for one long vector, so many times: what is measured is the exchange, not the statistics.</summary>
internal sealed class VectorSum(int length, int rounds) : IAnalysis
{
    public const string KindName = "vector-sum";

    private readonly Lazy<byte[]> _payload = new(() => Filled(length)); // at the sites only

    public string Kind => KindName;

    public static StudyPlan Plan(string id, int sites, Aggregation aggregation) => new()
    {
        Id = id,
        Title = id,
        Scanners = ["s"],
        Features = ["f"],
        Analyses = [new AnalysisSpecification("sum", KindName, [])],
        Privacy = new PrivacyTerms { Aggregation = aggregation },
        Quorum = new Quorum { Sites = sites },
    };

    public static StudyTable Table(StudyPlan plan) => new(
        plan, ["r"], [0], [], [1.0], [true], ImmutableSortedDictionary<ExclusionReason, long>.Empty);

    public IAnalysis? Find(string kind) => kind is KindName ? this : kind is SurveyAnalysis.Name ? new SurveyAnalysis() : null;

    public IReadOnlyList<StepDeclaration> Declare(StudyPlan plan, AnalysisSpecification specification) =>
        [new StepDeclaration("total", ExchangeKind.Sum, "A vector.", [new DeclaredItem("v", [length], "Numbers.")])];

    public IEnumerable<Step> Coordinate(CoordinatorContext context)
    {
        for (int i = 0; i < rounds; i++)
        {
            var total = new SumStep("total", Broadcast.Of(Tensor.Scalar("round", i)), Layout());
            yield return total;
            _ = total.Sum;
        }

        yield return new ConclusionStep(new AnalysisResult([], []));
    }

    public SiteAnswer Answer(SiteContext context, string step, Broadcast broadcast) => new() { Sum = SumVector.FromPayload(Layout(), _payload.Value) };

    private SumLayout Layout() => new(SumBlock.Counts("v", length));

    private static byte[] Filled(int length)
    {
        byte[] payload = new byte[length * 16];
        new Random(1).NextBytes(payload);
        for (int i = 10; i < payload.Length; i += 16) payload.AsSpan(i, 6).Clear(); // below 2^80: room for every site
        return payload;
    }
}
